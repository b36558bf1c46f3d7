"""From codes back to values: what `inverse_transform` of the encoders shares."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import sparse

from skcook.exceptions import ColumnsError
from skcook.preprocessing.encoders._category_codes import split_missing
from skcook.utils._columns import new_series
from skcook.utils._frames import Table, read_table, to_polars

#: What stands for all rare categories, as in scikit-learn.
INFREQUENT = "infrequent_sklearn"


def read_encoded(encoder: Any, X: Any, n_columns: int) -> Table:
    """Let the data of ``inverse_transform`` in: what ``transform`` returned.

    Shapes: X (n, n_columns).
    """
    if sparse.issparse(X):
        raise TypeError(
            f"Sparse data was passed to {type(encoder).__name__}.inverse_transform, but dense data "
            "is required. Use '.toarray()' to convert it."
        )
    table = read_table(X if hasattr(X, "columns") else np.asarray(X))
    if table.native.shape[1] != n_columns:
        raise ColumnsError(
            f"X has {table.native.shape[1]} columns; {type(encoder).__name__} gave {n_columns}."
        )
    return table


def decode_column(
    name: str, positions: np.ndarray, categories: np.ndarray, like: nw.DataFrame
) -> Any:
    """Return the column that codes stand for.

    Shapes: positions (n,).
    """
    values, _ = split_missing(categories)
    if values.dtype == np.dtype("datetime64[D]"):
        values = values.astype(object)
    is_rare = positions == len(categories)
    missing = (positions < 0) | ((positions >= len(values)) & ~is_rare)
    known = np.where(missing | is_rare, 0, positions)
    if is_rare.any():
        column = pd.Series(np.append(values.astype(object), [None])[known], dtype=object)
        column[is_rare] = INFREQUENT
        column[missing] = None
    elif not len(values):
        column = pd.Series(np.full(len(positions), None), dtype=object)
    elif values.dtype.kind in "iub":
        masked = pd.arrays.BooleanArray if values.dtype.kind == "b" else pd.arrays.IntegerArray
        column = pd.Series(masked(values[known], missing) if missing.any() else values[known])
    elif values.dtype == object:
        column = pd.Series(
            np.where(missing, None, values[known]),  # type: ignore[call-overload]
            dtype="str" if isinstance(values[0], str) else object,
        )
    else:
        column = pd.Series(values[known])
        column[missing] = np.nan if values.dtype.kind == "f" else pd.NaT
    if isinstance(like.to_native(), pd.DataFrame):
        return nw.from_native(new_series(name, column.array, like), series_only=True)
    frame = nw.from_native(column.to_frame(name), eager_only=True)
    return nw.from_native(to_polars(frame), eager_only=True)[name]
