"""Where scores go: parts that appear whole or not at all, and an output that does too.

A run writes into a work folder beside its output, ``.NAME.parts``::

    job.json              what the run is: model, input, options; a run that goes on must match it
    00003-00012.arrow     the scores of part 12 of file 3
    00003-00012.rejects   its rows that did not fit, as JSON lines
    00003-00012.done      written last: the part is whole, and how many rows it has

The parts of a Parquet file are Arrow streams: they are encoded once, when the file is put together.
The parts of a folder are the Parquet files that it will hold; those of the text formats are text.

A part is written under a temporary name and renamed, and its ``.done`` comes after it: a run that
was killed anywhere goes on with the parts that have no ``.done``, so that no row is lost or
doubled. When every part is done, the output is put together under a temporary name and renamed.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skcook.batch._batch_errors import BatchError, SinkError
from skcook.utils import import_optional

OUTPUT_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".jsonl": "jsonl"}


@dataclass(frozen=True)
class PartResult:
    """How many rows a part scored, and how many it rejected."""

    rows: int
    rejected: int


class Sink:
    """The output of one run."""

    def __init__(self, output: Path, rejects: Path) -> None:
        self.output = output
        self.rejects = rejects
        self.is_folder = output.suffix == ""
        self.format = "parquet" if self.is_folder else _format_of(output)
        encodes_later = self.format == "parquet" and not self.is_folder
        self._part_format = "arrow" if encodes_later else self.format
        self.work = output.parent / f".{output.name}.parts"

    def start(self, job: dict[str, Any], *, resume: bool, overwrite: bool) -> None:
        """Prepare the work folder."""
        goes_on = resume and self.work.exists()
        if self.output.exists() and not overwrite and not goes_on:
            raise BatchError(f"{self.output} exists. Pass --overwrite to replace it.")
        if self.work.exists() and not resume:
            if not overwrite:
                raise BatchError(
                    f"An unfinished run is in {self.work}. Pass --resume to go on with it, or "
                    "--overwrite to start anew."
                )
            shutil.rmtree(self.work)
        manifest = self.work / "job.json"
        if manifest.exists():
            before = json.loads(manifest.read_text())
            changed = sorted(key for key in {*before, *job} if before.get(key) != job.get(key))
            if changed:
                raise BatchError(
                    f"The unfinished run in {self.work} was another one: {', '.join(changed)} "
                    "differ. Pass --overwrite to start anew."
                )
            return
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            _write_whole(manifest, json.dumps(job, indent=1).encode())
        except OSError as exc:
            raise SinkError(f"{self.work}: cannot be written: {exc.strerror}.") from exc

    def part_path(self, part: str) -> Path:
        """Return where the scores of a part are."""
        return self.work / f"{part}.{self._part_format}"

    def done(self) -> dict[str, PartResult]:
        """Return the parts that are whole."""
        return {
            path.stem: PartResult(**json.loads(path.read_text()))
            for path in sorted(self.work.glob("*.done"))
        }

    def write_part(
        self, part: str, tables: Sequence[Any], rows: int, rejects: Sequence[dict[str, Any]]
    ) -> PartResult:
        """Write a part; it appears whole or not at all."""
        result = PartResult(rows, len(rejects))
        target = self.part_path(part)
        try:
            temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
            _write_tables(temporary, tables, self._part_format)
            _sync(temporary)
            temporary.replace(target)
            lines = "".join(json.dumps(row) + "\n" for row in rejects)
            _write_whole(target.with_suffix(".rejects"), lines.encode())
            _write_whole(target.with_suffix(".done"), json.dumps(result.__dict__).encode())
        except OSError as exc:
            raise SinkError(
                f"{target}: cannot be written: {exc.strerror}. What is done is kept: make room and "
                "run the same command with --resume."
            ) from exc
        return result

    def finish(self, parts: Sequence[str]) -> None:
        """Put the parts together, in order; the output appears whole or not at all."""
        files = [self.part_path(part) for part in parts]
        if self._part_format == "arrow":
            self._check_types(files)
        whole = self.work / f"output.{self.format}"
        try:
            if self.is_folder:
                self._publish_folder(files)
            else:
                _assemble(whole, files, self.format)
                _sync(whole)
                whole.replace(self.output)
            rejected = [
                path for part in parts if (path := self.work / f"{part}.rejects").stat().st_size
            ]
            if rejected:
                gathered = self.work / "all.rejects"
                _concatenate(gathered, rejected)
                gathered.replace(self.rejects)
            shutil.rmtree(self.work)
        except OSError as exc:
            raise SinkError(
                f"{self.output}: cannot be written: {exc.strerror}. Every part is kept: make room "
                "and run the same command with --resume."
            ) from exc

    def _check_types(self, files: Sequence[Path]) -> None:
        """Raise if a kept column has different types in different parts."""
        first = _stream_schema(files[0])
        for file in files[1:]:
            schema = _stream_schema(file)
            if not schema.equals(first):
                differing = [
                    f"{field.name} ({field.type} and {schema.field(field.name).type})"
                    for field in first
                    if field.name in schema.names and schema.field(field.name).type != field.type
                ]
                raise SinkError(
                    f"The files of the input disagree on the types of {', '.join(differing)}: one "
                    "Parquet file cannot hold both. Write to a folder (an output without an "
                    "ending)."
                )

    def _publish_folder(self, files: Sequence[Path]) -> None:
        folder = self.work / "output"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file in files:
            # A link costs nothing and leaves the part in place until the folder stands.
            os.link(file, folder / f"part-{file.name}")
        if self.output.exists():
            shutil.rmtree(self.output)
        folder.rename(self.output)


def _format_of(output: Path) -> str:
    found = OUTPUT_FORMATS.get(output.suffix.lower())
    if found is None:
        raise BatchError(
            f"{output}: the ending {output.suffix!r} names no format that can be written. "
            f"Known: {', '.join(OUTPUT_FORMATS)}; a name without an ending is a folder of "
            "Parquet parts."
        )
    return found


def _write_whole(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    _sync(temporary)
    temporary.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _write_tables(path: Path, tables: Sequence[Any], format: str) -> None:  # noqa: A002
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    whole = arrow.concat_tables(tables)
    if format == "arrow":
        # A stream, unlike a file, may hold another dictionary in each batch.
        options = arrow.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with (
            arrow.OSFile(str(path), "wb") as file,
            arrow.ipc.new_stream(file, whole.schema, options=options) as writer,
        ):
            writer.write_table(whole)
    elif format == "parquet":
        parquet = import_optional("pyarrow.parquet", feature="skcook-score", extra="batch")
        parquet.write_table(whole, path, use_dictionary=_repeating(whole.schema))
    elif format == "csv":
        csv = import_optional("pyarrow.csv", feature="skcook-score", extra="batch")
        csv.write_csv(whole, path)
    else:
        with path.open("w", encoding="utf-8") as file:
            for row in whole.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def _repeating(schema: Any) -> list[str]:
    """Return the columns that may repeat: a dictionary of scores costs more than it saves."""
    types = import_optional("pyarrow", feature="skcook-score", extra="batch").types
    return [field.name for field in schema if not types.is_floating(field.type)]


def _assemble(path: Path, files: Sequence[Path], format: str) -> None:  # noqa: A002
    if format == "jsonl":
        _concatenate(path, files)
    elif format == "csv":
        _concatenate(path, files, skip=_header_bytes(files[0]))
    else:
        parquet = import_optional("pyarrow.parquet", feature="skcook-score", extra="batch")
        schema = _stream_schema(files[0])
        with parquet.ParquetWriter(path, schema, use_dictionary=_repeating(schema)) as writer:
            for file in files:
                writer.write_table(_read_stream(file))


def _stream_schema(path: Path) -> Any:
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    with arrow.OSFile(str(path)) as file, arrow.ipc.open_stream(file) as stream:
        return stream.schema


def _read_stream(path: Path) -> Any:
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    with arrow.OSFile(str(path)) as file, arrow.ipc.open_stream(file) as stream:
        return stream.read_all()


def _header_bytes(path: Path) -> int:
    """Return how long the line of column names is; a quoted name may hold a line break."""
    quotes = 0
    with path.open("rb") as file:
        length = 0
        for line in file:
            length += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                return length
    return length


def _concatenate(path: Path, files: Sequence[Path], *, skip: int = 0) -> None:
    with path.open("wb") as out:
        for number, file in enumerate(files):
            with file.open("rb") as part:
                part.seek(skip if number else 0)
                shutil.copyfileobj(part, out, 1 << 20)
