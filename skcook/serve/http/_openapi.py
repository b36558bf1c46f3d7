"""The description of the API, made from the models' own schemas.

The usual generators want Python classes that are known when the code is written; a model's schema
is known when its file is read. OpenAPI 3.1 speaks JSON Schema 2020-12, so the schemas go in as they
are, and what is left is small enough to be written by hand.
"""

import math
from collections.abc import Iterable
from typing import Any

from skcook import __version__
from skcook.serve._config import ServeConfig
from skcook.serve.http._encode import encode
from skcook.serve.http._problems import PROBLEMS
from skcook.serve.http._tables import CSV, PARQUET
from skcook.serve.model._recommender_service import ID_METHODS
from skcook.serve.model._service import ROW_METHODS, ModelService

Document = dict[str, Any]

_NUMBER: Document = {"type": ["number", "null"]}
_EXPLANATION: Document = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["tabular", "text", "image"]},
        "row": {"type": "integer", "minimum": 0},
        "target": {},
        "prediction": _NUMBER,
        "local_prediction": _NUMBER,
        "intercept": _NUMBER,
        "others": _NUMBER,
        "n_others": {"type": "integer", "minimum": 0},
        "rest": _NUMBER,
        "output_sd": _NUMBER,
        "r2": _NUMBER,
        "label": {},
        "interactions": {"type": "array", "items": {"type": "object"}},
        "note": {"type": ["string", "null"]},
        "text": {
            "type": "array",
            "items": {"type": "array"},
            "description": "For a text: its pieces, each with the weight of the word, or null.",
        },
        "segments": {
            "type": "array",
            "items": {"type": "array"},
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
                    "weight": _NUMBER,
                    "std_error": _NUMBER,
                },
                "required": ["feature", "value", "rule", "weight", "std_error"],
            },
        },
    },
    "required": ["kind", "row", "target", "prediction", "r2", "features"],
}
_WARNING: Document = {
    "type": "object",
    "properties": {
        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
        "code": {"type": "string"},
    },
    "required": ["loc", "code"],
}


def _items_for(who: str) -> Document:
    item = {
        "type": "object",
        "properties": {"item": {}, "score": _NUMBER, "title": {"type": ["string", "null"]}},
        "required": ["item", "score"],
    }
    return {
        "type": "object",
        "properties": {who: {}, "items": {"type": "array", "items": item}},
        "required": [who, "items"],
    }


# What the results of each method are called in the answer, and what one of them is.
RESULTS: dict[str, tuple[str, Document, str]] = {
    "predict": ("predictions", {}, "Predict each row"),
    "predict_proba": ("probabilities", {"type": "array"}, "Give the probability of each class"),
    "decision_function": ("scores", {}, "Give the decision function of each row"),
    "transform": ("rows", {}, "Transform each row"),
    "explain": ("explanations", _EXPLANATION, "Say why each row is predicted as it is"),
    "recommend": ("recommendations", _items_for("user"), "Recommend items to users"),
    "similar": ("similar", _items_for("item"), "Find the items most like others"),
}

