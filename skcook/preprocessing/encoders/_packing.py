"""Columns as plain arrays: what a fitted transformer may keep of a frame.

A fitted object must load without pickle and without the library that its data came in, so it holds
no column of pandas or polars. `pack` makes a dict of numpy arrays of one; `unpack` makes a column
of either library again.

>>> import narwhals.stable.v2 as nw
>>> import pandas as pd
>>> from skcook.preprocessing.encoders._packing import pack, unpack
>>> packed = pack(nw.from_native(pd.Series(["a", None]), series_only=True))
>>> packed["buffer"], packed["ends"], packed["missing"]
(array([97], dtype=uint8), array([1, 1]), array([False,  True]))
>>> unpack(packed, "polars", "x").to_list()
['a', None]
"""

import sys
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError
from skcook.utils._frames import is_missing, is_object_column, kind_of, numeric_values
from skcook.utils._optional import import_optional

_EPOCH = "datetime64[us]"


def pack(series: nw.Series, *, missing: np.ndarray | None = None) -> dict[str, Any]:
    """Return a column as a dict of arrays and strings.

    Shapes: missing (n,).
    """
    holes = is_missing(series)
    if missing is not None:
        holes = holes | missing
    kind = kind_of(series)
    native = series.to_native()
    packed = {"kind": kind, "missing": holes, "native": ""}
    if isinstance(native, pd.Series) and kind != "categorical":
        packed["native"] = str(native.dtype)
    if kind == "numeric":
        packed["values"] = _numbers(series, holes)
    elif kind == "boolean":
        packed["values"] = numeric_values(series) == 1
    elif kind == "string":
        packed.update(_pack_strings(series.to_list(), holes))
    elif kind == "categorical":
        packed.update(_pack_categories(series, holes))
    elif kind in ("datetime", "duration"):
        packed["values"] = _instants(series).astype(np.int64)
        packed["zone"] = _zone(series)
    elif kind == "object":
        raise ColumnValuesError(
            f"Column {series.name!r} holds objects of mixed types, which cannot be kept. Convert "
            "it to strings or numbers, or leave it out of `columns`."
        )
    return packed


def unpack(
    packed: dict[str, Any],
    container: str,
    name: str,
    *,
    rows: np.ndarray | None = None,
    like_packed: bool = False,
) -> Any:
    """Return a column of pandas or polars."""
    holes = packed["missing"] if rows is None else packed["missing"][rows]
    values = _values(packed, rows)
    if container == "polars":
        return _to_polars(packed, values, holes, name)
    column = _to_pandas(packed, values, holes, name)
    return column.astype(packed["native"]) if like_packed and packed["native"] else column


def _values(packed: dict[str, Any], rows: np.ndarray | None) -> Any:
    kind = packed["kind"]
    if kind == "empty":
        return None
    if kind == "string":
        return _strings(packed, rows)
    if kind == "categorical":
        return packed["codes"] if rows is None else packed["codes"][rows]
    return packed["values"] if rows is None else packed["values"][rows]


def _to_pandas(packed: dict[str, Any], values: Any, holes: np.ndarray, name: str) -> pd.Series:
    kind = packed["kind"]
    if kind == "categorical":
        categories = _values(packed["categories"], None)
        array = pd.Categorical.from_codes(values, categories, ordered=packed["ordered"])
        return pd.Series(array, name=name)
    if kind == "string":
        return pd.Series(values, dtype="str", name=name)
    if kind == "empty":
        return pd.Series([None] * len(holes), dtype=object, name=name)
    if kind == "boolean":
        return pd.Series(pd.arrays.BooleanArray(values, holes), name=name)
    if kind == "duration":
        return pd.Series(_with_holes(values.astype("timedelta64[us]"), holes), name=name)
    if kind == "datetime":
        column = pd.Series(_with_holes(values.astype(_EPOCH), holes), name=name)
        if packed["zone"]:
            return column.dt.tz_localize("UTC").dt.tz_convert(packed["zone"])
        return column
    if values.dtype.kind == "f":
        return pd.Series(_with_holes(values, holes), name=name)
    return pd.Series(pd.arrays.IntegerArray(values.copy(), holes.copy()), name=name)


