"""Of a recommender: items for users, items like others, and what it knows of a user's taste."""

from typing import Any

from flask import g

from skcook.artifacts._answers import METHODS, Method
from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import JSON, read_json, require_type
from skcook.serve.http._openapi import ASKING, NUMBER, operation, post
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._recommender_service import Recommender
from skcook.serve.model._refusals import MethodUnavailableError
from skcook.serve.model._service import ModelService
from skcook.utils._json import json_type

routes = Routes("recommend")


def _describe_recommend(service: ModelService, config: ServeConfig) -> Document:
    recommender = service.recommender
    found: Document = {}
    if recommender is None:
        return found
    for name in recommender.methods:
        method = METHODS[name]
        most = recommender.max_k(name)
        properties = _describe_members(recommender, name, config)
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


def _describe_members(recommender: Recommender, name: str, config: ServeConfig) -> Document:
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
        document = read_json(request)
        asked = _recommender_of(service).parse(method.name, document, now.config.max_rows)
        g.rows = asked.n_rows
        lists = service.recommend(asked)
    who = _one_of(method)
    return {
        **service.identity,
        method.answers: [
            {who: value, "items": items} for value, items in zip(asked.ids, lists, strict=True)
        ],
        "warnings": asked.warnings,
    }


#: Items that a search lists, and the longest text that is searched for.
MAX_FOUND = 20
MAX_TEXT = 200


def _describe_taste(service: ModelService, config: ServeConfig) -> Document:
    recommender = service.recommender
    if recommender is None:
        return {}
    name = service.name
    questions = [("known_likes", "List what a user liked", ["user"])]
    if recommender.can_explain:
        questions.append(("why", "Say why an item has its score for a user", ["user", "item"]))
    text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
    search = operation(
        "Find items by a part of their title or id",
        name,
        f"items_{name}",
        (401, 403, 422),
        parameters=[{"name": "q", "in": "query", "required": True, "schema": text}],
    )
    found: Document = {f"/v1/models/{name}/search/items": {"get": search}}
    for route, summary, members in questions:
        example = {who: recommender.example(_METHOD_OF[who]) for who in members}
        schema = {
            "type": "object",
            "properties": {who: id_schema(recommender, who) for who in members},
            "required": members,
            "additionalProperties": False,
        }
        body = {"schema": schema, "examples": {"example": {"value": example}}}
        described = operation(summary, name, f"{route}_{name}", (*ASKING, 404), body=body)
        found[f"/v1/models/{name}/{route}"] = {"post": described}
    return found


#: A method that takes such ids.
_METHOD_OF = {"user": "recommend", "item": "similar"}


@routes.add(*addresses("/known_likes"), methods=["POST"], describe_model=_describe_taste)
def known_likes(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with what a user liked, the most popular first."""
    now, request = current()
    with now.models.use(name, version) as service:
        recommender = _recommender_of(service)
        require_type(request, (JSON,))
        asked = _read_members(read_json(request), ["user"])
        items = recommender.known_likes(asked["user"])
        return {**service.identity, **asked, "items": items}


@routes.add(*addresses("/why"), methods=["POST"])
def why(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the parts of an item's score for a user, and what of the history it is like."""
    now, request = current()
    with now.models.use(name, version) as service:
        recommender = _recommender_of(service)
        if not recommender.can_explain:
            raise MethodUnavailableError(service.methods)
        require_type(request, (JSON,))
        asked = _read_members(read_json(request), ["user", "item"])
        told = recommender.why(asked["user"], asked["item"])
        return {**service.identity, **told}


@routes.add(*addresses("/search/items"))
def items(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the items whose title or id holds a text."""
    now, request = current()
    text = request.args.get("q", "")
    if not text.strip() or len(text) > MAX_TEXT:
        expected = f"a text of 1 to {MAX_TEXT} characters"
        found = problem("range", "q", expected=expected, got=f"{len(text)} characters")
        raise SchemaError("The question does not fit.", [found])
    with now.models.use(name, version) as service:
        found_items = _recommender_of(service).find_items(text.strip(), MAX_FOUND)
        return {**service.identity, "items": found_items}


def _recommender_of(service: ModelService) -> Recommender:
    if service.recommender is None:
        raise MethodUnavailableError(service.methods)
    return service.recommender


def _read_members(document: Any, names: list[str]) -> dict[str, Any]:
    """Return the members of a body, which must be these."""
    if not isinstance(document, dict):
        found = [problem("type", names[0], expected="object", got=json_type(document))]
        raise SchemaError("The body has another shape.", found)
    problems_found = [problem("missing_member", n) for n in names if n not in document]
    problems_found += [
        problem("unknown_member", key, allowed=names) for key in document if key not in names
    ]
    if problems_found:
        raise SchemaError("The body has another shape.", problems_found)
    return document
