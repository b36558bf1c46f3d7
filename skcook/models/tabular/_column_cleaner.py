"""Columns of every type as numbers, strings, categories and dates."""

import datetime as dt
import decimal
import enum
import numbers
import pathlib
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._column_transformer import select_columns
from skcook.base._flow import Calculated, parts
from skcook.exceptions import ColumnValuesError, PlanRefused
from skcook.preprocessing import DateFeatures
from skcook.utils._columns import (
    KINDS,
    NANOSECONDS,
    is_missing,
    is_object_column,
    is_unusual_number,
    kind_of,
    new_series,
)
from skcook.utils._frames import TableColumns
from skcook.utils._sklearn import StrOptions
from skcook.utils._validation import in_words

#: Fewer values that all differ prove nothing.
ID_ROWS = 20

_NUMBER = (numbers.Real, decimal.Decimal, np.bool_)
_DAY = (dt.date, np.datetime64, pd.Period)
_DURATION = (dt.timedelta, np.timedelta64, dt.time)
#: Values that have one spelling each; `str` of anything else may name an address in memory.
_WORD = (str, bytes, bytearray, uuid.UUID, pathlib.PurePath, enum.Enum, pd.Interval, *_NUMBER)


class ColumnCleaner(BaseColumnTransformer):
    """Make columns of every type numbers, strings, categories or dates.

    The first step of `tabular_pipeline`. What a column is, is decided in ``fit`` and holds for
    every later batch, whatever type it comes in then:

    - durations and times of day become seconds, decimals and integers of 128 bits floats, periods
      the date on which they start;
    - intervals, bytes, UUIDs and columns that mix types become strings;
    - numbers, strings, categories, booleans and dates stay as they are;
    - lists, structs and complex numbers are refused by the name of their column;
    - ids are dropped, with a sentence in ``dropped_``. An id is a string column of at least 20
      values that all differ, each with a letter and without white space, that are no dates.
      Numbers are never ids.

    Parameters
    ----------
    drop : str, list of str or int, slice, mask or callable, default=None
        Columns to leave out.
    ids : {"drop", "keep"}, default="drop"
        What happens to ids.

    Attributes
    ----------
    readings_ : dict of str to str
        What is made of each column that changes: "seconds", "number", "date" or "string".
    dropped_ : dict of str to str
        Why each column that was left out was.
    columns_ : list of str
        The columns looked at: all.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    tabular_pipeline : Puts it first.
    skrub.Cleaner : Also parses strings; pandas and polars.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.models import ColumnCleaner
    >>> X = pd.DataFrame({
    ...     "wait": pd.to_timedelta([90, 30], unit="min"), "mixed": ["a", 1], "note": ["x", "y"]
    ... })
    >>> ColumnCleaner(drop="note").fit_transform(X)
         wait mixed
    0  5400.0     a
    1  1800.0     1

    What cannot be one value is refused:

    >>> ColumnCleaner().fit(pd.DataFrame({"tags": [["a"], ["a", "b"]]}))
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: Column 'tags' holds list values, which are no single value
    for a model. Make columns of them, or leave it out with drop=['tags'].
    """

    _default_kinds = frozenset(KINDS)

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "drop": ["array-like", str, int, slice, callable, None],
        "ids": [StrOptions({"drop", "keep"})],
    }

    def __init__(self, drop=None, *, ids="drop"):
        self.drop = drop
        self.ids = ids

    def _read_fit(self, X):
        table = super()._read_fit(X)
        unwanted = []
        if self.drop is not None:
            unwanted = select_columns(table, self.drop, frozenset(), X, type(self).__name__)
        self.dropped_ = dict.fromkeys(unwanted, "Named in drop.")
        return table

    def _fit_columns(self, frame, y):
        self.readings_ = {}
        kept = [name for name in frame.columns if name not in self.dropped_]
        for name in kept:
            reading = _reading_of(frame[name])
            if reading is not None:
                self.readings_[name] = reading
        if self.ids == "drop":
            # Strings that were something else, such as UUIDs and bytes, may be ids too.
            made = self._transform_columns(frame)
            columns = {name: made[name][0] if name in made else frame[name] for name in kept}
            for name in _ids_of(columns, type(frame.to_native())):
                self.dropped_[name] = (
                    f"Each of its {len(frame)} rows has a string of its own, as an id has: it "
                    "tells nothing of a new row. Keep it with ids='keep'."
                )
                self.readings_.pop(name, None)
        if set(self.dropped_) >= set(self.columns_):
            raise ValueError(
                f"ColumnCleaner would leave no column: {in_words(list(self.dropped_))} are ids or "
                "named in drop. Keep ids with ids='keep'."
            )

    def _transform_columns(self, frame):
        out: dict[str, list[Any]] = {name: [] for name in self.dropped_}
        for name, reading in self.readings_.items():
            out[name] = [_read_as(frame[name], reading, frame)]
        return out

    def _names_out(self, given):
        return {name: [] for name in self.dropped_}

    def _plan_column(self, column, i):
        name = self.columns_[i]
        if name in self.dropped_:
            return []
        reading = self.readings_.get(name)
        if reading is None and column.kind != "mixed":
            return [column]
        if reading == "number":
            return [column.as_number("float64", who="ColumnCleaner")]
        if reading == "seconds" and column.kind == "duration":
            return parts(Calculated((column,), SecondsOfCells(column.dtype), 1), [name])
        if reading == "string" and column.kind == "mixed":
            return [column.then("read", _string, kind="text", dtype="str", null="nan")]
        raise PlanRefused(f"ColumnCleaner reads column {name!r} of {column.kind} as {reading}")


