"""Carry out a run: open everything first, then score part by part, then publish.

A part is scored here or on a worker of a Dask cluster, by the same function. On a cluster each
worker reads, scores and writes whole parts by itself. Only the model's bytes and the names of parts
travel; rows never do, so the workers must see the input and the output under the same paths. The
bytes are the argument of one task of the graph, not scattered data: when a worker dies, the
scheduler can make them again, and the parts that died with it are scored anew. A part is written
under a temporary name and renamed, so scoring it twice changes nothing.
"""

import hashlib
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skcook import __version__, artifacts
from skcook.artifacts.file._members import name_of, read_bytes
from skcook.batch._job import BadRowsError, BatchError, Job, SourceError, Summary
from skcook.batch._model_scorer import BatchScorer
from skcook.batch._part_files import common_schema
from skcook.batch._sinks import RemoteOutput, Sink
from skcook.batch._sources import (
    TEXT_FORMATS,
    SourceFile,
    estimate_rows,
    open_parquet,
    open_source,
    read_batches,
)
from skcook.batch._work_folder import PartResult, locked, places_of
from skcook.utils import import_optional
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
            _, found = write_part(part, file, batches, first_row, job, scorer, sink, advance)
            warnings.update(found)
    return parts


def parts_of(file: SourceFile, columns: list[str], job: Job) -> Iterator[Iterator[Any]]:
    """Group the batches of a file into parts; a file without rows has one part without rows."""
    batches = read_batches(file, columns, job.batch_rows)
    first = next(batches, None)
    if first is None:
        yield iter(())
    while first is not None:
        # The consumer uses a part up before it asks for the next one.
        yield itertools.chain([first], itertools.islice(batches, job.batches_per_part - 1))
        first = next(batches, None)


def write_part(
    part: str,
    file: SourceFile,
    batches: Iterator[Any],
    first_row: int,
    job: Job,
    scorer: BatchScorer,
    sink: Sink,
    advance: Callable[[int], None] = lambda rows: None,
) -> tuple[PartResult, Counter[tuple[str, str]]]:
    """Score the batches of one part, write it, and return what it has and what to warn of."""
    tables, rejects, n_read, n_rejected = [], [], 0, 0
    warnings: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        scored = scorer.score(batch, decimal=file.dialect.decimal)
        n_batch = len(batch) if isinstance(batch, list) else batch.num_rows
        for reject in scored.rejects:
            reject = {"file": file.name, **reject, "row": first_row + n_read + reject["row"]}
            if job.on_bad_rows == "stop":
                raise BadRowsError(_describe(reject))
            rejects.append(reject)
        tables.append(scored.table)
        warnings.update(scored.warnings)
        n_read += n_batch
        n_rejected += len(scored.rejects)
        advance(n_batch)
    if not tables:
        tables = [scorer.empty(file)]
    return sink.write_part(part, tables, n_read - n_rejected, rejects), warnings


def _describe(reject: dict[str, Any]) -> str:
    problems = "; ".join(
        f"{problem.get('column') or 'the row'}: {problem['code']}"
        + (f", expected {problem['expected']}" if "expected" in problem else "")
        + (f", got {problem['got']}" if "got" in problem else "")
        for problem in reject["problems"]
    )
    return (
        f"{reject['file']}, row {reject['row']} (counted from 0) does not fit the model: "
        f"{problems}. Fix it, or pass --on-bad-rows reject to set such rows aside."
    )


@dataclass(frozen=True)
class Task:
    """One part of the work: some row groups of a Parquet file, or one file of text."""

    part: str
    file: SourceFile
    row_groups: tuple[int, ...] | None
    first_row: int


def score_on_cluster(
    job: Job,
    data: bytes,
    files: list[SourceFile],
    sink: Sink,
    done: set[str],
    advance: Callable[[int], None],
    warnings: Counter[tuple[str, str]],
) -> list[str]:
    """Score every file on a cluster, with the model whose file is `data`."""
    distributed = import_optional("distributed", feature="--engine dask", extra="dask")
    tasks = plan(files, job.batch_rows * job.batches_per_part)
    waiting = [task for task in tasks if task.part not in done]
    with ExitStack() as stack:
        client = stack.enter_context(_connect(job, distributed, stack))
        model = client.submit(bytes, data, key=f"skcook-model-{hashlib.sha256(data).hexdigest()}")
        futures = [
            client.submit(score_task, task, model, job, sink, pure=False, retries=2)
            for task in waiting
        ]
        for future in distributed.as_completed(futures):
            try:
                rows, found = future.result()
            except distributed.KilledWorker as exc:
                raise BatchError(
                    f"A part killed every worker that tried it, perhaps for want of memory: {exc}. "
                    "Give the workers more of it, or pass a smaller --batch-rows."
                ) from exc
            warnings.update(found)
            advance(rows)
    return [task.part for task in tasks]


def plan(files: list[SourceFile], part_rows: int) -> list[Task]:
    """Cut the input into parts that workers can read by themselves."""
    tasks = []
    for number, file in enumerate(files):
        if file.format != "parquet":
            tasks.append(Task(f"{number:05d}-00000", file, None, 0))
            continue
        groups: list[int] = []
        first_row = n_rows = 0
        cuts: list[tuple[tuple[int, ...], int]] = []
        for group, size in enumerate(_row_group_sizes(file)):
            if groups and n_rows + size > part_rows:
                cuts.append((tuple(groups), first_row))
                first_row, groups, n_rows = first_row + n_rows, [], 0
            groups.append(group)
            n_rows += size
        cuts.append((tuple(groups), first_row))
        tasks += [
            Task(f"{number:05d}-{k:05d}", file, row_groups, first)
            for k, (row_groups, first) in enumerate(cuts)
        ]
    return tasks


def _row_group_sizes(file: SourceFile) -> list[int]:
    with open_parquet(file.path) as opened:
        metadata = opened.metadata
        return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


def _connect(job: Job, distributed: Any, stack: ExitStack) -> Any:
    if job.scheduler is not None:
        try:
            return distributed.Client(job.scheduler, timeout="10s")
        except (OSError, ValueError) as exc:
            raise BatchError(f"No Dask scheduler answers at {job.scheduler}: {exc}") from exc
    # One thread per worker: the model holds the interpreter's lock most of the time.
    cluster = distributed.LocalCluster(
        n_workers=job.workers, threads_per_worker=1, dashboard_address=None
    )
    stack.enter_context(cluster)
    return distributed.Client(cluster)


#: The scorer of this worker process, by what it was made of: a model is loaded once per worker.
_SCORERS: dict[tuple[str, str], BatchScorer] = {}


def score_task(
    task: Task, model: bytes, job: Job, sink: Sink
) -> tuple[int, Counter[tuple[str, str]]]:
    """Score one part; runs on a worker."""
    key = (hashlib.sha256(model).hexdigest(), repr(job))
    scorer = _SCORERS.get(key)
    if scorer is None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.skcook"
            path.write_bytes(model)  # whose signature was checked where the run began
            artifact = artifacts.read(path, trusted=job.trusted, allow_pickle=job.allow_pickle)
        scorer = BatchScorer(artifact, job, as_text=task.file.format in TEXT_FORMATS)
        _SCORERS[key] = scorer
    batches = read_batches(task.file, scorer.columns, job.batch_rows, row_groups=task.row_groups)
    result, warnings = write_part(task.part, task.file, batches, task.first_row, job, scorer, sink)
    return result.rows + result.rejected, warnings
