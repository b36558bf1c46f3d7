"""Ids of any type, their codes, and how they are kept.

A user or an item may be called 17, "B00X4WHP55" or anything else that can be hashed. Inside, it
is a row number, its code: `factorize` gives the codes by order of first appearance, `lookup`
finds those of ids seen before. Ids are compared exactly, whatever their dtypes: 2**53 + 1 is not
2**53, of integers and floats of any size. Fitted ids are plain numpy arrays; `pack_state` turns
arrays of strings and of times with a zone into numeric ones, so that a saved model holds no list of
a million Python objects.
"""

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError
from skcook.utils._columns import (
    cast_exactly,
    integers,
    is_missing,
    is_pandas,
    kind_of,
    objects,
    whole_numbers,
)
from skcook.utils._frames import to_pandas
from skcook.utils._packing import pack, unpack_objects
from skcook.utils._validation import in_words


def as_series(values, name):
    """Return ids given by hand, in any one-dimensional form, as a column."""
    with suppress(TypeError):  # a frame is no Series
        series = nw.from_native(values, series_only=True, pass_through=True)
        if isinstance(series, nw.Series):
            return series
    if isinstance(values, str | bytes) or np.ndim(values) == 0:
        values = [values]
    if isinstance(values, list) and values and all(isinstance(value, tuple) for value in values):
        return nw.from_native(pd.Series(objects(values), name=name), series_only=True)
    if np.ndim(values) != 1:
        raise ValueError(
            f"{name} must be one id or a one-dimensional list of ids; got an array of shape "
            f"{np.shape(values)}."
        )
    # An Index, unlike an array, does not turn the number 1 into "1" beside strings.
    try:
        index = pd.Index(values) if len(values) > 0 else pd.Index([], dtype=object)
    except (UnicodeEncodeError, NotImplementedError):
        # pandas' strings are UTF-8, which a lone surrogate is not; it has no index of float16.
        index = pd.Index(values, dtype=object)
    return nw.from_native(pd.Series(index, name=name, dtype=index.dtype), series_only=True)


def read_ids(values, what):
    """Return the codes of ids, given by hand or as a column, and the distinct ids.

    Shapes: values (n,); returns codes (n,), ids (n_ids,).
    """
    series = as_series(values, what)
    check_ids(series, what)
    return factorize(series, what)


def one_id(value, what):
    """Return one id in an array, or raise."""
    ids = read_ids(value, what)[1]
    if len(ids) != 1:
        raise ValueError(f"Give one {what}; got {len(ids)}.")
    return ids


def index_of(ids):
    """Return an index that finds ids; strings stay objects, which are found soonest."""
    return pd.Index(ids, dtype=ids.dtype)


def places_of(index, ids):
    """Find ids in an index, -1 for those that are not there.

    Shapes: ids (n,); returns places (n,).
    """
    if not _are_other_numbers(index, ids):
        return index.get_indexer(index_of(_as_uuids(ids) if _is_of_uuids(index) else ids))
    # pandas would compare an integer with a float as two floats, which not every integer fits.
    cast, is_exact = cast_exactly(ids, index.dtype)
    return np.where(is_exact, index.get_indexer(index_of(cast)), -1)


def _is_of_uuids(ids):
    """Tell whether ids are UUIDs, by the first of them."""
    return ids.dtype == object and len(ids) > 0 and isinstance(ids[0], UUID)


def _as_uuids(ids):
    """Read the texts of UUIDs among ids, as files and requests bring them."""
    return objects([_uuid_of(value) if isinstance(value, str) else value for value in ids])


def _uuid_of(text):
    try:
        return UUID(text)
    except ValueError:
        return text


