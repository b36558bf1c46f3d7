"""Find rows by their keys, without loss, whatever container and dtype the keys came in.

Numbers are compared as numbers: the integers 2**53 and 2**53 + 1 are two keys, and 1, 1.0 and
Decimal(1) one. No integer passes through a float on the way, nor does an instant or a Decimal; a
float equals the Decimal that it is written as.

>>> import pandas as pd
>>> from skcook.utils._keys import KeyIndex, read_key
>>> index = KeyIndex([read_key(pd.Series([2**53, 2**53 + 1])), read_key(pd.Series(["a", "b"]))])
>>> index.find([read_key(pd.Series([float(2**53), None])), read_key(pd.Series(["a", "b"]))])
array([ 0, -1])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._columns import (
    NANOSECONDS,
    cast_exactly,
    integers,
    is_missing,
    is_object_column,
    is_pandas,
    kind_of,
    native_of,
    numeric_values,
    objects,
    read_durations,
    read_instants,
    rows_between,
    whole_numbers,
    with_named_categories,
)

#: Rows that two columns are first compared by.
_START = 200


def key_kind(column: Any) -> str:
    """Return the kind of a column of keys.

    Strings and categories are of one kind, times with and without a zone of two.
    """
    column = _decategorized(native_of(column))
    kind = kind_of(column)
    if kind == "datetime" and read_instants(column)[1]:
        return "datetime with a zone"
    return "string" if kind == "categorical" else kind


@dataclass(frozen=True)
class KeyColumn:
    """Keys that compare across containers, and which rows have none.

    Values are int64 where they can be; else float64, strings, or numbers of Python.

    Shapes: values (n,), missing (n,).
    """

    values: np.ndarray
    missing: np.ndarray

    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a number for each different key, -1 for rows without one, and the keys.

        Shapes: returns codes (n,), distinct (n_keys,).
        """
        codes = np.full(len(self.values), -1, dtype=np.int64)
        codes[~self.missing], distinct = pd.factorize(self.values[~self.missing])
        return codes, distinct


def read_key(column: Any) -> KeyColumn:
    """Read a column of keys.

    Shapes: column (n,).
    """
    column = _decategorized(native_of(column))
    kind, missing = kind_of(column), is_missing(column)
    if kind in ("numeric", "boolean"):
        return KeyColumn(_numbers(column, missing), missing)
    if kind == "datetime":
        return KeyColumn(_nanoseconds(read_instants(column)[0], missing), missing)
    if kind == "duration":
        return KeyColumn(_nanoseconds(read_durations(column), missing), missing)
    if is_pandas(column):
        return KeyColumn(np.array(column.astype(object)), missing)
    return KeyColumn(objects(column.cast(str).to_list()), missing)


def _decategorized(column: Any) -> Any:
    """Return categories as what they are, those without a kind as their names."""
    if not is_pandas(column) or not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if pd.api.types.infer_dtype(column.cat.categories, skipna=True) in ("string", "empty"):
        return column
    if kind_of(pd.Series(column.cat.categories)) == "object":
        return with_named_categories(column)
    return column.astype(object)


def _numbers(column: Any, missing: np.ndarray) -> np.ndarray:
    whole = whole_numbers(column)
    if whole is not None:
        return _as_int64(whole)
    if is_object_column(column) or "decimal" in str(column.dtype).lower():
        values = column.to_list()
        return _plain([0 if absent else v for v, absent in zip(values, missing, strict=True)])
    floats = np.where(missing, 0.0, numeric_values(column))
    return _as_int64(floats) if (np.trunc(floats) == floats).all() else floats


def _as_int64(values: np.ndarray) -> np.ndarray:
    """Return whole numbers as int64 if all are of its range."""
    if values.dtype == np.int64 or values.dtype == object or not len(values):
        return values
    low, high = values.min(), values.max()
    return values.astype(np.int64) if low >= -(2.0**63) and high < 2.0**63 else values


def _plain(values: Sequence[Any]) -> np.ndarray:
    """Return numbers of Python in the one form in which equal ones are equal."""
    plain = [_exact(value) for value in values]
    if all(type(value) is int for value in plain):
        return _as_int64(integers(plain))
    return objects(plain)


