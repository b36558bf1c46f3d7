"""Check values against a schema: a quick pass that says yes or no, a slow one that says why.

Rows are nearly always right, and a server sees them one at a time, so the quick pass only answers
"all is well, and these are the warnings". If it does not, the same values are gone through once
more and every problem is listed. A problem says where (`loc`: "rows", the number of the row, the
name of the column), what (`code`), what was expected and what came. It never holds a value of a
row.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skcook.artifacts.schema._schema_column import Column, read_time
from skcook.exceptions import SchemaError
from skcook.utils._json import json_type
from skcook.utils._validation import did_you_mean

Problem = dict[str, Any]

#: No more problems than this are listed: the rest is like them, and a list has to end.
MAX_PROBLEMS = 1000
#: No more allowed categories than this are listed in one problem.
MAX_ALLOWED = 20
#: Longer names than this are cut where a problem repeats them.
MAX_NAME = 100


def problem(code: str, *loc: str | int, **facts: Any) -> Problem:
    """Make a problem; facts that are None say nothing and are left out."""
    told = {key: value for key, value in facts.items() if value is not None}
    return {**({"loc": list(loc)} if loc else {}), "code": code, **told}


def warning_of(column: Column, i: int, code: str) -> Problem:
    """Say what is unusual about a value that is allowed."""
    expected = {
        "range": f"from {column.minimum} to {column.maximum}",
        "category": f"one of {len(column.categories or ())} values",
        "never_missing": "a value: none was missing in the training data",
        "offset": "a time without offset; it was converted to UTC",
    }
    return problem(code, "rows", i, column.name, expected=expected.get(code))


def schema_error(problems: Sequence[Problem]) -> SchemaError:
    """Make the error that lists the problems."""
    lines = []
    for found in problems[:5]:
        loc = found["loc"]
        place = f"Row {loc[1]}" if loc[0] == "rows" and len(loc) > 1 else str(loc[0]).capitalize()
        if len(loc) > 1 and isinstance(loc[-1], str):
            place += f", column {loc[-1]!r}"
        line = f"{place}: {found['code']}"
        details = [f"{key} {found[key]}" for key in ("expected", "got") if key in found]
        if "did_you_mean" in found:
            details.append(f"did you mean {found['did_you_mean']!r}?")
        lines.append(line + (f" ({', '.join(details)})" if details else "") + ".")
    count = len(problems)
    more = f" And {count - 5} more." if count > 5 else ""
    start = "The rows have a problem." if count == 1 else f"The rows have {count} problems."
    return SchemaError(f"{start} {' '.join(lines)}{more}", list(problems))


#: The parsed values of one column, and what to warn of: (row, code).
Read = tuple[list[Any], list[tuple[int, str]]]


def make_reader(column: Column) -> Callable[[list[Any]], Read | None]:
    """Return the quick pass over the values of one column."""
    if column.type in ("number", "integer", "duration"):
        return _number_reader(column)
    if column.type in ("datetime", "date"):
        return _time_reader(column)
    if column.type == "unknown":
        return _unknown_reader(column)
    if column.type == "array":
        return _array_reader(column)
    return _plain_reader(column, bool if column.type == "boolean" else str)


def _was_never_missing(column: Column) -> bool:
    """Tell whether a missing value is allowed, and was not seen once."""
    return column.nullable and column.null_fraction == 0


def _number_reader(column: Column) -> Callable[[list[Any]], Read | None]:
    least, greatest = column.bounds
    whole = column.type == "integer"
    nullable, known, surprises = column.nullable, _known(column), _was_never_missing(column)
    refuse_unknown = column.unknown == "error"
    # Where the data was not seen, a boolean may have been a number to the model.
    also_bool = column.source == "inferred"
    low = column.minimum if isinstance(column.minimum, int | float) else least
    high = column.maximum if isinstance(column.maximum, int | float) else greatest
    if known is not None:
        low, high = least, greatest

    def read(values: list[Any]) -> Read | None:
        warned: list[tuple[int, str]] = []
        converted: list[Any] | None = None
        for i, value in enumerate(values):
            kind = type(value)
            if kind is float:
                if whole:
                    if not least <= value <= greatest or not value.is_integer():
                        return None
                    if converted is None:
                        converted = list(values)
                    converted[i] = value = int(value)
            elif kind is not int:
                if value is None and nullable:
                    if surprises:
                        warned.append((i, "never_missing"))
                    continue
                if kind is not bool or not also_bool:
                    return None
            if not low <= value <= high:
                if not least <= value <= greatest:
                    return None
                warned.append((i, "range"))
            if known is not None and value not in known:
                if refuse_unknown:
                    return None
                warned.append((i, "category"))
        return values if converted is None else converted, warned

    return read


def _plain_reader(column: Column, wanted: type) -> Callable[[list[Any]], Read | None]:
    nullable, known, surprises = column.nullable, _known(column), _was_never_missing(column)
    refuse_unknown = column.unknown == "error"

    def read(values: list[Any]) -> Read | None:
        warned: list[tuple[int, str]] = []
        for i, value in enumerate(values):
            if type(value) is wanted:
                if known is not None and value not in known:
                    if refuse_unknown:
                        return None
                    warned.append((i, "category"))
            elif value is not None or not nullable:
                return None
            elif surprises:
                warned.append((i, "never_missing"))
        return values, warned

    return read


def _time_reader(column: Column) -> Callable[[list[Any]], Read | None]:
    nullable, only_date = column.nullable, column.type == "date"
    surprises = _was_never_missing(column)
    zoned = "," in (column.dtype or "")
    low = _nanoseconds(column.minimum)
    high = _nanoseconds(column.maximum)
    least, greatest = time_bounds(column)

    def read(values: list[Any]) -> Read | None:
        parsed: list[int | None] = []
        warned: list[tuple[int, str]] = []
        for i, value in enumerate(values):
            if value is None and nullable:
                parsed.append(None)
                if surprises:
                    warned.append((i, "never_missing"))
                continue
            time = read_time(value) if type(value) is str else None
            if time is None or not least <= time[0] <= greatest:
                return None
            if only_date and len(value) != len("2024-01-31"):
                return None
            if time[1] and not zoned:
                warned.append((i, "offset"))
            if (low is not None and time[0] < low) or (high is not None and time[0] > high):
                warned.append((i, "range"))
            parsed.append(time[0])
        return parsed, warned

    return read


def _unknown_reader(column: Column) -> Callable[[list[Any]], Read | None]:
    least, greatest = column.bounds
    nullable = column.nullable

    def read(values: list[Any]) -> Read | None:
        for value in values:
            kind = type(value)
            if kind is str or kind is bool or (value is None and nullable):
                continue
            if (kind is not float and kind is not int) or not least <= value <= greatest:
                return None
        return values, []

    return read


def _array_reader(column: Column) -> Callable[[list[Any]], Read | None]:
    def read(values: list[Any]) -> Read | None:
        arrays = []
        for value in values:
            array = read_array(column, value)
            if isinstance(array, str):
                return None
            arrays.append(array)
        return arrays, []

    return read


def read_array(column: Column, value: Any) -> np.ndarray | str:
    """Read an array of numbers, or tell the code of what is wrong with it."""
    if not isinstance(value, list | tuple | np.ndarray):
        return "type"
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        return "type"  # ragged
    if array.shape != column.shape or array.dtype.kind not in "biuf":
        return "type"
    if not np.isfinite(array).all():
        return "not_finite"
    least, greatest = column.bounds
    if array.min() < least or array.max() > greatest:
        return "range"
    dtype = np.dtype(column.dtype or "float64")
    if dtype.kind in "iu" and array.dtype.kind == "f" and (array % 1).any():
        return "type"
    return array.astype(dtype, copy=False)


def _known(column: Column) -> frozenset[Any] | None:
    return None if column.categories is None else frozenset(column.categories)


def _nanoseconds(value: Any) -> int | None:
    time = read_time(value) if isinstance(value, str) else None
    return None if time is None else time[0]


def time_bounds(column: Column) -> tuple[int, int]:
    """Return the first and the last nanosecond since 1970 that the dtype of a column holds."""
    if "[ns" in (column.dtype or ""):
        return -(2**63) + 1, 2**63 - 1
    return -62_135_596_800 * 10**9, 253_402_300_800 * 10**9 - 1


def value_problem(column: Column, value: Any) -> Problem | None:
    """Say what is wrong with a value."""
    got = json_type(value)
    if value is None:
        return None if column.nullable else problem("null", expected=column.expected, got=got)
    wrong = problem("type", expected=column.expected, got=got)
    if column.type in ("number", "integer", "duration", "unknown") and got in ("integer", "number"):
        found = _number_problem(column, value, got)
        if found is not None:
            return found
    elif column.type == "array":
        code = read_array(column, value)
        return {**wrong, "code": code} if isinstance(code, str) else None
    elif column.type in ("datetime", "date"):
        if got != "string":
            return wrong
        time = read_time(value)
        if time is None or (column.type == "date" and len(value) != len("2024-01-31")):
            return {**wrong, "got": "another string"}
        least, greatest = time_bounds(column)
        if not least <= time[0] <= greatest:
            return problem("range", expected="a time from 1678 to 2261", got="another time")
    elif column.type == "unknown":
        if got not in ("string", "boolean"):
            return wrong
    elif got == "boolean" and column.source == "inferred" and column.type in ("number", "integer"):
        pass
    elif got != column.type:
        return wrong
    known = _known(column) if column.unknown == "error" else None
    if known is not None and value not in known:
        return _category_problem(column, value)
    return None


def _number_problem(column: Column, value: Any, got: str) -> Problem | None:
    least, greatest = column.bounds
    if value != value or value in (float("inf"), float("-inf")):
        return problem("not_finite", expected=f"a finite {column.type}", got="not finite")
    if column.type == "integer" and value != int(value):
        return problem("type", expected="integer", got="number")
    if not least <= value <= greatest:
        if isinstance(value, int) and column.type != "integer" and abs(value) > sys.float_info.max:
            return problem("not_finite", expected="a finite number", got="not finite")
        ends = (
            f"{least:g} to {greatest:g}" if column.type != "integer" else f"{least} to {greatest}"
        )
        return problem("range", expected=f"{column.expected} from {ends}", got=got)
    return None


def _category_problem(column: Column, value: Any) -> Problem:
    categories = column.categories or ()
    match = None
    if isinstance(value, str) and len(value) <= MAX_NAME:
        match = did_you_mean(value, [c for c in categories[:1000] if isinstance(c, str)])
    return problem(
        "category",
        expected=f"one of {len(categories)} values",
        got="another value",
        allowed=list(categories[:MAX_ALLOWED]),
        did_you_mean=match,
    )