def joined_ids(first, second):
    """Return ids after others, in a dtype that holds all of them exactly."""
    if _is_of_uuids(first):
        second = _as_uuids(second)
    if not _are_other_numbers(first, second):
        return np.concatenate([first, second])
    if first.dtype.kind != "f" and second.dtype.kind != "f":
        return integers([*first.tolist(), *second.tolist()])
    dtype = np.result_type(first, second)
    if all(cast_exactly(ids, dtype)[1].all() for ids in (first, second)):
        return np.concatenate([first, second], dtype=dtype)
    return objects([*first.tolist(), *second.tolist()])


def _are_other_numbers(first, second):
    """Tell whether two arrays hold numbers of different dtypes."""
    dtypes = first.dtype, second.dtype
    are_numbers = all(isinstance(d, np.dtype) and d.kind in "iuf" for d in dtypes)
    return are_numbers and dtypes[0] != dtypes[1]


def check_ids(series, what):
    """Raise if an id is missing, infinite, or cannot be looked up."""
    missing = is_missing(series)
    if missing.any():
        raise ColumnValuesError(
            f"{what} holds {missing.sum()} missing id(s) (NaN, None or null), the first in row "
            f"{int(missing.argmax())}. Drop those rows: a row without an id cannot be used."
        )
    if series.dtype.is_float():
        infinite = ~np.isfinite(series.to_numpy())
        if infinite.any():
            raise ColumnValuesError(
                f"{what} holds {infinite.sum()} infinite id(s) (inf), the first in row "
                f"{int(infinite.argmax())}."
            )


def factorize(series, what):
    """Give each id a code, in the order of first appearance.

    Shapes: returns codes (n,), ids (n_ids,).
    """
    native = series.to_native()
    if series.dtype == nw.Object and not is_pandas(native):
        native = pd.Series(objects(native.to_list()))
    elif not is_pandas(native):
        if series.dtype.is_numeric():
            whole = whole_numbers(native)
            native = pd.Series(native.to_numpy() if whole is None else whole)
        else:
            unique = native.unique(maintain_order=True)
            codes = native.replace_strict(unique, range(len(unique))).to_numpy()
            ids = to_pandas(nw.from_native(unique, series_only=True).to_frame()).iloc[:, 0]
            return codes.astype(np.int32), _plain(ids)
    elif isinstance(native.dtype, pd.CategoricalDtype):
        codes, kept = pd.factorize(native.cat.codes.to_numpy())
        return codes.astype(np.int32), _plain(native.cat.categories[kept])
    if isinstance(native.dtype, np.dtype) and native.dtype.kind in "iu" and len(native):
        values = native.to_numpy()
        # Row numbers in a database lie close together; then a table finds them, and no hash.
        low, high = int(values.min()), int(values.max())
        if high - low < 4 * len(values) and high < 2**63:
            return _factorize_close(values, low)
    try:
        # Of a Series of objects pandas would make UTF-8, which not every string is.
        codes, ids = pd.factorize(native.to_numpy() if native.dtype == object else native)
    except TypeError as exc:
        raise ColumnValuesError(
            f"{what} holds values that cannot be ids ({exc}); ids must be hashable, such as "
            "numbers or strings."
        ) from exc
    return codes.astype(np.int32, copy=False), _plain(ids)


def _factorize_close(values, low):
    """Factorize integers from `low` whose range is not much larger than their number."""
    places = values.astype(np.int64) - low
    first = np.full(int(places.max()) + 1, -1, dtype=np.int64)
    first[places[::-1]] = np.arange(len(values) - 1, -1, -1)  # the last one written is the first
    found = np.flatnonzero(first >= 0)
    found = found[np.argsort(first[found])]
    code = np.empty(len(first), dtype=np.int32)
    code[found] = np.arange(len(found), dtype=np.int32)
    return code[places], values[first[found]]


