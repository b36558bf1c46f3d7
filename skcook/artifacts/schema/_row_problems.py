"""A problem of a row as data, and the error that lists problems.

A problem says where (`loc`: "rows", the number of the row, the name of the column), what (`code`),
what was expected and what came. It never holds a value of a row.
"""

from collections.abc import Sequence
from typing import Any

from skcook.artifacts.schema._schema_column import Column
from skcook.exceptions import SchemaError

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
