"""Read the body of a request: JSON, strictly; or a table.

Python's own reader takes ``NaN`` and ``Infinity``, lets the last of two equal keys win and accepts
halves of surrogate pairs that no encoder takes back. None of that is JSON, and each would change a
row behind its sender's back, so all are refused here.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask import Request

from skcook.exceptions import SchemaError
from skcook.serve.http._problems import Problem
from skcook.serve.http._tables import CSV, PARQUET, read_csv, read_parquet

JSON_TYPES = ("application/json",)


@dataclass(frozen=True)
class Body:
    """Rows as they came, not yet compared with any schema."""

    rows: list[Any] | None = None
    columns: list[Any] | None = None
    data: list[Any] = field(default_factory=list)
    is_text: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.data if self.rows is None else self.rows)


def read_body(request: Request, *, max_rows: int, options: Collection[str] = ()) -> Body:
    """Return the rows of a request in skcook's own format."""
    # A table has no room for options.
    require_type(request, JSON_TYPES if options else (*JSON_TYPES, CSV, PARQUET))
    raw = request.get_data(cache=False)
    if request.mimetype in JSON_TYPES:
        body = body_of(parse_json(raw), options)
    else:
        body = read_table_body(raw, request.mimetype)
    check_count(len(body), max_rows)
    return body


def read_table_body(raw: bytes, kind: str) -> Body:
    """Return the rows of a CSV or a Parquet file."""
    if kind == CSV:
        columns, cells = read_csv(raw)
        return Body(columns=columns, data=cells, is_text=True)
    columns, data = read_parquet(raw)
    return Body(columns=columns, data=data)


def require_type(request: Request, allowed: Collection[str]) -> None:
    """Refuse a body that is compressed, or of a type that is not among `allowed`."""
    if request.content_encoding not in (None, "", "identity"):
        raise Problem(
            "unsupported-media-type",
            "Send the body without a Content-Encoding; it is not unpacked.",
        )
    if request.mimetype not in allowed:
        raise Problem(
            "unsupported-media-type",
            f"Send the body with a Content-Type of {' or '.join(allowed)}.",
        )


def check_count(n_rows: int, max_rows: int) -> None:
    """Refuse too many rows."""
    if n_rows > max_rows:
        raise Problem(
            "too-many-rows",
            f"The request has {n_rows} rows and may have {max_rows}. Send them in parts.",
            max_rows=max_rows,
        )


def parse_json(raw: bytes) -> Any:
    """Return the value of a JSON text."""
    try:
        text = raw.decode("utf-8")
        document = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated_keys
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as exc:
        raise _not_json(f"the byte at position {exc.start} is not UTF-8") from exc
    except UnicodeEncodeError as exc:
        raise _not_json("a string holds half of a surrogate pair") from exc
    except json.JSONDecodeError as exc:
        raise _not_json(f"{exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    except RecursionError as exc:
        raise _not_json("it is nested too deeply") from exc
    except ValueError as exc:
        # What the two hooks below refuse, and integers of more digits than Python reads.
        reason = exc.args[0] if isinstance(exc, _NotJSONError) else "a number is too long"
        raise _not_json(reason) from exc
    return document


class _NotJSONError(ValueError):
    """A text that Python's reader takes, though it is not JSON."""


def _refuse_constant(name: str) -> None:
    raise _NotJSONError(f"{name} is not JSON; a missing value is written null")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _NotJSONError("an object has the same key twice")
    return record


def _not_json(reason: str) -> Problem:
    return Problem("invalid-body", f"The body is not valid JSON: {reason}.")


def body_of(document: Any, options: Collection[str]) -> Body:
    """Return the rows of a JSON value in skcook's own format, or refuse it with a `SchemaError`."""
    if not isinstance(document, dict):
        raise _shape_error([], "type", "object", type_name(document))
    allowed = {"rows", "columns", "data", *options}
    unknown = [key for key in document if key not in allowed]
    if unknown:
        raise SchemaError(
            "The body has members that are not known.",
            [
                {"loc": [key], "code": "unknown_member", "allowed": sorted(allowed)}
                for key in unknown
            ],
        )
    given = {key: document[key] for key in options if key in document}
    if "rows" in document:
        extra = [key for key in ("columns", "data") if key in document]
        if extra:
            raise _shape_error([extra[0]], "unknown_member", "rows, or columns with data", "both")
        return Body(rows=_list_at(document, "rows"), options=given)
    if "columns" in document or "data" in document:
        return Body(
            columns=_list_at(document, "columns"), data=_list_at(document, "data"), options=given
        )
    raise _shape_error(["rows"], "missing_member", "rows, or columns with data", "neither")


def _list_at(document: dict[str, Any], key: str) -> list[Any]:
    if key not in document:
        raise _shape_error([key], "missing_member", "array", "nothing")
    value = document[key]
    if not isinstance(value, list):
        raise _shape_error([key], "type", "array", type_name(value))
    return value


def _shape_error(loc: list[str], code: str, expected: str, got: str) -> SchemaError:
    problem = {"loc": loc, "code": code, "expected": expected, "got": got}
    return SchemaError("The body has another shape.", [problem])


def type_name(value: Any) -> str:
    """Return JSON's name of the type of a value."""
    names = {bool: "boolean", str: "string", list: "array", dict: "object", type(None): "null"}
    return names.get(type(value), "number")
