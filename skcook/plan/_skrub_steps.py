"""What skrub's TableVectorizer does to columns.

A fitted one holds a chain of transformers for each column. Those that only choose, clean or cast
are told here, by their names, so that nothing is imported; scikit-learn's and skcook's have plans
of their own. Any other, such as an encoder of free text, has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from skcook.base._flow import Calculated, FlowColumn, PlanStep, parts
from skcook.exceptions import PlanRefused
from skcook.utils._columns import NANOSECONDS

Columns = list[FlowColumn]


def is_table_vectorizer(step: Any) -> bool:
    """Tell whether an object is exactly skrub's TableVectorizer."""
    kind = type(step)
    return kind.__name__ == "TableVectorizer" and kind.__module__.partition(".")[0] == "skrub"


def plan_table_vectorizer(step: Any, columns: Sequence[FlowColumn], plan: PlanStep) -> Columns:
    """Return the columns of a fitted TableVectorizer."""
    chains = step.all_processing_steps_
    if len(chains) != len(columns):
        raise PlanRefused(f"TableVectorizer takes {len(chains)} columns, not {len(columns)}")
    out: Columns = []
    for column, (name, chain) in zip(columns, chains.items(), strict=True):
        made = [column]
        casts: Mapping[str, Any] = {}
        for part in chain:
            if isinstance(part, Mapping):
                casts = part  # the last: outputs that become float32
            else:
                made = [new for old in made for new in _after(part, old, plan)]
        names = step.input_to_outputs_[name] if made else []
        for new, name in zip(made, names, strict=True):
            new = _to_float(casts[name], new) if name in casts else new
            out.append(replace(new, name=name))
    names = [column.name for column in out]
    if names != list(step.all_outputs_):
        raise PlanRefused(f"TableVectorizer gives {list(step.all_outputs_)}, not {names}")
    return out


def _after(part: Any, column: FlowColumn, plan: PlanStep) -> Columns:
    """Return what one transformer of a chain makes of a column."""
    if type(part).__module__.partition(".")[0] != "skrub":
        return plan(part, [column])
    name = type(part).__name__
    if name in ("DropUninformative", "Drop"):
        return [] if name == "Drop" or part.drop_ else [column]
    if name == "DatetimeEncoder":
        return _dates(part, column)
    known = _ONE_TO_ONE.get(name)
    if known is None:
        raise PlanRefused(f"skrub's {name} of column {column.name!r} has no plan")
    return [known(part, column)]


def _same(_: Any, column: FlowColumn) -> FlowColumn:
    return column


def _to_float(_: Any, column: FlowColumn) -> FlowColumn:
    if isinstance(column.source, int) and not column.ops:
        # Read in single precision at once: a number that is none there goes to the pipeline.
        column = column.as_number(who="ToFloat")
        return replace(column, read="float32", dtype="float32", kind="number")
    return column.as_number("float32", who="ToFloat")


def _clean_null_strings(part: Any, column: FlowColumn) -> FlowColumn:
    if column.kind != "text":
        return column
    return column.then("read", NotNullString(frozenset(part.null_strings_)), nullable=True)


def _to_str(_: Any, column: FlowColumn) -> FlowColumn:
    if column.kind != "text":
        raise PlanRefused(f"skrub's ToStr of column {column.name!r} of {column.kind} has no plan")
    is_polars = column.dtype in ("String", "Categorical", "Enum")
    return column if is_polars else replace(column, null="nan", dtype="str")


def _clean_categories(_: Any, column: FlowColumn) -> FlowColumn:
    levels = [v for op in column.ops if op.name == "levels" for v in op.operand]
    if column.kind != "text" or not all(isinstance(level, str) for level in levels):
        raise PlanRefused(f"skrub makes strings of column {column.name!r}, which has no plan")
    return column


def _to_datetime(part: Any, column: FlowColumn) -> FlowColumn:
    if part.format_ is not None or str(part.output_dtype_) != column.dtype:
        raise PlanRefused(f"skrub reads column {column.name!r} as dates, which has no plan")
    return column


def _to_seconds(_: Any, column: FlowColumn) -> FlowColumn:
    if column.kind != "duration" or not column.dtype.startswith("timedelta64"):
        raise PlanRefused(
            f"skrub's DurationToFloat of column {column.name!r} ({column.dtype}) has a plan only "
            "for pandas' durations"
        )
    block = Calculated((column,), SecondsOfDurations(column.dtype), 1, "float32")
    return parts(block, [column.name], dtype="float32")[0]


_ONE_TO_ONE: dict[str, Callable[[Any, FlowColumn], FlowColumn]] = {
    "CleanCategories": _clean_categories,
    "CleanNullStrings": _clean_null_strings,
    "DurationToFloat": _to_seconds,
    "PassThrough": _same,
    "ToDatetime": _to_datetime,
    "ToFloat": _to_float,
    "ToStr": _to_str,
}


class SecondsOfDurations:
    """Computes the seconds of durations of a dtype from cells of seconds."""

    def __init__(self, dtype: str) -> None:
        self.dtype, self.step = dtype, NANOSECONDS[np.datetime_data(np.dtype(dtype))[0]]

    def __call__(self, cells: list[Any]) -> np.ndarray:
        nothing = np.iinfo(np.int64).min
        counts = [nothing if c is None else round(c * 10**9) // self.step for c in cells]
        times = pd.TimedeltaIndex(np.array(counts, dtype=np.int64).view(self.dtype))
        return np.asarray(times.total_seconds(), dtype=np.float32)[:, None]


class NotNullString:
    """Returns a string, or None for one that stands for a missing value."""

    def __init__(self, nulls: frozenset[str]) -> None:
        self.nulls = nulls

    def __call__(self, cell: str) -> str | None:
        return None if cell in self.nulls or cell.isspace() else cell


def _dates(part: Any, column: FlowColumn) -> Columns:
    is_plain = column.kind == "time" and column.null == "nan" and ", " not in column.dtype
    if part.periodic_encoding is not None or not is_plain:
        raise PlanRefused(
            f"skrub's DatetimeEncoder of column {column.name!r} ({column.dtype}) has a plan only "
            "for pandas' times without a zone, and without periodic_encoding"
        )
    names = list(part.extracted_features_)
    block = Calculated((column,), PartsOfTimes(names, column.dtype), len(names), "float32")
    return parts(block, names, dtype="float32")


class PartsOfTimes:
    """Computes the features of a DatetimeEncoder from nanoseconds since 1970."""

    def __init__(self, names: Sequence[str], dtype: str) -> None:
        self.names, self.dtype = tuple(names), dtype

    def __call__(self, cells: list[Any]) -> np.ndarray:
        nothing = np.iinfo(np.int64).min
        counts = np.array([nothing if c is None else c for c in cells], dtype=np.int64)
        times = pd.DatetimeIndex(counts.view("datetime64[ns]").astype(self.dtype))
        return np.column_stack([self._part(times, name) for name in self.names])

    @staticmethod
    def _part(times: pd.DatetimeIndex, name: str) -> np.ndarray:
        if name == "total_seconds":
            found: Any = (times - pd.Timestamp(0)) / pd.Timedelta("1s")
        elif name == "weekday":
            found = times.day_of_week + 1
        else:
            found = getattr(times, name)
        return np.asarray(found, dtype=np.float32)