def _exact(value: Any) -> Any:
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return float(value)
        value = int(value) if value % 1 == 0 else Decimal(repr(float(value)))
    is_whole = isinstance(value, Decimal) and value.is_finite() and value % 1 == 0
    return int(value) if is_whole else value


def _nanoseconds(times: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return instants or durations as whole numbers of nanoseconds."""
    step = NANOSECONDS[np.datetime_data(times.dtype)[0]] * np.datetime_data(times.dtype)[1]
    counts = np.where(missing, 0, times.astype(np.int64))
    limit = (2**63 - 1) // step
    if not len(counts) or (-limit <= counts.min() and counts.max() <= limit):
        return counts * step
    return integers([count * step for count in counts.tolist()])


def repeated_columns(columns: dict[str, Any]) -> dict[str, str]:
    """Return the columns that repeat an earlier one, each with the first of its kind."""
    seen: dict[Any, list[str]] = {}
    read: dict[str, KeyColumn] = {}
    found = {}
    for name, column in columns.items():
        kind = key_kind(column)
        if kind == "object":
            continue
        # Most columns differ in their first rows; only those that do not are read as a whole.
        start = read_key(rows_between(native_of(column), 0, _START))
        values = zip(start.values.tolist(), start.missing, strict=True)
        mark = (kind, tuple(None if absent else value for value, absent in values))
        for other in seen.setdefault(mark, []):
            for needed in (name, other):
                read.setdefault(needed, read_key(columns[needed]))
            if _are_same(read[name], read[other]):
                found[name] = other
                break
        else:
            seen[mark].append(name)
    return found


def _are_same(one: KeyColumn, other: KeyColumn) -> bool:
    return np.array_equal(one.missing, other.missing) and np.array_equal(
        one.values[~one.missing], other.values[~other.missing]
    )


class KeyIndex:
    """Rows by their keys, each of one column or of several.

    A row that lacks a key has none. With `missing_matches`, missing is a key like any other.
    """

    def __init__(self, keys: Sequence[KeyColumn], *, missing_matches: bool = False) -> None:
        self._missing_matches = missing_matches
        self._levels = [pd.Index(key.codes()[1]) for key in keys]
        self._pairs: list[pd.Index] = []
        self._rows = pd.Index(self._combine(keys, learn=True))

    def repeated(self) -> np.ndarray:
        """Return the rows whose key was there before."""
        return np.flatnonzero(self._rows.duplicated())

    def find(self, keys: Sequence[KeyColumn]) -> np.ndarray:
        """Return the row of each key, -1 for one that is not there.

        Shapes: keys (m,); returns rows (m,).
        """
        combined = self._combine(keys)
        rows = self._rows.get_indexer(combined)
        rows[combined < 0] = -1
        return rows

    def _combine(self, keys: Sequence[KeyColumn], *, learn: bool = False) -> np.ndarray:
        """Return a number for each combination of keys, -1 for one that is not there."""
        combined = np.zeros(len(keys[0].values), dtype=np.int64)
        for i, (level, key) in enumerate(zip(self._levels, keys, strict=True)):
            codes = _find(level, key.values)
            codes[key.missing] = len(level) if self._missing_matches else -1
            if i == 0:
                combined = codes
                continue
            pairs = np.where((combined < 0) | (codes < 0), -1, combined * (len(level) + 1) + codes)
            if learn:
                self._pairs.append(pd.Index(pd.unique(pairs[pairs >= 0])))
            # Numbered anew after each column, so that no product of columns grows too large.
            combined = self._pairs[i - 1].get_indexer(pairs)
        return combined


def _find(level: pd.Index, values: np.ndarray) -> np.ndarray:
    """Return the place of each value in an index, numbers without loss; -1 if it has none.

    Shapes: returns places (n,).
    """
    known = level.to_numpy()
    if known.dtype == values.dtype or not len(known) or not len(values):
        return level.get_indexer(values) if len(known) else np.full(len(values), -1)
    if known.dtype.kind in "iuf" and values.dtype.kind in "iuf":
        cast, is_exact = cast_exactly(values, known.dtype)
        return np.where(is_exact, level.get_indexer(cast), -1)
    if "O" in (known.dtype.kind, values.dtype.kind) and any(
        isinstance(array[0], str) for array in (known, values) if array.dtype == object
    ):
        return np.full(len(values), -1)
    return pd.Index(objects(map(_exact, known))).get_indexer(objects(map(_exact, values)))
