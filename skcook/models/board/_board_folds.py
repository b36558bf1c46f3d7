"""The folds of a board: classes in proportion, groups together, single rows in training."""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)

#: Most classes that a warning names.
SHOWN = 10

Folds = list[tuple[np.ndarray, np.ndarray]]


def splitter_of(cv: Any, task: str, seed: int | None, *, grouped: bool = False) -> Any:
    """Return the splitter of a number of folds; any other `cv` as it is."""
    if not isinstance(cv, Integral):
        return cv
    if task == "classification":
        kind = StratifiedGroupKFold if grouped else StratifiedKFold
    else:
        kind = GroupKFold if grouped else KFold
    return kind(cv, shuffle=True, random_state=seed)


def board_folds(cv: Any, task: str, seed: int | None, X: Any, y: np.ndarray, groups: Any) -> Folds:
    """Return the training and the test rows of each fold."""
    splitter = splitter_of(cv, task, seed, grouped=groups is not None)
    if not isinstance(cv, Integral):
        splitter = check_cv(cv, y, classifier=task == "classification")
        return list(splitter.split(X, y, groups))
    classes, counts = np.unique(y, return_counts=True)
    is_rare = counts < int(cv)
    too_many = classes.dtype.kind in "iuf" and len(classes) > max(20, len(y) / 5)
    if task == "classification" and is_rare.any() and too_many:
        raise ValueError(
            f"y holds {len(classes)} different numbers in {len(y)} rows, too many for classes: set "
            'task="regression", or use fewer folds than the rows of each class.'
        )
    if task == "regression" or not is_rare.any() or is_rare.all():
        return list(splitter.split(X, y, groups))
    rare = list(zip(classes[is_rare].tolist(), counts[is_rare], strict=True))
    more = f" and {len(rare) - SHOWN} more classes" if len(rare) > SHOWN else ""
    warnings.warn(
        f"Fewer rows than the {cv} folds: "
        + ", ".join(f"class {label!r} has {count}" for label, count in rare[:SHOWN])
        + f"{more}. Folds without one of these classes are scored by the others; a single row is "
        "in the training rows of every fold. Merge rare classes, or use fewer folds.",
        UserWarning,
        stacklevel=5,
    )
    alone = np.isin(y, classes[counts == 1]) if groups is None else np.zeros(len(y), dtype=bool)
    rest, alone = np.flatnonzero(~alone), np.flatnonzero(alone)
    groups = None if groups is None else np.asarray(groups)[rest]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class in y")
        return [
            (np.sort(np.concatenate([rest[train], alone])), rest[test])
            for train, test in splitter.split(rest, y[rest], groups)
        ]
