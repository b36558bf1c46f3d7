"""The application factory, and the front that answers the most common request before Flask."""

import io
import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from skcook.serve._config import ServeConfig
from skcook.serve.http._auth import KeyRing, key_of
from skcook.serve.http._errors import register_errors
from skcook.serve.http._routes import (
    ATTEMPT,
    DATA_HEADERS,
    Attempt,
    Route,
    State,
    addresses,
    attach,
    count_hooks,
    log_request,
    register_requests,
    request_id,
)
from skcook.serve.http.routes import API, PAGES
from skcook.serve.http.routes._model_routes import answer_of
from skcook.serve.http.routes._platform_routes import vertex_addresses
from skcook.serve.model._drift import DRIFT
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.serve.model._registry import Registry, sources_of
from skcook.serve.model._serving_metrics import Metrics, Samples
from skcook.utils._json import parse_json


class _App(Flask):
    """Flask, for views that are all plain functions."""

    def ensure_sync(self, func: Any) -> Any:
        # Flask looks at three functions a request to tell whether one is a coroutine.
        return func


class _Prefixed:
    """An application under a prefix, whether or not the proxy in front takes it off."""

    def __init__(self, application: Callable[..., Any], prefix: str) -> None:
        self._application, self._prefix = application, prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._application(environ, start_response)


