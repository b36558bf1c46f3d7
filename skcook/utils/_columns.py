"""What a column holds: its kind, its missing values, its numbers and times, in any library.

Every function takes a column of pandas or polars, or the narwhals Series of one. None, NaN, NaT,
pd.NA and a polars null are one missing value everywhere.

The kind is what a column is declared to hold: by its dtype, or, where that says nothing (Python
objects), by its values. A column without a value has nothing to declare; `has_values` tells, and
every transformer takes such a column for one of the dtype it saw in ``fit``.

Two more files belong to the kit: `_packing` keeps a column as plain arrays and rebuilds it,
`_frames` lets whole frames in and out, from one library to another. What depends on the library or
the dtype of a column belongs here, and is asked from everywhere else.
"""

import sys
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError

Kind = Literal[
    "numeric", "boolean", "string", "categorical", "datetime", "duration", "empty", "object"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Nanoseconds in each unit of times.
NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "D": 86_400 * 10**9}

#: How a missing value may stand in a column of Python objects, by a name that files can hold.
NULLS = {"nan": np.nan, "none": None, "na": pd.NA}

#: Words that a value of free text has on average, and distinct values that a column of them has.
WORDS_OF_TEXT, DISTINCT_TEXTS = 3, 40

_KIND_OF_OBJECTS: dict[str, Kind] = {
    "string": "string",
    "boolean": "boolean",
    "integer": "numeric",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
    "decimal": "numeric",
    "datetime64": "datetime",
    "datetime": "datetime",
    "date": "datetime",
    "timedelta64": "duration",
    "timedelta": "duration",
    "categorical": "categorical",
    "empty": "empty",
}

_KIND_OF_POLARS: dict[str, Kind] = {
    **dict.fromkeys((f"{u}Int{b}" for u in ("", "U") for b in (8, 16, 32, 64, 128)), "numeric"),
    **dict.fromkeys(("Float16", "Float32", "Float64", "Decimal"), "numeric"),
    "Boolean": "boolean",
    "String": "string",
    "Categorical": "categorical",
    "Enum": "categorical",
    "Datetime": "datetime",
    "Date": "datetime",
    "Duration": "duration",
}

_KIND_OF_NUMPY: dict[str, Kind] = {
    **dict.fromkeys("iuf", "numeric"),
    "b": "boolean",
    "M": "datetime",
    "m": "duration",
}


def native_of(column: Any) -> Any:
    """Return the column of pandas or polars."""
    if isinstance(column, pd.Series):
        return column
    return column.to_native() if hasattr(column, "to_native") else column


def is_pandas(column: Any) -> bool:
    """Tell whether a column is of pandas; else it is of polars."""
    return isinstance(native_of(column), pd.Series)


def is_object_column(column: Any) -> bool:
    """Tell whether a column is a pandas column of Python objects."""
    return getattr(native_of(column), "dtype", None) == np.dtype(object)


def holds_dates(values: Any) -> bool:
    """Tell whether objects are dates without a time of day; to pandas, datetimes are dates, too."""
    if pd.api.types.infer_dtype(values, skipna=True) != "date":
        return False
    return not any(isinstance(value, datetime) for value in values)


def plain_storage(column: Any) -> Any:
    """Return a pandas column as one that its functions take: in full, in the machine's byte order.

    Sparse ones are in part, as are dictionaries and nulls of Arrow.
    """
    if not isinstance(column, pd.Series):
        return column
    if isinstance(column.dtype, np.dtype):
        return column if column.dtype.isnative else column.astype(column.dtype.newbyteorder("="))
    if isinstance(column.dtype, pd.SparseDtype):
        return column.sparse.to_dense()
    if isinstance(column.dtype, pd.ArrowDtype):
        if str(column.dtype).startswith("dictionary"):
            return column.astype(object).astype("category")
        if str(column.dtype) == "null[pyarrow]":
            return without_dtype(column)
    return column


