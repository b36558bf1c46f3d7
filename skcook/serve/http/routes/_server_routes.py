"""The server itself: is it alive, is it ready, what has it done, and how is it called."""

import json
from typing import Any

from flask import Response, render_template

from skcook import __version__
from skcook.serve.http._errors import ProblemError
from skcook.serve.http._openapi import describe, read_at
from skcook.serve.http._routes import Routes, state

routes = Routes("server")


@routes.add(
    "/healthz",
    is_open=True,
    is_data=False,
    describe_server=read_at("/healthz", "Is the process alive", "health", "healthz", 406),
)
def healthz() -> dict[str, Any]:
    """Answer as long as the process lives."""
    return {"status": "alive"}


@routes.add(
    "/readyz",
    is_open=True,
    is_data=False,
    describe_server=read_at("/readyz", "Are requests welcome", "health", "readyz", 406, 503),
)
def readyz() -> dict[str, Any]:
    """Answer 200 while requests are welcome, 503 while the server stops."""
    if state().draining:
        raise ProblemError("not-ready", "The server is stopping.", headers={"Retry-After": "5"})
    return {"status": "ready", "models": state().models.names()}


@routes.add("/metrics", is_data=False)
def metrics() -> Response:
    """Answer with all figures, for Prometheus."""
    figures = state().metrics
    return Response(figures.text(), content_type=figures.content_type)


@routes.add("/openapi.json", is_data=False)
def document() -> dict[str, Any]:
    """Answer with OpenAPI 3.1."""
    now = state()
    services = [now.models.get(name) for name in now.models.names()]
    return describe(now.routes.values(), services, now.config, guarded=not now.keys.is_open)


@routes.add("/docs", is_data=False)
def page() -> str:
    """Show the same document to people."""
    return render_template("api.html", api=document(), dump=_dump, skcook_version=__version__)


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
