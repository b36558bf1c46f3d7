"""Columns as plain arrays: what a fitted object may keep of a frame.

A fitted object must load without pickle and without the library that its data came in, so it holds
no column of pandas or polars. `pack` makes a dict of numpy arrays of one, without loss; `unpack`
makes a column of either library again; `missing_like` makes one without values, of the same dtype.

>>> import pandas as pd
>>> from skcook.utils._packing import pack, unpack
>>> packed = pack(pd.Series(["a", None]))
>>> packed["buffer"], packed["ends"], packed["missing"]
(array([97], dtype=uint8), array([1, 1]), array([False,  True]))
>>> unpack(packed, "polars", "x").to_list()
['a', None]
"""

import re
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError
from skcook.utils._columns import (
    in_zone,
    is_missing,
    is_object_column,
    kind_of,
    native_of,
    numeric_values,
    objects,
    plain_storage,
    polars_times,
    read_durations,
    read_instants,
    whole_numbers,
    with_named_categories,
)
from skcook.utils._optional import import_optional


def pack(column: Any, *, missing: np.ndarray | None = None) -> dict[str, Any]:
    """Return a column as a dict of arrays and strings.

    Shapes: missing (n,).
    """
    native = plain_storage(native_of(column))
    kind, holes = kind_of(native), is_missing(native)
    if missing is not None:
        holes = holes | missing
    packed = {"kind": kind, "missing": holes, "native": ""}
    if isinstance(native, pd.Series) and kind != "categorical":
        packed["native"] = str(native.dtype)
    if kind == "numeric":
        packed.update(_pack_numbers(native, holes))
    elif kind == "boolean":
        packed["values"] = numeric_values(native) == 1
    elif kind == "string":
        packed.update(_pack_strings(native.to_list(), holes))
    elif kind == "categorical":
        packed.update(_pack_categories(native, holes))
    elif kind == "datetime":
        instants, packed["zone"] = read_instants(native)
        packed.update(_pack_times(instants))
    elif kind == "duration":
        packed.update(_pack_times(read_durations(native)))
    elif kind == "object":
        raise ColumnValuesError(
            f"Column {native.name!r} holds objects of mixed types, which cannot be kept. Convert "
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
    return as_dtype(column, packed["native"]) if like_packed and packed["native"] else column


def unpack_objects(packed: dict[str, Any]) -> np.ndarray:
    """Return the values of a column that was packed as Python objects, None where it has none.

    Shapes: returns values (n,).
    """
    if packed["kind"] == "string":
        return _strings(packed, None)  # not every string may stand in a column of pandas
    column = unpack(packed, "pandas", "").astype(object)
    return column.where(column.notna(), None).to_numpy()


def missing_like(packed: dict[str, Any], container: str, name: str, n: int) -> Any:
    """Return a column of `n` missing values, of the dtype of a column that was packed.

    Of a dtype that has no missing value, such as pandas' int64, it has the one that pandas would
    take: float64, or ``boolean``.
    """
    blank = np.full(n, -1)
    if container == "polars":
        return _null_taken(unpack(packed, "polars", name), blank)
    empty = unpack(packed, "pandas", name)
    native = packed["native"]
    if native and native != "bool":
        is_integer = packed["kind"] == "numeric" and native[:1] in "iu" and "[" not in native
        empty = as_dtype(empty, "float64" if is_integer else native)
    return empty.reindex(blank)


def as_dtype(column: pd.Series, dtype: str) -> pd.Series:
    """Return a pandas column in a dtype, by its name; lists and structs of Arrow stay objects."""
    # Names that pandas does not read, or reads as its own StringDtype.
    named = re.fullmatch(
        r"(decimal\d+|string|large_string|string_view)(?:\((\d+), (-?\d+)\))?\[pyarrow\]", dtype
    )
    if named:
        pyarrow = import_optional("pyarrow", feature=f"A column of {dtype}", extra="batch")
        sizes = [int(size) for size in named.groups()[1:] if size]
        return column.astype(pd.ArrowDtype(getattr(pyarrow, named[1])(*sizes)))
    if column.dtype == object and re.match(r"\w+<", dtype):
        return column
    return column.astype(dtype)


def _null_taken(column: Any, rows: np.ndarray) -> Any:
    """Return rows of a polars column; those below 0 are null."""
    positions = sys.modules["polars"].Series("", rows)
    return column.gather(positions.set(positions < 0, None))


def taken(column: Any, rows: np.ndarray) -> Any:
    """Return rows of a column, by position; those below 0 are missing.

    Shapes: rows (n,).
    """
    if isinstance(column, pd.Series):
        return column.reset_index(drop=True).reindex(rows)
    return _null_taken(column, rows)


def _values(packed: dict[str, Any], rows: np.ndarray | None) -> Any:
    kind = packed["kind"]
    if kind == "empty":
        return objects([None] * len(packed["missing"] if rows is None else rows))
    if "buffer" in packed:
        texts = _strings(packed, rows)
        if kind == "string":
            return texts
        read = Decimal if packed["numbers"] == "decimal" else int
        return objects(None if text is None else read(text) for text in texts)
    values = packed["codes" if kind == "categorical" else "values"]
    values = values if rows is None else values[rows]
    return values.astype(packed["dtype"]) if kind in ("datetime", "duration") else values


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
        return pd.Series(pd.arrays.BooleanArray(values.copy(), holes.copy()), name=name)
    if kind == "datetime":
        column = pd.Series(_with_holes(values, holes), name=name)
        if packed["zone"]:
            return pd.Series(in_zone(pd.DatetimeIndex(column), packed["zone"]), name=name)
        return column
    if values.dtype.kind in "iu":
        return pd.Series(pd.arrays.IntegerArray(values.copy(), holes.copy()), name=name)
    return pd.Series(_with_holes(values, holes), name=name)


def _to_polars(packed: dict[str, Any], values: Any, holes: np.ndarray, name: str) -> Any:
    polars = import_optional("polars", feature="A polars frame", extra="all")
    kind = packed["kind"]
    if kind == "empty":
        return polars.Series(name, [None] * len(holes))
    if kind == "string":
        return polars.Series(name, list(values), dtype=polars.String)
    if kind == "categorical":
        categories = list(map(str, unpack(packed["categories"], "pandas", "").astype(object)))
        target = polars.Enum(categories) if packed["ordered"] else polars.Categorical
        column = [None if code < 0 else categories[code] for code in values]
        return polars.Series(name, column, dtype=polars.String).cast(target)
    if values.dtype == object:
        dtype = polars.Decimal(38, packed["scale"]) if packed["numbers"] == "decimal" else None
        return polars.Series(name, list(values), dtype=dtype or polars.Int128)
    if values.dtype.kind in "mM":
        column = polars_times(name, values, packed.get("zone", ""))
    else:
        column = polars.Series(name, values)
    if packed.get("dtype") == "datetime64[D]":
        column = column.cast(polars.Date)
    if not holes.any():
        return column
    return column.zip_with(polars.Series(~holes), polars.Series([None], dtype=column.dtype))


def _with_holes(values: np.ndarray, holes: np.ndarray) -> np.ndarray:
    values = values.copy()
    if values.dtype.kind in "mM" and np.datetime_data(values.dtype)[0] == "D":
        values = values.astype("datetime64[ms]")  # pandas has no days
    if values.dtype.kind in "fmM":
        values[holes] = np.nan if values.dtype.kind == "f" else np.array("NaT", values.dtype)
    return values


def _pack_numbers(native: Any, holes: np.ndarray) -> dict[str, Any]:
    whole = whole_numbers(native)
    if whole is not None:
        if whole.dtype == object:
            return {"numbers": "integer", "scale": 0, **_pack_strings(whole, holes)}
        return {"values": whole.copy()}
    if not isinstance(native, pd.Series) and native.dtype.is_decimal():
        scale = native.dtype.scale
        return {"numbers": "decimal", "scale": scale, **_pack_strings(native.to_list(), holes)}
    if isinstance(native, pd.Series) and not isinstance(native.dtype, np.dtype):
        is_decimal = "decimal" in str(native.dtype)
    else:
        is_decimal = is_object_column(native) and (
            pd.api.types.infer_dtype(native, skipna=True) == "decimal"
        )
    if is_decimal:
        values = native.to_list()
        present = [value for value, hole in zip(values, holes, strict=True) if not hole]
        places = [-value.as_tuple().exponent for value in present if value.is_finite()]
        scale = max([0, *places])
        return {"numbers": "decimal", "scale": scale, **_pack_strings(values, holes)}
    values = np.array(numeric_values(native), dtype=np.float64)
    values[holes] = np.nan
    is_small = str(getattr(native.dtype, "numpy_dtype", native.dtype)).lower() == "float32"
    return {"values": values.astype(np.float32) if is_small else values}


def _pack_times(times: np.ndarray) -> dict[str, Any]:
    return {"values": times.astype(np.int64), "dtype": str(times.dtype)}


def _pack_strings(values: Any, holes: np.ndarray) -> dict[str, np.ndarray]:
    texts = ["" if hole else str(value) for value, hole in zip(values, holes, strict=True)]
    whole = "".join(texts)
    data = _encode(whole)
    # The bytes of ASCII are its characters: thousands of categories need no call each.
    sizes = map(len, texts if len(data) == len(whole) else map(_encode, texts))
    ends = np.cumsum(np.fromiter(sizes, np.int64, len(texts)))
    return {"buffer": np.frombuffer(data, dtype=np.uint8), "ends": ends}


def _encode(text: str) -> bytes:
    # A lone surrogate is no valid UTF-8, and still a string that data may hold.
    return text.encode("utf-8", "surrogatepass")


def _strings(packed: dict[str, Any], rows: np.ndarray | None) -> np.ndarray:
    data, ends, holes = packed["buffer"].tobytes(), packed["ends"], packed["missing"]
    wanted = range(len(ends)) if rows is None else rows
    return objects(
        None
        if holes[i]
        else data[(ends[i - 1] if i else 0) : ends[i]].decode("utf-8", "surrogatepass")
        for i in wanted
    )


def _pack_categories(native: Any, holes: np.ndarray) -> dict[str, Any]:
    if isinstance(native, pd.Series):
        if kind_of(pd.Series(native.cat.categories)) == "object":
            native = with_named_categories(native)
        categories = pd.Series(native.cat.categories, name=native.name)
        codes, ordered = native.cat.codes.to_numpy(dtype=np.int64).copy(), native.cat.ordered
    else:
        polars = sys.modules["polars"]
        ordered = isinstance(native.dtype, polars.Enum)
        known = native.dtype.categories.to_list() if ordered else None
        found = pd.Categorical(objects(native.cast(polars.String)), categories=known)
        categories, codes = pd.Series(found.categories), found.codes.astype(np.int64)
    codes[holes] = -1
    return {"categories": pack(categories), "codes": codes, "ordered": bool(ordered)}
