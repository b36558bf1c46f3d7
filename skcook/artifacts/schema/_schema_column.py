"""One column of a model's input, what is known of it, and how JSON writes its values."""

import math
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

import numpy as np
import pandas as pd

from skcook.exceptions import ArtifactFormatError
from skcook.utils._columns import NANOSECONDS
from skcook.utils._json import to_json

#: The largest number that a column takes. Trees compute in float32, whose end is near; a number
#: beyond it would fail deep inside a model.
LIMIT = 1e38

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
    return write_time(count * NANOSECONDS[np.datetime_data(stamp.asm8.dtype)[0]], zoned=zoned)


ColumnType = Literal[
    "number", "integer", "boolean", "string", "datetime", "date", "duration", "array", "unknown"
]
Source = Literal["captured", "inferred"]
Unknown = Literal["warn", "error"]
Scalar = str | int | float | bool

TYPES: tuple[ColumnType, ...] = get_args(ColumnType)

_JSON_TYPES: dict[ColumnType, list[str]] = {
    "number": ["number"],
    "integer": ["integer"],
    "boolean": ["boolean"],
    "string": ["string"],
    "datetime": ["string"],
    "date": ["string"],
    "duration": ["number"],
    "array": ["array"],
    "unknown": ["string", "number", "boolean"],
}


