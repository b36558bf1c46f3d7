"""Integer codes for the values of a column: the kernel under every encoder.

`fit_codes` finds the categories of a column and the code of each row; `transform_codes` finds the
codes of new rows. Both reduce the column to its distinct values first, with the hash table of the
library that the column came in; what follows (sorting, looking up, grouping, averaging) is done
on those few. A `Codes` keeps the two steps apart, and `Codes.take` joins them with a
table of one entry per category in a single pass over the rows:

>>> import numpy as np
>>> import pandas as pd
>>> from skcook.preprocessing.encoders._category_codes import fit_codes, transform_codes
>>> codes, categories = fit_codes(pd.Series(["pear", "fig", None, "pear"]))
>>> categories
array(['fig', 'pear', nan], dtype=object)
>>> codes.take(np.array([0.5, 2.0]), missing=np.nan, unknown=-1.0)
array([2. , 0.5, nan, 2. ])

Categories are sorted, whatever the container; a missing value is the last one, as NaN (NaT among
dates). Strings, and integers and booleans with a missing value, are arrays of objects, dates
``datetime64``: nothing that needs pandas or polars to be read again.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError
from skcook.utils._columns import (
    cast_exactly,
    holds_dates,
    integers,
    is_missing_value,
    kind_of,
    native_of,
    numeric_values,
    objects,
    to_list,
    whole_numbers,
)
from skcook.utils._validation import in_words

MISSING, UNKNOWN = -1, -2

#: Up to so many values, plain Python is quicker than the set-up of any hash table: without it a row
#: costs 13 to 18 % more; see `bench_preprocessing.py --groups one-row`.
_FEW = 32

_TEXT = ("string", "categorical")


@dataclass(frozen=True)
class Codes:
    """The codes of the rows of a column.

    Shapes: raw (n,).
    """

    raw: np.ndarray
    order: np.ndarray
    has_missing: bool
    unknown: Sequence[Any] = ()

    def take(self, table: np.ndarray, *, missing: Any, unknown: Any) -> np.ndarray:
        """Return for each row the entry of its category in a table.

        Shapes: table (n_categories,); returns values (n,).
        """
        entries = np.concatenate([table, np.array([unknown, missing], dtype=table.dtype)])
        return entries[self.order][self.raw]

    def counts(self, n_categories: int) -> tuple[np.ndarray, int]:
        """Count the rows of each category, and those that are missing."""
        if self.raw.dtype.kind == "u":
            rows = np.bincount(self.raw, minlength=len(self.order))
        else:
            rows = np.roll(np.bincount(self.raw + 1, minlength=len(self.order)), -1)
        counts = np.zeros(n_categories + 2, dtype=np.int64)
        np.add.at(counts, self.order, rows)
        return counts[:n_categories], int(counts[MISSING])


def split_missing(categories: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the categories without the missing one, and whether there was one.

    Integers and booleans get their own dtype back.
    """
    if not len(categories) or not pd.isna(categories[-1]):
        return categories, False
    values = categories[:-1]
    if values.dtype == object and len(values) and not isinstance(values[0], str):
        values = values.astype(bool) if isinstance(values[0], bool) else integers(values.tolist())
    return values, True


def join_missing(values: np.ndarray, has_missing: bool) -> np.ndarray:
    """Put a missing value behind the categories."""
    if not has_missing:
        return values
    if values.dtype.kind == "f":
        return np.append(values, np.array([np.nan], dtype=values.dtype))
    if values.dtype.kind in "mM":
        return np.append(values, np.array(["NaT"], dtype=values.dtype))
    return objects([*values.tolist(), np.nan])


def fit_codes(column: Any) -> tuple[Codes, np.ndarray]:
    """Find the categories of a column, and the code of each row."""
    distinct = _distinct(native_of(column))
    used = distinct.used()
    used = used[np.argsort(distinct.rank[used], kind="stable")]
    order = np.full(len(distinct.values) + 1, MISSING, dtype=np.intp)
    order[used] = np.arange(len(used))
    has_missing = distinct.has_missing()
    return Codes(distinct.raw, order, has_missing), join_missing(distinct.values[used], has_missing)


def transform_codes(column: Any, categories: np.ndarray) -> Codes:
    """Find the codes of new rows."""
    native = native_of(column)
    known, _ = split_missing(categories)
    if known.dtype == object and _is_long_polars_text(native):
        return _polars_codes(native, known)
    distinct = _distinct(native)
    _check_kind(native.name, distinct.values, known)
    positions = _locate(distinct.values, known)
    unknown: list[Any] = []
    if (positions == UNKNOWN).any():
        used = distinct.used()
        unknown = distinct.values[used[positions[used] == UNKNOWN]].tolist()
    order = np.append(positions, MISSING)
    return Codes(distinct.raw, order, distinct.has_missing(), unknown)


