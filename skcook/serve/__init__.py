"""Serve saved models as an HTTP API with a web page.

`create_app` makes a Flask application of one or more models; the command ``skcook-serve`` puts it
behind a production server. `to_html` writes the page of a model as a file of its own. Flask
itself is imported when an application is made, not before.
"""

from typing import TYPE_CHECKING, Any

from skcook.serve._config import ServeConfig
from skcook.utils._public import publish

if TYPE_CHECKING:
    from flask import Flask

    from skcook.artifacts import Artifact

__all__ = ["ServeConfig", "create_app", "to_html"]


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


def to_html(model: "Artifact") -> str:
    """Write the page of a model as one file that predicts without a server.

    The page has the model in it, as a graph of its operators that a script of 10 kB computes in
    double precision: no runtime, no server, no network, not even when it is opened. When it opens
    it first computes rows whose answers it knows from the model itself, and refuses to predict if
    one differs by more than 1e-6. ``skcook-serve export html`` does the same.

    Parameters
    ----------
    model : Artifact
        What `skcook.artifacts.read` returned.

    Returns
    -------
    page : str
        The page, to be written to a file.

    Raises
    ------
    ExportRefused
        If the model cannot be exported; see `skcook.export.to_onnx`.
    MissingDependencyError
        If onnx, onnxruntime or Jinja2 is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skcook import artifacts
    >>> from skcook.datasets import load_penguins
    >>> from skcook.serve import to_html
    >>> X, y = load_penguins(return_X_y=True)
    >>> X = X[["bill_length_mm", "flipper_length_mm"]].dropna()
    >>> model = LogisticRegression(max_iter=5000).fit(X, y[X.index])
    >>> folder = getfixture("tmp_path")
    >>> path = artifacts.save(model, folder / "penguins.skcook", X_example=X)
    >>> page = to_html(artifacts.read(path))
    >>> _ = (folder / "penguins.html").write_text(page)
    >>> page[:15]
    '<!doctype html>'
    """
    from skcook.export._exported import export
    from skcook.serve.process._model_file import page_of

    return page_of(model, export(model))


publish(globals())
