"""Rows that come, and go, as files: CSV and Parquet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from skcook.artifacts.answers._json_values import encode
from skcook.serve.http._errors import ProblemError
from skcook.utils import import_optional

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def read_cells(raw: bytes) -> list[list[str]]:
    """Return the lines of a CSV file that are not empty, as cells; there is at least one."""
    try:
        # Spreadsheets write a byte order mark first.
        text = raw.decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except UnicodeDecodeError as exc:
        raise _unreadable("CSV", f"the byte at position {exc.start} is not UTF-8") from exc
    except csv.Error as exc:
        raise _unreadable("CSV", str(exc)) from exc
    if not lines:
        raise _unreadable("CSV", "it has no header line")
    return lines


def read_csv(raw: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the header and the cells of a CSV file."""
    lines = read_cells(raw)
    return lines[0], lines[1:]


def write_csv(columns: Sequence[str] | None, rows: Sequence[Sequence[Any]]) -> str:
    """Return a CSV file, with or without a header; missing values are empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if columns is not None:
        writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def read_parquet(raw: bytes) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and the values of a Parquet file."""
    parquet = import_optional("pyarrow.parquet", feature="Parquet in a request", extra="batch")
    arrow = import_optional("pyarrow", feature="Parquet in a request", extra="batch")
    try:
        table = parquet.read_table(io.BytesIO(raw))
    except (arrow.ArrowException, OSError) as exc:
        raise _unreadable("Parquet", "its structure is damaged") from exc
    columns = [encode(column.to_pylist()) for column in table.columns]
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]


def _unreadable(what: str, reason: str) -> ProblemError:
    return ProblemError("invalid-body", f"The body is not valid {what}: {reason}.")
