"""Ids in, a list of items for each out."""

from typing import Any

from flask import Blueprint, g, request

from skcook.serve.http._body import JSON_TYPES, parse_json, require_type
from skcook.serve.http._openapi import RESULTS
from skcook.serve.http._state import state
from skcook.serve.model._recommender_service import ID_METHODS

blueprint = Blueprint("recommend", __name__)


@blueprint.post("/v1/models/<name>/recommend")
@blueprint.post("/v1/models/<name>/versions/<version>/recommend")
def recommend(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the items for each user."""
    return _ask("recommend", name, version)


@blueprint.post("/v1/models/<name>/similar")
@blueprint.post("/v1/models/<name>/versions/<version>/similar")
def similar(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the items most like each item."""
    return _ask("similar", name, version)


def _ask(method: str, name: str, version: str | None) -> dict[str, Any]:
    with state().models.use(name, version) as service:
        service.require(method)
        require_type(request, JSON_TYPES)
        document = parse_json(request.get_data(cache=False))
        question = service.parse_question(method, document)
        g.rows = question.n_rows
        lists = service.ask(question)
    who = ID_METHODS[method].removesuffix("s")
    return {
        "model": service.name,
        "version": service.version,
        RESULTS[method][0]: [
            {who: value, "items": items} for value, items in zip(question.ids, lists, strict=True)
        ],
        "warnings": question.warnings,
    }
