"""A route, what the routes of an application share, and what happens around every request.

A view is registered with its addresses, with who may call it, with the kind of headers that its
answers get, and with its part of the OpenAPI document. The hooks around requests, which are about
ids, keys, headers and the log, and the document read it from here, so that adding a route is
writing its view.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    current_app,
    g,
    request,
    request_finished,
    request_started,
)

from skcook.serve._config import ServeConfig
from skcook.serve.http._auth import KeyRing
from skcook.serve.http._body import CSV, JSON, JSON_LINES
from skcook.serve.http._errors import ProblemError
from skcook.serve.model._registry import Registry
from skcook.serve.model._service import ModelService
from skcook.serve.model._serving_metrics import Metrics

Document = dict[str, Any]

#: Of an address without a model's name: {address: operations}, for all models at once.
DescribeServer = Callable[[ServeConfig], Document]
#: Of an address with one: the same, for one model.
DescribeModel = Callable[[ModelService, ServeConfig], Document]


@dataclass(frozen=True)
class Route:
    """What is known of a view beside its code."""

    #: Whether it needs no key: who checks that the server lives, or reads how to call it.
    is_open: bool = False
    #: Whether its answers are data, and not pages or what pages load.
    is_data: bool = True
    describe_server: DescribeServer | None = None
    describe_model: DescribeModel | None = None


class Routes(Blueprint):
    """A blueprint that keeps a `Route` for each of its views."""

    def __init__(self, name: str) -> None:
        super().__init__(name, __name__)
        self.known: dict[str, Route] = {}

    def add(
        self,
        *rules: str,
        methods: Iterable[str] = ("GET",),
        is_open: bool = False,
        is_data: bool = True,
        describe_server: DescribeServer | None = None,
        describe_model: DescribeModel | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a view at one or more addresses."""
        route = Route(is_open, is_data, describe_server, describe_model)

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            name = view.__name__
            for rule in rules:
                self.add_url_rule(rule, name, view, methods=list(methods))
            self.known[f"{self.name}.{name}"] = route
            return view

        return register


def addresses(end: str) -> tuple[str, str]:
    """Return the addresses of something of a model: of its newest version, and of a named one."""
    return f"/v1/models/<name>{end}", f"/v1/models/<name>/versions/<version>{end}"


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


LOGGER = logging.getLogger("skcook.serve")

# An id from a client is kept if it cannot harm a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

#: The place of an `Attempt` in the environment of a request.
ATTEMPT = "skcook.attempt"

# The pages load their own files and nothing else, and no other page may frame them.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
# JSON is no page, and there are thousands of these a second.
DATA_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)
# An address that is not ours.
_UNKNOWN = Route(is_data=False)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ANSWERS = (JSON, CSV, JSON_LINES, "application/problem+json", "text/plain", "text/html")


def register_requests(app: Flask) -> None:
    """Let `app` do this around every request."""
    app.before_request(_begin)
    app.after_request(_end)


def count_hooks(app: Flask) -> int:
    """Count what an application calls around its requests, or refuses them for."""
    tables = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    hooks = sum(len(found) for table in tables for found in table.values())
    signals = bool(request_started.receivers) + bool(request_finished.receivers)
    checks = len(app.teardown_appcontext_funcs) + bool(app.config["TRUSTED_HOSTS"])
    return hooks + signals + checks + len(app.url_value_preprocessors)


@dataclass(frozen=True)
class Attempt:
    """What the front did with a request before it left the answer to Flask."""

    started: float
    #: The error of the model's call, which is not made again.
    error: Exception | None = None
    rows: int | None = None


def request_id(given: str | None) -> str:
    """Return the id that a client gave its request, or a new one."""
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def _begin() -> None:
    now, request = current()
    attempt = request.environ.get(ATTEMPT)
    g.started = time.perf_counter() if attempt is None else attempt.started
    g.request_id = request_id(request.headers.get("X-Request-Id"))
    route = now.routes.get(request.endpoint or "", _UNKNOWN)
    if not (route.is_open or now.keys.is_open or request.method == "OPTIONS"):
        g.key = now.keys.check(request)
    accept = request.headers.get("Accept", "*/*")
    if "*/*" not in accept and not request.accept_mimetypes.best_match(_ANSWERS):
        raise ProblemError(
            "not-acceptable", "Answers are application/json; accept that, or anything."
        )
    if attempt is not None and attempt.error is not None:
        g.rows = attempt.rows
        raise attempt.error


def _end(response: Response) -> Response:
    now, request = current()
    known = now.routes.get(request.endpoint or "", _UNKNOWN)
    response.headers.extend(DATA_HEADERS if known.is_data else _PAGE_HEADERS)
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    if now.config.cors_origins:
        _allow_origin(request, response, now.config.cors_origins)
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule is not None else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    now.metrics.request(route, method, response.status_code, seconds)
    log_request(
        g.request_id,
        method,
        route,
        response.status_code,
        seconds,
        model=(request.view_args or {}).get("name"),
        rows=g.get("rows"),
        key=g.get("key"),
        problem=g.get("problem"),
    )
    return response


def log_request(
    request_id: str, method: str, route: str, status: int, seconds: float, **more: Any
) -> None:
    """Write the line of an answered request, without what is None."""
    if not LOGGER.isEnabledFor(logging.INFO):
        return
    fields = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
        **{name: value for name, value in more.items() if value is not None},
    }
    LOGGER.info("request", extra={"fields": fields})


def _allow_origin(request: Request, response: Response, origins: tuple[str, ...]) -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    response.vary.add("Origin")
    if "*" in origins or origin in origins:
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, X-API-Key, Authorization"
        response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
