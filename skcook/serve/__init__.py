"""Serve saved models as an HTTP API with a web page.

`create_app` makes a Flask application of one or more models; the command ``skcook-serve`` puts it
behind a production server. Flask itself is imported when an application is made, not before.
"""

from typing import TYPE_CHECKING, Any

from skcook.serve._config import ServeConfig
from skcook.utils._public import publish

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["ServeConfig", "create_app"]


def create_app(model: Any, config: ServeConfig | None = None) -> "Flask":
    """Make a Flask application that serves models.

    Parameters
    ----------
    model : str, Path, Artifact, estimator, list or dict
        What to serve: a ``.skcook`` file, a loaded artifact, a fitted estimator, a list of files or
        artifacts, or a dict from a name to any of them. A file's model is called by its stem; an
        estimator by itself is called "model", and its schema is inferred.
    config : ServeConfig, default=None
        Limits and switches; None stands for ``ServeConfig()``.

    Returns
    -------
    app : flask.Flask
        A WSGI application, ready for any WSGI server.

    Raises
    ------
    ArtifactError
        If a model file cannot be used: it is missing, damaged, of a later format, or holds types
        that are not allowed.
    MissingDependencyError
        If Flask is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skcook import artifacts
    >>> from skcook.datasets import load_penguins
    >>> from skcook.serve import create_app
    >>> X, y = load_penguins(return_X_y=True)
    >>> X = X[["bill_length_mm", "flipper_length_mm"]].dropna()
    >>> model = LogisticRegression(max_iter=5000).fit(X, y[X.index])
    >>> path = getfixture("tmp_path") / "penguins.skcook"
    >>> _ = artifacts.save(model, path, X_example=X)
    >>> client = create_app(path).test_client()
    >>> row = {"bill_length_mm": 39.1, "flipper_length_mm": 181.0}
    >>> client.post("/v1/models/penguins/predict", json={"rows": [row]}).json["predictions"]
    ['Adelie']

    A row that does not fit gets an answer that names what is wrong with it:

    >>> row = {"bill_length_mm": "long", "flipper_length_mm": 181.0}
    >>> answer = client.post("/v1/models/penguins/predict", json={"rows": [row]})
    >>> answer.status_code, answer.json["errors"][0]["code"]
    (422, 'type')
    """
    from skcook.serve.http._app import build_app

    return build_app(model, config if config is not None else ServeConfig())


publish(globals())
