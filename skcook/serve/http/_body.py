"""Read the body of a request: JSON, or a table."""

from collections.abc import Collection
from typing import Any

from flask import Request

from skcook.serve._config import ServeConfig
from skcook.serve.http._errors import ProblemError
from skcook.serve.http._tables import CSV, PARQUET, read_csv, read_parquet
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.utils._json import NotJSONError, parse_json

JSON = "application/json"


def read_rows(
    request: Request, config: ServeConfig, schema: Any = None, options: Collection[str] = ()
) -> RawRows:
    """Return the rows of a request in skcook's own format, or of a table."""
    # A table has no room for options.
    require_type(request, (JSON,) if options else (JSON, CSV, PARQUET))
    if request.mimetype == JSON:
        rows = RawRows.from_document(read_json(request), options)
    else:
        rows = read_table(request, config, schema)
    check_count(len(rows), config.max_rows)
    return rows


def read_json(request: Request) -> Any:
    """Return the JSON value that is the body of a request."""
    try:
        return parse_json(request.get_data(cache=False))
    except NotJSONError as exc:
        raise ProblemError("invalid-body", f"The body is not valid JSON: {exc}.") from exc


def read_table(request: Request, config: ServeConfig, schema: Any = None) -> RawRows:
    """Return the rows of a CSV or a Parquet file; the schema says which columns are numbers."""
    raw = request.get_data(cache=False)
    if request.mimetype == CSV:
        columns, cells, dialect = read_csv(raw)
        if dialect.decimal == "," and schema is not None:
            cells = _with_points(columns, cells, schema)
        told = dialect.describe(plain=",")
        return RawRows(columns=columns, data=cells, is_text=True, note=told)
    columns, data = read_parquet(raw, max_rows=config.max_rows, max_bytes=config.max_bytes)
    return RawRows(columns=columns, data=data)


def _with_points(columns: list[str], cells: list[list[str]], schema: Any) -> list[list[str]]:
    """Write the numbers of columns of numbers with a decimal point."""
    numbers = {column.name for column in schema.columns if column.type in ("number", "duration")}
    places = {j for j, name in enumerate(columns) if name in numbers}
    return [
        [
            cell.replace(".", "").replace(",", ".") if j in places else cell
            for j, cell in enumerate(row)
        ]
        for row in cells
    ]


def require_type(request: Request, allowed: Collection[str]) -> None:
    """Refuse a body that is compressed, or of a type that is not among `allowed`."""
    if request.content_encoding not in (None, "", "identity"):
        raise ProblemError(
            "unsupported-media-type",
            "Send the body without a Content-Encoding; it is not unpacked.",
        )
    if request.mimetype not in allowed:
        kinds = " or ".join(kind for kind in allowed if kind)
        raise ProblemError(
            "unsupported-media-type", f"Send the body with a Content-Type of {kinds}."
        )