class SecondsOfCells:
    """Seconds of durations that come as cells, cut off at the unit of their column."""

    def __init__(self, dtype: str) -> None:
        unit = dtype.partition("[")[2].rstrip("]")
        self.step = NANOSECONDS[unit]

    def __call__(self, cells: list[Any]) -> np.ndarray:
        return np.array([[np.nan if cell is None else self._seconds(cell)] for cell in cells])

    def traced(self, seconds: Any) -> Any:
        """Return the same as arithmetic on seconds, for an export."""
        per_second = min(10**9 // self.step, 10**6)
        # Half a nanosecond more, so that what is whole to a nanosecond stays whole.
        return (seconds * float(per_second) + per_second * 5e-10) // 1.0 / float(per_second)

    def _seconds(self, cell: float) -> float:
        # As pd.Timedelta.total_seconds: whole seconds, and microseconds of the rest.
        whole, rest = divmod(round(cell * 10**9) // self.step * self.step // 1000, 10**6)
        return whole + rest / 10**6


def _reading_of(column: Any) -> str | None:
    """Return what is to be made of a column, or None if it can stay."""
    kind = kind_of(column)
    if kind == "duration":
        return "seconds"
    if kind in ("string", "categorical", "datetime", "boolean", "empty"):
        # A type that holds no value yet, such as a list of polars, may not reach a model.
        return "number" if kind == "empty" and not is_object_column(column) else None
    if kind == "numeric" and not is_object_column(column):
        if getattr(column.dtype, "kind", "") == "c":
            raise _refused(column, "complex")
        return "number" if is_unusual_number(column) else None
    types = {type(value) for value in _values(column) if value is not None}
    if all(issubclass(cls, _NUMBER) for cls in types):
        return "number"
    if all(issubclass(cls, _DURATION) for cls in types):
        return "seconds"
    if all(issubclass(cls, _DAY) for cls in types):
        return "date"
    strange = [cls for cls in types if not issubclass(cls, (*_WORD, *_DAY, *_DURATION))]
    if strange:
        raise _refused(column, min(cls.__name__ for cls in strange))
    return "string"


def _refused(column: Any, what: str) -> ColumnValuesError:
    return ColumnValuesError(
        f"Column {column.name!r} holds {what} values, which are no single value for a model. Make "
        f"columns of them, or leave it out with drop=[{column.name!r}]."
    )


def _values(column: Any) -> list[Any]:
    """Return the values of a column as Python objects, None where one is missing."""
    missing = is_missing(column)
    return [
        None if absent else value for value, absent in zip(column.to_list(), missing, strict=True)
    ]


def _read_as(column: Any, reading: str, frame: TableColumns) -> Any:
    """Return a column as ``fit`` has decided."""
    convert, of_missing = _CONVERTERS[reading]
    values = []
    for value in _values(column):
        try:
            values.append(of_missing if value is None else convert(value))
        except (TypeError, ValueError, OverflowError) as exc:
            raise ColumnValuesError(
                f"Column {column.name!r} was read as {reading} in fit; {value!r} is no such value."
            ) from exc
    made: Any = values
    if reading in ("seconds", "number"):
        made = np.array(values, dtype=float)
    elif reading == "date":
        made = np.array(values, dtype="datetime64[us]")
    elif isinstance(frame.to_native(), pd.DataFrame):
        made = pd.array(values, dtype="str")
    return new_series(column.name, made, frame)


def _seconds(value: Any) -> float:
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, numbers.Real):
        raise TypeError("a number has no unit")
    return pd.Timedelta(value).total_seconds()


def _date(value: Any) -> np.datetime64:
    if isinstance(value, pd.Period):
        value = value.start_time
    moment = pd.Timestamp(value)
    return (moment.tz_convert(None) if moment.tz else moment).to_datetime64()


def _string(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode(errors="backslashreplace")
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, float | np.floating) and float(value).is_integer():
        # An integer becomes a float where a value is missing beside it.
        value = int(value)
    return str(value)


_CONVERTERS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "seconds": (_seconds, np.nan),
    "number": (float, np.nan),
    "date": (_date, np.datetime64("NaT", "ns")),
    "string": (_string, None),
}


def _ids_of(columns: dict[str, Any], make_frame: Callable[[dict[str, Any]], Any]) -> list[str]:
    """Return the columns that hold a string of its own for every row; see `ColumnCleaner`."""
    found = [
        name
        for name, column in columns.items()
        if len(column) >= ID_ROWS and kind_of(column) == "string" and _is_id(column)
    ]
    if not found:
        return []
    dates = DateFeatures().fit(make_frame({name: columns[name] for name in found})).columns_
    return [name for name in found if name not in dates]


def _is_id(column: Any) -> bool:
    seen: set[str] = set()
    for value in _values(column):
        if value is None or value in seen or not _is_code(value):
            return False
        seen.add(value)
    return True


def _is_code(value: str) -> bool:
    return any(map(str.isalpha, value)) and not any(map(str.isspace, value))
