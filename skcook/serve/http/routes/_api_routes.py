"""The description of the API: for machines, and for people without a network."""

import json
from typing import Any

from flask import Blueprint, render_template

from skcook import __version__
from skcook.serve.http._openapi import describe
from skcook.serve.http._state import state

blueprint = Blueprint("api", __name__)


@blueprint.get("/openapi.json")
def document() -> dict[str, Any]:
    """Answer with OpenAPI 3.1."""
    models = state().models
    services = [models.get(name) for name in models.names()]
    return describe(services, state().config, guarded=not state().keys.is_open)


@blueprint.get("/docs")
def page() -> str:
    """Show the same document to people."""
    return render_template("api.html", api=document(), dump=_dump, skcook_version=__version__)


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
