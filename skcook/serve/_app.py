"""The application factory."""

from typing import Any

from flask import Flask

from skcook.serve._auth import KeyRing
from skcook.serve._config import ServeConfig
from skcook.serve._errors import register_errors
from skcook.serve._metrics import Metrics, Samples
from skcook.serve._registry import Registry, sources_of
from skcook.serve._requests import register_requests
from skcook.serve._state import State, attach
from skcook.serve.routes import BLUEPRINTS, PAGES, register_vertex


def build_app(model: Any, config: ServeConfig) -> Flask:
    """Make a Flask application that serves models; see `skcook.serve.create_app`.

    Parameters
    ----------
    model : str, Path, Artifact, estimator, list or dict
        What to serve.
    config : ServeConfig
        Limits and switches.

    Returns
    -------
    app : flask.Flask
        The application.
    """
    app = Flask("skcook.serve", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = config.max_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.max_bytes
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    metrics = Metrics()
    models = Registry(sources_of(model), config, metrics)
    attach(app, State(config, models, metrics, KeyRing(config.api_key_file)))
    metrics.add_gauge(
        "skcook_queue_rows",
        "Rows that wait for a model.",
        ["model", "version", "call"],
        lambda: _queues(models),
    )
    register_requests(app)
    register_errors(app)
    for blueprint in (*BLUEPRINTS, *(PAGES if config.pages else ())):
        app.register_blueprint(blueprint)
    register_vertex(app)
    return app


def _queues(models: Registry) -> Samples:
    for service in models.services():
        for method in service.methods:
            labels = [service.name, service.version, method]
            yield labels, service.rows_waiting(method)
