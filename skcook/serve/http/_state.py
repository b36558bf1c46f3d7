"""What the routes of one application share."""

from dataclasses import dataclass, field

from flask import Flask, Request, current_app, request

from skcook.serve._config import ServeConfig
from skcook.serve.http._auth import KeyRing
from skcook.serve.http._routes import Route
from skcook.serve.model._registry import Registry
from skcook.serve.model._serving_metrics import Metrics

_KEY = "skcook"


@dataclass
class State:
    """The parts of one application."""

    config: ServeConfig
    models: Registry
    metrics: Metrics
    keys: KeyRing
    #: By endpoint, which is Flask's name of a view.
    routes: dict[str, Route] = field(default_factory=dict)
    draining: bool = False


def attach(app: Flask, state: State) -> None:
    """Give an application its state."""
    app.extensions[_KEY] = state


def state_of(app: Flask) -> State:
    """Return the state of an application."""
    state: State = app.extensions[_KEY]
    return state


def current() -> tuple[State, Request]:
    """Return the state and the request, without the proxies that find them anew at each use."""
    return state_of(current_app), request._get_current_object()  # type: ignore[attr-defined]


def state() -> State:
    """Return the state of the application that answers the current request."""
    return state_of(current_app)
