"""Score one batch: the model's outputs, the reasons, the items, as Arrow columns; and a part's.

A part is scored here or on a worker of a cluster, by the same function.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skcook.artifacts import Artifact
from skcook.artifacts._answers import METHODS, count_rows, find_refused, flat_columns, labels_of
from skcook.artifacts.schema._rows import read_cells
from skcook.batch._job import BadRowsError, BatchError, Job
from skcook.batch._part_files import cell_text
from skcook.batch._row_reader import BatchReader
from skcook.batch._sinks import Sink
from skcook.batch._sources import SourceFile, read_batches
from skcook.batch._work_folder import PartResult
from skcook.exceptions import SchemaError
from skcook.explain._self_explaining import explainer_of
from skcook.recommend import recommender_of
from skcook.utils import import_optional

#: Problems of rows that fit the schema, yet make the model raise: no more of its words than this.
_MAX_WORDS = 200


@dataclass(frozen=True)
class Scored:
    """The scores of one batch."""

    table: Any
    rejects: list[dict[str, Any]]
    warnings: Counter[tuple[str, str]]


class BatchScorer:
    """Score batches with one model."""

    def __init__(self, artifact: Artifact, job: Job, *, as_text: bool) -> None:
        self._artifact, self._job = artifact, job
        self._model = artifact.model
        self._schema = artifact.schema
        self._recommender: Any = None
        self._asker = ""
        if job.recommend or job.similar:
            self._recommender = self._find_recommender()
            who = "user_name_" if job.recommend else "item_name_"
            # The input has the users alone; the items are the answer.
            self._asker = getattr(self._recommender, who)
            self._schema = replace(artifact.schema, columns=(artifact.schema[self._asker],))
        self._explainer: Any = self._find_explainer() if job.explain else None
        self._reader = BatchReader(self._schema, as_text=as_text)
        for method in job.methods:
            if not callable(getattr(self._model, method, None)):
                raise BatchError(
                    f"The model in {job.model} has no {method!r}. It has "
                    f"{', '.join(artifact.manifest['methods']) or 'nothing to ask for'}."
                )
        self._check_kept_names()

    @property
    def columns(self) -> list[str]:
        """The columns that have to be read."""
        names = self._schema.names
        return [*names, *(name for name in self._job.keep if name not in names)]

    def _find_recommender(self) -> Any:
        job = self._job
        if job.outputs or job.explain or job.keep or (job.recommend and job.similar):
            raise BatchError(
                "Recommendations are one row per item, so --recommend and --similar go neither "
                "with each other nor with --output, --explain or --keep. Score twice, and join by "
                "the user or the item."
            )
        try:
            found = recommender_of(self._model)
        except TypeError as exc:
            raise BatchError(f"The model in {job.model} recommends nothing. {exc}") from exc
        if job.similar and not hasattr(found, "similar_items"):
            raise BatchError(f"{type(found).__name__} does not know which items are similar.")
        return found

    def _find_explainer(self) -> Any:
        found = explainer_of(self._artifact)
        if found is None:
            raise BatchError(
                f"The model in {self._job.model} cannot be explained: it is no classifier or "
                "regressor, or its file holds no background rows. Save it with X_example and with "
                "a background."
            )
        return found

    def _check_kept_names(self) -> None:
        """Raise if a kept column has the name of an output, as far as that is known by now."""
        if not self._job.keep:
            return
        try:
            columns = self._outputs(self._example_frame())
        except Exception:  # noqa: BLE001 - without a row that fits, the first batch will tell
            return
        self._check_collisions(columns)

    def _check_collisions(self, columns: dict[str, Any]) -> None:
        both = [name for name in self._job.keep if name in columns]
        if both:
            raise BatchError(
                f"The input's column {', '.join(both)} is to be kept, and has the name of an "
                "output. Rename it in the input."
            )

    def typed(self, file: SourceFile) -> SourceFile:
        """Read the values in the names of a file's folders by the model's schema.

        They are text, as the cells of a text file are; in a file whose values have types, they
        need those of their columns.
        """
        if self._reader.as_text:
            return file
        partition = {
            name: text
            if text is None or name not in self._schema.names
            else read_cells(self._schema[name], [text])[0]
            for name, text in file.partition.items()
        }
        return replace(file, partition=partition)

    def score(self, batch: Any, *, decimal: str = ".") -> Scored:
        """Score a batch."""
        kept = _kept(batch, self._job.keep)
        read = self._reader.read(_of_model(batch, self._schema.names), decimal=decimal)
        problems, rows, frame = read.problems, read.rows, read.frame
        columns = None
        if frame is not None:
            columns, refused = self._outputs_or_refusals(frame)
            if refused:
                problems = {**problems, **{int(rows[i]): found for i, found in refused.items()}}
                rows = np.delete(rows, list(refused))
        rejects = [{"row": row, "problems": found} for row, found in sorted(problems.items())]
        if columns is None:
            return Scored(self._like_any_other(kept), rejects, read.warnings)
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        if problems and kept is not None:
            kept = kept.take(arrow.array(rows))
        if kept is not None:
            self._check_collisions(columns)
            columns = {**{name: kept.column(name) for name in kept.column_names}, **columns}
        return Scored(arrow.table(columns), rejects, read.warnings)

    def _outputs_or_refusals(self, frame: Any) -> tuple[Any, dict[int, list[dict[str, Any]]]]:
        """Return the outputs of rows, and the problems of those at which the model raises."""
        try:
            return self._outputs(frame), {}
        except BatchError:
            raise
        except Exception as exc:  # noqa: BLE001 - raised below, with what to do
            failure = exc
        words = f"{type(failure).__name__}: {failure}"[:_MAX_WORDS]
        refused = list(find_refused(lambda a, b: self._refuses(frame[a:b]), len(frame)))
        if not refused:
            raise BatchError(f"The model cannot score these rows: {words}") from failure
        problem = {"code": "model", "expected": "a row that the model can score", "got": words}
        problems = {row: [{**problem, "column": None}] for row in refused}
        good = np.delete(np.arange(len(frame)), refused)
        if self._job.on_bad_rows == "stop" or not len(good):
            return None, problems
        try:
            return self._outputs(_take(frame, good)), problems
        except Exception as exc:
            raise BadRowsError(
                f"The model refuses too many rows to tell them apart, the first {refused[0]} "
                f"rows into a batch: {words}. Fix the input, or pass a smaller --batch-rows."
            ) from exc

    def _refuses(self, frame: Any) -> bool:
        try:
            self._outputs(frame)
        except Exception:  # noqa: BLE001 - the question is which rows raise, not what
            return True
        return False

    def _outputs(self, frame: Any) -> dict[str, Any]:
        if self._recommender is not None:
            return self._items(frame)
        columns: dict[str, Any] = {}
        for name in self._job.methods:
            method = METHODS[name]
            result = getattr(self._model, name)(frame)
            n_answers = count_rows(result)
            if n_answers != len(frame):
                raise BatchError(
                    f"The model's {name} gave {n_answers or 'no'} answers for {len(frame)} rows. "
                    "A score needs one per row."
                )
            try:
                flat = flat_columns(method.column, result, labels_of(method, self._model))
            except ValueError as exc:
                raise BatchError(f"The model's {name} cannot be written: {exc}") from exc
            columns |= {key: _arrow(values) for key, values in flat.items()}
        if self._explainer is not None:
            columns |= self._reasons(frame)
        return columns

    def _items(self, frame: Any) -> dict[str, Any]:
        asked = frame[self._asker]
        found = (
            self._recommender.recommend(asked, k=self._job.recommend)
            if self._job.recommend
            else self._recommender.similar_items(asked, k=self._job.similar)
        )
        return {name: _arrow(found[name].to_numpy()) for name in found.columns}

    def _reasons(self, frame: Any) -> dict[str, Any]:
        """Return the top reasons of each row: the rule in words, and its weight."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        count = self._job.explain
        strongest: list[Sequence[Any]] = [()] * len(frame)
        for found in self._explainer.explain(frame):
            strongest[found.row] = found.features[:count]
        columns: dict[str, Any] = {}
        for rank in range(count):
            ranked = [row[rank] if rank < len(row) else None for row in strongest]
            rules = [None if reason is None else reason.rule for reason in ranked]
            weights = [None if reason is None else reason.weight for reason in ranked]
            columns[f"reason_{rank + 1}"] = arrow.array(rules, arrow.string())
            columns[f"reason_{rank + 1}_weight"] = arrow.array(
                weights, arrow.float64(), from_pandas=True
            )
        return columns

    def empty(self, file: SourceFile) -> Any:
        """Return the scores of a file without rows: the columns alone."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        kept = None
        if self._job.keep:
            if file.schema is not None:
                kept = file.schema.empty_table()
                for name in self._job.keep:
                    if name not in kept.column_names:  # a column of the folders' names
                        kept = kept.append_column(name, arrow.array([], arrow.string()))
                kept = kept.select(list(self._job.keep))
            else:
                kind = arrow.null() if file.format == "jsonl" else arrow.string()
                kept = arrow.table({name: arrow.array([], kind) for name in self._job.keep})
        return self._like_any_other(kept)

    def _example_frame(self) -> Any:
        known = self._artifact.example or self._artifact.schema.example or {}
        record = {name: known.get(name) for name in self._schema.names}
        return self._schema.parse_rows([record]).frame

    def _like_any_other(self, kept: Any) -> Any:
        """Return a table without rows, with the columns that any other batch has."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        try:
            frame = self._example_frame()
        except SchemaError as exc:
            background = self._artifact.background
            if background is None or self._recommender is not None:
                raise BatchError(
                    "Not one row fits, and the model's file holds no example to tell what columns "
                    "scores would have. Save it with X_example."
                ) from exc
            frame = background[:1]
        columns = arrow.table(self._outputs(frame)).slice(0, 0)
        for position, name in enumerate(kept.column_names if kept is not None else ()):
            columns = columns.add_column(position, name, kept.column(name).slice(0, 0))
        return columns


def _take(frame: Any, rows: np.ndarray) -> Any:
    if hasattr(frame, "iloc"):
        return frame.iloc[rows]
    return [frame[i] for i in rows] if isinstance(frame, list) else frame[rows]


def _kept(batch: Any, keep: tuple[str, ...]) -> Any:
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    if not keep:
        return None
    if isinstance(batch, list):
        rows = [row if isinstance(row, dict) else {} for row in batch]
        return arrow.table({name: _arrow([row.get(name) for row in rows]) for name in keep})
    return batch.select(list(keep))


def _of_model(batch: Any, names: list[str]) -> Any:
    """Leave the columns that are none of the model's out of rows that name their columns.

    The other formats do so when they are read: a file may hold more than a model asks for.
    """
    if not isinstance(batch, list):
        return batch
    wanted = set(names)
    return [
        {name: value for name, value in row.items() if name in wanted}
        if isinstance(row, dict) and not row.keys() <= wanted
        else row
        for row in batch
    ]


def _arrow(values: Any) -> Any:
    """Return values as an Arrow array; those of several types as text."""
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    plain = (
        values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind == "O" else values
    )
    try:
        return arrow.array(plain)
    except (arrow.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
        return arrow.array([cell_text(value) for value in plain], arrow.string())


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
