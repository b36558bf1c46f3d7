"""Ids in, a list of items for each out."""

from typing import Any

from flask import g

from skcook.artifacts._answers import METHODS, Method
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import JSON, read_json, require_type
from skcook.serve.http._openapi import NUMBER, post
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._recommender_service import Recommender
from skcook.serve.model._service import ModelService

routes = Routes("recommend")


def _describe_recommend(service: ModelService, config: ServeConfig) -> Document:
    recommender = service.recommender
    found: Document = {}
    if recommender is None:
        return found
    for name in recommender.methods:
        method = METHODS[name]
        most = recommender.max_k(name)
        properties = _members(recommender, name, config)
        schema = {
            "type": "object",
            "properties": properties,
            # Today's users need not be named beside their history.
            **(
                {"anyOf": [{"required": ["users"]}, {"required": ["history"]}]}
                if "history" in properties
                else {"required": [method.takes]}
            ),
            "additionalProperties": False,
        }
        if "categories" in properties:
            pair = ["max_per_category", "categories"]
            schema["dependentRequired"] = {pair[0]: pair[1:], pair[1]: pair[:1]}
        example = {method.takes: [recommender.example(name)], "k": min(3, most)}
        found[f"/v1/models/{service.name}/{name}"] = post(
            service,
            name,
            summary=method.title,
            body={"schema": schema, "examples": {"example": {"value": example}}},
            result=method.answers,
            item=_items_for(_one_of(method)),
        )
    return found


def _members(recommender: Recommender, name: str, config: ServeConfig) -> Document:
    """Describe what a body may have."""
    takes, reader = METHODS[name].takes, recommender.reader(name)
    count = {"type": "integer", "minimum": 1}
    item = {"type": "array", "items": id_schema(recommender, "item"), "minItems": 1}
    user = id_schema(recommender, "user")
    described: Document = {
        takes: {
            "type": "array",
            "items": id_schema(recommender, _one_of(METHODS[name])),
            "minItems": 1,
            "description": f"At most {config.max_rows} ids.",
        },
        "k": {**count, "maximum": recommender.max_k(name)},
        "exclude_seen": {"type": "boolean", "default": True},
        "candidates": {**item, "description": "The items to choose from."},
        "filter": {**item, "minItems": 0, "description": "Items to leave out."},
        "history": {
            "type": "array",
            "description": "What users liked by now; it stands in the place of what fit saw.",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"user": user, "items": {**item, "minItems": 0}},
                "required": ["user", "items"],
                "additionalProperties": False,
            },
        },
        "max_per_category": {**count, "description": "Items of a category in a list, at most."},
        "categories": {"enum": reader.categories},
    }
    for side, columns in reader.feature_columns().items():
        described[f"{side}_features"] = {
            "type": "array",
            "description": f"Features of {side}s that came after fit.",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    column: id_schema(recommender, side) if i == 0 else {}
                    for i, column in enumerate(columns)
                },
                "required": columns[:1],
                "additionalProperties": False,
            },
        }
    return {member: described[member] for member in reader.members}


def id_schema(recommender: Recommender, who: str) -> Document:
    """Describe an id of a user or an item."""
    kind = recommender.id_type("recommend" if who == "user" else "similar")
    return {"type": ["string", "number"] if kind == "any" else kind}


def _one_of(method: Method) -> str:
    return method.takes.removesuffix("s")


def _items_for(who: str) -> Document:
    item = {
        "type": "object",
        "properties": {"item": {}, "score": NUMBER, "title": {"type": ["string", "null"]}},
        "required": ["item", "score"],
    }
    return {
        "type": "object",
        "properties": {who: {}, "items": {"type": "array", "items": item}},
        "required": [who, "items"],
    }


@routes.add(*addresses("/recommend"), methods=["POST"], describe_model=_describe_recommend)
def recommend(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the items for each user."""
    return _ask("recommend", name, version)


@routes.add(*addresses("/similar"), methods=["POST"])
def similar(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the items most like each item."""
    return _ask("similar", name, version)


def _ask(name_of_method: str, name: str, version: str | None) -> dict[str, Any]:
    now, request = current()
    with now.models.use(name, version) as service:
        method = service.require(name_of_method)
        require_type(request, (JSON,))
        asked = service.parse_request(method.name, read_json(request))
        g.rows = asked.n_rows
        lists = service.recommend(asked)
    who = _one_of(method)
    return {
        "model": service.name,
        "version": service.version,
        method.answers: [
            {who: value, "items": items} for value, items in zip(asked.ids, lists, strict=True)
        ],
        "warnings": asked.warnings,
    }
