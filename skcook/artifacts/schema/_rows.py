"""Rows that came from outside, as JSON or as text: parsed, or listed with all that is wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from skcook.artifacts.schema._schema_column import Column
from skcook.artifacts.schema._validate import (
    MAX_ALLOWED,
    MAX_NAME,
    MAX_PROBLEMS,
    Problem,
    problem,
    value_problem,
)
from skcook.utils._json import json_type
from skcook.utils._validation import did_you_mean


class FrameSchema(Protocol):
    """What parsed rows read of their schema."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    def build(self, data: list[list[Any]]) -> Any: ...


@dataclass(frozen=True)
class ParsedRows:
    """Rows that fit a schema.

    Parameters
    ----------
    schema : Schema
        The schema.
    data : list of list
        The values, one list per column of the schema.
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

    schema: FrameSchema
    data: list[list[Any]]
    n_rows: int
    warnings: list[Problem] = field(default_factory=list)

    @cached_property
    def frame(self) -> Any:
        """The rows as the model takes them: a frame, an array, or a list of texts."""
        return self.schema.build(self.data)

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


def row_problems(columns: Mapping[str, Column], records: Sequence[Any]) -> list[Problem]:
    """List every problem of rows given as objects."""
    problems: list[Problem] = []
    for i, row in enumerate(records):
        if len(problems) >= MAX_PROBLEMS:
            break
        if not isinstance(row, Mapping):
            problems.append(problem("type", "rows", i, expected="object", got=json_type(row)))
            continue
        missing = [name for name in columns if name not in row]
        unknown = [name for name in row if name not in columns]
        problems += [
            {"loc": ["rows", i, name], **found}
            for name, found in name_problems(missing, unknown, list(columns))
        ]
        for name, column in columns.items():
            found = value_problem(column, row[name]) if name in row else None
            if found is not None:
                problems.append({"loc": ["rows", i, name], **found})
    return problems[:MAX_PROBLEMS]


def table_problems(known: Mapping[str, Column], columns: Any, data: Any) -> list[Problem]:
    """Check the shape of a table."""
    for key, value in (("columns", columns), ("data", data)):
        if not isinstance(value, list | tuple):
            return [problem("type", key, expected="array", got=json_type(value))]
    if not data:
        return [problem("empty", "rows", expected="at least one row")]
    problems: list[Problem] = []
    seen: set[str] = set()
    for j, name in enumerate(columns):
        if not isinstance(name, str):
            got = json_type(name)
            problems.append(problem("type", "columns", j, expected="string", got=got))
        elif name in seen:
            problems.append(problem("duplicate_column", "columns", j))
        else:
            seen.add(name)
    missing = [name for name in known if name not in seen]
    unknown = [name for name in columns if isinstance(name, str) and name not in known]
    for name, found in name_problems(missing, unknown, list(known)):
        problems.append({"loc": ["columns", name], **found})
    width = len(columns)
    for i, row in enumerate(data):
        if not isinstance(row, list | tuple):
            problems.append(problem("type", "rows", i, expected="array", got=json_type(row)))
        elif len(row) != width:
            expected, got = f"{width} values", f"{len(row)} values"
            problems.append(problem("length", "rows", i, expected=expected, got=got))
    return problems


def name_problems(
    missing: Sequence[str], unknown: Sequence[Any], known: Sequence[str]
) -> list[tuple[str, Problem]]:
    """Say which columns are absent, and which were not asked for."""
    short = [str(name) for name in unknown[:MAX_ALLOWED] if len(str(name)) <= MAX_NAME]
    problems = [
        (name, problem("missing_column", did_you_mean=did_you_mean(name, short) if short else None))
        for name in missing
    ]
    for position, name in enumerate(unknown):
        text, match, allowed = str(name), None, None
        if position < MAX_ALLOWED and len(text) <= MAX_NAME:
            match = did_you_mean(text, missing or known)
            allowed = None if match is not None else list(known[:MAX_ALLOWED])
        shown = text if len(text) <= MAX_NAME else text[: MAX_NAME - 3] + "..."
        problems.append((shown, problem("unknown_column", allowed=allowed, did_you_mean=match)))
    return problems


#: Cells that stand for a missing value in a column of anything but strings.
MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"])
#: Types whose cells are numbers, which half of the world writes with a decimal comma.
NUMERIC = ("number", "integer", "duration")
#: A number in which points stand between thousands.
GROUPED = r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"
_GROUPED = re.compile(GROUPED)
_BOOLEANS = {
    "true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False,
    "1": True, "0": False,
}  # fmt: skip


def read_cells(column: Column, cells: Sequence[str | None]) -> list[Any]:
    """Read the cells of a column."""
    if column.type in ("string", "unknown"):
        # An empty text is a text, where nothing else may be empty.
        empty = None if column.nullable else ""
        return [empty if cell is None or cell == "" else cell for cell in cells]
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        return list(cells)
    read = _READERS.get(column.type, _number)
    return [
        None if cell is None or (text := cell.strip()) in MISSING else read(text) for cell in cells
    ]


def with_point(cell: str) -> str:
    """Return a number such as "1.234,5" with a decimal point and without thousands.

    A point that marks no thousands is no number there: it stays text, and is refused as such.
    """
    text = cell.strip()
    return text.replace(".", "" if _GROUPED.fullmatch(text) else "'").replace(",", ".")


def _number(text: str) -> Any:
    try:
        # "1_000" and Arabic digits are numbers to Python; in a file they are a mistake.
        if "_" in text or not text.isascii():
            return text
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 400 else float(text)
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text, text)


_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "datetime": str.strip,
    "date": str.strip,
}
