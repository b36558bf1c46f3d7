"""The arithmetic of target encoding, all folds at once.

A category is encoded by the mean of the target over its rows, shrunk towards the mean over all
rows. In cross-fitting, the rows of a fold get the encodings that the other folds would give. Each
(category, fold) is one cell; one pass over the rows finds the moments of all cells, and the
moments of "all folds but this one" follow from those of the cells, by the formula that merges
variances without losing digits (Chan, Golub and LeVeque 1983):

>>> import numpy as np
>>> from skcook.preprocessing.encoders._crossfit import moments, merged
>>> y, fold = np.array([1.0, 2.0, 6.0, 8.0]), np.array([0, 0, 1, 1])
>>> cells = moments(fold, y, 2)
>>> merged(cells, np.ones((2, 1))).mean, y.mean()
(array([4.25]), np.float64(4.25))
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

#: Splitters whose training rows are known to be all rows that are not in the test fold. To look,
#: `fit_transform` takes 1.2 times as long (bench_preprocessing.py, "TargetEncoder").
_COMPLEMENTARY = (KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold)


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of the target in each cell."""

    count: np.ndarray
    mean: np.ndarray
    ssd: np.ndarray


def moments(cells: np.ndarray, y: np.ndarray, n_cells: int, *, is_indicator: bool = False) -> Any:
    """Find the moments of the target in each cell.

    Shapes: cells (n,), y (n,).
    """
    count = np.bincount(cells, minlength=n_cells)
    total = np.bincount(cells, weights=y, minlength=n_cells)
    mean = _divided(total, count)
    if is_indicator:
        return Moments(count, mean, total * (1 - mean))
    deviations = y - mean[cells]
    return Moments(count, mean, np.bincount(cells, weights=deviations**2, minlength=n_cells))


def merged(parts: Moments, which: np.ndarray) -> Moments:
    """Merge the moments of several folds.

    Shapes: which (n_folds, n_unions).
    """
    count = parts.count @ which
    mean = _divided((parts.count * parts.mean) @ which, count)
    between = [
        (parts.count * (parts.mean - mean[..., [union]]) ** 2) @ which[:, union]
        for union in range(which.shape[1])
    ]
    return Moments(count, mean, parts.ssd @ which + np.stack(between, axis=-1))


def shrunk(of_categories: Moments, of_all: Moments, smooth: Any) -> np.ndarray:
    """Return the encoding of each category."""
    count, mean = of_categories.count, of_categories.mean
    if smooth == "auto":
        variance = of_all.ssd / of_all.count
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = variance * count / (variance * count + of_categories.ssd / count)
        weight = np.nan_to_num(weight, nan=0.0)
        return weight * mean + (1 - weight) * of_all.mean
    rows = count + float(smooth)
    mixed = _divided(count * mean + smooth * of_all.mean, rows)
    return np.where(rows > 0, mixed, of_all.mean)


def encodings_of_all(codes: np.ndarray, n_codes: int, y: np.ndarray, smooth: Any, *, is_indicator):
    """Return the encoding of each category, learned from all rows.

    Shapes: codes (n,), y (n,); returns encodings (n_codes + 1,).
    """
    of_all = Moments(np.array(len(y)), y.mean(), y.var() * len(y))
    of_codes = moments(codes, y, n_codes + 1, is_indicator=is_indicator)
    encodings = shrunk(of_codes, of_all, smooth)
    encodings[-1] = of_all.mean
    return encodings


@dataclass(frozen=True)
class Folds:
    """Which fold tests each row, and what each fold is trained on.

    Shapes: of_rows (n,).
    """

    of_rows: np.ndarray
    n_folds: int
    train: list[np.ndarray] | None = None


def read_folds(cv: Any, X: Any, y: np.ndarray, **params: Any) -> Folds:
    """Run a splitter and check that it tests each row once."""
    of_rows = np.full(len(y), -1, dtype=np.intp)
    train, is_complementary, overlaps = [], True, False
    for fold, (train_rows, test_rows) in enumerate(cv.split(X, y, **params)):
        overlaps |= bool((of_rows[test_rows] >= 0).any())
        of_rows[test_rows] = fold
        if not isinstance(cv, _COMPLEMENTARY):
            uses = np.bincount(train_rows, minlength=len(y))
            in_test = np.bincount(test_rows, minlength=len(y))
            is_complementary &= bool((uses + in_test == 1).all())
            train.append(np.asarray(train_rows))
    if overlaps or (of_rows < 0).any():
        raise ValueError(
            "Validation indices from `cv` must cover each sample index exactly once with no "
            f"overlap; those of {type(cv).__name__} do not. Pass a splitter whose validation folds "
            "do not overlap, such as KFold, StratifiedKFold or GroupKFold."
        )
    return Folds(of_rows, int(of_rows.max()) + 1, None if is_complementary else train)


def cross_fitted(codes, n_codes, y, folds, smooth, *, is_indicator):
    """Encode each row by what the folds that it is not in say of its category.

    Shapes: returns encoded (n,).
    """
    n_folds = folds.n_folds
    # Many folds of many categories would be more cells than rows.
    if folds.train is None and (n_codes + 1) * n_folds <= max(4 * len(y), 100_000):
        cells = codes * n_folds + folds.of_rows
        of_cells = moments(cells, y, (n_codes + 1) * n_folds, is_indicator=is_indicator)
        by_code = Moments(*(a.reshape(-1, n_folds) for a in vars(of_cells).values()))
        of_folds = moments(folds.of_rows, y, n_folds, is_indicator=is_indicator)
        others = 1 - np.eye(n_folds)
        of_all = merged(of_folds, others)
        table = shrunk(merged(by_code, others), of_all, smooth)
        table[-1] = of_all.mean
        return table.ravel()[cells]
    encoded = np.empty(len(y))
    for fold in range(n_folds):
        test = folds.of_rows == fold
        train = ~test if folds.train is None else folds.train[fold]
        table = encodings_of_all(codes[train], n_codes, y[train], smooth, is_indicator=is_indicator)
        encoded[test] = table[codes[test]]
    return encoded


def _divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.shape(b)), where=b != 0)
