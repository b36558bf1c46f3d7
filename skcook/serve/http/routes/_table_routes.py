"""A CSV file in; the same with predictions, a preview and the rows that do not fit out."""

from typing import Any

from flask import g

from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import CSV, read_rows, require_type, write_csv
from skcook.serve.http._openapi import ASKING, NUMBER, answer, example_row, operation
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.http.routes._model_routes import table
from skcook.serve.model._raw_rows import RawRows
from skcook.serve.model._service import ModelService

routes = Routes("tables")

#: Rows that are shown, reasons of each, and rows whose errors are listed.
N_SHOWN, N_REASONS, N_REFUSED = 20, 3, 20
LIST: Document = {"type": "array", "items": {"type": "object"}}


def _describe(service: ModelService, config: ServeConfig) -> Document:
    if "predict" not in service.methods:
        return {}
    integer, text = {"type": "integer", "minimum": 0}, {"type": "string"}
    line = {
        "type": "object",
        "properties": {"row": integer, "prediction": {}, "probability": NUMBER, "reasons": LIST},
        "required": ["row", "prediction"],
    }
    refused = {"type": "object", "properties": {"row": integer, "errors": LIST}}
    properties = {
        "model": text,
        "version": text,
        "n_rows": integer,
        "csv": {**text, "description": "The rows that fit, with their predictions."},
        "preview": {"type": "array", "items": line},
        "n_refused": integer,
        "refused": {"type": "array", "items": refused},
    }
    ok = {"type": "object", "properties": properties, "required": list(properties)}
    body: Document = {"schema": text}
    if (row := example_row(service)) is not None:
        example = write_csv(list(row), [list(row.values())])
        body["examples"] = {"example": {"value": example}}
    described = operation(
        "Predict the rows of a CSV file, and leave out those that do not fit",
        service.name,
        f"table_{service.name}",
        ASKING,
        answers={"200": answer("The file, and its first rows", ok)},
        body=body,
        kind=CSV,
    )
    return {f"/v1/models/{service.name}/table": {"post": described}}


@routes.add(*addresses("/table"), methods=["POST"], describe_model=_describe)
def score_table(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with a file's predictions, the first rows with their reasons, and those left out."""
    now, request = current()
    with now.models.use(name, version) as service:
        predict = service.require("predict")
        require_type(request, (CSV,))
        body, extra = read_rows(request, now.config, service.schema).split(service.schema.names)
        g.rows = len(body)
        refused = _refused(service, body)
        kept = [i for i in range(len(body)) if i not in refused]
        body, extra = body.take(kept), extra.take(kept)
        results = service.run("predict", service.parse(body))
        scored = table(service, predict, body, results, extra, escape=now.config.escape_csv)
        return {
            **service.identity,
            "n_rows": len(kept),
            "csv": scored.get_data(as_text=True),
            "preview": _preview(service, body, kept, results),
            "n_refused": len(refused),
            "refused": [{"row": i, "errors": refused[i]} for i in sorted(refused)[:N_REFUSED]],
        }


def _refused(service: ModelService, body: RawRows) -> dict[int, list[Any]]:
    """Return what is wrong with rows, by their positions; raise if it is not single rows."""
    try:
        service.parse(body)
    except SchemaError as exc:
        found: dict[int, list[Any]] = {}
        for wrong in exc.problems:
            loc = wrong.get("loc", [])
            if len(loc) < 2 or not isinstance(loc[1], int):
                raise
            found.setdefault(loc[1], []).append(wrong)
        if len(found) == len(body):
            raise
        return found
    return {}


def _preview(
    service: ModelService, body: RawRows, kept: list[int], results: list[Any]
) -> list[dict[str, Any]]:
    """Return the first rows with their predictions, the largest probability and the reasons."""
    first = service.parse(body.take(range(len(kept))[:N_SHOWN]))
    shown = [
        {"row": i, "prediction": value}
        for i, value in zip(kept[:N_SHOWN], results[:N_SHOWN], strict=True)
    ]
    if "predict_proba" in service.methods and service.task == "classifier":
        for line, values in zip(shown, service.run("predict_proba", first), strict=True):
            if all(isinstance(value, float) for value in values):
                line["probability"] = max(values)
    if "explain" in service.methods:
        for line, told in zip(shown, service.run("explain", first, "predicted"), strict=True):
            line["reasons"] = [
                {key: feature[key] for key in ("rule", "weight")}
                for item in told[:1]
                for feature in item["features"][:N_REASONS]
            ]
    return shown