def _to_polars(packed: dict[str, Any], values: Any, holes: np.ndarray, name: str) -> Any:
    polars = import_optional("polars", feature="A polars frame", extra="all")
    kind = packed["kind"]
    if kind == "empty":
        return polars.Series(name, [None] * len(holes))
    if kind == "string":
        return polars.Series(name, list(values), dtype=polars.String)
    if kind == "categorical":
        categories = [str(value) for value in _values(packed["categories"], None)]
        target = polars.Enum(categories) if packed["ordered"] else polars.Categorical
        column = [None if code < 0 else categories[code] for code in values]
        return polars.Series(name, column, dtype=polars.String).cast(target)
    if kind in ("datetime", "duration"):
        values = values.astype(_EPOCH if kind == "datetime" else "timedelta64[us]")
    column = polars.Series(name, values)
    if kind == "datetime" and packed["zone"]:
        column = column.dt.replace_time_zone("UTC").dt.convert_time_zone(packed["zone"])
    if not holes.any():
        return column
    return column.zip_with(polars.Series(~holes), polars.Series([None], dtype=column.dtype))


def _with_holes(values: np.ndarray, holes: np.ndarray) -> np.ndarray:
    values = values.copy()
    values[holes] = np.nan if values.dtype.kind == "f" else np.array("NaT", values.dtype)
    return values


def _numbers(series: nw.Series, holes: np.ndarray) -> np.ndarray:
    dtype = series.dtype
    if dtype.is_integer() and not is_object_column(series):
        native = series.to_native()
        if isinstance(native, pd.Series):
            return native.to_numpy(dtype=str(dtype).lower(), na_value=0)
        return native.fill_null(0).to_numpy().copy()
    values = np.array(numeric_values(series), dtype=np.float64)
    values[holes] = np.nan
    return values.astype(np.float32) if dtype == nw.Float32 else values


def _pack_strings(values: list[Any], holes: np.ndarray) -> dict[str, np.ndarray]:
    encoded = [b"" if hole else value.encode() for value, hole in zip(values, holes, strict=True)]
    ends = np.cumsum([len(value) for value in encoded], dtype=np.int64)
    return {"buffer": np.frombuffer(b"".join(encoded), dtype=np.uint8), "ends": ends}


def _strings(packed: dict[str, Any], rows: np.ndarray | None) -> np.ndarray:
    data, ends, holes = packed["buffer"].tobytes(), packed["ends"], packed["missing"]
    wanted = range(len(ends)) if rows is None else rows
    values = np.empty(len(wanted), dtype=object)
    values[:] = [
        None if holes[i] else data[(ends[i - 1] if i else 0) : ends[i]].decode() for i in wanted
    ]
    return values


def _pack_categories(series: nw.Series, holes: np.ndarray) -> dict[str, Any]:
    native = series.to_native()
    if isinstance(native, pd.Series):
        categories = pd.Series(native.cat.categories, name=native.name)
        codes, ordered = native.cat.codes.to_numpy(dtype=np.int64).copy(), native.cat.ordered
    else:
        texts = native.cast(sys.modules["polars"].String)
        ordered = series.dtype == nw.Enum
        known = native.dtype.categories.to_list() if ordered else None
        found = pd.Categorical(texts.to_list(), categories=known)
        categories, codes = pd.Series(found.categories), found.codes.astype(np.int64)
    codes[holes] = -1
    packed = pack(nw.from_native(categories, series_only=True))
    return {"categories": packed, "codes": codes, "ordered": bool(ordered)}


def _instants(series: nw.Series) -> np.ndarray:
    """Return dates as datetime64[us] in UTC, durations as timedelta64[us]."""
    native = series.to_native()
    if kind_of(series) == "duration":
        values = native if not isinstance(native, pd.Series) else pd.to_timedelta(native)
        return values.to_numpy().astype("timedelta64[us]")
    if isinstance(native, pd.Series):
        index = pd.DatetimeIndex(native)
        return (index if index.tz is None else index.tz_convert(None)).to_numpy().astype(_EPOCH)
    if getattr(series.dtype, "time_zone", None) is not None:
        native = native.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return native.to_numpy().astype(_EPOCH)


def _zone(series: nw.Series) -> str:
    native = series.to_native()
    if kind_of(series) == "duration":
        return ""
    if isinstance(native, pd.Series):
        zone = pd.DatetimeIndex(native[:1]).tz
        return "" if zone is None else str(zone)
    return getattr(series.dtype, "time_zone", None) or ""
