"""What `fit` is given, checked once and in the same words by every part of `skcook.models`.

The target is read here, and the rows of early stopping are set aside. The data is not read: each
wrapped estimator takes what it takes, so a list of texts is as welcome as a frame, and only the
columns of a frame are noted.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
    check_cv,
)
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, validate_data

from skcook.utils._frames import is_frame
from skcook.utils._sklearn import check_sample_weight, num_samples
from skcook.utils._validation import in_words

#: Who learns, where that is a model whose name is not known.
MODEL = "The model"


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
    y = unboxed(y)
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
        found, holds = type_of_target(y), "numbers with fractions: use the regressor"
        if found == "unknown":
            holds = f"objects of {type(y[0]).__name__}: make strings or numbers of them"
        elif who in ("Leaderboard", MODEL):
            holds = 'numbers with fractions: set task="regression"'
        raise ValueError(
            f"Unknown label type: {found}. {who} learns classes, and y holds {holds}."
        ) from exc
    classes = np.unique(y)
    if task == "classification" and len(classes) < 2:
        raise ValueError(
            f"{who} needs at least two classes in y; all {len(y)} rows are of one class, "
            f"{in_words(classes.tolist())}."
        )
    return y


def unboxed(y: np.ndarray) -> np.ndarray:
    """Return an array of Python's booleans or numbers as one of that type, others as they are."""
    if y.dtype.kind == "O" and {type(value) for value in y} in ({bool}, {int}, {float}):
        return np.array(y.tolist())
    return y


def check_target(y: Any, takes: str) -> None:
    """Raise if a model that takes "labels", "codes" or "numbers" could not learn a target.

    Shapes: y (n_samples,); of a target of several columns the model itself says what it takes.
    """
    if np.shape(y)[1:] not in ((), (1,)):
        return
    read = read_target(y, "regression" if takes == "numbers" else "any", who=MODEL)
    given = getattr(y, "dtype", None)
    if takes == "labels" and given == np.dtype(object) and read.dtype.kind in "bif":
        raise ValueError(
            f"y holds {read.dtype} as Python objects, which {MODEL.lower()} does not take for "
            f"labels: convert it, for example with y.astype({read.dtype.name!r})."
        )
    if takes == "codes" and not are_codes(classes := np.unique(read)):
        raise ValueError(
            f"{MODEL} takes only the labels 0, 1, 2, ..., and y holds "
            f"{in_words(classes.tolist())}: put the pipeline into AnyLabelsClassifier or "
            "EarlyStoppingClassifier."
        )


def are_codes(classes: np.ndarray) -> bool:
    """Tell whether the sorted classes are 0, 1, 2, ..."""
    return classes.dtype.kind in "biuf" and np.array_equal(classes, np.arange(len(classes)))


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


def validation_split(
    X: Any,
    y: np.ndarray,
    *,
    task: str,
    fraction: float,
    cv: Any = None,
    shuffle: bool = True,
    groups: Any = None,
    random_state: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the rows to train on and those to validate on.

    Shapes: X (n_samples, n_features), y (n_samples,), groups (n_samples,).
    """
    if cv is not None:
        splitter = check_cv(cv, y, classifier=task == "classification")
        # The last split is the latest where the splits follow time.
        *_, (train, validation) = splitter.split(X, y, groups)
    else:
        n_rows = num_samples(X)
        n_validation = int(np.ceil(fraction * n_rows))
        _check_enough(y, task, fraction, n_rows, n_validation)
        if groups is None and not shuffle:
            train, validation = np.split(np.arange(n_rows), [n_rows - n_validation])
        else:
            seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
            if groups is not None:
                splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
            elif task == "classification":
                _check_no_single_row(y)
                splitter = StratifiedShuffleSplit(1, test_size=n_validation, random_state=seed)
            else:
                splitter = ShuffleSplit(1, test_size=n_validation, random_state=seed)
            train, validation = next(splitter.split(X, y, groups))
    _check_split(y, task, train, validation)
    return train, validation


def _check_enough(
    y: np.ndarray, task: str, fraction: float, n_rows: int, n_validation: int
) -> None:
    n_classes = len(np.unique(y)) if task == "classification" else 1
    if min(n_validation, n_rows - n_validation) < n_classes:
        need = "one row" if n_classes == 1 else f"a row of each of the {n_classes} classes"
        raise ValueError(
            f"Too few rows: validation_fraction={fraction} of n_samples = {n_rows} leaves "
            f"{n_validation} for validation and {n_rows - n_validation} for training, and both "
            f"need {need}. Give more rows, change validation_fraction, or fit the booster as it is."
        )


def _check_no_single_row(y: np.ndarray) -> None:
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"Class {in_words([classes[counts.argmin()]])} has one row, which cannot be both "
            "learned from and validated on. Drop it, merge it with another class, or choose the "
            "rows yourself, for example with cv=ShuffleSplit(1)."
        )


def _check_split(y: np.ndarray, task: str, train: np.ndarray, validation: np.ndarray) -> None:
    if not len(train) or not len(validation):
        raise ValueError(
            f"The split leaves {len(train)} rows for training and {len(validation)} for "
            "validation; both need some. Change validation_fraction or cv."
        )
    if task != "classification":
        return
    unlearned = np.setdiff1d(y[validation], y[train])
    if len(unlearned):
        raise ValueError(
            f"The split puts every row of class {in_words(list(unlearned))} into the validation "
            "rows, where it cannot be learned. Leave cv=None and shuffle=True for a split with the "
            "classes in proportion, or choose other groups."
        )
    if len(np.unique(y[train])) < 2:
        raise ValueError("The split leaves rows of one class to train on. Change cv.")
