"""JSON: texts read by the standard alone, and any value as one that JSON can hold.

Python's own reader takes ``NaN`` and ``Infinity``, lets the last of two equal keys win and accepts
halves of surrogate pairs that no encoder takes back. None of that is JSON, and each would change a
row behind its sender's back, so all of it is refused here.
"""

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._frames import container_of


class NotJSONError(ValueError):
    """A text that is not JSON, though Python's own reader may take it."""


def parse_json(raw: bytes | str) -> Any:
    """Return the value of a JSON text, or raise a `NotJSONError` that says what is wrong."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated_keys
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as exc:
        raise NotJSONError(f"the byte at position {exc.start} is not UTF-8") from exc
    except UnicodeEncodeError as exc:
        raise NotJSONError("a string holds half of a surrogate pair") from exc
    except json.JSONDecodeError as exc:
        raise NotJSONError(f"{exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    except RecursionError as exc:
        raise NotJSONError("it is nested too deeply") from exc
    except NotJSONError:
        raise
    except ValueError as exc:
        # Integers of more digits than Python reads.
        raise NotJSONError("a number is too long") from exc
    return value


def _refuse_constant(name: str) -> None:
    raise NotJSONError(f"{name} is not JSON; a missing value is written null")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise NotJSONError("an object has the same key twice")
    return record


def json_type(value: Any) -> str:
    """Return JSON's name of the type of a value, of Python or of numpy."""
    if value is None:
        return "null"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | np.integer):
        return "integer"
    if isinstance(value, float | np.floating | Decimal):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple | set | np.ndarray) else "object"


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