def kind_of(column: Any) -> Kind:
    """Name what a column holds, the same for every container."""
    native = native_of(column)
    dtype = native.dtype
    known = _KIND_OF_POLARS.get(type(dtype).__name__) or _kind_of_pandas(dtype)
    if known is not None:
        return known
    if isinstance(dtype, pd.SparseDtype):
        return kind_of(native.iloc[:0].astype(dtype.subtype)) if len(native) else "empty"
    if is_object_column(native):
        inferred = pd.api.types.infer_dtype(native, skipna=True)
        if inferred == "mixed" and native.isna().any():
            # To pandas, NaT or pd.NA among strings is a mixture.
            inferred = pd.api.types.infer_dtype(native.dropna(), skipna=True)
        if inferred == "datetime" and native.isna().all():
            return "empty"  # NaT alone
        return _KIND_OF_OBJECTS.get(inferred, "object")
    dtype = nw.from_native(native, series_only=True).dtype
    if dtype.is_numeric():
        return "numeric"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype == nw.String:
        return "string"
    if dtype in (nw.Categorical, nw.Enum):
        return "categorical"
    if dtype in (nw.Datetime, nw.Date) or str(native.dtype).startswith("date64"):
        return "datetime"
    if dtype == nw.Duration:
        return "duration"
    return "object" if has_values(native) else "empty"


def _kind_of_pandas(dtype: Any) -> Kind | None:
    """Name the kind of the common dtypes, which need not be translated."""
    if isinstance(dtype, np.dtype):
        return _KIND_OF_NUMPY.get(dtype.kind)
    if isinstance(dtype, pd.StringDtype):
        return "string"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "datetime"
    return "categorical" if isinstance(dtype, pd.CategoricalDtype) else None


def rows_between(column: Any, start: int, stop: int) -> Any:
    """Return some rows of a column, by position."""
    return column.iloc[start:stop] if isinstance(column, pd.Series) else column[start:stop]


def with_named_categories(column: pd.Series) -> pd.Series:
    """Return a categorical column whose categories are known by their names, as intervals are."""
    names = list(map(str, column.cat.categories))
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise ColumnValuesError(
            f"Column {column.name!r} has several categories that are written {twin!r}. Convert "
            "them to one type, for example to strings."
        )
    return column.cat.rename_categories(names)


def to_list(column: Any) -> list[Any]:
    """Return the values of a column as Python objects, categories as they are."""
    if isinstance(column, pd.Series) and isinstance(column.dtype, pd.CategoricalDtype):
        # Of (0, 3] beside a missing value, pandas' to_list makes (0.0, 3.0].
        return column.array.astype(object).tolist()
    return column.to_list()


def present_values(column: Any) -> Any:
    """Return the values of a column that are not missing, as a column."""
    return column.dropna() if isinstance(column, pd.Series) else column.drop_nulls()


def unique_values(column: Any) -> Any:
    """Return the different values in their order; raise a TypeError where they have no hash."""
    native = native_of(column)
    if isinstance(native, pd.Series):
        try:
            return native.unique()
        except NotImplementedError as exc:  # lists of Arrow
            raise TypeError(str(exc)) from exc
    if str(native.dtype) == "Object":
        return list(dict.fromkeys(native.to_list()))
    return native.unique(maintain_order=True)


