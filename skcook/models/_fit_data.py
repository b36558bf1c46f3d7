"""What `fit` is given, checked once and in the same words by every part of `skcook.models`.

The target is read here. The data is not: each wrapped estimator takes what it takes, so a list of
texts is as welcome as a frame, and only the columns of a frame are noted.
"""

import inspect
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, validate_data

from skcook.utils._frames import is_frame
from skcook.utils._sklearn import routing_enabled
from skcook.utils._validation import in_words


def read_target(y: Any, task: str, *, who: str) -> np.ndarray:
    """Return the target as an array, or say what is wrong with it; "any" takes one class too.

    Shapes: y (n_samples,); returns y (n_samples,).
    """
    if y is None:
        raise ValueError(f"requires y to be passed, but the target y is None: {who} learns from y.")
    y = column_or_1d(y, warn=True)
    if not len(y):
        raise ValueError(f"Found array with 0 sample(s) while {who} needs a minimum of 1.")
    missing = np.flatnonzero(pd.isna(y))
    if len(missing):
        raise ValueError(
            f"Input y contains NaN: {len(missing)} of {len(y)} targets are missing, the first in "
            f"row {missing[0]}. Drop these rows from X and y before the fit."
        )
    if y.dtype.kind == "f":
        assert_all_finite(y, input_name="y", estimator_name=who)
    if task == "regression":
        return _numbers(y, who)
    if y.dtype.kind == "O" and len(kinds := sorted({type(label).__name__ for label in y})) > 1:
        raise ValueError(
            f"The labels in y are of more than one type ({', '.join(kinds)}): make them one."
        )
    try:
        check_classification_targets(y)
    except ValueError as exc:
        advice = 'set task="regression"' if who == "Leaderboard" else "use the regressor"
        raise ValueError(
            f"Unknown label type: {type_of_target(y)}. {who} learns classes, and y holds numbers "
            f"with fractions: {advice}."
        ) from exc
    classes = np.unique(y)
    if task == "classification" and len(classes) < 2:
        raise ValueError(
            f"{who} needs at least two classes in y; all {len(y)} rows are of one class, "
            f"{in_words(classes.tolist())}."
        )
    return y


def _numbers(y: np.ndarray, who: str) -> np.ndarray:
    if y.dtype.kind in "biuf":
        return y
    try:
        return y.astype(float)
    except (TypeError, ValueError) as exc:
        raise ValueError(
            f"{who} predicts numbers, and y holds {in_words([y[:1].tolist()[0]])}. "
            "Convert y to numbers, or use the classifier."
        ) from exc


def learn_columns(estimator: Any, X: Any, fitted: Any) -> None:
    """Set ``n_features_in_`` and ``feature_names_in_`` as far as they are known."""
    if is_frame(X):
        validate_data(estimator, X, skip_check_array=True)
    elif hasattr(fitted, "n_features_in_"):
        estimator.n_features_in_ = fitted.n_features_in_


def fit_weights(estimator: Any, sample_weight: Any) -> dict[str, Any]:
    """Return the parameter of an estimator's ``fit`` that weighs its rows.

    Shapes: sample_weight (n_samples,).
    """
    if sample_weight is None:
        return {}
    path, inner = ["sample_weight"], estimator
    while not routing_enabled():
        taken = inspect.signature(inner.fit).parameters
        passes_on = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
        if "sample_weight" in taken:
            break
        if isinstance(inner, Pipeline):
            name, inner = inner.steps[-1]
            path.insert(-1, name)
        elif passes_on and hasattr(inner, "estimator"):
            inner = inner.estimator
        elif passes_on:
            break
        else:
            raise TypeError(f"{type(inner).__name__} cannot weigh its rows.")
    return {"__".join(path): sample_weight}
