"""Rows that come, and go, as files: CSV and Parquet."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from skcook.serve.http._errors import ProblemError
from skcook.serve.model._refusals import TooManyRowsError
from skcook.utils import import_optional
from skcook.utils._csv_dialect import HEAD_BYTES, Dialect, sniff
from skcook.utils._json_values import to_json

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"

#: Longest cell; the body is bounded, so a cell needs no smaller bound, as it has none in JSON.
_MAX_CELL = 2**31 - 1
#: Rows that are unpacked at a time, so that counting what really comes costs little.
_BATCH_ROWS = 256
#: What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


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
        writer.writerow([_defused(name) if escape else name for name in columns])
    writer.writerows([_defused(cell) for cell in row] if escape else row for row in rows)
    return out.getvalue()


def _defused(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula; numbers are left as they are."""
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def read_parquet(raw: bytes, *, max_rows: int, max_bytes: int) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and the rows of a Parquet file.

    Its footer says how much it unpacks to, and is believed only if that is too much; what really
    comes is counted, batch by batch.
    """
    parquet = import_optional("pyarrow.parquet", feature="Parquet in a request", extra="batch")
    arrow = import_optional("pyarrow", feature="Parquet in a request", extra="batch")
    rows: list[list[Any]] = []
    n_bytes = 0
    try:
        with parquet.ParquetFile(io.BytesIO(raw)) as head:
            _check_footer(head.metadata, max_rows, max_bytes)
            strings = [
                field.name
                for field in head.schema_arrow
                if arrow.types.is_string(field.type) or arrow.types.is_binary(field.type)
            ]
        # Equal strings stay one string: a dictionary's entry may be long, and repeated without end.
        with parquet.ParquetFile(io.BytesIO(raw), read_dictionary=strings) as file:
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
    except (OverflowError, ValueError) as exc:
        # pyarrow's own errors are among the ValueErrors, so those of dates are told apart.
        reason = "its structure is damaged, or a date is out of range"
        raise _unreadable("Parquet", reason) from exc
    except (arrow.ArrowException, OSError) as exc:
        raise _unreadable("Parquet", "its structure is damaged") from exc
    return names, rows


def _check_footer(footer: Any, max_rows: int, max_bytes: int) -> None:
    if footer.num_rows > max_rows:
        raise TooManyRowsError(footer.num_rows, max_rows)
    n_bytes = n_values = 0
    for i in range(footer.num_row_groups):
        group = footer.row_group(i)
        n_bytes += group.total_byte_size
        n_values += sum(group.column(j).num_values for j in range(group.num_columns))
    # A body of JSON holds a value in no less than two bytes.
    if n_bytes > 2 * max_bytes or n_values > max_bytes // 2:
        raise _too_large(max_bytes)


def _values(arrow: Any, column: Any) -> list[Any]:
    if arrow.types.is_dictionary(column.type):
        known = to_json(column.dictionary.to_pylist())
        return [None if i is None else known[i] for i in column.indices.to_pylist()]
    values: list[Any] = to_json(column.to_pylist())
    return values


def _too_large(max_bytes: int) -> ProblemError:
    detail = f"The Parquet file unpacks to more than a body of {max_bytes} bytes can hold."
    return ProblemError("too-large", f"{detail} Send it in parts.")


def _unreadable(what: str, reason: str) -> ProblemError:
    return ProblemError("invalid-body", f"The body is not valid {what}: {reason}.")