def _plain(ids):
    """Return unique ids as a numpy array: numbers and dates as they are, the rest as objects."""
    if ids.dtype == np.float16:  # pandas has no index of them
        ids = ids.astype(np.float32)
    if isinstance(ids.dtype, np.dtype) and ids.dtype.kind in "biufmM":
        return np.asarray(ids)
    numpy_dtype = getattr(ids.dtype, "numpy_dtype", None)
    has_zone = getattr(getattr(ids.dtype, "pyarrow_dtype", None), "tz", None) is not None
    if isinstance(numpy_dtype, np.dtype) and numpy_dtype.kind in "biufmM" and not has_zone:
        return np.asarray(ids.astype(numpy_dtype))
    return np.asarray(ids, dtype=object)


def encode(series, known, what):
    """Give each id its code, new ids the next ones.

    Shapes: returns codes (n,).
    """
    codes, ids = factorize(series, what)
    if known is None:
        return codes, ids
    places = places_of(index_of(known), ids)
    new = places < 0
    places[new] = len(known) + np.arange(new.sum())
    return places.astype(np.int32)[codes], joined_ids(known, ids[new])


def lookup(index, series, what):
    """Find the codes of ids.

    Shapes: returns codes (n,), ids (n_ids,), places (n_ids,).
    """
    codes, ids = read_ids(series, what)
    return codes, ids, places_of(index, ids)


def refuse_unknown(ids, what):
    """Raise for ids that are not known, naming them."""
    raise ColumnValuesError(
        f"{what}: {len(ids)} unknown id(s): {in_words(ids.tolist())}. They were not in the data of "
        'fit; handle_unknown="features" or "popular" scores them all the same.'
    )


def id_kind(ids):
    """Name what ids are, for an error: "numbers", "strings", or their dtype."""
    kind = kind_of(nw.from_native(pd.Series(ids, dtype=ids.dtype), series_only=True))
    return {"numeric": "numbers", "string": "strings"}.get(kind, kind)


#: Where the state has a column that was packed, UUIDs as their bytes, and values as texts.
_PACKED = "packed_column"
_UUIDS = "packed_uuids"
_TEXTS = "packed_texts"
#: Types of ids that are kept as texts: how they are written, and read.
_WRITTEN = {
    "decimal": (Decimal, str, Decimal),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "duration": (
        dt.timedelta,
        lambda value: str(value // dt.timedelta(microseconds=1)),
        lambda text: dt.timedelta(microseconds=int(text)),
    ),
}


def pack_state(state: dict[str, Any]) -> dict[str, Any]:
    """Replace the arrays of strings and of times with a zone in a state by arrays of numbers."""
    return {name: _pack(value) for name, value in state.items()}


def unpack_state(state: dict[str, Any]) -> dict[str, Any]:
    """Undo `pack_state`."""
    return {name: _unpack(value) for name, value in state.items()}


def _unpack(value):
    if isinstance(value, dict) and _PACKED in value:
        return unpack_objects(value[_PACKED])
    if isinstance(value, dict) and _UUIDS in value:
        return objects([UUID(bytes=row.tobytes()) for row in value[_UUIDS]])
    if isinstance(value, dict) and _TEXTS in value:
        read = _WRITTEN[value["type"]][2]
        return objects([read(text) for text in unpack_objects(value[_TEXTS])])
    return value


def _pack(value):
    if not (isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1):
        return value
    if len(value) and all(type(item) is UUID for item in value):
        data = b"".join(item.bytes for item in value)
        return {_UUIDS: np.frombuffer(data, dtype=np.uint8).reshape(-1, 16)}
    are_texts = all(item is None or type(item) is str for item in value)
    are_times = not are_texts and all(isinstance(item, pd.Timestamp) for item in value)
    if are_texts or (are_times and isinstance(pd.Index(value).dtype, pd.DatetimeTZDtype)):
        return {_PACKED: pack(pd.Series(value, dtype=object))}
    for name, (kind, write, _) in _WRITTEN.items():
        if all(type(item) is kind for item in value):
            texts = pd.Series([write(item) for item in value], dtype=object)
            return {_TEXTS: pack(texts), "type": name}
    return value