_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The kind of problem, as an address."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "code": {"type": "string"},
                },
                "required": ["loc", "code"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
# JSON Schema cannot say what a table of the model's columns is, so these are described in words.
_TABLES = f"The body may also be a table: {CSV} with a header line, or {PARQUET}."
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def describe(services: Iterable[ModelService], config: ServeConfig, *, guarded: bool) -> Document:
    """Return the OpenAPI document of a server."""
    paths: Document = {
        "/healthz": _get("Is the process alive", "health", "healthz", (406,), open_to_all=True),
        "/readyz": _get("Are requests welcome", "health", "readyz", (406, 503), open_to_all=True),
        "/v1/models": _get("List the models", "models", "list_models", (401, 403, 406)),
    }
    schemas: Document = {"Problem": _PROBLEM}
    for service in services:
        name = service.name
        schemas[f"{name}.row"] = _row_schema(service)
        paths[f"/v1/models/{name}"] = _get(
            f"Show all that is known of {name}", name, f"card_{name}", (401, 403, 406)
        )
        for method in service.methods:
            paths[f"/v1/models/{name}/{method}"] = {"post": _post(service, method, config)}
    document: Document = {
        "openapi": "3.1.0",
        "info": {"title": "skcook", "version": __version__, "description": _INTRODUCTION},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if guarded:
        document["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
    return document


_INTRODUCTION = (
    "Rows go in as a list of objects, or as columns with data; one result per row comes out, in "
    "the same order. A row that does not fit is refused with every wrong field named."
)


def _row_schema(service: ModelService) -> Document:
    schema = {k: v for k, v in service.schema.to_json_schema().items() if k != "$schema"}
    if (example := _example(service)) is not None:
        schema["examples"] = [example]
    return schema


def _example(service: ModelService) -> Document | None:
    """Return the example row; None if there is none, or it is a large image."""
    large = any(math.prod(column.shape) > 4096 for column in service.schema.columns)
    return None if large or service.example is None else encode(service.example)


def _answer(description: str, schema: Document, kind: str = "application/json") -> Document:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _problems(statuses: Iterable[int]) -> Document:
    found = {}
    for status in statuses:
        titles = [kind.title for kind in PROBLEMS.values() if kind.status == status]
        found[str(status)] = _answer(
            "; or: ".join(titles), _PROBLEM_REF, "application/problem+json"
        )
    return found


def _get(
    summary: str, tag: str, operation: str, statuses: Iterable[int], *, open_to_all: bool = False
) -> Document:
    answers = {"200": _answer("An answer", {"type": "object"}), **_problems(statuses)}
    get: Document = {"summary": summary, "tags": [tag], "operationId": operation}
    if open_to_all:
        get["security"] = []
    return {"get": {**get, "responses": answers}}


def _post(service: ModelService, method: str, config: ServeConfig) -> Document:
    result, item, summary = RESULTS[method]
    make_body = _question if method in ID_METHODS else _body
    ok: Document = {
        "type": "object",
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string"},
            result: {"type": "array", "items": item},
            "warnings": {"type": "array", "items": _WARNING},
        },
        "required": ["model", "version", result, "warnings"],
    }
    if method in ("predict_proba", "decision_function") and service.classes is not None:
        ok["properties"]["classes"] = {"type": "array", "examples": [service.classes]}
    if method == "predict" and service.classes and not isinstance(service.classes[0], list):
        ok["properties"][result]["items"] = {"enum": service.classes}
    answer = _answer("One result for each that was asked, in order", ok)
    takes_tables = method in ROW_METHODS
    if takes_tables:
        # For those who accept CSV alone: the rows with their results.
        answer["content"][CSV] = {"schema": {"type": "string"}}
    return {
        "summary": summary,
        **({"description": _TABLES} if takes_tables else {}),
        "tags": [service.name],
        "operationId": f"{method}_{service.name}",
        "requestBody": {
            "required": True,
            "content": {"application/json": make_body(service, method, config)},
        },
        "responses": {
            "200": answer,
            **_problems((400, 401, 403, 406, 413, 415, 422, 500, 503, 504)),
        },
    }


def _body(service: ModelService, method: str, config: ServeConfig) -> Document:
    options: Document = {}
    if method == "explain":
        words: Document = {"enum": ["predicted", "all"]}
        options["targets"] = words
        if service.classes:
            items = {"enum": service.classes}
            some = {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
            options["targets"] = {"anyOf": [words, some]}
    rows = {
        "type": "array",
        "items": {"$ref": f"#/components/schemas/{service.name}.row"},
        "minItems": 1,
        # Not as maxItems: too many rows are no invalid input, but status 413.
        "description": f"At most {config.max_rows} rows.",
    }
    schema = {
        "type": "object",
        "properties": {"rows": rows, **options},
        "required": ["rows"],
        "additionalProperties": False,
    }
    body: Document = {"schema": schema}
    if (example := _example(service)) is not None:
        body["examples"] = {"example": {"value": {"rows": [example]}}}
    return body


def _question(service: ModelService, method: str, config: ServeConfig) -> Document:
    recommender, name = service.recommender, ID_METHODS[method]
    if recommender is None:
        raise AssertionError("only recommenders have these methods")
    kind = recommender.id_type(method)
    properties: Document = {
        name: {
            "type": "array",
            "items": {"type": ["string", "number"] if kind == "any" else kind},
            "minItems": 1,
            "description": f"At most {config.max_rows} ids.",
        },
        "k": {"type": "integer", "minimum": 1, "maximum": recommender.max_k(method)},
    }
    if method == "recommend":
        properties["exclude_seen"] = {"type": "boolean", "default": True}
    schema = {
        "type": "object",
        "properties": properties,
        "required": [name],
        "additionalProperties": False,
    }
    example = {name: [recommender.example(method)], "k": min(3, recommender.max_k(method))}
    return {"schema": schema, "examples": {"example": {"value": example}}}
