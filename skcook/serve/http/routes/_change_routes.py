"""One row in, the smallest changes after which the model says something else out."""

from typing import Any

from flask import g

from skcook.artifacts.schema._row_problems import problem
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import read_rows
from skcook.serve.http._openapi import NUMBER, post, rows_body
from skcook.serve.http._routes import Document, Routes, addresses
from skcook.serve.http._state import current
from skcook.serve.model._refusals import MethodUnavailableError
from skcook.serve.model._service import ModelService
from skcook.utils._json import json_type

routes = Routes("changes")

_CHANGE: Document = {
    "type": "object",
    "properties": {
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"feature": {"type": "string"}, "value": {}, "to": {}},
                "required": ["feature", "value", "to"],
            },
        },
        "target": {},
        "prediction": NUMBER,
        "cost": NUMBER,
    },
    "required": ["changes", "target", "prediction", "cost"],
}


def _describe(service: ModelService, config: ServeConfig) -> Document:
    if not service.can_change:
        return {}
    options: Document = {
        "target": {"enum": [*service.classes, None]} if service.classes else {"type": "number"},
        "frozen": {"type": "array", "items": {"enum": service.schema.names}, "uniqueItems": True},
    }
    described = post(
        service,
        "what_would_change",
        summary="Find the smallest changes of a row after which the model says something else",
        body=rows_body(service, config, options),
        result="changes",
        item=_CHANGE,
    )
    return {f"/v1/models/{service.name}/what_would_change": described}


@routes.add(*addresses("/what_would_change"), methods=["POST"], describe_model=_describe)
def what_would_change(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with changes of one row, the smallest first."""
    now, request = current()
    with now.models.use(name, version) as service:
        if not service.can_change:
            raise MethodUnavailableError(service.methods)
        body = read_rows(request, now.config, options=("target", "frozen"))
        g.rows = len(body)
        _check(body.options, len(body), service)
        parsed = service.parse(body)
        found = service.what_would_change(
            parsed, body.options.get("target"), body.options.get("frozen", [])
        )
    return {
        "model": service.name,
        "version": service.version,
        "changes": found,
        "warnings": parsed.warnings,
    }


def _check(options: dict[str, Any], n_rows: int, service: ModelService) -> None:
    """Refuse more than one row, an unknown target, and columns that there are not."""
    problems: list[dict[str, Any]] = []
    if n_rows > 1:
        problems.append(problem("too_many", "rows", expected="one row", got=f"{n_rows} rows"))
    target, frozen = options.get("target"), options.get("frozen", [])
    if service.classes:
        if target is not None and target not in service.classes:
            allowed = service.classes[:20]
            problems.append(problem("category", "target", allowed=allowed))
    elif not isinstance(target, (int, float)) or isinstance(target, bool):
        problems.append(problem("type", "target", expected="number", got=json_type(target)))
    names = service.schema.names
    if not isinstance(frozen, list):
        problems.append(problem("type", "frozen", expected="array", got=json_type(frozen)))
    elif unknown := [i for i, column in enumerate(frozen) if column not in names]:
        problems += [problem("category", "frozen", i, allowed=names[:20]) for i in unknown]
    if problems:
        raise SchemaError("The question does not fit.", problems)
