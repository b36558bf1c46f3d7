"""Where rows come from: CSV, Parquet or JSON lines; one file, a folder of files, or partitions.

A source is a list of files of one format. It is opened whole before a row is scored, so that an
unreadable file or a missing column stops the run at once. Each file is read in batches of Arrow
records in bounded memory, whatever its size and however large its row groups are. Text formats
arrive as text: their types are the business of the model's schema.
"""

import codecs
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from skcook.artifacts.file._members import store_of
from skcook.batch._job import SourceError
from skcook.utils import import_optional
from skcook.utils._csv_dialect import HEAD_BYTES, Dialect, sniff

arrow, csv, parquet = (
    import_optional(module, feature="skcook-score", extra="batch")
    for module in ("pyarrow", "pyarrow.csv", "pyarrow.parquet")
)

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
TEXT_FORMATS = ("csv", "tsv")
#: What writers of partitions call the folder of rows whose value is missing.
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class SourceFile:
    """One file of a source."""

    path: Path | str
    name: str
    format: str
    columns: tuple[str, ...]
    partition: dict[str, Any] = field(default_factory=dict)
    n_rows: int | None = None
    dialect: Dialect = field(default_factory=Dialect)
    #: The types of a Parquet file.
    schema: Any = None
    note: str | None = None

    def signature(self) -> dict[str, Any]:
        """Return what changes when the file does."""
        if isinstance(self.path, Path):
            stat = self.path.stat()
            return {"name": self.name, "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        store, path = store_of(self.path)
        facts = store.info(path)
        known = {key: str(facts[key]) for key in ("ETag", "etag", "mtime", "LastModified")
                 if key in facts}  # fmt: skip
        return {"name": self.name, "bytes": facts.get("size"), **known}

    @property
    def is_packed(self) -> bool:
        """Whether the file is packed by gzip."""
        return str(self.path).lower().endswith(".gz")


def open_source(
    source: Path | str,
    *,
    format: str | None = None,  # noqa: A002
    **dialect: str | None,
) -> list[SourceFile]:
    """List the files of a source and check that each can be read.

    `dialect` may name the delimiter, the decimal mark and the encoding of text.
    """
    root, paths = _files_of(source)
    if not paths:
        raise SourceError(f"{source}: the folder holds no file to score.")
    files = [_open_file(path, root, format or _format_of(path), dialect) for path in paths]
    formats = sorted({file.format for file in files})
    if len(formats) > 1:
        raise SourceError(
            f"{source}: the folder mixes formats ({', '.join(formats)}). Score one format at a "
            "time."
        )
    return files


def _files_of(source: Path | str) -> tuple[PurePosixPath | Path, list[Path | str]]:
    """Return the folder of a source, and its files in order."""
    if isinstance(source, Path):
        if not source.exists():
            raise SourceError(f"{source}: no such file or folder.")
        if not source.is_dir():
            return source.parent, [source]
        found = [item for item in source.rglob("*") if item.is_file()]
        return source, sorted(i for i in found if _is_visible(i.relative_to(source).parts))
    store, root = store_of(source)
    try:
        if not store.isdir(root):
            if not store.exists(root):
                raise SourceError(f"{source}: no such file or folder.")
            return PurePosixPath(source).parent, [source]
        prefix = root.rstrip("/") + "/"
        inner = sorted(path.removeprefix(prefix) for path in store.find(root))
    except SourceError:
        raise
    except Exception as exc:
        raise SourceError(f"{source}: cannot be listed: {exc}") from exc
    visible = [path for path in inner if _is_visible(path.split("/"))]
    return PurePosixPath(source), [f"{source.rstrip('/')}/{path}" for path in visible]


def _is_visible(parts: Sequence[str]) -> bool:
    return not any(part.startswith((".", "_")) for part in parts)


def _format_of(path: Path | str) -> str:
    pure = PurePosixPath(path)
    ending = pure.with_suffix("").suffix if pure.suffix.lower() == ".gz" else pure.suffix
    found = FORMATS.get(ending.lower())
    if found is None or (found == "parquet" and ending != pure.suffix):
        raise SourceError(
            f"{path}: the ending {pure.suffix!r} names no known format. Known: "
            f"{', '.join(FORMATS)}, and those of text with .gz behind; or pass --input-format."
        )
    return found


def open_bytes(path: Path | str) -> Any:
    """Open a file, unpacked if it is packed by gzip."""
    packed = str(path).lower().endswith(".gz")
    if isinstance(path, Path):
        return gzip.open(path) if packed else path.open("rb")
    store, inner = store_of(path)
    return store.open(inner, "rb", compression="gzip" if packed else None)


def open_parquet(path: Path | str, **options: Any) -> Any:
    """Open a Parquet file."""
    return parquet.ParquetFile(path if isinstance(path, Path) else open_bytes(path), **options)


def _open_file(path: Path | str, root: Any, format: str, dialect: dict[str, Any]) -> SourceFile:  # noqa: A002
    relative = PurePosixPath(path).relative_to(PurePosixPath(root))
    partition: dict[str, Any] = {}
    for part in relative.parts[:-1]:
        if "=" in part:
            name, value = part.split("=", 1)
            partition[unquote(name)] = None if value == _HIVE_NULL else unquote(value)
    made = SourceFile(path, str(relative), format, (), partition)
    try:
        if format == "parquet":
            with open_parquet(path) as file:
                names, n_rows = file.schema_arrow.names, file.metadata.num_rows
                made = replace(made, n_rows=n_rows, schema=file.schema_arrow)
        elif format in TEXT_FORMATS:
            made = _with_dialect(made, dialect)
            with _open_csv(made, block_size=HEAD_BYTES) as reader:
                names = reader.schema.names
        else:
            with open_bytes(path) as file:
                file.read(1)
            names = []
    except SourceError:
        raise
    except Exception as exc:
        raise SourceError(f"{path}: cannot be read as {format}: {exc}.{_advice(format)}") from exc
    columns = (*names, *(name for name in partition if name not in names)) if names else ()
    return replace(made, columns=columns)


def _advice(format: str) -> str:  # noqa: A002
    if format not in TEXT_FORMATS:
        return ""
    return (
        " If it is written in another way than it seems, pass --delimiter, --decimal or --encoding."
    )


def _with_dialect(file: SourceFile, given: dict[str, Any]) -> SourceFile:
    with open_bytes(file.path) as opened:
        head = opened.read(HEAD_BYTES)
    if not head:
        raise SourceError(f"{file.path}: the file is empty; it needs a line of column names.")
    plain = "\t" if file.format == "tsv" else ","
    try:
        dialect = sniff(
            head,
            whole=len(head) < HEAD_BYTES,
            plain=plain,
            **given,
        )
    except LookupError as exc:
        raise SourceError(f"{file.path}: {exc}.") from exc
    said = dialect.describe(plain)
    return replace(file, dialect=dialect, note=said and f"{file.name}: {said}.")


def estimate_rows(files: Sequence[SourceFile]) -> int:
    """Return how many rows there are; for text files, by the lines at the beginning of each."""
    return sum(_about(file) if file.n_rows is None else file.n_rows for file in files)


def _about(file: SourceFile) -> int:
    with open_bytes(file.path) as opened:
        sample = opened.read(1 << 20)
    if not sample:
        return 0
    lines = sample.count(b"\n") + (not sample.endswith(b"\n"))
    header = file.format != "jsonl"
    size = file.signature()["bytes"] or len(sample)
    # Packed text is about a fifth of its size.
    return round(lines * max(size * (5 if file.is_packed else 1) / len(sample), 1)) - header


def _open_csv(file: SourceFile, block_size: int) -> Any:
    dialect = file.dialect
    parse = csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True)
    read = csv.ReadOptions(block_size=block_size, use_threads=False, encoding=dialect.encoding)

    def source() -> Any:
        if not isinstance(file.path, Path):
            return open_bytes(file.path)
        return arrow.input_stream(str(file.path), compression="gzip" if file.is_packed else None)

    with source() as first, csv.open_csv(first, read_options=read, parse_options=parse) as opened:
        names = opened.schema.names
    convert = csv.ConvertOptions(
        column_types={name: arrow.string() for name in names},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    return csv.open_csv(source(), read_options=read, parse_options=parse, convert_options=convert)


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
        raise SourceError(
            f"{file.path}: cannot be read further: {exc}.{_advice(file.format)}"
        ) from exc


def _parquet_batches(file, columns, batch_rows, row_groups):
    # Without pre-buffering a row group is read page by page: a huge one needs no more memory.
    with open_parquet(file.path, pre_buffer=False, buffer_size=1 << 20) as opened:
        stored = [c for c in columns if c in opened.schema_arrow.names] if columns else None
        batches = opened.iter_batches(
            batch_size=batch_rows, columns=stored, row_groups=row_groups, use_threads=False
        )
        for batch in batches:
            yield arrow.Table.from_batches([batch])


def _csv_batches(file, columns):
    with _open_csv(file, block_size=1 << 22) as reader:
        keep = [c for c in columns if c in reader.schema.names] if columns else reader.schema.names
        for batch in reader:
            yield arrow.Table.from_batches([batch]).select(keep)


def _json_batches(file, batch_rows):
    """Yield rows of JSON lines as one column of dicts: their shape is checked row by row."""
    rows: list[Any] = []
    # `json.loads` would guess the encoding of each line, a tenth of the time (bench_batch.py).
    decode = json.JSONDecoder().decode
    with open_bytes(file.path) as lines:
        for number, line in enumerate(lines, 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            try:
                row = decode(line.decode())
                # Looking at each name costs a quarter of the time (bench_batch.py), so only a line
                # that may have more names than its row is read again.
                if not isinstance(row, dict) or _may_repeat(line, len(row)):
                    row = json.loads(line, object_pairs_hook=_object)
                rows.append(row)
            except (ValueError, RecursionError) as exc:
                raise SourceError(f"{file.path}, line {number}: not JSON: {exc}") from None
            if len(rows) == batch_rows:
                yield rows
                rows = []
    if rows:
        yield rows


def _may_repeat(line: bytes, n_names: int) -> bool:
    """Tell whether a line may hold more names than a number: a colon follows each of them."""
    spaced = b" :" in line or b"\t:" in line or b"\r:" in line
    return spaced or line.count(b'":') != n_names


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; of two equal names, none is more right than the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:100]!r} comes twice in one object")
    return found


def _recut(batches, batch_rows, partition, columns):
    """Cut the batches anew, so that every one but the last has exactly `batch_rows` rows."""
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
