"""The models: what there is, and what each answers to rows."""

from typing import Any

from flask import Request, Response, g

from skcook.artifacts._answers import Method, flat_columns
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import CSV, JSON, PARQUET, read_rows, write_csv
from skcook.serve.http._openapi import answer, get, post, read_at, rows_body, schema_of
from skcook.serve.http._routes import Document, Routes, addresses, current, state
from skcook.serve.model._raw_rows import RawRows
from skcook.serve.model._service import ModelService
from skcook.utils._json import to_json

routes = Routes("models")

Answer = dict[str, Any]


@routes.add(
    "/v1/models",
    describe_server=read_at(
        "/v1/models", "List the models", "models", "list_models", 401, 403, 406
    ),
)
def list_models() -> Answer:
    """Answer with a line for each model."""
    models = state().models
    lines = [
        {**_summary(models.get(name)), "versions": models.versions(name)} for name in models.names()
    ]
    return {"models": lines}


def _describe_card(service: ModelService, config: ServeConfig) -> Document:
    name = service.name
    summary = f"Show all that is known of {name}"
    return {f"/v1/models/{name}": get(summary, name, f"card_{name}", (401, 403, 406))}


@routes.add(*addresses(""), describe_model=_describe_card)
def card(name: str, version: str | None = None) -> Answer:
    """Answer with all that is known of a model."""
    service = state().models.get(name, version)
    manifest = service.artifact.manifest
    return {
        **_summary(service),
        "versions": state().models.versions(name),
        "classes": service.classes,
        "schema": service.schema.to_json_schema(),
        "example": to_json(service.example),
        "plan": {"used": service.plan is not None, "why": service.no_plan},
        "created": manifest.get("created"),
        "versions_saved_with": manifest.get("versions", {}),
        "card": service.card,
        "metadata": manifest.get("metadata", {}),
    }


def _summary(service: ModelService) -> Answer:
    return {
        "name": service.name,
        "version": service.version,
        "task": service.task,
        "methods": list(service.methods),
    }


def _describe_calls(service: ModelService, config: ServeConfig) -> Document:
    found = {}
    for method in service.row_methods:
        name = method.name
        seen = service.example_results.get(name)
        item = schema_of(seen[0]) if seen is not None and len(seen) else {}
        if name == "predict" and service.classes and not isinstance(service.classes[0], list):
            item = {"enum": service.classes}
        classes = {"type": "array", "items": {}, "examples": [service.classes]}
        item_post = post(
            service,
            name,
            summary=method.title,
            body=rows_body(service, config),
            result=method.answers,
            item=item,
            more={"classes": classes} if _has_classes(service, method) else None,
        )
        # JSON Schema cannot say what a table of the model's columns is.
        item_post["post"]["description"] = (
            f"The body may also be a table: {CSV} with a header line, or {PARQUET}."
        )
        ok = item_post["post"]["responses"]["200"]
        # For those who accept CSV alone: the rows with their results.
        ok["content"] |= answer("", {"type": "string"}, CSV)["content"]
        found[f"/v1/models/{service.name}/{name}"] = item_post
    return found


@routes.add(*addresses("/<method>"), methods=["POST"], describe_model=_describe_calls)
def call(name: str, method: str, version: str | None = None) -> Answer | Response:
    """Answer with the results of a method of a model, one per row."""
    now, request = current()
    with now.models.use(name, version) as service:
        asked = service.require(method)
        body = read_rows(request, now.config, service.schema)
        g.rows = len(body)
        as_csv = wants_csv(request)
        extra: dict[str, list[Any]] = {}
        if as_csv:
            # Who sends a file to have it back with predictions wants its ids back too.
            body, extra = body.split(service.schema.names)
        parsed = service.parse(body)
        results = service.run(method, parsed)
        warnings = [*body.warnings, *parsed.warnings]
        now.metrics.warnings(service.name, service.version, warnings)
        if as_csv:
            return table(service, asked, body, results, extra, escape=now.config.escape_csv)
        return answer_of(service, asked, results, warnings)


def answer_of(
    service: ModelService, method: Method, results: list[Any], warnings: list[Answer]
) -> Answer:
    """Return the body of an answer in JSON."""
    found = {"model": service.name, "version": service.version, method.answers: results}
    if _has_classes(service, method):
        found["classes"] = service.classes
    return {**found, "warnings": warnings}


def _has_classes(service: ModelService, method: Method) -> bool:
    return method.labels == "classes" and service.classes is not None


def wants_csv(request: Request) -> bool:
    """Tell whether the client likes a CSV file better than JSON."""
    # Nearly none does, and ranking what a client accepts costs as much as checking its row.
    if "text/" not in request.headers.get("Accept", ""):
        return False
    return request.accept_mimetypes.best_match((JSON, CSV)) == CSV


def table(
    service: ModelService,
    method: Method,
    body: RawRows,
    results: list[Any],
    extra: dict[str, list[Any]],
    *,
    escape: bool,
) -> Response:
    """Return the rows with their results as a CSV file."""
    columns = service.schema.names if body.columns is None else body.columns
    data = body.data if body.rows is None else [[row[c] for c in columns] for row in body.rows]
    found = flat_columns(method.name, results, service.labels(method))
    beside = list(zip(*extra.values(), strict=True)) or [()] * len(data)
    rows = [
        [*first, *row, *cells]
        for first, row, cells in zip(beside, data, zip(*found.values(), strict=True), strict=True)
    ]
    text = write_csv([*extra, *columns, *found], rows, escape=escape)
    response = Response(text, content_type=f"{CSV}; charset=utf-8")
    if body.note is not None:
        response.headers["X-Skcook-Note"] = body.note
    return response
