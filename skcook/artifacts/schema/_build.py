"""Build a frame from parsed values, with the dtypes that the schema knows.

A dtype is never taken from the values: one row alone and the same row among a thousand others
must reach the model in the same shape, or its answer would depend on its company.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts.schema._schema_column import Column
from skcook.exceptions import ArtifactFormatError
from skcook.utils._columns import NANOSECONDS, NULLS, in_zone, objects
from skcook.utils._optional import import_optional

Values = list[Any]
_POLARS = frozenset(
    [f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64, 128)]
    + ["Float32", "Float64", "Boolean", "String", "Categorical", "Date", "Object"]
)


def unit_of(dtype: str) -> str:
    """Return the unit of time in a dtype such as "datetime64[us, UTC]" or "Duration[ms]"."""
    return dtype.partition("[")[2].partition("]")[0].partition(",")[0].strip()


def zone_of(dtype: str) -> str | None:
    """Return the time zone in a dtype such as "datetime64[us, UTC]", or None."""
    return dtype.partition(",")[2].rstrip("]").strip() or None


def frame_builder(
    columns: Sequence[Column], container: str, labels: Sequence[Any] | None
) -> Callable[[list[Values]], Any]:
    """Return the function that makes a frame of parsed columns."""
    if container == "polars":
        polars = import_optional("polars", feature="A model saved with polars data", extra="all")
        makers = [_polars_maker(column, polars) for column in columns]
        return lambda data: polars.DataFrame([make(v) for make, v in zip(makers, data)])
    index = pd.Index([c.name for c in columns] if labels is None else list(labels))
    dtypes = {_float_dtype(column) for column in columns}
    if len(dtypes) == 1 and None not in dtypes:
        # One block for all columns: three times as quick as one array per column.
        dtype = dtypes.pop()
        return lambda data: pd.DataFrame(
            np.array(data, dtype=dtype).T.reshape(-1, len(index)), columns=index
        )
    makers = [_pandas_maker(column) for column in columns]
    strings: dict[Any, list[int]] = {}
    for i, column in enumerate(columns):
        if column.type == "string" and column.dtype in ("str", "string"):
            dtype = pd.api.types.pandas_dtype(column.dtype)
            if isinstance(dtype, pd.StringDtype):
                strings.setdefault(dtype, []).append(i)

    def build(data: list[Values]) -> pd.DataFrame:
        arrays = dict.fromkeys(range(len(columns)))
        for dtype, places in strings.items():
            # One array for all columns of strings, cut into pieces: pandas takes longer to make a
            # short array than to fill it.
            n = len(data[places[0]])
            joined = pd.array([value for i in places for value in data[i]], dtype=dtype)
            arrays |= {i: joined[k * n : (k + 1) * n] for k, i in enumerate(places)}
        for i, made in arrays.items():
            if made is None:
                arrays[i] = makers[i](data[i])
        frame = pd.DataFrame(arrays, copy=False)
        frame.columns = index
        return frame

    return build


def array_builder(columns: Sequence[Column], dtype: str) -> Callable[[list[Values]], np.ndarray]:
    """Return the function that makes an array of parsed columns."""
    wanted = np.dtype(dtype)
    if wanted.kind in "iub" and any(column.nullable for column in columns):
        wanted = np.dtype("float64")
    if wanted.kind == "O":

        def build(data: list[Values]) -> np.ndarray:
            out = np.empty((len(data[0]) if data else 0, len(data)), dtype=object)
            for j, (column, values) in enumerate(zip(columns, data)):
                out[:, j] = objects(
                    NULLS[column.null] if value is None else value for value in values
                )
            return out

        return build
    return lambda data: np.ascontiguousarray(np.array(data, dtype=wanted).T)


def texts_builder(container: str) -> Callable[[list[Values]], Any]:
    """Return the function that makes a sequence of texts of the one column."""
    if container == "numpy":
        return lambda data: objects(data[0])
    if container == "pandas":
        return lambda data: pd.Series(data[0], dtype="str")
    if container == "polars":
        polars = import_optional("polars", feature="A model saved with polars data", extra="all")
        return lambda data: polars.Series("text", data[0], dtype=polars.String)
    return lambda data: list(data[0])


def images_builder(column: Column) -> Callable[[list[Values]], np.ndarray]:
    """Return the function that makes one array of the arrays of a column."""
    dtype = np.dtype(column.dtype or "float64")
    if dtype.kind not in "biuf":
        raise ArtifactFormatError(f"Column {column.name!r} is no array of numbers.")
    return lambda data: np.array(data[0], dtype=dtype).reshape(-1, *column.shape)


def _float_dtype(column: Column) -> np.dtype[Any] | None:
    """Return the plain numpy float dtype in which a column is kept, or None."""
    if column.type == "integer" and column.nullable and _is_plain(column.dtype):
        return np.dtype("float64")
    dtype = column.dtype or "float64"
    is_float = dtype.startswith("float") and "[" not in dtype
    return np.dtype(dtype) if is_float and column.type in ("number", "integer") else None


def _is_plain(dtype: str | None) -> bool:
    return dtype is not None and dtype.rstrip("0123456789") in ("int", "uint", "float")


def _object_series(values: Values, null: Any) -> pd.Series:
    # Out of a bare array of strings, pandas would make a column of another dtype.
    return pd.Series(
        objects(null if value is None else value for value in values), dtype=object, copy=False
    )


def _pandas_maker(column: Column) -> Callable[[Values], Any]:
    dtype, null = column.dtype, NULLS[column.null]
    floats = _float_dtype(column)
    if floats is not None:
        return lambda values: np.array(values, dtype=floats)
    if column.type == "unknown" or dtype is None or dtype == "object":
        if column.type in ("datetime", "date", "duration"):
            return lambda values: _time_objects(column, values)
        return lambda values: _object_series(values, null)
    if dtype == "category":
        return _category_maker(column)
    if dtype.startswith(("datetime64", "timestamp")) or column.type in ("datetime", "date"):
        return lambda values: _times(values, dtype)
    if column.type == "duration":
        return lambda values: _durations(values, dtype)
    if dtype == "bool" and column.nullable:
        return lambda values: _object_series(values, null)
    resolved = pd.api.types.pandas_dtype(dtype)
    if isinstance(resolved, np.dtype):
        if resolved.kind in "US":
            return lambda values: _object_series(values, null)
        return lambda values: np.array(values, dtype=resolved)
    return lambda values: pd.array(values, dtype=resolved)


def _time_objects(column: Column, values: Values) -> pd.Series:
    """Return times, dates or durations as Python objects, missing ones as they were."""
    null = pd.NaT if column.null == "nan" else NULLS[column.null]
    if column.type == "duration":
        made = _durations(values, "timedelta64[us]").astype(object)
    else:
        stamps = _times(values, "datetime64[us]")
        made = stamps.date if column.type == "date" else stamps.astype(object)
    return _object_series([None if value is pd.NaT else value for value in made], null)


def _category_maker(column: Column) -> Callable[[Values], pd.Categorical]:
    categories = list(column.categories or ())
    dtype = pd.CategoricalDtype(categories, ordered=column.ordered)
    codes = {value: code for code, value in enumerate(categories)}
    return lambda values: pd.Categorical.from_codes(
        [codes.get(value, -1) for value in values], dtype=dtype
    )


def _times(values: Values, dtype: str) -> Any:
    unit, zone = unit_of(dtype), zone_of(dtype)
    if unit not in NANOSECONDS:
        unit = "us"
    stamps = pd.DatetimeIndex(_counts(values, NANOSECONDS[unit]).view(f"datetime64[{unit}]"))
    if zone is not None and dtype.startswith("datetime64"):
        return in_zone(stamps, zone)
    if dtype.startswith("datetime64"):
        return stamps
    return pd.array(stamps if zone is None else stamps.tz_localize("UTC"), dtype=dtype)


def _durations(values: Values, dtype: str) -> Any:
    unit = unit_of(dtype)
    if unit not in NANOSECONDS:
        unit = "ns"
    counts = _counts([None if v is None else round(v * 10**9) for v in values], NANOSECONDS[unit])
    made = pd.TimedeltaIndex(counts.view(f"timedelta64[{unit}]"))
    return made if dtype.startswith("timedelta64") else pd.array(made, dtype=dtype)


def _counts(nanoseconds: Values, step: int) -> np.ndarray:
    missing = np.iinfo(np.int64).min  # what numpy calls NaT
    return np.array([missing if v is None else v // step for v in nanoseconds], dtype=np.int64)


def _polars_maker(column: Column, polars: Any) -> Callable[[Values], Any]:
    name = column.name
    dtype = polars_dtype(column, polars)
    if column.type in ("datetime", "date"):
        return lambda values: _polars_times(name, values, dtype, polars)
    if column.type == "duration":
        step = NANOSECONDS[dtype.time_unit]

        def durations(values: Values) -> Any:
            counts = [None if v is None else round(v * 10**9) // step for v in values]
            return polars.Series(name, counts, dtype=polars.Int64).cast(dtype)

        return durations
    if isinstance(dtype, polars.Decimal):
        return lambda values: polars.Series(
            name, [None if v is None else Decimal(str(v)) for v in values], dtype=polars.Decimal
        ).cast(dtype)
    if dtype in (polars.Float32, polars.Float64):
        return lambda values: polars.Series(
            name, [None if v is None else float(v) for v in values], dtype=dtype
        )
    if dtype == polars.Enum:
        known = frozenset(column.categories or ())
        return lambda values: polars.Series(
            name, [v if v in known else None for v in values], dtype=dtype
        )
    return lambda values: polars.Series(name, values, dtype=dtype)


def _polars_times(name: str, values: Values, dtype: Any, polars: Any) -> Any:
    if dtype == polars.Date:
        days = [None if v is None else v // (86_400 * 10**9) for v in values]
        return polars.Series(name, days, dtype=polars.Int32).cast(polars.Date)
    step = NANOSECONDS[dtype.time_unit]
    counts = [None if v is None else v // step for v in values]
    naive = polars.Series(name, counts, dtype=polars.Int64).cast(polars.Datetime(dtype.time_unit))
    if dtype.time_zone is None:
        return naive
    return naive.dt.replace_time_zone("UTC").dt.convert_time_zone(dtype.time_zone)


def polars_dtype(column: Column, polars: Any) -> Any:
    """Return the polars dtype of a column."""
    dtype = column.dtype or {"number": "Float64", "boolean": "Boolean", "string": "String"}.get(
        column.type, "Object"
    )
    name = dtype.partition("[")[0]
    if name == "Datetime":
        return polars.Datetime(unit_of(dtype), zone_of(dtype))
    if name == "Duration":
        return polars.Duration(unit_of(dtype))
    if name == "Decimal":
        precision, scale = dtype.partition("[")[2].rstrip("]").split(",")
        # polars 1 knows decimals of no stated precision.
        return polars.Decimal(None if precision == "None" else int(precision), int(scale))
    if name == "Enum":
        return polars.Enum(list(column.categories or ()))
    if name not in _POLARS:
        raise ArtifactFormatError(f"Column {column.name!r} has no known polars dtype: {dtype!r}.")
    return getattr(polars, name)
