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


def read_rows(request: Request, config: ServeConfig, options: Collection[str] = ()) -> RawRows:
    """Return the rows of a request in skcook's own format."""
    # A table has no room for options.
    require_type(request, (JSON,) if options else (JSON, CSV, PARQUET))
    if request.mimetype == JSON:
        rows = RawRows.from_document(read_json(request), options)
    else:
        rows = read_table(request, config)
    check_count(len(rows), config.max_rows)
    return rows


def read_json(request: Request) -> Any:
    """Return the JSON value that is the body of a request."""
    try:
        return parse_json(request.get_data(cache=False))
    except NotJSONError as exc:
        raise ProblemError("invalid-body", f"The body is not valid JSON: {exc}.") from exc


def read_table(request: Request, config: ServeConfig) -> RawRows:
    """Return the rows of a CSV or a Parquet file."""
    raw = request.get_data(cache=False)
    if request.mimetype == CSV:
        columns, cells = read_csv(raw)
        return RawRows(columns=columns, data=cells, is_text=True)
    columns, data = read_parquet(raw)
    return RawRows(columns=columns, data=data)


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
