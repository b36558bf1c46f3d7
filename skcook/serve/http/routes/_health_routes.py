"""Is the server alive, is it ready, and what has it done."""

from typing import Any

from flask import Blueprint, Response

from skcook.serve.http._problems import Problem
from skcook.serve.http._state import state

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, Any]:
    """Answer as long as the process lives."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def readyz() -> dict[str, Any]:
    """Answer 200 while requests are welcome, 503 while the server stops."""
    if state().draining:
        raise Problem("not-ready", "The server is stopping.", headers={"Retry-After": "5"})
    return {"status": "ready", "models": state().models.names()}


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer with all figures, for Prometheus."""
    figures = state().workers or state().metrics
    return Response(figures.text(), content_type=state().metrics.content_type)
