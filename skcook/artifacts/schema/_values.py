"""Single values: what JSON calls them, and how times are read and written."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

from skcook.utils._json_values import to_json

#: The largest number that a column takes. Trees compute in float32, whose end is near; a number
#: beyond it would fail deep inside a model.
LIMIT = 1e38

#: How many nanoseconds one step of each unit of time has.
UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"[.,](\d+)")
# What `datetime.fromisoformat` takes beyond this (week dates, "20240131") is no JSON Schema format.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


#: What may stand in a cell, beside times and missing values.
_NUMBERS = (bool, np.bool_, int, np.integer, float, np.floating, Decimal)
_SCALARS = (str, *_NUMBERS, date, timedelta, UUID)


def read_time(text: str) -> tuple[int, bool] | None:
    """Read a date or a time in ISO 8601."""
    if len(text) > 40 or not _ISO.fullmatch(text):
        return None
    fraction = _FRACTION.search(text)
    nanoseconds = 0
    if fraction:
        nanoseconds = int(fraction.group(1).ljust(9, "0"))
        text = text[: fraction.start()] + text[fraction.end() :]
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    has_offset = moment.tzinfo is not None
    if not has_offset:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * 10**9 + nanoseconds, has_offset


def write_time(nanoseconds: int, *, zoned: bool) -> str:
    """Write a time as `read_time` reads it."""
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = _EPOCH + timedelta(seconds=seconds)
    if not zoned and rest == 0 and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    if rest:
        text += f".{rest:09d}".rstrip("0")
    return text + ("Z" if zoned else "")


def to_json_value(value: Any) -> Any:
    """Convert a value of a frame to one that JSON has, and that the schema reads back."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime) and value is not pd.NaT:
        return _written(pd.Timestamp(value))
    if isinstance(value, float | np.floating | Decimal) and math.isinf(value):
        return float(value)  # an infinite number is a value, not a missing one
    if isinstance(value, _SCALARS) or value is None or value is pd.NA:
        return to_json(value)
    raise TypeError(f"a value of type {type(value).__qualname__} has no place in JSON")


def _written(stamp: pd.Timestamp) -> str:
    zoned = stamp.tzinfo is not None
    if zoned:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    count = int(stamp.asm8.astype("int64"))
    return write_time(count * UNITS[np.datetime_data(stamp.asm8.dtype)[0]], zoned=zoned)
