"""Score the batches of one part, here or on a worker of a cluster."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from skcook.batch._job import BadRowsError, Job
from skcook.batch._model_scorer import BatchScorer
from skcook.batch._sinks import Sink
from skcook.batch._sources import SourceFile, read_batches
from skcook.batch._work_folder import PartResult


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
    advance: Callable[[int], None],
    warnings: Counter[tuple[str, str]],
) -> PartResult:
    """Score the batches of one part and write it."""
    tables, rejects, n_read, n_rejected = [], [], 0, 0
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
