"""What the routes of one application share."""

from dataclasses import dataclass

from flask import Flask, Request, current_app, request

from skcook.serve._config import ServeConfig
from skcook.serve.http._auth import KeyRing
from skcook.serve.model._registry import Registry
from skcook.serve.model._serving_metrics import Metrics
from skcook.serve.process._worker_metrics import WorkerMetrics

_KEY = "skcook"


@dataclass
class State:
    """The parts of one application."""

    config: ServeConfig
    models: Registry
    metrics: Metrics
    keys: KeyRing
    draining: bool = False
    workers: WorkerMetrics | None = None


def attach(app: Flask, state: State) -> None:
    """Give an application its state."""
    app.extensions[_KEY] = state


def state_of(app: Flask) -> State:
    """Return the state of an application."""
    state: State = app.extensions[_KEY]
    return state


def at_hand() -> tuple[State, Request]:
    """Return the state and the request, without the proxies that find them anew at each use."""
    return state_of(current_app), request._get_current_object()  # type: ignore[attr-defined]


def state() -> State:
    """Return the state of the application that answers the current request."""
    return state_of(current_app)
