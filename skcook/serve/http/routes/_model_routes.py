"""The models: what there is, what each answers to rows, and the reasons for its answers."""

from typing import Any

from flask import Request, Response, g

from skcook.artifacts._answers import METHODS, Method, flat_columns
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import CSV, JSON, PARQUET, read_rows, write_csv
from skcook.serve.http._openapi import (
    NUMBER,
    answer,
    operation,
    post,
    read_at,
    rows_body,
    schema_of,
)
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
    return {
        f"/v1/models/{name}": {"get": operation(summary, name, f"card_{name}", (401, 403, 406))}
    }


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
        if name == "predict" and service.targets:
            item = {"enum": service.targets}
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
    found: Answer = {**service.identity, method.answers: results}
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
    extra: RawRows,
    *,
    escape: bool,
) -> Response:
    """Return the rows with their results as a CSV file."""
    columns = service.schema.names if body.columns is None else body.columns
    data = body.data if body.rows is None else [[row[c] for c in columns] for row in body.rows]
    found = flat_columns(method.name, results, service.labels(method))
    answers = zip(*found.values(), strict=True)
    rows = [
        [*beside, *row, *cells]
        for beside, row, cells in zip(extra.data, data, answers, strict=True)
    ]
    names = [str(name) for name in extra.columns or ()]
    text = write_csv([*names, *columns, *found], rows, escape=escape)
    response = Response(text, content_type=f"{CSV}; charset=utf-8")
    if body.note is not None:
        response.headers["X-Skcook-Note"] = body.note
    return response


_EXPLANATION: Document = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["tabular", "text", "image"]},
        "row": {"type": "integer", "minimum": 0},
        "target": {},
        "prediction": NUMBER,
        "local_prediction": NUMBER,
        "intercept": NUMBER,
        "others": NUMBER,
        "n_others": {"type": "integer", "minimum": 0},
        "rest": NUMBER,
        "output_sd": NUMBER,
        "r2": NUMBER,
        "label": {},
        "interactions": {"type": "array", "items": {"type": "object"}},
        "note": {"type": ["string", "null"]},
        "text": {
            "type": "array",
            "items": {"type": "array", "items": {}},
            "description": "For a text: its pieces, each with the weight of the word, or null.",
        },
        "texts": {
            "type": "object",
            "description": "For a row whose texts are explained by their words: the pieces of each "
            "column's text, each with the weight of the word, or null.",
            "additionalProperties": {"type": "array", "items": {"type": "array", "items": {}}},
        },
        "segments": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}},
            "description": "For an image: the number of the superpixel of each pixel.",
        },
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "feature": {"type": "string"},
                    "value": {},
                    "rule": {"type": "string"},
                    "weight": NUMBER,
                    "std_error": NUMBER,
                },
                "required": ["feature", "value", "rule", "weight", "std_error"],
            },
        },
    },
    "required": ["kind", "row", "target", "prediction", "r2", "features"],
}


def _describe_explain(service: ModelService, config: ServeConfig) -> Document:
    if "explain" not in service.methods:
        return {}
    targets: Document = {"enum": ["predicted", "all"]}
    if service.targets:
        some = {"type": "array", "items": {"enum": service.targets}, "minItems": 1}
        targets = {"anyOf": [targets, {**some, "uniqueItems": True}]}
    method = METHODS["explain"]
    return {
        f"/v1/models/{service.name}/explain": post(
            service,
            "explain",
            summary=method.title,
            body=rows_body(service, config, {"targets": targets}),
            result=method.answers,
            item=_EXPLANATION,
        )
    }


@routes.add(*addresses("/explain"), methods=["POST"], describe_model=_describe_explain)
def explain(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with explanations, in the order of the rows."""
    now, request = current()
    with now.models.use(name, version) as service:
        method = service.require("explain")
        body = read_rows(request, now.config, options=("targets",))
        g.rows = len(body)
        parsed = service.parse(body)
        targets = read_targets(body.options.get("targets", "predicted"), service)
        results = service.run("explain", parsed, targets)
    now.metrics.warnings(service.name, service.version, parsed.warnings)
    return {
        **service.identity,
        method.answers: [{**item, "row": row} for row, some in enumerate(results) for item in some],
        "warnings": parsed.warnings,
    }


def read_targets(targets: Any, service: ModelService) -> str | tuple[Any, ...]:
    """Return the classes to explain, as something that can be hashed."""
    classes = service.targets
    if targets in ("predicted", "all"):
        return str(targets)
    known = isinstance(targets, list) and all(target in classes for target in targets)
    if known and 0 < len(targets) == len(set(targets)):
        return tuple(targets)
    problem = {
        "loc": ["targets"],
        "code": "category",
        "expected": "predicted, all, or a list of different classes",
        "allowed": ["predicted", "all", *classes][:20],
    }
    raise SchemaError("The targets are not known.", [problem])
