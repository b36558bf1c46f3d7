"""Any value of a frame, an answer or an explanation, as one that JSON can hold."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._frames import container_of


def to_json(value: Any) -> Any:
    """Return a value as strings, finite numbers, booleans, None, lists and dicts."""
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, np.ndarray):
        return _encode_array(value)
    if isinstance(value, np.timedelta64):  # to numpy it is an integer
        return to_json(float(value / np.timedelta64(1, "s")))
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return _encode_container(value)


def _encode_container(value: Any) -> Any:
    if container_of(value) == "pandas":
        columns = [to_json(value[name].to_numpy(dtype=object)) for name in value.columns]
        names = [str(name) for name in value.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if hasattr(value, "hasnans"):  # a series or an index of pandas
        return to_json(value.to_numpy(dtype=object))
    if hasattr(value, "toarray"):  # a sparse matrix
        return to_json(value.toarray())
    if hasattr(value, "to_dicts"):  # a frame of polars
        return to_json(value.to_dicts())
    if hasattr(value, "to_dict"):
        return to_json(value.to_dict())
    if hasattr(value, "to_list"):  # a series of polars
        return to_json(value.to_list())
    return str(value)


def _encode_array(array: np.ndarray[Any, Any]) -> Any:
    # The quick path: numbers leave numpy in one call.
    if array.dtype.kind in "biu":
        return array.tolist()
    if array.dtype.kind == "f" and np.isfinite(array).all():
        return array.tolist()
    if array.ndim == 0:
        return to_json(array.item())
    return [to_json(item) for item in array]
