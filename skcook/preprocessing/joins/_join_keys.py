"""Find rows by their keys, whatever container the keys came in.

>>> import numpy as np
>>> from skcook.preprocessing.joins._join_keys import KeyIndex
>>> index = KeyIndex([np.array(["a", "a", "b"], dtype=object), np.array([1, 2, 1])])
>>> index.find([np.array(["b", "a", "b"], dtype=object), np.array([1.0, 2.0, 2.0])])
array([ 2,  1, -1])
"""

from collections.abc import Sequence

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.utils._frames import is_missing, is_object_column, kind_of, numeric_values


def key_kind(series: nw.Series) -> str:
    """Return the kind of a column of keys; strings and categories are of one kind."""
    kind = kind_of(_decategorized(series))
    return "string" if kind == "categorical" else kind


def key_values(series: nw.Series) -> np.ndarray:
    """Return a column of keys as an array that compares across containers.

    Shapes: returns values (n,).
    """
    series = _decategorized(series)
    kind, missing = kind_of(series), is_missing(series)
    native = series.to_native()
    if kind in ("numeric", "boolean"):
        whole = series.dtype.is_integer() and not is_object_column(series)
        if whole and not missing.any():
            return native.to_numpy().astype(str(series.dtype).lower(), copy=False)
        return numeric_values(series)
    if kind == "datetime":
        if not isinstance(native, pd.Series):
            if getattr(series.dtype, "time_zone", None) is not None:
                native = native.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return native.to_numpy().astype("datetime64[us]")
        index = pd.DatetimeIndex(native)
        return (index if index.tz is None else index.tz_convert(None)).to_numpy("datetime64[us]")
    if isinstance(native, pd.Series):
        values = np.array(native.astype(object))
    else:
        values = np.empty(len(series), dtype=object)
        values[:] = series.cast(nw.String).to_list()
    values[missing] = None
    return values


def _decategorized(series: nw.Series) -> nw.Series:
    """Return categories that are no strings as what they are."""
    native = series.to_native()
    if not isinstance(native, pd.Series) or not isinstance(native.dtype, pd.CategoricalDtype):
        return series
    if pd.api.types.infer_dtype(native.cat.categories, skipna=True) in ("string", "empty"):
        return series
    return nw.from_native(native.astype(object), series_only=True)


class KeyIndex:
    """Rows by their keys.

    Shapes: keys (n,).
    """

    def __init__(self, keys: Sequence[np.ndarray]):
        self._levels = [pd.Index(pd.unique(key)) for key in keys]
        self._rows = pd.Index(self._combine(keys))

    def repeated(self) -> np.ndarray:
        """Return the rows whose key was there before."""
        return np.flatnonzero(self._rows.duplicated())

    def find(self, keys: Sequence[np.ndarray]) -> np.ndarray:
        """Return the row of each key.

        Shapes: keys (m,); returns rows (m,).
        """
        combined = self._combine(keys)
        rows = self._rows.get_indexer(combined)
        rows[combined < 0] = -1
        return rows

    def _combine(self, keys: Sequence[np.ndarray]) -> np.ndarray:
        combined = np.zeros(len(keys[0]), dtype=np.int64)
        unknown = np.zeros(len(keys[0]), dtype=bool)
        for level, key in zip(self._levels, keys, strict=True):
            codes = level.get_indexer(key)
            unknown |= codes < 0
            combined = combined * len(level) + codes
        combined[unknown] = -1
        return combined
