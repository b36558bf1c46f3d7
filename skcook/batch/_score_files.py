"""Carry out a run: open everything first, then score part by part, then publish."""

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from skcook import __version__, artifacts
from skcook.artifacts.file._members import name_of, read_bytes
from skcook.batch._job import BatchError, Job, SourceError, Summary
from skcook.batch._model_scorer import BatchScorer, parts_of, write_part
from skcook.batch._part_files import common_schema
from skcook.batch._sinks import RemoteOutput, Sink
from skcook.batch._sources import TEXT_FORMATS, SourceFile, open_source
from skcook.batch._sources import about_how_many_rows as estimate_rows
from skcook.batch._work_folder import locked, places_of
from skcook.utils._progress import Progress
from skcook.utils._validation import did_you_mean


def run(job: Job, *, progress: bool = True) -> Summary:
    """Carry out a run."""
    if isinstance(job.output, Path):
        remote, local = None, job.output
    else:
        remote = RemoteOutput(job.output, overwrite=job.overwrite)
        local = remote.local
    places = places_of(job, local)
    sink = Sink(places, overwrite=job.overwrite or remote is not None, escape=job.escape_csv)
    with locked(places.lock), local_model(job) as here:
        if remote is not None:
            remote.check(sink.kind, job.source, job.model)
        summary = _run(job, here, sink, progress=progress)
        if remote is not None:
            remote.upload(places.output)
        return replace(summary, output=job.output)


@contextmanager
def local_model(job: Job) -> Iterator[Path]:
    """Give the model's file on this machine."""
    if isinstance(job.model, Path):
        yield job.model
        return
    try:
        data = read_bytes(job.model)
    except OSError as exc:
        raise BatchError(f"{job.model}: the model cannot be read: {exc}") from exc
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (name_of(job.model) or "model.skcook")
        path.write_bytes(data)
        yield path


def _run(job: Job, model: Path, sink: Sink, *, progress: bool) -> Summary:
    begun = time.monotonic()
    artifact = artifacts.read(
        model, trusted=job.trusted, allow_pickle=job.allow_pickle, verify_key=job.verify_key
    )
    files = open_source(
        job.source,
        format=job.input_format,
        delimiter=job.delimiter,
        decimal=job.decimal,
        encoding=job.encoding,
    )
    scorer = BatchScorer(artifact, job, as_text=files[0].format in TEXT_FORMATS)
    check_columns(files, scorer.columns)
    if sink.format == "parquet" and not sink.is_folder:
        check_kept_types(files, job)
    files = [scorer.typed(file) for file in files]
    identity = {
        **job.identity(),
        "skcook": __version__,
        "model": hashlib.sha256(model.read_bytes()).hexdigest(),
        "input": [file.signature() for file in files],
    }
    sink.mixed_as_text = files[0].format == "jsonl"
    sink.start(identity, resume=job.resume)
    earlier = sink.done()
    resumed = sum(part.rows + part.rejected for part in earlier.values())
    total = estimate_rows(files) if progress else 0
    warnings: Counter[tuple[str, str]] = Counter()
    with Progress(total, done=resumed, verbose=2 if progress else 0) as bar:
        if job.engine == "dask":
            from skcook.batch._dask import score_on_cluster

            parts = score_on_cluster(
                job, model.read_bytes(), files, sink, set(earlier), bar.advance, warnings
            )
        else:
            try:
                parts = score_locally(job, files, scorer, sink, set(earlier), bar.advance, warnings)
            except BatchError:
                if not sink.done():  # nothing to go on with
                    sink.work.remove()
                raise
    results = sink.done()
    sink.finish(parts)
    rejected = sum(results[part].rejected for part in parts)
    return Summary(
        rows=sum(results[part].rows for part in parts),
        rejected=rejected,
        output=sink.output,
        rejects=sink.rejects if rejected else None,
        resumed=resumed,
        seconds=time.monotonic() - begun,
        warnings=warnings,
        notes=tuple(file.note for file in files if file.note is not None),
    )


def check_columns(files: list[SourceFile], needed: list[str]) -> None:
    """Raise before a row is scored if a file lacks a column, or has it twice."""
    for file in files:
        if not file.columns:
            continue  # JSON lines name their columns row by row
        missing = [name for name in needed if name not in file.columns]
        if missing:
            spare = [name for name in file.columns if name not in needed]
            pairs = [f"{s!r} -> {m!r}" for m in missing if (s := did_you_mean(m, spare))]
            raise SourceError(
                f"{file.path}: missing column{'s' if len(missing) > 1 else ''} "
                f"{', '.join(missing)}. It has {', '.join(file.columns)}."
                + (f" Did you mean: {', '.join(pairs)}?" if pairs else "")
            )
        repeated = [name for name in needed if file.columns.count(name) > 1]
        if repeated:
            raise SourceError(f"{file.path}: more than one column is named {', '.join(repeated)}.")


def check_kept_types(files: list[SourceFile], job: Job) -> None:
    """Raise before a row is scored if no type holds a kept column of all Parquet files."""
    schemas = [file.schema for file in files if file.schema is not None]
    for name in job.keep:
        having = [schema for schema in schemas if name in schema.names]
        if having:
            fields = [schema.empty_table().select([name]).schema for schema in having]
            common_schema(fields, mixed_as_text=False)


def score_locally(
    job: Job,
    files: list[SourceFile],
    scorer: BatchScorer,
    sink: Sink,
    done: set[str],
    advance: Callable[[int], None],
    warnings: Counter[tuple[str, str]],
) -> list[str]:
    """Score every file in this process, one batch in memory at a time."""
    parts = []
    for number, file in enumerate(files):
        for k, batches in enumerate(parts_of(file, scorer.columns, job)):
            part = f"{number:05d}-{k:05d}"
            parts.append(part)
            first_row = k * job.batch_rows * job.batches_per_part
            if part in done:
                # The batches of a part that is done are only read past.
                for _ in batches:
                    continue
                continue
            write_part(part, file, batches, first_row, job, scorer, sink, advance, warnings)
    return parts