def given_categories(given: Sequence[Any], column: Any) -> np.ndarray:
    """Return categories that a user gave for a column in the form that `fit_codes` returns."""
    native = native_of(column)
    name = native.name
    values = objects(given)
    absent = pd.isna(values)
    if absent[:-1].any():
        raise ColumnValuesError(
            f"The categories given for column {name!r} have a missing value before the end: "
            f"{in_words(list(given))}. Put it last."
        )
    values, _ = _typed(values[~absent], name)
    if len(pd.unique(values)) < len(values):
        raise ColumnValuesError(
            f"The categories given for column {name!r} repeat: {in_words(list(given))}."
        )
    is_float = "float" in str(native.dtype).lower()
    if values.dtype.kind in "iu" and is_float:
        values = values.astype(np.float64)
    if values.dtype != object and (values[1:] < values[:-1]).any():
        raise ColumnValuesError(
            f"The categories given for column {name!r} are not sorted: {in_words(list(given))}. "
            "Only strings may come in an order of their own."
        )
    return join_missing(values, bool(absent.any()))


def _is_long_polars_text(native: Any) -> bool:
    if len(native) <= _FEW or isinstance(native, pd.Series):
        return False
    return kind_of(native) == "string"


def _polars_codes(native: Any, known: np.ndarray) -> Codes:
    """Let polars look the strings up: an Enum is its hash table.

    Without it `transform` takes 1.5 times as long (bench_preprocessing.py, "OrdinalEncoder").
    """
    polars = sys.modules["polars"]
    found = native.cast(polars.Enum(known.tolist()), strict=False)
    raw = found.to_physical().cast(polars.UInt32).fill_null(len(known) + 1).to_numpy()
    order = np.append(np.arange(len(known), dtype=np.intp), [UNKNOWN, MISSING])
    n_missing = native.null_count()
    if found.null_count() == n_missing:
        return Codes(raw, order, n_missing > 0)
    strange = found.is_null() & native.is_not_null()
    raw = np.where(strange.to_numpy(), np.uint32(len(known)), raw)
    unknown = native.filter(strange).unique().cast(polars.String).sort().to_list()
    return Codes(raw, order, n_missing > 0, unknown)


@dataclass(frozen=True)
class _Distinct:
    """The distinct values of a column, and for each row which of them it holds.

    `raw` is -1 where a row is missing. `rank` is what sorts `values`. Those of a categorical
    column may be held by no row; `is_used` tells which are.
    """

    raw: np.ndarray
    values: np.ndarray
    rank: np.ndarray
    is_used: np.ndarray | None = None

    def used(self) -> np.ndarray:
        if self.is_used is None:
            return np.arange(len(self.values))
        return np.flatnonzero(self.is_used)

    def has_missing(self) -> bool:
        return bool(len(self.raw)) and bool(self.raw.min() < 0)


def _distinct(native: Any) -> _Distinct:
    if not isinstance(native, pd.Series):
        return _distinct_of_polars(native)
    kind = native.dtype.kind
    is_used = None
    try:
        if kind == "f":
            raw, values = pd.factorize(_floats(native))
        elif kind not in "iubmM" and len(native) <= _FEW:
            raw, values = _few(native)
        elif isinstance(native.dtype, pd.CategoricalDtype):
            raw = native.array.codes
            values = native.dtype.categories.to_numpy(dtype=object)
            is_used = np.bincount(raw + 1, minlength=len(values) + 1)[1:] > 0
        elif isinstance(native.dtype, np.dtype):
            raw, values = pd.factorize(native.to_numpy())
        else:
            raw, distinct = native.array.factorize()
            dtype = getattr(native.dtype, "numpy_dtype", object) if kind in "iub" else object
            values = distinct.to_numpy(dtype=dtype)
    except TypeError as exc:
        raise ColumnValuesError(
            f"Column {native.name!r} holds values that cannot be categories: {exc}. "
            "Convert them to strings or numbers."
        ) from None
    return _Distinct(raw, *_typed(values, native.name), is_used)


def _distinct_of_polars(native: Any) -> _Distinct:
    kind = kind_of(native)
    if kind == "empty" or (kind in _TEXT and len(native) <= _FEW):
        raw, values = _few(native)
        return _Distinct(raw, *_typed(values, native.name))
    if kind == "numeric":
        raw, values = _distinct_numbers_of_polars(native)
        return _Distinct(raw, *_typed(values, native.name))
    if kind == "object":
        raise ColumnValuesError(
            f"Column {native.name!r} is of dtype {native.dtype}, which cannot be categories. "
            "Convert it to strings or numbers."
        )
    if kind == "string":
        native = native.cast(sys.modules["polars"].Categorical)
    # Categories and dates are integers underneath.
    codes = native.to_physical()
    if kind == "boolean":
        codes = codes.cast(sys.modules["polars"].UInt8)
    missing = native.is_null().to_numpy()
    raw, values = pd.arrays.IntegerArray(codes.fill_null(0).to_numpy(), missing).factorize()
    # A row of each value; one of those that are missing goes to the end.
    rows = np.empty(len(values) + 1, dtype=np.intp)
    rows[raw] = np.arange(len(raw))
    found = native[rows[:-1]]
    values = objects(found.to_list()) if kind in _TEXT else found.to_numpy()
    return _Distinct(raw, *_typed(values, native.name))


