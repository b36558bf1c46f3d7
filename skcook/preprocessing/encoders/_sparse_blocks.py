"""A sparse matrix of one-hot columns and the numeric columns around them."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skcook.utils._columns import kind_of, numeric_values
from skcook.utils._frames import TableColumns


def is_numeric(series: Any) -> bool:
    """Tell whether a sparse matrix can hold a column."""
    return kind_of(series) in ("numeric", "boolean")


def hstack_one_hot(
    frame: TableColumns, slots: dict[str, np.ndarray], widths: dict[str, int], dtype: np.dtype
) -> Any:
    """Stack one-hot columns and numbers into one sparse matrix, in the order of the frame.

    Shapes: slots (n,); returns X (n, n_columns_out).
    """
    names = list(frame.columns)
    starts = np.cumsum([0, *(widths.get(name, 1) for name in names)])
    shape = (len(frame), int(starts[-1]))
    numbers = {name: _numbers(frame[name]) for name in names if name not in slots}
    # The common dtype of the ones and the numbers; those have a place in each row until the end.
    common = np.result_type(dtype, *(values.dtype for values in numbers.values()))
    index = sparse.get_index_dtype(maxval=max(shape[1], shape[0] * len(names)))
    indices = np.empty((shape[0], len(names)), dtype=index)
    data = np.ones(indices.shape if numbers else indices.size, dtype=common)
    is_full = True
    for j, name in enumerate(names):
        if name in slots:
            is_empty = slots[name] < 0
            np.add(slots[name], starts[j], out=indices[:, j], casting="unsafe")
        else:
            is_empty = numbers[name] == 0
            data[:, j] = numbers[name]
            indices[:, j] = starts[j]
        if is_empty.any():
            indices[is_empty, j] = -1
            is_full = False
    if is_full:
        indptr = np.arange(0, indices.size + 1, max(len(names), 1), dtype=index)
        return sparse.csr_array((data.ravel(), indices.ravel(), indptr), shape=shape)
    kept = indices >= 0
    indptr = np.zeros(shape[0] + 1, dtype=index)
    np.cumsum(kept.sum(axis=1), out=indptr[1:])
    data = data[kept] if numbers else data[: indptr[-1]]
    return sparse.csr_array((data, indices[kept], indptr), shape=shape)


def _numbers(series: Any) -> np.ndarray:
    if isinstance(series, pd.Series):
        plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf"
    else:
        plain = not series.dtype.is_decimal() and series.null_count() == 0
    return series.to_numpy() if plain else numeric_values(series)
