"""The bodies of requests: JSON, CSV and, by `_parquet_body`, Parquet; and CSV as an answer."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from flask import Request

from skcook.artifacts._answers import defused
from skcook.artifacts.schema._rows import NUMERIC, with_point
from skcook.serve._config import ServeConfig
from skcook.serve.http._errors import ProblemError, unreadable
from skcook.serve.http._parquet_body import read_parquet
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.utils._csv_dialect import HEAD_BYTES, Dialect, sniff
from skcook.utils._json import NotJSONError, parse_json

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
JSON_LINES = "application/jsonlines"

#: Longest cell; the body is bounded, so a cell needs no smaller bound, as it has none in JSON.
_MAX_CELL = 2**31 - 1


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
        raise unreadable("JSON", str(exc)) from exc


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


def read_cells(raw: bytes) -> tuple[list[list[str]], Dialect]:
    """Return the lines of a CSV file that are not empty, as cells, and how they are written."""
    dialect = sniff(raw[:HEAD_BYTES], whole=len(raw) <= HEAD_BYTES)
    try:
        # Spreadsheets write a byte order mark first.
        text = raw.decode(dialect.encoding).removeprefix("\ufeff")
        csv.field_size_limit(_MAX_CELL)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)
        lines = [line for line in reader if line]
    except UnicodeDecodeError as exc:
        raise unreadable(
            "CSV", f"the byte at position {exc.start} is not {dialect.encoding}; save it as UTF-8"
        ) from exc
    except csv.Error as exc:
        raise unreadable("CSV", str(exc)) from exc
    if not lines:
        raise unreadable("CSV", "it has no header line")
    return lines, dialect


def read_csv(raw: bytes) -> tuple[list[str], list[list[str]], Dialect]:
    """Return the header of a CSV file, its cells, and how they are written."""
    (header, *cells), dialect = read_cells(raw)
    # Spreadsheets leave empty columns behind.
    width = len(header)
    while width > 1 and not header[width - 1] and not any(any(row[width - 1 :]) for row in cells):
        width -= 1
    if width < len(header):
        header, cells = header[:width], [row[:width] for row in cells]
    return header, cells, dialect


def write_csv(
    columns: Sequence[str] | None, rows: Sequence[Sequence[Any]], *, escape: bool = True
) -> str:
    """Return a CSV file, with or without a header; missing values are empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if columns is not None:
        writer.writerow([defused(name) if escape else name for name in columns])
    writer.writerows([defused(cell) for cell in row] if escape else row for row in rows)
    return out.getvalue()
