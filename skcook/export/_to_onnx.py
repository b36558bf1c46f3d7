"""The public call."""

from typing import Any

from skcook.export._exported import export


def to_onnx(model: Any, schema: Any = None, rows: Any = None) -> Any:
    """Turn a fitted model into an ONNX model with the same answers.

    The whole pipeline is written as ONNX operators in double precision, from its plan (see
    `skcook.plan.compile`). The result is run by onnxruntime over the file's sample, the schema's
    example, and rows made of it with every nullable column missing, every category, one that is
    unknown, and both ends of each range. Where one number differs from the model's by more than
    1e-6 (relative to it from 1 on), or one label is another, there is no ONNX model.

    Parameters
    ----------
    model : Artifact or estimator
        What `skcook.artifacts.read` returned, or a fitted pipeline, search, wrapper or model.
    schema : Schema, default=None
        What an estimator takes: ``skcook.artifacts.Schema.capture(X)`` of the training data. An
        artifact has its own.
    rows : DataFrame or ndarray, default=None
        Real rows to compare with, such as some of the training data. An artifact has its own.

    Returns
    -------
    proto : onnx.ModelProto
        The model. Its inputs are the columns, each of shape (n_rows, 1): texts as strings, with
        "" for a missing one; numbers, booleans and times as doubles, with NaN for a missing one;
        times in seconds since 1970, UTC. Its outputs are ``predict``, ``predict_proba`` and
        ``decision_function``, as far as the model has them, and ``refused``, which is true for a
        row that the model itself would refuse or warn of; its numbers then are NaN.

    Raises
    ------
    ExportRefused
        If there is none; the message names the part that cannot be exported.
    MissingDependencyError
        If onnx or onnxruntime is not installed.

    Examples
    --------
    >>> import onnxruntime
    >>> from skcook import export
    >>> from skcook.artifacts import Schema
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> model = tabular_pipeline("logistic").fit(X, y)
    >>> proto = export.to_onnx(model, Schema.capture(X, model), X)
    >>> [field.name for field in proto.graph.output]
    ['predict', 'decision_function', 'predict_proba', 'refused']
    >>> session = onnxruntime.InferenceSession(proto.SerializeToString())
    >>> row = X.iloc[:1].astype({"body_mass_g": float, "flipper_length_mm": float})
    >>> given = {name: row[[name]].to_numpy() for name in X}
    >>> session.run(["predict"], given)[0].tolist()
    ['Adelie']

    What has no operators is refused by name:

    >>> from sklearn.neighbors import NearestCentroid
    >>> X = X[["bill_length_mm", "bill_depth_mm"]].dropna()
    >>> model = NearestCentroid().fit(X, y[X.index])
    >>> export.to_onnx(model, Schema.capture(X, model), X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ExportRefused: NearestCentroid cannot be exported. ...
    """
    return export(model, schema, rows).proto