def build_app(model: Any, config: ServeConfig) -> Flask:
    """Make a Flask application that serves models; see `skcook.serve.create_app`."""
    app = _App("skcook.serve", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = config.max_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.max_bytes
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    metrics = Metrics()
    models = Registry(sources_of(model), config, metrics)
    state = State(config, models, metrics, KeyRing(config.api_key_file, count=metrics.key_reload))
    attach(app, state)
    _add_gauges(metrics, models)
    register_requests(app)
    register_errors(app)
    # Flask's own view, of the files that pages load.
    state.routes["static"] = Route(is_open=True, is_data=False)
    for routes in (*API, *(PAGES if config.pages else ())):
        app.register_blueprint(routes)
        state.routes |= routes.known
    for rule, endpoint, verb in vertex_addresses():
        if rule not in {known.rule for known in app.url_map.iter_rules()}:
            app.add_url_rule(rule, endpoint, app.view_functions[endpoint], methods=[verb])
    if config.front:
        app.wsgi_app = Front(app, state)  # type: ignore[method-assign]
    if config.root_path:
        app.wsgi_app = _Prefixed(app.wsgi_app, config.root_path)  # type: ignore[method-assign]
    return app


def _add_gauges(metrics: Metrics, models: Registry) -> None:
    def waiting() -> Samples:
        for service in models.services():
            for method in service.methods:
                labels = [service.name, service.version, method]
                yield labels, service.rows_waiting(method)

    def drift(figure: str) -> Callable[[], Samples]:
        def read() -> Samples:
            for service in models.services():
                for found in service.drift.figures():
                    labels = [service.name, service.version, found.column]
                    yield labels, getattr(found, figure)

        return read

    of_call, of_column = ["model", "version", "call"], ["model", "version", "column"]
    metrics.add_gauge(
        "skcook_queue_rows", "Rows that wait for a model.", of_call, waiting, add_up=True
    )
    for figure, text in DRIFT.items():
        metrics.add_gauge(f"skcook_input_{figure}", text, of_column, drift(figure))


_PATH = re.compile(
    r"/v1/models/([A-Za-z0-9._-]+)(?:/versions/([A-Za-z0-9._-]+))?"
    r"/(predict|predict_proba|decision_function)"
)
_NEWEST, _NAMED = addresses("/<method>")
_JSON = "application/json"
_TYPES = frozenset([_JSON, f"{_JSON}; charset=utf-8", f"{_JSON};charset=utf-8"])
_VIEW = "models.call"


class Front:
    """A WSGI application before Flask, for what nearly all clients send: rows of JSON to predict.

    Flask takes several times as long as a plan. What is common is answered here, by the same
    service, with the same headers, log line and figures as on the long way. Whatever is unusual,
    from another media type to a wrong field, goes on to Flask as it came, and Flask answers. A
    model is called once for a request: where its call fails, Flask gets the error and makes an
    answer of it.
    """

    def __init__(self, app: Flask, state: State) -> None:
        self._app, self._state, self._flask = app, state, app.wsgi_app
        self._view, self._hooks = app.view_functions[_VIEW], count_hooks(app)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started, now = time.perf_counter(), self._state
        found = _PATH.fullmatch(environ["PATH_INFO"])
        if found is None or not self._is_common(environ):
            return self._flask(environ, start_response)
        key = None
        if not now.keys.is_open:
            given = [environ.get(name, "") for name in ("HTTP_X_API_KEY", "HTTP_AUTHORIZATION")]
            key = now.keys.name_of(key_of(*given))
            if key is None:
                return self._flask(environ, start_response)
        name, version, method = found.groups()
        length = int(environ["CONTENT_LENGTH"])
        body = environ["wsgi.input"].read(length)
        text, attempt = None, Attempt(started)
        if len(body) == length:
            text, attempt = self._answer(body, name, version, method, started)
        if text is None:
            environ["wsgi.input"], environ[ATTEMPT] = io.BytesIO(body), attempt
            return self._flask(environ, start_response)
        own_id = request_id(environ.get("HTTP_X_REQUEST_ID"))
        kind = [("Content-Type", _JSON), ("Content-Length", str(len(text)))]
        start_response("200 OK", [*kind, *DATA_HEADERS, ("X-Request-Id", own_id)])
        seconds = time.perf_counter() - started
        route = _NEWEST if version is None else _NAMED
        now.metrics.request(route, "POST", 200, seconds)
        log_request(own_id, "POST", route, 200, seconds, model=name, rows=attempt.rows, key=key)
        return [text]

    def _is_common(self, environ: dict[str, Any]) -> bool:
        """Tell whether nothing but the rows can make a difference to the answer."""
        app, accept = self._app, environ.get("HTTP_ACCEPT", "*/*")
        length, limit = environ.get("CONTENT_LENGTH") or "", app.config["MAX_CONTENT_LENGTH"]
        return (
            environ["REQUEST_METHOD"] == "POST"
            and environ.get("CONTENT_TYPE", "").lower() in _TYPES
            and "HTTP_CONTENT_ENCODING" not in environ
            and ("*/*" in accept or accept == _JSON)
            and "text/" not in accept
            and not (self._state.config.cors_origins and "HTTP_ORIGIN" in environ)
            and re.fullmatch("[0-9]{1,15}", length) is not None
            and (limit is None or int(length) <= limit)
            # Who added to the application, or changed it, did so for every request.
            and app.view_functions[_VIEW] is self._view
            and count_hooks(app) == self._hooks
        )

    def _answer(
        self, body: bytes, name: str, version: str | None, method: str, started: float
    ) -> tuple[bytes | None, Attempt]:
        """Return the answer, or None where Flask must give it, and what was done."""
        n_rows, is_asked = None, False
        try:
            with self._state.models.use(name, version) as service:
                asked = service.require(method)
                rows = RawRows.from_document(parse_json(body))
                n_rows = len(rows)
                check_count(n_rows, self._state.config.max_rows)
                parsed = service.parse(rows)
                is_asked = True
                results = service.run(method, parsed)
                self._state.metrics.warnings(name, service.version, parsed.warnings)
                answer = answer_of(service, asked, results, parsed.warnings)
                text = json.dumps(answer, separators=(",", ":")) + "\n"
        except Exception as exc:  # noqa: BLE001 - Flask makes an answer of it, or meets it again
            # Before the model is asked nothing was counted, and Flask may begin anew.
            return None, Attempt(started, exc if is_asked else None, n_rows)
        return text.encode(), Attempt(started, None, n_rows)
