"""The description of the API, put together from the routes and the models' own schemas.

The usual generators want Python classes that are known when the code is written; a model's schema
is known when its file is read. OpenAPI 3.1 speaks JSON Schema 2020-12, so the schemas go in as they
are, and each route brings its own part, made of the pieces below.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from skcook import __version__
from skcook.serve._config import ServeConfig
from skcook.serve.http._errors import PROBLEMS
from skcook.serve.http._routes import DescribeServer, Document, Route
from skcook.serve.model._service import ModelService
from skcook.utils._json import to_json

NUMBER: Document = {"type": ["number", "null"]}
WARNING: Document = {
    "type": "object",
    "properties": {
        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
        "code": {"type": "string"},
    },
    "required": ["loc", "code"],
}
_PROBLEM: Document = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The kind of problem, as an address."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": WARNING},
    },
    "required": ["type", "title", "status", "detail"],
}
_INTRODUCTION = (
    "Rows go in as a list of objects, or as columns with data; one result per row comes out, in "
    "the same order. A row that does not fit is refused with every wrong field named."
)
#: What a request that asks a model can be answered with beside its results.
ASKING = (400, 401, 403, 406, 413, 415, 422, 500, 503, 504)


def describe(
    routes: Iterable[Route], services: Iterable[ModelService], config: ServeConfig, *, guarded: bool
) -> Document:
    """Return the OpenAPI document of a server."""
    routes = list(routes)
    paths: Document = {}
    schemas: Document = {"Problem": _PROBLEM}
    for route in routes:
        if route.describe_server is not None:
            paths |= route.describe_server(config)
    for service in services:
        schemas[f"{service.name}.row"] = _row_schema(service)
        for route in routes:
            if route.describe_model is not None:
                paths |= route.describe_model(service, config)
    document: Document = {
        "openapi": "3.1.0",
        "info": {"title": "skcook", "version": __version__, "description": _INTRODUCTION},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if config.root_path:
        document["servers"] = [{"url": config.root_path}]
    if guarded:
        document["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
    return document


def _row_schema(service: ModelService) -> Document:
    schema = {k: v for k, v in service.schema.to_json_schema().items() if k != "$schema"}
    if (row := example_row(service)) is not None:
        schema["examples"] = [row]
    return schema


def example_row(service: ModelService) -> Document | None:
    """Return the example row; None if there is none, or it is a large image."""
    large = any(math.prod(column.shape) > 4096 for column in service.schema.columns)
    return None if large or service.example is None else to_json(service.example)


def schema_of(value: Any) -> Document:
    """Return the schema of results that are like one that was seen; of ``None``, any."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        return NUMBER
    if isinstance(value, str):
        return {"type": ["string", "null"]}
    if isinstance(value, list):
        kinds = [schema_of(item) for item in value]
        same = bool(kinds) and all(kind == kinds[0] for kind in kinds)
        return {"type": "array", "items": kinds[0] if same else {}}
    return {}


def answer(description: str, schema: Document, kind: str = "application/json") -> Document:
    """Return the description of an answer."""
    return {"description": description, "content": {kind: {"schema": schema}}}


def problems(statuses: Iterable[int]) -> Document:
    """Return the descriptions of errors, by status."""
    found = {}
    for status in statuses:
        titles = [kind.title for kind in PROBLEMS.values() if kind.status == status]
        found[str(status)] = answer(
            "; or: ".join(titles),
            {"$ref": "#/components/schemas/Problem"},
            "application/problem+json",
        )
    return found


def operation(
    summary: str,
    tag: str,
    name: str,
    statuses: Iterable[int],
    *,
    answers: Document | None = None,
    body: Document | None = None,
    kind: str = "application/json",
    **more: Any,
) -> Document:
    """Describe what an address does; `statuses` are those of its errors, `kind` is its body's."""
    answers = answers or {"200": answer("An answer", {"type": "object"})}
    if body is not None:
        more["requestBody"] = {"required": True, "content": {kind: body}}
    named = {"summary": summary, "tags": [tag], "operationId": name}
    return {**named, **more, "responses": {**answers, **problems(statuses)}}


def read_at(path: str, summary: str, tag: str, name: str, *statuses: int) -> DescribeServer:
    """Describe an address that is read; without keys where no status says that one is needed."""
    more: Document = {} if 401 in statuses else {"security": []}
    return lambda config: {path: {"get": operation(summary, tag, name, statuses, **more)}}


def post(
    service: ModelService,
    method: str,
    *,
    summary: str,
    body: Document,
    result: str,
    item: Document,
    more: Document | None = None,
) -> Document:
    """Return the description of an address that asks a model."""
    ok: Document = {
        "type": "object",
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string"},
            result: {"type": "array", "items": item},
            "warnings": {"type": "array", "items": WARNING},
            **(more or {}),
        },
        "required": ["model", "version", result, "warnings"],
    }
    answers = {"200": answer("One result for each that was asked, in order", ok)}
    name = f"{method}_{service.name}"
    return {"post": operation(summary, service.name, name, ASKING, answers=answers, body=body)}


def rows_body(
    service: ModelService,
    config: ServeConfig,
    options: Document | None = None,
    *,
    required: Mapping[str, Any] | None = None,
    most_rows: int | None = None,
) -> Document:
    """Return the description of a body of rows, with options.

    `required` maps the options that must be there to an example, or to None where there is none.
    """
    required = required or {}
    rows = {
        "type": "array",
        "items": {"$ref": f"#/components/schemas/{service.name}.row"},
        "minItems": 1,
        # Not as maxItems: too many rows are no invalid input, but status 413.
        "description": f"At most {config.max_rows} rows.",
    }
    schema = {
        "type": "object",
        "properties": {"rows": rows, **(options or {})},
        "required": ["rows", *required],
        "additionalProperties": False,
    }
    if most_rows is not None:
        rows["maxItems"] = most_rows
    body: Document = {"schema": schema}
    if None not in required.values() and (row := example_row(service)) is not None:
        body["examples"] = {"example": {"value": {"rows": [row], **required}}}
    return body
