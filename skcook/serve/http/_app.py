"""The application factory."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from skcook.serve._config import ServeConfig
from skcook.serve.http._auth import KeyRing
from skcook.serve.http._errors import register_errors
from skcook.serve.http._front import Front
from skcook.serve.http._hooks import register_requests
from skcook.serve.http._routes import Route
from skcook.serve.http._state import State, attach
from skcook.serve.http.routes import API, PAGES
from skcook.serve.model._drift import DRIFT
from skcook.serve.model._registry import Registry, sources_of
from skcook.serve.model._serving_metrics import Metrics, Samples
from skcook.serve.platforms._vertex import vertex_addresses


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
