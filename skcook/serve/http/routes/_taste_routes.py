"""Of a recommender: what a user liked, why an item is recommended, and items by their titles."""

from typing import Any

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import JSON, read_json, require_type
from skcook.serve.http._openapi import ASKING, answer, get, problems
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.http.routes._recommend_routes import id_schema
from skcook.serve.model._recommender_service import Recommender
from skcook.serve.model._refusals import MethodUnavailableError
from skcook.serve.model._service import ModelService
from skcook.utils._json import json_type

routes = Routes("taste")

#: Items that a search lists, and the longest text that is searched for.
MAX_FOUND = 20
MAX_TEXT = 200


def _describe(service: ModelService, config: ServeConfig) -> Document:
    recommender = service.recommender
    if recommender is None:
        return {}
    name = service.name
    questions = [("known_likes", "List what a user liked", ["user"])]
    if recommender.can_explain:
        questions.append(("why", "Say why an item has its score for a user", ["user", "item"]))
    search = get(
        "Find items by a part of their title or id", name, f"items_{name}", (401, 403, 422)
    )
    text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
    search["get"]["parameters"] = [{"name": "q", "in": "query", "required": True, "schema": text}]
    found = {f"/v1/models/{name}/search/items": search}
    for route, summary, members in questions:
        example = {who: recommender.example(_METHOD_OF[who]) for who in members}
        schema = {
            "type": "object",
            "properties": {who: id_schema(recommender, who) for who in members},
            "required": members,
            "additionalProperties": False,
        }
        body = {"schema": schema, "examples": {"example": {"value": example}}}
        found[f"/v1/models/{name}/{route}"] = {
            "post": {
                "summary": summary,
                "tags": [name],
                "operationId": f"{route}_{name}",
                "requestBody": {
                    "required": True,
                    "content": {JSON: body},
                },
                "responses": {
                    "200": answer("An answer", {"type": "object"}),
                    **problems((*ASKING, 404)),
                },
            }
        }
    return found


#: A method that takes such ids.
_METHOD_OF = {"user": "recommend", "item": "similar"}


@routes.add(*addresses("/known_likes"), methods=["POST"], describe_model=_describe)
def known_likes(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with what a user liked, the most popular first."""
    now, request = current()
    with now.models.use(name, version) as service:
        recommender = _recommender_of(service)
        require_type(request, (JSON,))
        asked = _members(read_json(request), ["user"])
        items = recommender.known_likes(asked["user"])
        return {"model": service.name, "version": service.version, **asked, "items": items}


@routes.add(*addresses("/why"), methods=["POST"])
def why(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the parts of an item's score for a user, and what of the history it is like."""
    now, request = current()
    with now.models.use(name, version) as service:
        recommender = _recommender_of(service)
        if not recommender.can_explain:
            raise MethodUnavailableError(service.methods)
        require_type(request, (JSON,))
        asked = _members(read_json(request), ["user", "item"])
        told = recommender.why(asked["user"], asked["item"])
        return {"model": service.name, "version": service.version, **told}


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
        return {"model": service.name, "version": service.version, "items": found_items}


def _recommender_of(service: ModelService) -> Recommender:
    if service.recommender is None:
        raise MethodUnavailableError(service.methods)
    return service.recommender


def _members(document: Any, names: list[str]) -> dict[str, Any]:
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
