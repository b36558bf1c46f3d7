"""Transformers of scikit-learn that make numbers of numbers, as arithmetic on a graph's values."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from skcook.base._flow import ByClassName
from skcook.exceptions import ExportRefused
from skcook.export._graph import Value

_TRANSFORMS = ByClassName()


def trace_transform(step: Any, x: Value) -> Value:
    """Return what a fitted transformer makes of numbers; raise `ExportRefused` if it is unknown."""
    name = type(step).__name__
    if name not in _TRANSFORMS:
        raise ExportRefused(
            f"{name} cannot be exported; of the steps that compute, these can: "
            f"{', '.join(sorted(_TRANSFORMS))}."
        )
    return _TRANSFORMS[name](step, x)


@_TRANSFORMS.of("PCA", "IncrementalPCA")
def _pca(step: Any, x: Value) -> Value:
    made = (x - step.mean_) @ step.components_.T
    return made / np.sqrt(np.maximum(step.explained_variance_, _TINY)) if step.whiten else made


_TINY = np.finfo(np.float64).eps


@_TRANSFORMS.of("TruncatedSVD", "GaussianRandomProjection", "SparseRandomProjection")
def _projection(step: Any, x: Value) -> Value:
    components = step.components_
    return x @ (components.toarray() if sparse.issparse(components) else components).T


@_TRANSFORMS.of("FastICA")
def _ica(step: Any, x: Value) -> Value:
    return (x - step.mean_ if step.whiten else x) @ step.components_.T


@_TRANSFORMS.of("LinearDiscriminantAnalysis")
def _discriminants(step: Any, x: Value) -> Value:
    if step.solver not in ("svd", "eigen"):
        raise ExportRefused(f"LinearDiscriminantAnalysis(solver={step.solver!r}) has no transform.")
    x = x - step.xbar_ if step.solver == "svd" else x
    return (x @ step.scalings_).take(range(step._max_components))


@_TRANSFORMS.of("Normalizer")
def _normalizer(step: Any, x: Value) -> Value:
    if step.norm == "l2":
        size = (x * x).sum().apply("Sqrt")
    else:
        size = x.apply("Abs")
        size = size.sum() if step.norm == "l1" else size.largest()
    return x / size.equals(0.0).where(1.0, size)


@_TRANSFORMS.of("Binarizer")
def _binarizer(step: Any, x: Value) -> Value:
    return (x > step.threshold).cast("float64")


@_TRANSFORMS.of("PolynomialFeatures")
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


@_TRANSFORMS.of("KBinsDiscretizer")
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


@_TRANSFORMS.of("PowerTransformer")
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


#: The functions of numpy that have operators.
UFUNCS: dict[Any, Callable[[Value], Value]] = {
    np.exp: lambda x: x.apply("Exp"),
    np.expm1: lambda x: x.apply("Exp") - 1.0,
    np.square: lambda x: x * x,
    np.sqrt: lambda x: x.apply("Sqrt"),
    np.log: lambda x: x.apply("Log"),
    np.log1p: lambda x: (x + 1.0).apply("Log"),
    np.abs: lambda x: x.apply("Abs"),
    np.negative: lambda x: -x,
    np.sin: lambda x: x.apply("Sin"),
    np.cos: lambda x: x.apply("Cos"),
    np.tanh: lambda x: x.apply("Tanh"),
}


@_TRANSFORMS.of("FunctionTransformer")
def _function(step: Any, x: Value) -> Value:
    if step.func not in UFUNCS:
        raise ExportRefused(f"FunctionTransformer({step.func.__name__}) cannot be exported.")
    return UFUNCS[step.func](x)


# Lines and polynomials in pieces.


def interpolated(x: Value, points: np.ndarray, values: np.ndarray) -> Value:
    """Return what `np.interp` gives for numbers of shape (n, 1), which are not missing.

    Shapes: points (n_points,) in order, values (n_points,).
    """
    steps = np.diff(points)
    # Between equal points nothing lies, and from the last one on the line is flat.
    slopes = np.append(np.diff(values) / np.where(steps == 0, np.inf, steps), 0.0)
    x = x.least(points[0]).most(points[-1])
    place = _place(x, points[1:])
    start, slope, value = (_at(place, table) for table in (points, slopes, values))
    return slope * (x - start) + value


def _place(x: Value, bounds: np.ndarray) -> Value:
    """Return how many bounds are not above a number, of shape (n, 1)."""
    if not len(bounds):
        return (x * 0.0).cast("int64")
    return (x >= bounds[None]).cast("float64").sum().cast("int64")


def _at(place: Value, table: np.ndarray) -> Value:
    """Return rows of a table, of shape (n, width)."""
    rows = np.asarray(table, dtype=np.float64).reshape(len(table), -1)
    return place.graph.constant(rows).take(place, axis=0).reshape(-1, rows.shape[1])


@_TRANSFORMS.of("QuantileTransformer")
def _quantiles(step: Any, x: Value) -> Value:
    is_normal = step.output_distribution == "normal"
    # scikit-learn takes for an end what is so near to it.
    near, shares, out = 1e-7 if is_normal else 0.0, step.references_, []
    for i, quantiles in enumerate(step.quantiles_.T):
        column = x.take([i])
        # From both sides: where quantiles repeat, the share is between the first and the last.
        up = interpolated(column, quantiles, shares)
        down = interpolated(-column, -quantiles[::-1], -shares[::-1])
        share = (up - down) * 0.5
        share = (column + near >= quantiles[-1]).where(1.0, share)
        share = (column - near <= quantiles[0]).where(0.0, share)
        made = _normal_quantile(share, near - np.spacing(1)) if is_normal else share
        out.append(column.isnan().where(column, made))
    return x.graph.concat(out)


def _normal_quantile(share: Value, least: float) -> Value:
    """Return quantiles of the normal distribution, by algorithm AS 241 of Wichura (1988)."""
    share = share.least(least).most(1 - least)
    apart = share - 0.5
    r = 0.180625 - apart * apart
    middle = apart * _polynomial_of(r, _MIDDLE[0]) / _polynomial_of(r, _MIDDLE[1])
    r = (-share.most(1.0 - share).apply("Log")).apply("Sqrt") - 1.6
    tail = _polynomial_of(r, _TAIL[0]) / _polynomial_of(r, _TAIL[1])
    tail = (apart < 0.0).where(-tail, tail)
    return (apart.apply("Abs") <= 0.425).where(middle, tail)


def _polynomial_of(x: Value, factors: Sequence[float]) -> Value:
    """Return a polynomial, whose factors come from the highest power on."""
    made = x * factors[0] + factors[1]
    for factor in factors[2:]:
        made = made * x + factor
    return made


_MIDDLE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
     4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
     1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
     2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
     4.2313330701600911252e1, 1.0),
)  # fmt: skip
_TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
     1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
     4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
     2.05319162663775882187e0, 1.0),
)  # fmt: skip


@_TRANSFORMS.of("SplineTransformer")
def _splines(step: Any, x: Value) -> Value:
    if step.extrapolation == "error":
        raise ExportRefused("SplineTransformer(extrapolation='error') cannot be exported.")
    made = [_spline(step, spline, x.take([i])) for i, spline in enumerate(step.bsplines_)]
    return x.graph.concat(made)


def _spline(step: Any, spline: Any, x: Value) -> Value:
    """Return the basis functions of one column, of shape (n, n_splines)."""
    n_knots, degree = len(spline.t) - spline.k - 1, spline.k
    knots = spline.t[degree : n_knots + 1]
    low, high = float(knots[0]), float(knots[-1])
    within = x.least(low).most(high) if step.extrapolation in ("constant", "linear") else x
    if step.extrapolation == "periodic":
        within = (x - low) % (high - low) + low
    place = _place(within, knots[1:-1])
    apart = within - _at(place, knots[:-1])
    # Between two knots, a polynomial whose factors are the derivatives at the first of them.
    made = _at(place, spline(knots[:-1], nu=degree) / math.factorial(degree))
    for power in range(degree - 1, -1, -1):
        made = made * apart + _at(place, spline(knots[:-1], nu=power) / math.factorial(power))
    if step.extrapolation == "linear":
        below, above = spline(low, nu=1), spline(high, nu=1)
        made = made + (x.most(low) - low) * below[None] + (x.least(high) - high) * above[None]
    if getattr(step, "handle_missing", "error") == "zeros":
        made = x.isnan().where(0.0, made)
    return made if step.include_bias else made.take(range(spline.c.shape[1] - 1))


@_TRANSFORMS.of("KMeans", "MiniBatchKMeans")
def _distances(step: Any, x: Value) -> Value:
    return squared_distances(x, step.cluster_centers_).apply("Sqrt")


def squared_distances(x: Value, points: np.ndarray) -> Value:
    """Return the squared distances to points, by differences: the short way loses digits.

    Shapes: x (n, width), points (n_points, width); returns (n, n_points).
    """
    n_points, width = points.shape
    apart = x.reshape(-1, 1, width) - points[None]
    return (apart * apart).sum(axis=2).reshape(-1, n_points)
