"""How the validation rows of early stopping are chosen."""

from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
    check_cv,
)
from sklearn.utils import check_random_state

from skcook.utils._sklearn import num_samples
from skcook.utils._validation import in_words


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
