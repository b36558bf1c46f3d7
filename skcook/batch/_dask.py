"""Score on a Dask cluster: each worker reads, scores and writes whole parts by itself.

Only the model's bytes and the names of parts travel; rows never do, so the workers must see the
input and the output under the same paths. The bytes are the argument of one task of the graph,
not scattered data: when a worker dies, the scheduler can make them again, and the parts that
died with it are scored anew. A part is written under a temporary name and renamed, so scoring it
twice changes nothing.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skcook import artifacts
from skcook.batch._job import BatchError, Job
from skcook.batch._model_scorer import BatchScorer, write_part
from skcook.batch._sinks import Sink
from skcook.batch._sources import TEXT_FORMATS, SourceFile, open_parquet, read_batches
from skcook.utils import import_optional


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
    warnings: Counter[tuple[str, str]] = Counter()
    batches = read_batches(task.file, scorer.columns, job.batch_rows, row_groups=task.row_groups)
    result = write_part(
        task.part, task.file, batches, task.first_row, job, scorer, sink, _ignore, warnings
    )
    return result.rows + result.rejected, warnings


def _ignore(rows: int) -> None:
    """Show no progress: the run that waits for this part does."""
