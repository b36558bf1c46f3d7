"""One row and one of its columns in, how the model's answer goes with that column out."""

from typing import Any

from flask import g

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import read_rows
from skcook.serve.http._openapi import NUMBER, post, rows_body
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._refusals import MethodUnavailableError
from skcook.serve.model._service import ModelService

routes = Routes("curves")

_POINT: Document = {
    "type": "object",
    "properties": {"value": {}, "prediction": NUMBER, "average": NUMBER},
    "required": ["value", "prediction"],
}


def _describe(service: ModelService, config: ServeConfig) -> Document:
    if not (columns := service.curves.columns):
        return {}
    here = {"type": "object", "properties": {"value": {}, "prediction": NUMBER}}
    options: Document = {
        "feature": {"enum": columns},
        "target": {"enum": [*(service.classes or []), None]},
    }
    described = post(
        service,
        "curve",
        summary="Tell how the prediction of a row goes with one of its columns",
        body=rows_body(service, config, options, required={"feature": columns[0]}, most_rows=1),
        result="curve",
        item=_POINT,
        more={"feature": {}, "target": {}, "here": here, "n_averaged": {"type": "integer"}},
    )
    return {f"/v1/models/{service.name}/curve": described}


@routes.add(*addresses("/curve"), methods=["POST"], describe_model=_describe)
def curve(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the points of a column's curve, for the row and on average."""
    now, request = current()
    with now.models.use(name, version) as service:
        if not service.curves.columns:
            raise MethodUnavailableError(service.methods)
        body = read_rows(request, now.config, options=("feature", "target"))
        g.rows = len(body)
        _check(body.options, len(body), service)
        parsed = service.parse(body)
        row = body.rows[0] if body.rows is not None else dict(zip(body.columns or (), body.data[0]))
        found = service.curves.of(row, **body.options)
    return {
        "model": service.name,
        "version": service.version,
        **found,
        "warnings": parsed.warnings,
    }


def _check(options: dict[str, Any], n_rows: int, service: ModelService) -> None:
    """Refuse more than one row, a column that has no curve, and an unknown class."""
    feature, target = options.get("feature"), options.get("target")
    columns, classes = service.curves.columns, service.classes or []
    problems: list[dict[str, Any]] = []
    if n_rows > 1:
        problems.append(problem("too_many", "rows", expected="one row", got=f"{n_rows} rows"))
    if feature not in columns:
        code = "missing_member" if feature is None else "category"
        problems.append(problem(code, "feature", allowed=columns[:20]))
    if target is not None and target not in classes:
        problems.append(problem("category", "target", allowed=classes[:20]))
    if problems:
        raise SchemaError("The question does not fit.", problems)