def counted_values(column: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values of a column that are there, and how often each is.

    Shapes: returns values (n_values,), counts (n_values,).
    """
    native = native_of(column)
    if not isinstance(native, pd.Series):
        counted = native.drop_nulls().value_counts(name="count")
        return objects(counted[native.name].to_list()), counted["count"].to_numpy()
    if isinstance(native.dtype, pd.CategoricalDtype):
        codes = native.cat.codes.to_numpy()
        counts = np.bincount(codes[codes >= 0])
        held = counts.nonzero()[0]  # some categories may be in no row
        return native.cat.categories[held].to_numpy(dtype=object), counts[held]
    counted = native.value_counts(sort=False)
    return counted.index.to_numpy(dtype=object), counted.to_numpy(dtype=int)


def holds_free_text(values: Iterable[Any]) -> bool:
    """Tell whether the values of a column of strings are texts, and not names of categories."""
    distinct = {text for text in values if isinstance(text, str)}
    if len(distinct) <= DISTINCT_TEXTS:
        return False
    return sum(len(text.split()) for text in distinct) >= WORDS_OF_TEXT * len(distinct)


def has_values(column: Any) -> bool:
    """Tell whether any value of a column is not missing."""
    head = rows_between(native_of(column), 0, 8)  # which is enough for nearly every column
    return not is_missing(head).all() or not is_missing(column).all()


def is_missing(column: Any) -> np.ndarray:
    """Tell which values of a column are missing.

    Shapes: returns missing (n,).
    """
    native = native_of(column)
    if isinstance(native, pd.Series):
        if isinstance(native.dtype, np.dtype):
            return pd.isna(native.to_numpy())
        missing = native.isna()
        if isinstance(native.dtype, pd.ArrowDtype) and native.dtype.kind == "f":
            # pandas counts an Arrow NaN as a value.
            missing = missing | pd.Series(native.to_numpy("float64", na_value=np.nan)).isna().array
        return missing.to_numpy(dtype=bool)
    missing = native.is_null()
    if native.dtype.is_float():
        missing = missing | native.is_nan().fill_null(True)
    return missing.to_numpy()


def is_missing_value(value: Any) -> bool:
    """Tell whether a single value stands for a missing one; no list or array does."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def null_name(value: Any) -> str:
    """Name a missing value among Python objects: one of `NULLS`."""
    return "none" if value is None else "na" if value is pd.NA else "nan"


def is_unusual_number(column: Any) -> bool:
    """Tell whether a column is of numbers that models do not know, such as decimals."""
    dtype = str(native_of(column).dtype)
    return dtype == "Float16" or dtype.lower().startswith(("decimal", "int128", "uint128"))


def numeric_values(column: Any) -> np.ndarray:
    """Return a numeric or boolean column as floats, missing ones as NaN.

    Shapes: returns values (n,).
    """
    native = native_of(column)
    if isinstance(native, pd.Series):
        if native.dtype == np.dtype(object):
            return np.asarray(
                pd.to_numeric(native.astype(object).where(native.notna(), np.nan)), float
            )
        return native.to_numpy(dtype="float64", na_value=np.nan)
    floats = native.cast(sys.modules["polars"].Float64)
    return (floats.fill_null(float("nan")) if floats.null_count() else floats).to_numpy()


def whole_numbers(column: Any) -> np.ndarray | None:
    """Return a column of integers without loss, 0 where it is missing; None if it is of others.

    Integers that fit neither int64 nor uint64 come as Python's.

    Shapes: returns values (n,).
    """
    native = native_of(column)
    if not isinstance(native, pd.Series):
        if not native.dtype.is_integer():
            return None
        filled = native.fill_null(0)
        is_wide = "128" in str(native.dtype)
        return integers(filled.to_list()) if is_wide else filled.to_numpy()
    if isinstance(native.dtype, np.dtype) and native.dtype.kind in "iu":
        return native.to_numpy()
    if is_object_column(native):
        if pd.api.types.infer_dtype(native, skipna=True) != "integer":
            return None
        missing = native.isna()
        return integers([0 if absent else v for v, absent in zip(native, missing, strict=True)])
    numpy_dtype = getattr(native.dtype, "numpy_dtype", native.dtype)
    if getattr(numpy_dtype, "kind", "") not in "iu" or isinstance(native.dtype, pd.SparseDtype):
        return None
    return native.to_numpy(dtype=numpy_dtype, na_value=0)


def integers(values: list[Any]) -> np.ndarray:
    """Return Python integers as an array of int64 or uint64, or of objects if neither holds all."""
    low, high = min(values, default=0), max(values, default=0)
    if low >= -(2**63) and high < 2**63:
        return np.array(values, dtype=np.int64)
    if low >= 0 and high < 2**64:
        return np.array(values, dtype=np.uint64)
    return objects(map(int, values))


def cast_exactly(values: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Cast numbers to another dtype, and tell which it holds without loss.

    Shapes: values (n,); returns cast (n,), is_exact (n,).
    """
    with np.errstate(invalid="ignore"):
        cast = values.astype(dtype)
        is_exact = (cast.astype(values.dtype) == values) & ((cast < 0) == (values < 0))
        # A float at the end of the range of integers is one more than the last of them.
        whole, other = (dtype, values) if dtype.kind in "iu" else (values.dtype, cast)
        if whole.kind in "iu" and other.dtype.kind == "f":
            is_exact &= other < 2.0 ** (8 * whole.itemsize - (whole.kind == "i"))
    return cast, is_exact


def objects(values: Any) -> np.ndarray:
    """Return values as an array of Python objects, whatever they are."""
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def read_times(column: Any) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the clock on the wall, the instant in UTC, and the one zone of a column of dates.

    The zone is "" where there is none, or where each value has its own.

    Shapes: returns wall (n,), instants (n,).
    """
    native = native_of(column)
    if not isinstance(native, pd.Series):
        zone = getattr(native.dtype, "time_zone", None)
        if zone is None:
            return native.to_numpy(), native.to_numpy(), ""
        utc = native.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return native.dt.replace_time_zone(None).to_numpy(), utc.to_numpy(), zone
    if is_object_column(native):
        return _read_time_objects(native)
    index = pd.DatetimeIndex(native)
    zone = getattr(getattr(native.dtype, "pyarrow_dtype", None), "tz", None)
    if zone and not len(index.dropna()):  # pandas asks the values of Arrow for the zone
        index = index.tz_localize(zone)
    if index.tz is None:
        return index.to_numpy(), index.to_numpy(), ""
    wall, instants = index.tz_localize(None), index.tz_convert(None)
    return wall.to_numpy(), instants.to_numpy(), _zone_name(index.tz)


def _zone_name(zone: Any) -> str:
    """Return the name by which pandas finds a zone: of an offset, however called, the offset."""
    offset = zone.utcoffset(None)
    if offset is not None:
        return str(timezone(offset))
    return getattr(zone, "key", None) or getattr(zone, "zone", None) or ""


def _read_time_objects(native: pd.Series) -> tuple[np.ndarray, np.ndarray, str]:
    """Read dates and times that are Python objects; each may have a zone of its own."""
    values: list[Any] = [None if a else v for v, a in zip(native, native.isna(), strict=True)]
    zones = {_zone_name(zone) for v in values if (zone := getattr(v, "tzinfo", None)) is not None}
    instants = pd.DatetimeIndex(pd.to_datetime(objects(values), utc=True)).tz_convert(None)
    clocks = [v.replace(tzinfo=None) if hasattr(v, "tzinfo") else v for v in values]
    wall = pd.DatetimeIndex(pd.to_datetime(objects(clocks))) if zones else instants
    return wall.to_numpy(), instants.to_numpy(), zones.pop() if len(zones) == 1 else ""


def read_instants(column: Any) -> tuple[np.ndarray, str]:
    """Return the instants of a column of dates in UTC, and their zone: UTC if they have several.

    Without a zone, it is "" and they are what the clock showed.

    Shapes: returns instants (n,).
    """
    wall, instants, zone = read_times(column)
    has_several = not zone and not np.array_equal(wall, instants, equal_nan=True)
    return instants, "UTC" if has_several else zone


def read_durations(column: Any) -> np.ndarray:
    """Return a column of durations as an array of timedelta64.

    Shapes: returns values (n,).
    """
    native = native_of(column)
    return (pd.to_timedelta(native) if isinstance(native, pd.Series) else native).to_numpy()


def polars_times(name: str, times: np.ndarray, zone: str = "") -> Any:
    """Return a polars column of times or durations; with a zone, of instants in it.

    A zone without a name, such as "UTC+02:00", is unknown to polars: there, instants are in UTC.
    """
    unit, _ = np.datetime_data(times.dtype)
    if unit in ("s", "D"):  # which polars has not
        times = times.astype(f"{times.dtype.kind}8[ms]")
    column = sys.modules["polars"].Series(name, times)
    if not zone:
        return column
    zone = "UTC" if zone.startswith("UTC") else zone
    return column.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def in_zone(times: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """Return instants in UTC, as an index of pandas, in a zone by its name."""
    if zone.startswith("dateutil/"):
        # To pandas, what follows may be the path of a file to read.
        raise ColumnValuesError(f"{zone!r} is no name of a time zone.")
    return times.tz_localize("UTC").tz_convert(zone)


def new_series(name: str, values: Any, like: Any, *, nan_is_missing: bool = False) -> Any:
    """Make a column that can be put into the frame `like`, of its library and with its index."""
    frame = native_of(like)
    if isinstance(frame, pd.DataFrame):
        return pd.Series(values, index=frame.index, name=name, copy=False)
    return sys.modules["polars"].Series(name, values, nan_to_null=nan_is_missing)


def without_dtype(column: Any) -> Any:
    """Return a column without values as one whose dtype says nothing."""
    if isinstance(column, pd.Series):
        return pd.Series([None] * len(column), index=column.index, name=column.name, dtype=object)
    return sys.modules["polars"].Series(column.name, [None] * len(column))
