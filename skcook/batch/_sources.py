"""Where rows come from: CSV, Parquet or JSON lines; one file, a folder of files, or partitions.

A source is a list of files of one format. It is opened whole before a row is scored, so that an
unreadable file or a missing column stops the run at once. Each file is read in batches of Arrow
records in bounded memory, whatever its size and however large its row groups are. Text formats
arrive as text: their types are the business of the model's schema.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from skcook.batch._batch_errors import SourceError
from skcook.utils import import_optional

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
#: What writers of partitions call the folder of rows whose value is missing.
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class SourceFile:
    """One file of a source."""

    path: Path
    name: str
    format: str
    columns: tuple[str, ...]
    partition: dict[str, Any] = field(default_factory=dict)
    n_rows: int | None = None

    def signature(self) -> dict[str, Any]:
        """Return what changes when the file does."""
        stat = self.path.stat()
        return {"name": self.name, "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def open_source(path: Path, *, format: str | None = None) -> list[SourceFile]:  # noqa: A002
    """List the files of a source and check that each can be read."""
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder.")
    paths = _files_below(path) if path.is_dir() else [path]
    if not paths:
        raise SourceError(f"{path}: the folder holds no file to score.")
    root = path if path.is_dir() else path.parent
    files = [_open_file(item, root, format or _format_of(item)) for item in paths]
    formats = sorted({file.format for file in files})
    if len(formats) > 1:
        raise SourceError(
            f"{path}: the folder mixes formats ({', '.join(formats)}). Score one format at a time."
        )
    return files


def _files_below(folder: Path) -> list[Path]:
    def visible(item: Path) -> bool:
        return not any(part.startswith((".", "_")) for part in item.relative_to(folder).parts)

    return sorted(item for item in folder.rglob("*") if item.is_file() and visible(item))


def _format_of(path: Path) -> str:
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise SourceError(
            f"{path}: the ending {path.suffix!r} names no known format. "
            f"Known: {', '.join(FORMATS)}; or pass --input-format."
        )
    return found


def _open_file(path: Path, root: Path, format: str) -> SourceFile:  # noqa: A002
    relative = path.relative_to(root)
    partition: dict[str, Any] = {}
    for part in relative.parts[:-1]:
        if "=" in part:
            name, value = part.split("=", 1)
            partition[unquote(name)] = None if value == _HIVE_NULL else unquote(value)
    n_rows = None
    try:
        if format == "parquet":
            parquet = _pyarrow("pyarrow.parquet")
            with parquet.ParquetFile(path) as file:
                names, n_rows = file.schema_arrow.names, file.metadata.num_rows
        elif format in ("csv", "tsv"):
            if path.stat().st_size == 0:
                raise SourceError(f"{path}: the file is empty; it needs a line of column names.")
            with _open_csv(path, format, block_size=1 << 16) as reader:
                names = reader.schema.names
        else:
            with path.open("rb") as file:
                file.read(1)
            names = []
    except SourceError:
        raise
    except Exception as exc:
        raise SourceError(f"{path}: cannot be read as {format}: {exc}") from exc
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(f"{path}: more than one column is named {', '.join(repeated)}.")
    columns = (*names, *(name for name in partition if name not in names)) if names else ()
    return SourceFile(path, str(relative), format, columns, partition, n_rows)


def about_how_many_rows(files: Sequence[SourceFile]) -> int:
    """Return how many rows there are; for text files, by the lines at the beginning of each."""
    return sum(_about(file) if file.n_rows is None else file.n_rows for file in files)


def _about(file: SourceFile) -> int:
    with file.path.open("rb") as opened:
        sample = opened.read(1 << 20)
    if not sample:
        return 0
    lines = sample.count(b"\n") + (not sample.endswith(b"\n"))
    header = file.format != "jsonl"
    return round(lines * file.path.stat().st_size / len(sample)) - header


def _pyarrow(module: str) -> Any:
    return import_optional(module, feature="skcook-score", extra="batch")


def _open_csv(path: Path, format: str, block_size: int) -> Any:  # noqa: A002
    csv = _pyarrow("pyarrow.csv")
    arrow = _pyarrow("pyarrow")
    parse = csv.ParseOptions(delimiter="\t" if format == "tsv" else ",", newlines_in_values=True)
    read = csv.ReadOptions(block_size=block_size, use_threads=False)
    with csv.open_csv(path, read_options=read, parse_options=parse) as first:
        names = first.schema.names
    convert = csv.ConvertOptions(
        column_types={name: arrow.string() for name in names},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    return csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert)


def read_batches(
    file: SourceFile,
    columns: Sequence[str] | None,
    batch_rows: int,
    *,
    row_groups: Sequence[int] | None = None,
) -> Iterator[Any]:
    """Read a file in batches of `batch_rows` rows; the last one may be shorter."""
    try:
        if file.format == "parquet":
            batches = _parquet_batches(file, columns, batch_rows, row_groups)
        elif file.format == "jsonl":
            batches = _json_batches(file, batch_rows)
        else:
            batches = _csv_batches(file, columns)
        yield from _recut(batches, batch_rows, file.partition, columns)
    except SourceError:
        raise
    except Exception as exc:
        raise SourceError(f"{file.path}: cannot be read further: {exc}") from exc


def _parquet_batches(file, columns, batch_rows, row_groups):
    arrow, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    # Without pre-buffering a row group is read page by page: a huge one needs no more memory.
    with parquet.ParquetFile(file.path, pre_buffer=False, buffer_size=1 << 20) as opened:
        stored = [c for c in columns if c in opened.schema_arrow.names] if columns else None
        batches = opened.iter_batches(
            batch_size=batch_rows, columns=stored, row_groups=row_groups, use_threads=False
        )
        for batch in batches:
            yield arrow.Table.from_batches([batch])


def _csv_batches(file, columns):
    arrow = _pyarrow("pyarrow")
    with _open_csv(file.path, file.format, block_size=1 << 22) as reader:
        keep = [c for c in columns if c in reader.schema.names] if columns else reader.schema.names
        for batch in reader:
            yield arrow.Table.from_batches([batch]).select(keep)


def _json_batches(file, batch_rows):
    """Yield rows of JSON lines as one column of dicts: their shape is checked row by row."""
    rows: list[Any] = []
    with file.path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                rows.append(json.loads(line))
            except ValueError as exc:
                raise SourceError(f"{file.path}, line {number}: not JSON: {exc}") from None
            if len(rows) == batch_rows:
                yield rows
                rows = []
    if rows:
        yield rows


def _recut(batches, batch_rows, partition, columns):
    """Cut the batches anew, so that every one but the last has exactly `batch_rows` rows."""
    arrow = _pyarrow("pyarrow")
    held, n_held = [], 0
    for batch in batches:
        if isinstance(batch, list):
            yield [{**partition, **row} if isinstance(row, dict) else row for row in batch]
            continue
        for name, value in partition.items():
            if name not in batch.column_names and (columns is None or name in columns):
                n_rows = batch.num_rows
                constant = (
                    arrow.nulls(n_rows, arrow.string())
                    if value is None
                    else arrow.repeat(value, n_rows)
                )
                batch = batch.append_column(name, constant)
        held.append(batch)
        n_held += batch.num_rows
        while n_held >= batch_rows:
            whole = arrow.concat_tables(held)
            yield whole.slice(0, batch_rows)
            rest = whole.slice(batch_rows)
            held, n_held = [rest], rest.num_rows
    if n_held:
        yield arrow.concat_tables(held)
