"""Transformers of scikit-learn that make numbers of numbers, as arithmetic on a graph's values."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skcook.exceptions import ExportRefused
from skcook.export._graph import Value

_TRANSFORMS: dict[str, Callable[[Any, Value], Value]] = {}


def trace_transform(step: Any, x: Value) -> Value:
    """Return what a fitted transformer makes of numbers; raise `ExportRefused` if it is unknown."""
    name = type(step).__name__
    if name not in _TRANSFORMS:
        raise ExportRefused(
            f"{name} cannot be exported; of the steps that compute, these can: "
            f"{', '.join(sorted(_TRANSFORMS))}."
        )
    return _TRANSFORMS[name](step, x)


def _transform(*names: str) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        _TRANSFORMS.update(dict.fromkeys(names, function))
        return function

    return register


@_transform("PCA", "IncrementalPCA")
def _pca(step: Any, x: Value) -> Value:
    made = (x - step.mean_) @ step.components_.T
    return made / np.sqrt(np.maximum(step.explained_variance_, _TINY)) if step.whiten else made


_TINY = np.finfo(np.float64).eps


@_transform("TruncatedSVD")
def _svd(step: Any, x: Value) -> Value:
    return x @ step.components_.T


@_transform("FastICA")
def _ica(step: Any, x: Value) -> Value:
    return (x - step.mean_ if step.whiten else x) @ step.components_.T


@_transform("LinearDiscriminantAnalysis")
def _discriminants(step: Any, x: Value) -> Value:
    if step.solver not in ("svd", "eigen"):
        raise ExportRefused(f"LinearDiscriminantAnalysis(solver={step.solver!r}) has no transform.")
    x = x - step.xbar_ if step.solver == "svd" else x
    return (x @ step.scalings_).take(range(step._max_components))


@_transform("Normalizer")
def _normalizer(step: Any, x: Value) -> Value:
    if step.norm == "l2":
        size = (x * x).sum().apply("Sqrt")
    else:
        size = x.apply("Abs")
        size = size.sum() if step.norm == "l1" else size.largest()
    return x / size.equals(0.0).where(1.0, size)


@_transform("Binarizer")
def _binarizer(step: Any, x: Value) -> Value:
    return (x > step.threshold).cast("float64")


@_transform("PolynomialFeatures")
def _polynomial(step: Any, x: Value) -> Value:
    # One column more, of ones, stands in for every factor that a term does not have.
    powers = step.powers_
    degree = int(powers.sum(axis=1).max(initial=1))
    n = powers.shape[1]
    factors = np.full((len(powers), degree), n)
    for i, term in enumerate(powers):
        which = np.repeat(np.arange(n), term)
        factors[i, : len(which)] = which
    wider = x.graph.concat([x, x.take([0]) * 0.0 + 1.0])
    made = wider.take(factors[:, 0])
    for j in range(1, degree):
        made = made * wider.take(factors[:, j])
    return made


@_transform("KBinsDiscretizer")
def _bins(step: Any, x: Value) -> Value:
    out = []
    for i, edges in enumerate(step.bin_edges_):
        column = x.take([i])
        above = (column >= edges[None, 1:-1]).cast("float64") if len(edges) > 2 else None
        place = column * 0.0 if above is None else above.sum()
        if step.encode == "ordinal":
            out.append(place)
        else:
            out.append(place.equals(np.arange(len(edges) - 1.0)[None]).cast("float64"))
    return x.graph.concat(out)


@_transform("PowerTransformer")
def _power(step: Any, x: Value) -> Value:
    lambdas = np.asarray(step.lambdas_, dtype=np.float64)[None]
    if step.method == "box-cox":
        is_log = lambdas == 0
        safe = np.where(is_log, 1.0, lambdas)
        made = _either(is_log, x.apply("Log"), (x**safe - 1.0) / safe)
    else:
        # Yeo and Johnson: a power for numbers from zero on, another for those below.
        is_log, is_negative_log = np.abs(lambdas) < _SPACING, np.abs(lambdas - 2) <= _SPACING
        p, q = np.where(is_log, 1.0, lambdas), np.where(is_negative_log, 1.0, 2 - lambdas)
        up = x.least(0.0) + 1.0
        down = 1.0 - x.most(0.0)
        above = _either(is_log, up.apply("Log"), (up**p - 1.0) / p)
        below = _either(is_negative_log, -down.apply("Log"), (1.0 - down**q) / q)
        made = (x >= 0.0).where(above, below)
    made = x.isnan().where(x, made)
    if not step.standardize:
        return made
    scaler = step._scaler
    return (made - scaler.mean_) / scaler.scale_


_SPACING = np.spacing(1.0)


def _either(is_first: np.ndarray, first: Value, second: Value) -> Value:
    """Return columns of one value or of another, without computing those that all are of one."""
    if is_first.all():
        return first
    if not is_first.any():
        return second
    return first.graph.constant(is_first).where(first, second)


@_transform("KMeans", "MiniBatchKMeans")
def _distances(step: Any, x: Value) -> Value:
    return squared_distances(x, step.cluster_centers_).apply("Sqrt")


def squared_distances(x: Value, points: np.ndarray) -> Value:
    """Return the squared distances to points, by differences: the short way loses digits.

    Shapes: x (n, width), points (n_points, width); returns (n, n_points).
    """
    n_points, width = points.shape
    apart = x.reshape(-1, 1, width) - points[None]
    return (apart * apart).sum(axis=2).reshape(-1, n_points)
