"""Carry out a run: open everything first, then score part by part, then publish."""

import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from skcook import __version__, artifacts
from skcook.batch._batch_errors import BadRowsError, BatchError, SourceError
from skcook.batch._job import Job, Summary
from skcook.batch._model_scorer import BatchScorer
from skcook.batch._progress import Progress
from skcook.batch._sinks import PartResult, Sink
from skcook.batch._sources import SourceFile, about_how_many_rows, open_source, read_batches
from skcook.utils._validation import did_you_mean

TEXT_FORMATS = ("csv", "tsv")


def run(job: Job, *, progress: bool = True) -> Summary:
    """Carry out a run."""
    begun = time.monotonic()
    artifact = artifacts.read(job.model, trusted=job.trusted, allow_pickle=job.allow_pickle)
    files = open_source(job.source, format=job.input_format)
    scorer = BatchScorer(artifact, job, as_text=files[0].format in TEXT_FORMATS)
    check_columns(files, scorer.columns, job)
    files = [scorer.typed(file) for file in files]
    sink = Sink(job.output, job.rejects)
    identity = {
        **job.identity(),
        "skcook": __version__,
        "model": hashlib.sha256(job.model.read_bytes()).hexdigest(),
        "input": [file.signature() for file in files],
    }
    sink.start(identity, resume=job.resume, overwrite=job.overwrite)
    earlier = sink.done()
    resumed = sum(part.rows + part.rejected for part in earlier.values())
    total = about_how_many_rows(files) if progress else 0
    warnings: Counter[tuple[str, str]] = Counter()
    with Progress(total, resumed, shown=progress) as bar:
        if job.engine == "dask":
            from skcook.batch._dask import score_files
        else:
            score_files = score_locally
        parts = score_files(job, files, scorer, sink, set(earlier), bar.advance, warnings)
    results = sink.done()
    sink.finish(parts)
    rejected = sum(results[part].rejected for part in parts)
    return Summary(
        rows=sum(results[part].rows for part in parts),
        rejected=rejected,
        output=job.output,
        rejects=job.rejects if rejected else None,
        resumed=resumed,
        seconds=time.monotonic() - begun,
        warnings=warnings,
    )


def check_columns(files: list[SourceFile], needed: list[str], job: Job) -> None:
    """Raise before a row is scored if a file lacks a column."""
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
        for k, batches in enumerate(_parts(file, scorer.columns, job)):
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


def _parts(file: SourceFile, columns: list[str], job: Job) -> Iterator[Iterator[Any]]:
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
    advance: Callable[[int], None],
    warnings: Counter[tuple[str, str]],
) -> PartResult:
    """Score the batches of one part and write it."""
    tables, rejects, n_read, n_rejected = [], [], 0, 0
    for batch in batches:
        scored = scorer.score(batch)
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
    return sink.write_part(part, tables, n_read - n_rejected, rejects)


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


def output_paths(output: Path, rejects: Path | None) -> tuple[Path, Path]:
    """Return the output, and where rejected rows go."""
    if not output.parent.is_dir():
        raise BatchError(f"{output}: the folder {output.parent} does not exist.")
    return output, rejects or output.with_name(f"{output.stem}.rejects.jsonl")
