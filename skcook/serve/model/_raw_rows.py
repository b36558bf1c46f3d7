"""Rows as they came in a request, not yet compared with any schema."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve.model._refusals import TooManyRowsError
from skcook.utils._json import json_type


@dataclass(frozen=True)
class RawRows:
    """Rows as objects, or as columns with data; as text where they came as cells of a CSV file."""

    rows: list[Any] | None = None
    columns: list[Any] | None = None
    data: list[Any] = field(default_factory=list)
    is_text: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    #: How the cells of a CSV file were read, where that is worth a word.
    note: str | None = None

    def __len__(self) -> int:
        return len(self.data if self.rows is None else self.rows)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What the sender should know of how the rows were read."""
        if self.note is None:
            return []
        return [{"loc": ["body"], "code": "dialect", "expected": self.note}]

    def split(self, known: Collection[str]) -> tuple["RawRows", "RawRows"]:
        """Return the columns of a table that are known, and the others, which may be none."""
        columns = self.columns or []
        extra = [j for j, name in enumerate(columns) if name not in known]
        # What is wrong with rows of another length, or with none, the schema says.
        is_table = all(isinstance(row, list) and len(row) == len(columns) for row in self.data)
        if not extra or not is_table:
            return self, RawRows(columns=[], data=[[]] * len(self))
        kept = [j for j in range(len(columns)) if j not in extra]
        known_part, other_part = (
            replace(
                self,
                columns=[columns[j] for j in places],
                data=[[row[j] for j in places] for row in self.data],
            )
            for places in (kept, extra)
        )
        return known_part, other_part

    def take(self, positions: Sequence[int]) -> "RawRows":
        """Return some of the rows of a table."""
        return replace(self, data=[self.data[i] for i in positions])

    @classmethod
    def from_document(cls, document: Any, options: Collection[str] = ()) -> "RawRows":
        """Read a JSON value in skcook's own format, or refuse it with a `SchemaError`."""
        if not isinstance(document, dict):
            raise shape_error([], "type", "object", json_type(document))
        allowed = {"rows", "columns", "data", *options}
        unknown = [key for key in document if key not in allowed]
        if unknown:
            raise SchemaError(
                "The body has members that are not known.",
                [problem("unknown_member", key, allowed=sorted(allowed)) for key in unknown],
            )
        given = {key: document[key] for key in options if key in document}
        if "rows" in document:
            extra = [key for key in ("columns", "data") if key in document]
            if extra:
                raise shape_error(
                    [extra[0]], "unknown_member", "rows, or columns with data", "both"
                )
            return cls(rows=_list_at(document, "rows"), options=given)
        if "columns" in document or "data" in document:
            columns, data = _list_at(document, "columns"), _list_at(document, "data")
            return cls(columns=columns, data=data, options=given)
        raise shape_error(["rows"], "missing_member", "rows, or columns with data", "neither")


def _list_at(document: dict[str, Any], key: str) -> list[Any]:
    if key not in document:
        raise shape_error([key], "missing_member", "array", "nothing")
    value = document[key]
    if not isinstance(value, list):
        raise shape_error([key], "type", "array", json_type(value))
    return value


def check_count(n_rows: int, max_rows: int) -> None:
    """Refuse too many rows."""
    if n_rows > max_rows:
        raise TooManyRowsError(n_rows, max_rows)


def shape_error(loc: list[Any], code: str, expected: str, got: str) -> SchemaError:
    """Return the error of a body that has another shape."""
    found = {"loc": loc, **problem(code, expected=expected, got=got)}
    return SchemaError("The body has another shape.", [found])
