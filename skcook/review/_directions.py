"""Directions: hold a model of trees to growing, or falling, with a column.

A column is followed through the steps before the model: its values are exchanged between rows, and
the outputs that change are the ones to constrain, if each follows the column alone, up or down. So
neither the names of columns nor the kinds of steps matter.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skcook.exceptions import CorrectionError
from skcook.review._column_edits import column_series, find_column, take_column
from skcook.review._one_correction import Correction
from skcook.utils._columns import is_missing, kind_of, numeric_values
from skcook.utils._frames import is_frame, read_table
from skcook.utils._sklearn import num_samples, rows_of
from skcook.utils._validation import in_words

CAN = (
    "the trees, forests and HistGradientBoosting of scikit-learn, XGBoost and LightGBM "
    "(binary classes or a regression)"
)
#: Rows that are sent through the steps to follow a column.
_MAX_ROWS = 2000


def constrain(
    estimator: Any, X: Any, y: Any, directions: Sequence[Correction], classes: Any
) -> None:
    """Set the monotone constraints of an estimator that is not fitted, in place."""
    steps, model = _split(estimator)
    parameter = _parameter_of(model)
    if parameter is None:
        raise CorrectionError(
            f"{type(model).__name__} cannot be held to a direction of {directions[0].feature!r}. "
            f"These can: {CAN}. Choose one of them, or drop the column."
        )
    if classes is not None and len(classes) != 2:
        raise CorrectionError(
            "A direction needs a number, or one of two classes, that goes up; "
            f"y has {len(classes)} classes."
        )
    if classes is not None:
        # What wraps a model may give it codes for labels; a step takes these in any case.
        y = np.searchsorted(classes, np.asarray(y))
    reached = X
    for step in steps:
        reached = (
            step.fit_transform(reached, y)
            if hasattr(step, "fit_transform")
            else step.fit(reached, y).transform(reached)
        )
    sample = rows_of(X, np.arange(min(num_samples(X), _MAX_ROWS)))
    before = _outputs(steps, sample)
    signs = _given(model, parameter, before.shape[1])
    for direction in directions:
        sign = _sign(direction, classes)
        for column, follows in _followers(steps, sample, before, direction.feature).items():
            signs[column] = sign * follows
    # XGBoost reads a list as something else.
    model.set_params(**{parameter: tuple(signs)})


def _split(estimator: Any) -> tuple[list[Any], Any]:
    """Return clones of the steps that the data goes through, and the model itself."""
    steps: list[Any] = []
    while True:
        if isinstance(estimator, Pipeline):
            steps += [clone(s) for _, s in estimator.steps[:-1] if s not in (None, "passthrough")]
            estimator = estimator.steps[-1][1]
        # A forest has an attribute of that name as well, which is no parameter.
        elif _parameter_of(estimator) is None and _inner(estimator) is not None:
            estimator = _inner(estimator)
        else:
            return steps, estimator


def _inner(estimator: Any) -> Any:
    if isinstance(estimator, FrozenEstimator) or not hasattr(estimator, "get_params"):
        return None
    return estimator.get_params(deep=False).get("estimator")


def _parameter_of(model: Any) -> str | None:
    """Name the parameter that holds the constraints."""
    known = model.get_params(deep=False) if hasattr(model, "get_params") else {}
    for name in ("monotonic_cst", "monotone_constraints"):
        if name in known:
            return name
    # LightGBM takes it among its further parameters, and lists it nowhere.
    return "monotone_constraints" if type(model).__module__.startswith("lightgbm.") else None


def _given(model: Any, parameter: str, n: int) -> list[int]:
    """Return the constraints that the model has already."""
    given = model.get_params(deep=False).get(parameter)
    if given is None:
        return [0] * n
    if isinstance(given, str | dict) or len(given) != n:
        raise CorrectionError(
            f"{type(model).__name__} has {parameter}={given!r:.80}; beside a correction it must be "
            f"a list of {n} numbers, one per column that reaches the model."
        )
    return [int(sign) for sign in given]


def _sign(direction: Correction, classes: Any) -> int:
    """Return 1 if the number, or the second class, is to go up with the column, else -1."""
    sign = 1 if direction.detail["sign"] == "up" else -1
    target = direction.detail.get("target")
    if target is None or classes is None:
        return sign
    names = [str(label) for label in classes]
    if str(target) not in names:
        raise CorrectionError(
            f"The direction of {direction.feature!r} is about {target!r}, which is no class; "
            f"the classes are {in_words(list(classes))}."
        )
    return sign if str(target) == names[1] else -sign


def _outputs(steps: Sequence[Any], X: Any) -> np.ndarray:
    for step in steps:
        X = step.transform(X)
    if not is_frame(X):
        return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=float)
    frame = read_table(X).frame
    return np.column_stack([_numbers(frame[name]) for name in frame.columns])


def _numbers(series: Any) -> np.ndarray:
    """Return a column as numbers; categories become numbers that follow nothing."""
    if kind_of(series) in ("numeric", "boolean"):
        return numeric_values(series)
    values = np.array([str(value) for value in series.to_list()], dtype=object)
    return pd.util.hash_array(values).astype(float)


def _followers(steps: Sequence[Any], X: Any, before: np.ndarray, feature: Any) -> dict[int, int]:
    """Return the outputs that follow a column, and whether up (1) or down (-1)."""
    position = find_column(X, feature)
    series = column_series(X, position)
    if kind_of(series) not in ("numeric", "boolean"):
        raise CorrectionError(
            f"{feature!r} holds no numbers ({kind_of(series)}), so it has no direction."
        )
    present = np.flatnonzero(~is_missing(series))
    order = np.arange(len(series))
    order[present] = np.random.default_rng(0).permutation(present)
    after = _outputs(steps, take_column(X, position, order))
    values = numeric_values(series)
    changed = np.flatnonzero(~_equal(before, after).all(axis=0))
    if not len(changed):
        raise CorrectionError(f"{feature!r} does not reach the model: no step's output follows it.")
    found = {}
    for column in changed:
        x = np.concatenate([values[present], values[order][present]])
        z = np.concatenate([before[present, column], after[present, column]])
        found[int(column)] = _trend(x, z)
    if 0 in found.values():
        raise CorrectionError(
            f"{feature!r} does not reach the model as a number that grows with it: a step mixes it "
            "with others, or cuts it into categories. Take it out of that step, or drop the column."
        )
    return found


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a == b) | (np.isnan(a) & np.isnan(b))


def _trend(x: np.ndarray, z: np.ndarray) -> int:
    """Return 1 if z is a function of x that never falls, -1 if it never grows, else 0."""
    order = np.lexsort((z, x))
    x, z = x[order], z[order]
    close = 1e-9 * max(float(np.ptp(z)), 1e-300)
    steps, same = np.diff(z), np.diff(x) == 0
    if np.isnan(steps).any() or (np.abs(steps[same]) > close).any():
        return 0
    if (steps >= -close).all():
        return 1
    return -1 if (steps <= close).all() else 0


def trend_of(explanations: Iterable[Any], feature: Any, classes: Any) -> str | None:
    """Tell whether the number, or the second of two classes, goes "up" or "down" with a column.

    None if the explained rows show no way: the column has one value, or none that is a number.
    """
    first = None if classes is None else np.asarray(classes).tolist()[0]
    numbers = (int, float, np.number, np.bool_)
    points = [
        (float(f.value), -f.weight if classes is not None and item.target == first else f.weight)
        for item in explanations
        for f in item.features
        if f.feature == feature and isinstance(f.value, numbers) and f.value == f.value
    ]
    if len({value for value, _ in points}) < 2:
        return None
    values, weights = (pd.Series(column) for column in zip(*points, strict=True))
    return "up" if values.rank().cov(weights) >= 0 else "down"