@dataclass(frozen=True)
class Column:
    """One column of a model's input.

    Parameters
    ----------
    name : str
        Its name.
    type : {"number", "integer", "boolean", "string", "datetime", "date", "duration", "array", \
            "unknown"}
        What a value of it is. "array" is an array of numbers, such as an image. "unknown" takes
        any scalar: nothing is known, and no guess is made.
    dtype : str or None, default=None
        The dtype that the model was given, as its library names it; None if it was not seen.
    source : {"captured", "inferred"}, default="captured"
        Whether the type was seen in data, or concluded from the fitted model alone.
    nullable : bool, default=True
        Whether a value may be missing.
    categories : tuple of str, int, float or bool, or None, default=None
        The values known to the model's encoder, or seen in data.
    unknown : {"warn", "error"}, default="warn"
        What a value outside `categories` gets.
    minimum, maximum : float, str or None, default=None
        Ends of the range seen; times in ISO 8601.
    quantiles : tuple of float, default=()
        The deciles seen, from the least to the greatest value: eleven numbers.
    cumulative : tuple of float, default=()
        The share of the values seen that are not above each of `quantiles`: more than a tenth a
        step where values repeat.
    frequencies : tuple of float, default=()
        The share of each category among the values seen; of False and True for booleans.
    null_fraction : float or None, default=None
        The share of missing values seen.
    text : bool, default=False
        Whether it is prose, of which no two values need be alike.
    ordered : bool, default=False
        Whether the categories have an order.
    null : {"nan", "none", "na"}, default="nan"
        How a missing value stands in a column of Python objects.
    example : str, int, float, bool or None, default=None
        A value of it.
    shape : tuple of int, default=()
        The shape of an array.

    Examples
    --------
    >>> from skcook.artifacts import Column
    >>> Column("age", "number", nullable=False, minimum=17.0, maximum=90.0).to_json_schema()["type"]
    'number'
    """

    name: str
    type: ColumnType = "unknown"
    dtype: str | None = None
    source: Source = "captured"
    nullable: bool = True
    categories: tuple[Scalar, ...] | None = None
    unknown: Unknown = "warn"
    minimum: float | str | None = None
    maximum: float | str | None = None
    quantiles: tuple[float, ...] = ()
    cumulative: tuple[float, ...] = ()
    frequencies: tuple[float, ...] = ()
    null_fraction: float | None = None
    text: bool = False
    ordered: bool = False
    null: Literal["nan", "none", "na"] = "nan"
    example: Scalar | None = None
    shape: tuple[int, ...] = ()

    @property
    def expected(self) -> str:
        """What a value must be, in a word."""
        return {
            "unknown": "a string, a number or a boolean",
            "datetime": "a time in ISO 8601",
            "date": "a date in ISO 8601",
            "duration": "a number of seconds",
            "array": f"an array of numbers of shape {' x '.join(map(str, self.shape))}",
        }.get(self.type, self.type)

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest number that the dtype can hold."""
        if self.type == "integer" or (self.type == "array" and "int" in (self.dtype or "")):
            return integer_bounds(self.dtype, self.nullable)
        if self.type == "duration":
            return -9e9, 9e9  # what 64 bits of nanoseconds can count
        return -LIMIT, LIMIT

    def to_json_schema(self) -> dict[str, Any]:
        """Describe one value in JSON Schema.

        Returns
        -------
        schema : dict
            JSON Schema 2020-12; what it has no words for stands under "x-skcook".
        """
        types = _JSON_TYPES[self.type] + (["null"] if self.nullable else [])
        schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
        if self.type in ("number", "integer", "duration", "unknown"):
            schema["minimum"], schema["maximum"] = self.bounds
        if self.type == "array":
            schema |= _nested(self.shape, self.bounds)
        if self.type == "date":
            schema["format"] = "date"
        if self.type == "datetime":
            schema["anyOf"] = [{"format": "date"}, {"format": "date-time"}]
        if self.categories is not None and self.unknown == "error":
            schema["enum"] = [*self.categories, *([None] if self.nullable else [])]
        if self.example is not None:
            schema["examples"] = [self.example]
        schema["x-skcook"] = self._facts()
        return schema

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"type": self.type, "source": self.source}
        for key in ("dtype", "minimum", "maximum", "null_fraction"):
            if getattr(self, key) is not None:
                facts[key] = getattr(self, key)
        for key in ("quantiles", "cumulative", "frequencies", "shape"):
            if getattr(self, key):
                facts[key] = list(getattr(self, key))
        if self.categories is not None:
            facts["categories"] = list(self.categories)
            facts["unknown"] = self.unknown
        for key in ("text", "ordered"):
            if getattr(self, key):
                facts[key] = True
        if self.null != "nan":
            facts["null"] = self.null
        return facts

    @classmethod
    def from_json_schema(cls, name: str, schema: dict[str, Any]) -> "Column":
        """Read what `to_json_schema` wrote.

        Parameters
        ----------
        name : str
            Name of the column.
        schema : dict
            The JSON Schema of one value.

        Returns
        -------
        column : Column
            The column.

        Raises
        ------
        ArtifactFormatError
            If the schema is not of that form.
        """
        facts = schema.get("x-skcook")
        if not isinstance(facts, dict) or facts.get("type") not in TYPES:
            raise ArtifactFormatError(f"The schema of column {name!r} has no known type.")
        types = schema.get("type")
        examples = schema.get("examples") or [None]
        if not isinstance(examples, list):
            raise ArtifactFormatError(f"The schema of column {name!r} has no list of examples.")
        known = {key: facts[key] for key in _PLAIN & set(facts)}
        for key in _SEQUENCES & set(facts):
            if not isinstance(facts[key], list):
                raise ArtifactFormatError(f"The schema of column {name!r} has no list {key!r}.")
            known[key] = tuple(facts[key])
        column = cls(
            name=name,
            nullable=isinstance(types, list) and "null" in types,
            example=examples[0],
            **known,
        )
        column._check()
        return column

    def _check(self) -> None:
        """Raise if the column, which came from a file, is not made as `capture` makes it."""
        sound = (
            isinstance(self.dtype, str | None)
            and self.source in get_args(Source)
            and self.unknown in get_args(Unknown)
            and self.null in ("nan", "none", "na")
            and all(isinstance(v, Scalar) for v in self.categories or ())
            and all(_is_number(v) for v in (*self.quantiles, *self.cumulative, *self.frequencies))
            and all(
                v is None or isinstance(v, str) or _is_number(v)
                for v in (self.minimum, self.maximum)
            )
            and (self.null_fraction is None or _is_number(self.null_fraction))
            and isinstance(self.example, Scalar | None)
            and all(type(n) is int and n > 0 for n in self.shape)
            and (self.type != "array" or 0 < math.prod(self.shape) <= MAX_CELLS)
        )
        if not sound:
            raise ArtifactFormatError(f"The schema of column {self.name!r} is damaged.")


_PLAIN = {
    "type", "dtype", "source", "unknown", "minimum", "maximum", "null_fraction", "text", "ordered",
    "null",
}  # fmt: skip
_SEQUENCES = {"categories", "quantiles", "cumulative", "frequencies", "shape"}
#: No array of a row has more numbers than this.
MAX_CELLS = 2**26


def _nested(shape: tuple[int, ...], bounds: tuple[float, float]) -> dict[str, Any]:
    """Describe an array of numbers in JSON Schema."""
    items: dict[str, Any] = {"type": "number", "minimum": bounds[0], "maximum": bounds[1]}
    for length in reversed(shape):
        items = {"type": "array", "minItems": length, "maxItems": length, "items": items}
    return items


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    # JSON has integers that are larger than any float; NaN is no number here either.
    return abs(value) <= sys.float_info.max


def integer_bounds(dtype: str | None, nullable: bool) -> tuple[int, int]:
    """Return the least and the greatest integer that a dtype holds."""
    name = (dtype or "float64").partition("[")[0]
    plain = name.islower() and "[" not in (dtype or "")
    if nullable and plain:
        exact = (-(2**53), 2**53)
    else:
        exact = (-(2**63), 2**64)
    digits = "".join(filter(str.isdigit, name))
    if "int" not in name.lower():
        return max(exact[0], -(2**53)), min(exact[1], 2**53)
    bits = int(digits or 64)
    if name.lower().startswith("u"):
        low, high = 0, 2**bits - 1
    else:
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return max(low, exact[0]), min(high, exact[1])
