"""What there is: the models, and the card of each."""

from typing import Any

from flask import Blueprint

from skcook.serve.http._encode import encode
from skcook.serve.http._state import state
from skcook.serve.model._service import ModelService

blueprint = Blueprint("models", __name__)


@blueprint.get("/v1/models")
def list_models() -> dict[str, Any]:
    """Answer with a line for each model."""
    models = state().models
    lines = []
    for name in models.names():
        service = models.get(name)
        lines.append({**summary(service), "versions": models.versions(name)})
    return {"models": lines}


@blueprint.get("/v1/models/<name>")
@blueprint.get("/v1/models/<name>/versions/<version>")
def card(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with all that is known of a model."""
    service = state().models.get(name, version)
    manifest = service.artifact.manifest
    return {
        **summary(service),
        "versions": state().models.versions(name),
        "classes": service.classes,
        "schema": service.schema.to_json_schema(),
        "example": encode(service.example),
        "created": manifest.get("created"),
        "versions_saved_with": manifest.get("versions", {}),
        "metadata": manifest.get("metadata", {}),
    }


def summary(service: ModelService) -> dict[str, Any]:
    """Return what a model is, in short."""
    return {
        "name": service.name,
        "version": service.version,
        "task": service.task,
        "methods": list(service.methods),
    }
