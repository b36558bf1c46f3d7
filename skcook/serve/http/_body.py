"""The bodies of requests: JSON, CSV and Parquet; and CSV as an answer."""

import csv
import io
import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from flask import Request

from skcook.artifacts._answers import defused
from skcook.artifacts.schema._rows import NUMERIC, with_point
from skcook.serve._config import ServeConfig
from skcook.serve.http._errors import ProblemError
from skcook.serve.http._parquet_sizes import footer_size, read_sizes
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.serve.model._refusals import TooManyRowsError
from skcook.utils import import_optional
from skcook.utils._csv_dialect import HEAD_BYTES, Dialect, sniff
from skcook.utils._json import NotJSONError, parse_json, to_json

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"

#: Longest cell; the body is bounded, so a cell needs no smaller bound, as it has none in JSON.
_MAX_CELL = 2**31 - 1
#: Rows that are unpacked at a time, so that counting what really comes costs little.
_BATCH_ROWS = 256
#: What a footer may hold: a column of a row group takes some fifty bytes there, and a kilobyte in
#: memory.
_MAX_LIST, _SMALL_FOOTER = 20_000, 1 << 16
#: Longest value of a type of fixed length, which a dictionary may repeat without end: a decimal.
_MAX_FIXED = 32


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
        raise _unreadable(
            "CSV", f"the byte at position {exc.start} is not {dialect.encoding}; save it as UTF-8"
        ) from exc
    except csv.Error as exc:
        raise _unreadable("CSV", str(exc)) from exc
    if not lines:
        raise _unreadable("CSV", "it has no header line")
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


def read_parquet(raw: bytes, *, max_rows: int, max_bytes: int) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and the rows of a Parquet file.

    What its footer and the heads of its pages say is believed only if it is too much; what really
    comes is counted, batch by batch.
    """
    parquet = import_optional("pyarrow.parquet", feature="Parquet in a request", extra="batch")
    arrow = import_optional("pyarrow", feature="Parquet in a request", extra="batch")
    rows: list[list[Any]] = []
    n_bytes = 0
    limits = {"thrift_container_size_limit": _MAX_LIST, "thrift_string_size_limit": max_bytes}
    try:
        _check_sizes(raw, max_rows, max_bytes)
        with parquet.ParquetFile(arrow.BufferReader(raw), **limits) as head:
            strings = _texts(head.schema)
        # Equal strings stay one string: a dictionary's entry may be long, and repeated without end.
        source = arrow.BufferReader(raw)
        with parquet.ParquetFile(source, read_dictionary=strings, **limits) as file:
            names = list(file.schema_arrow.names)
            for batch in file.iter_batches(_BATCH_ROWS, use_threads=False):
                n_bytes += batch.nbytes
                if n_bytes > 2 * max_bytes:
                    raise _too_large(max_bytes)
                columns = [_values(arrow, column) for column in batch.columns]
                rows += [list(row) for row in zip(*columns, strict=True)]
                if len(rows) > max_rows:
                    raise TooManyRowsError(len(rows), max_rows)
    except UnicodeDecodeError as exc:
        raise _unreadable("Parquet", "a string is not UTF-8") from exc
    except (LookupError, OverflowError, ValueError) as exc:
        # pyarrow's own errors are among the ValueErrors, so those of dates are told apart.
        reason = "its structure is damaged, or a date is out of range"
        raise _unreadable("Parquet", reason) from exc
    except (arrow.ArrowException, OSError) as exc:
        raise _unreadable("Parquet", "its structure is damaged") from exc
    return names, rows


def _check_sizes(raw: bytes, max_rows: int, max_bytes: int) -> None:
    """Refuse a file that says it unpacks to too much."""
    if footer_size(raw) > max(_SMALL_FOOTER, max_bytes // 10):
        raise _too_large(max_bytes)
    sizes = read_sizes(raw, 2 * max_bytes)
    if sizes.n_rows > max_rows:
        raise TooManyRowsError(sizes.n_rows, max_rows)
    # A body of JSON holds a value in no less than two bytes.
    if sizes.n_bytes > 2 * max_bytes or sizes.n_values > max_bytes // 2:
        raise _too_large(max_bytes)


def _texts(schema: Any) -> list[str]:
    """Name the columns of texts; those inside of lists, which no model takes, are refused."""
    leaves = [schema.column(i) for i in range(len(schema))]
    texts = [leaf for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    wide = [leaf for leaf in leaves if leaf.length > _MAX_FIXED]
    nested = [leaf for leaf in texts if leaf.path != leaf.name]
    if nested or wide:
        name = (nested or wide)[0].path[:100]
        raise _unreadable("Parquet", f"{name!r} holds lists of texts, or bytes")
    return [leaf.name for leaf in texts]


def _values(arrow: Any, column: Any) -> list[Any]:
    if arrow.types.is_dictionary(column.type):
        # By number, so that a damaged one is none: -1 is no position.
        known = dict(enumerate(to_json(column.dictionary.to_pylist())))
        return [None if i is None else known[i] for i in column.indices.to_pylist()]
    values: list[Any] = column.to_pylist()
    if arrow.types.is_integer(column.type) or arrow.types.is_boolean(column.type):
        return values
    if arrow.types.is_floating(column.type):
        return [v if v is not None and math.isfinite(v) else None for v in values]
    return list(to_json(values))


def _too_large(max_bytes: int) -> ProblemError:
    detail = f"The Parquet file unpacks to more than a body of {max_bytes} bytes can hold."
    return ProblemError("too-large", f"{detail} Send it in parts.")


def _unreadable(what: str, reason: str) -> ProblemError:
    return ProblemError("invalid-body", f"The body is not valid {what}: {reason}.")
