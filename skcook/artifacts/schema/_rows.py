"""Rows that came from outside: parsed, or refused with a list of what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from skcook.artifacts.schema._schema_column import Column
from skcook.artifacts.schema._validate import Problem, name_problems
from skcook.artifacts.schema._values import json_type
from skcook.exceptions import SchemaError

if TYPE_CHECKING:
    from skcook.artifacts.schema._schema import Schema


@dataclass(frozen=True)
class ParsedRows:
    """Rows that fit a schema.

    Parameters
    ----------
    schema : Schema
        The schema.
    data : list of list
        The values, one list a column of the schema.
    n_rows : int
        Number of rows.
    warnings : list of dict
        What is unusual but allowed: ``loc``, and ``code`` "category", "range" or "offset".

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.artifacts import Schema
    >>> schema = Schema.capture(pd.DataFrame({"age": [31.0, 45.0]}))
    >>> rows = schema.parse_rows([{"age": 90}])
    >>> rows.warnings
    [{'loc': ['rows', 0, 'age'], 'code': 'range', 'expected': 'from 31.0 to 45.0'}]
    >>> rows.frame
        age
    0  90.0
    """

    schema: "Schema"
    data: list[list[Any]]
    n_rows: int
    warnings: list[Problem] = field(default_factory=list)

    @cached_property
    def frame(self) -> Any:
        """The rows as the model takes them: a frame, an array, or a list of texts."""
        return self.schema._build(self.data)

    @staticmethod
    def join(parts: Sequence["ParsedRows"]) -> "ParsedRows":
        """Put the rows of several requests together.

        Parameters
        ----------
        parts : sequence of ParsedRows
            Rows parsed with the same schema; at least one.

        Returns
        -------
        rows : ParsedRows
            What parsing all rows at once would have given, but for the warnings: each request
            has its own.
        """
        if len(parts) == 1:
            return parts[0]
        schema = parts[0].schema
        data = [
            [value for part in parts for value in part.data[j]] for j in range(len(schema.columns))
        ]
        return ParsedRows(schema, data, sum(part.n_rows for part in parts))


def table_problems(known: Mapping[str, Column], columns: Any, data: Any) -> list[Problem]:
    """Check the shape of a table."""
    for key, value in (("columns", columns), ("data", data)):
        if not isinstance(value, list | tuple):
            got = json_type(value)
            return [{"loc": [key], "code": "type", "expected": "array", "got": got}]
    if not data:
        return [whole_problem("empty", expected="at least one row")]
    problems: list[Problem] = []
    seen: set[str] = set()
    for j, name in enumerate(columns):
        if not isinstance(name, str):
            got = json_type(name)
            problems.append(
                {"loc": ["columns", j], "code": "type", "expected": "string", "got": got}
            )
        elif name in seen:
            problems.append({"loc": ["columns", j], "code": "duplicate_column"})
        else:
            seen.add(name)
    missing = [name for name in known if name not in seen]
    unknown = [name for name in columns if isinstance(name, str) and name not in known]
    for name, problem in name_problems(missing, unknown, list(known)):
        problems.append({"loc": ["columns", name], **problem})
    width = len(columns)
    for i, row in enumerate(data):
        if not isinstance(row, list | tuple):
            got = json_type(row)
            problems.append({"loc": ["rows", i], "code": "type", "expected": "array", "got": got})
        elif len(row) != width:
            problems.append(
                {
                    "loc": ["rows", i],
                    "code": "length",
                    "expected": f"{width} values",
                    "got": f"{len(row)} values",
                }
            )
    return problems


def whole_problem(code: str, **more: Any) -> Problem:
    return {"loc": ["rows"], "code": code, **more}


def warning_of(column: Column, i: int, code: str) -> Problem:
    warning: Problem = {"loc": ["rows", i, column.name], "code": code}
    if code == "range":
        warning["expected"] = f"from {column.minimum} to {column.maximum}"
    elif code == "category":
        warning["expected"] = f"one of {len(column.categories or ())} values"
    elif code == "offset":
        warning["expected"] = "a time without offset; it was converted to UTC"
    return warning


def schema_error(problems: list[Problem]) -> SchemaError:
    """Make the error that lists the problems."""
    lines = []
    for problem in problems[:5]:
        loc = problem["loc"]
        place = f"Row {loc[1]}" if loc[0] == "rows" and len(loc) > 1 else str(loc[0]).capitalize()
        if len(loc) > 1 and isinstance(loc[-1], str):
            place += f", column {loc[-1]!r}"
        line = f"{place}: {problem['code']}"
        details = [
            f"{word} {problem[key]}"
            for key, word in (("expected", "expected"), ("got", "got"))
            if key in problem
        ]
        if "did_you_mean" in problem:
            details.append(f"did you mean {problem['did_you_mean']!r}?")
        lines.append(line + (f" ({', '.join(details)})" if details else "") + ".")
    count = len(problems)
    more = f" And {count - 5} more." if count > 5 else ""
    start = "The rows have a problem." if count == 1 else f"The rows have {count} problems."
    return SchemaError(f"{start} {' '.join(lines)}{more}", problems)
