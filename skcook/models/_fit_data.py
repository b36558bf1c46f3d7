"""What `fit` is given, checked once and in the same words by every part of `skcook.models`.

The target is read here. The data is not: each wrapped estimator takes what it takes, so a list of
texts is as welcome as a frame, and only the columns of a frame are noted.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, validate_data

from skcook.utils._frames import is_frame
from skcook.utils._sklearn import check_sample_weight
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


def read_weights(sample_weight: Any, X: Any, y: np.ndarray, task: str) -> np.ndarray | None:
    """Return the weights as an array, or say that they leave fewer than two classes.

    Shapes: sample_weight (n_samples,), X (n_samples, n_features), y (n_samples,).
    """
    if sample_weight is None:
        return None
    sample_weight = check_sample_weight(sample_weight, X)
    classes = np.unique(y[sample_weight != 0])
    if task == "classification" and len(classes) < 2:
        raise ValueError(
            "At least two classes need rows of a weight other than zero; those that have some: "
            f"{in_words(classes.tolist()) or 'none'}."
        )
    return sample_weight


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
