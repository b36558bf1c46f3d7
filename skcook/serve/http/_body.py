"""Read the body of a request: JSON, or a table."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flask import Request

from skcook.artifacts.schema._rows import NUMERIC, with_point
from skcook.serve._config import ServeConfig
from skcook.serve.http._errors import ProblemError
from skcook.serve.http._tables import CSV, PARQUET, read_csv, read_parquet
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.utils._csv_dialect import Dialect
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
        return with_points(RawRows(columns=columns, data=cells, is_text=True), dialect, schema)
    columns, data = read_parquet(raw, max_rows=config.max_rows, max_bytes=config.max_bytes)
    return RawRows(columns=columns, data=data)


def with_points(rows: RawRows, dialect: Dialect, schema: Any) -> RawRows:
    """Return cells with their numbers written with a decimal point, and say how they came."""
    data = rows.data
    if dialect.decimal == "," and schema is not None:
        numbers = {column.name for column in schema.columns if column.type in NUMERIC}
        places = {j for j, name in enumerate(rows.columns or ()) if name in numbers}
        data = [[with_point(c) if j in places else c for j, c in enumerate(row)] for row in data]
    return replace(rows, data=data, note=dialect.describe(plain=","))


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