def _distinct_numbers_of_polars(native: Any) -> tuple[np.ndarray, np.ndarray]:
    whole = whole_numbers(native)
    if whole is not None and whole.dtype != object:
        array = pd.arrays.IntegerArray(whole, native.is_null().to_numpy())
        raw, distinct = array.factorize()
        return raw, distinct.to_numpy(dtype=whole.dtype)
    if native.dtype.is_float():
        return pd.factorize(_floats(native))
    return pd.factorize(objects(native.to_list()))


def _few(native: Any) -> tuple[np.ndarray, np.ndarray]:
    places: dict[Any, int] = {}
    raw = [
        places.setdefault(value, len(places))
        if isinstance(value, str) or not is_missing_value(value)
        else MISSING
        for value in to_list(native)
    ]
    return np.array(raw, dtype=np.intp), objects(list(places))


def _floats(native: Any) -> np.ndarray:
    """Return a column of floats; single precision is kept, so that the values print as they are."""
    if not str(native.dtype).lower().startswith("float32"):
        return numeric_values(native)
    if isinstance(native, pd.Series):
        return native.to_numpy(dtype=np.float32, na_value=np.nan)
    return native.fill_null(float("nan")).to_numpy()


def _typed(values: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct values in a dtype that can be stored, and what they are sorted by."""
    if values.dtype != object or not len(values):
        return values, values
    kind = pd.api.types.infer_dtype(values, skipna=False)
    if kind == "string":
        pass
    elif kind == "boolean":
        values = values.astype(bool)
    elif kind == "integer":
        values = integers(values.tolist())
        if values.dtype == object:
            raise ColumnValuesError(
                f"Column {name!r} holds whole numbers that no dtype of 64 bits can hold: "
                f"{in_words(values.tolist(), 3)}. Convert them to strings."
            )
    elif kind in ("floating", "mixed-integer-float", "decimal"):
        exact, values = values, values.astype(np.float64)
        if any(not _is_exact(*pair) for pair in zip(exact, values.tolist(), strict=True)):
            if all(value % 1 == 0 for value in exact):
                return _typed(objects(map(int, exact)), name)
            raise ColumnValuesError(
                f"Column {name!r} holds numbers of more digits than a float can tell: "
                f"{in_words(exact.tolist(), 3)}. Convert them to strings."
            )
    elif holds_dates(values):
        values = values.astype("datetime64[D]")
    elif kind in ("date", "datetime", "datetime64"):
        values = pd.DatetimeIndex(pd.to_datetime(values, utc=True)).tz_localize(None).to_numpy()
    elif kind in ("timedelta", "timedelta64"):
        values = pd.to_timedelta(values).to_numpy()
    elif kind in ("interval", "period"):
        return objects([str(value) for value in values]), values
    else:
        types = sorted({type(value).__name__ for value in values})
        raise ColumnValuesError(
            f"The values of column {name!r} must be all strings, all numbers, all booleans or all "
            f"dates to be categories; they are of the types {', '.join(types)}: "
            f"{in_words(values.tolist(), 3)}. Convert them to one type, for example to strings."
        )
    return values, values


def _is_exact(value: Any, as_float: float) -> bool:
    """Tell whether a float is a number; a Decimal is what the float is written as."""
    return value == (Decimal(repr(as_float)) if isinstance(value, Decimal) else as_float)


def _check_kind(name: str, values: np.ndarray, known: np.ndarray) -> None:
    """Raise if new values are of a kind that could not be among the known ones."""
    if not len(values) or not len(known):
        return
    now, then = (_KINDS[array.dtype.kind] for array in (values, known))
    if now != then:
        raise ColumnValuesError(
            f"Column {name!r} holds {now} ({in_words(values.tolist(), 3)}); in fit it held {then} "
            f"({in_words(known.tolist(), 3)}). Convert it to what it was in fit."
        )


_KINDS = {
    "O": "strings",
    "b": "numbers or booleans",
    "i": "numbers or booleans",
    "u": "numbers or booleans",
    "f": "numbers or booleans",
    "M": "dates",
    "m": "durations",
}


def _locate(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the position of each value among the known ones, UNKNOWN where it is absent."""
    if not len(known):
        return np.full(len(values), UNKNOWN, dtype=np.intp)
    if known.dtype != object:
        is_exact: Any = True
        if known.dtype.kind in "biuf" and known.dtype != values.dtype:
            values, is_exact = cast_exactly(values, known.dtype)
        found = np.minimum(np.searchsorted(known, values), len(known) - 1)
        return np.where((known[found] == values) & is_exact, found, UNKNOWN)
    names = known.tolist()
    if len(values) <= _FEW:
        positions = [names.index(value) if value in names else UNKNOWN for value in values.tolist()]
    else:
        places = dict(zip(names, range(len(names)), strict=True))
        positions = [places.get(value, UNKNOWN) for value in values.tolist()]
    return np.array(positions, dtype=np.intp)
