"""Choose rows, take them, and compare answers."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._frames import container_of
from skcook.utils._json_values import to_json

_SEED = 0


def choose_rows(n_rows: int, y: Any, size: int) -> np.ndarray:
    """Choose rows at random, the same ones each time.

    Shapes: y (n_rows,).
    """
    if n_rows <= size:
        return np.arange(n_rows)
    random = np.random.default_rng(_SEED)
    order = random.permutation(n_rows)
    if y is None or np.ndim(y) != 1:
        return np.sort(order[:size])
    codes, values = pd.factorize(pd.Series(list(y), dtype=object))
    if not 1 < len(values) <= size // 2:
        return np.sort(order[:size])
    # One of each class first, then any other.
    shuffled = codes[order]
    first = np.unique(shuffled, return_index=True)[1]
    first = first[shuffled[first] >= 0]
    rest = np.setdiff1d(np.arange(n_rows), first)
    return np.sort(order[np.concatenate([first, rest])[:size]])


def take_rows(X: Any, rows: np.ndarray) -> Any:
    """Return some rows of a frame, an array or a sequence, in its own container."""
    if isinstance(X, pd.DataFrame | pd.Series):
        return X.iloc[rows]
    if isinstance(X, np.ndarray) or container_of(X) == "polars" or hasattr(X, "to_frame"):
        return X[rows]
    return [X[int(i)] for i in rows]


def agree(a: Any, b: Any) -> bool:
    """Tell whether two answers are the same, missing values alike."""
    try:
        first, second = _dense(a), _dense(b)
    except ValueError:  # ragged lists
        return bool(to_json(a) == to_json(b))
    if first.shape != second.shape:
        return False
    if first.dtype.kind in "biufc" and second.dtype.kind in "biufc":
        return bool(np.allclose(first, second, rtol=1e-6, atol=1e-12, equal_nan=True))
    left, right = first.astype(object).ravel(), second.astype(object).ravel()
    return all(x is y or x == y or (x != x and y != y) for x, y in zip(left, right))


def _dense(answer: Any) -> np.ndarray:
    return np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)
