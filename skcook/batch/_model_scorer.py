"""Score one batch: its rows in, the outputs, the reasons or the items as Arrow columns out.

Rows of a file are nearly always right, so a batch is first read as whole columns. If any value
is unusual, it is read value by value, as the server does it; rows that do not fit are set aside
with their problems, and the rest goes on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skcook.artifacts import Artifact, ParsedRows, Schema
from skcook.artifacts._answers import METHODS, count_rows, find_refused, flat_columns, labels_of
from skcook.artifacts.schema._arrow_reader import plain_values, read_table, with_points
from skcook.artifacts.schema._rows import NUMERIC, read_cells
from skcook.batch._job import BadRowsError, BatchError, Job
from skcook.batch._part_files import cell_text
from skcook.batch._sources import SourceFile
from skcook.exceptions import SchemaError
from skcook.explain._self_explaining import explainer_of
from skcook.recommend import recommender_of
from skcook.utils import import_optional

arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")

#: Problems of rows that fit the schema, yet make the model raise: no more of its words than this.
_MAX_WORDS = 200


@dataclass(frozen=True)
class ReadBatch:
    """A batch that was read: the frame of the rows that fit, and where they were in the batch."""

    frame: Any
    rows: np.ndarray
    problems: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)


class BatchReader:
    """Read batches for one model."""

    def __init__(self, schema: Schema, *, as_text: bool) -> None:
        self.schema = schema
        self.as_text = as_text
        self._numeric = [c.name for c in schema.columns if c.type in NUMERIC]

    def read(self, batch: Any, *, decimal: str = ".") -> ReadBatch:
        """Read a batch; `decimal` is the mark that its text cells have in numbers."""
        if isinstance(batch, list):
            return self._read_each(batch)
        batch = batch.select(self.schema.names)
        if decimal == "," and self.as_text:
            batch = with_points(batch, self._numeric)
        usual = read_table(self.schema, batch, as_text=self.as_text)
        if usual is not None:
            return ReadBatch(usual[0], np.arange(batch.num_rows), warnings=usual[1])
        return self._read_each(list(zip(*map(plain_values, batch.columns))))

    def _read_each(self, values: list[Any]) -> ReadBatch:
        rows = np.arange(len(values))
        problems: dict[int, list[dict[str, Any]]] = {}
        # An error lists so many problems, and a batch may have more.
        while len(rows):
            try:
                parsed = self._parse([values[i] for i in rows])
            except SchemaError as exc:
                bad: dict[int, list[dict[str, Any]]] = {}
                for problem in exc.problems:
                    _, row, *column = problem["loc"]
                    found = {key: value for key, value in problem.items() if key != "loc"}
                    found["column"] = column[0] if column else None
                    bad.setdefault(int(rows[row]), []).append(found)
                problems |= bad
                rows = np.array([i for i in rows if i not in bad], dtype=int)
            else:
                warned = Counter((found["loc"][2], found["code"]) for found in parsed.warnings)
                return ReadBatch(parsed.frame, rows, problems, warned)
        return ReadBatch(None, rows, problems)

    def _parse(self, rows: Sequence[Any]) -> ParsedRows:
        if not isinstance(rows[0], tuple):
            return self.schema.parse_rows(rows)
        parse = self.schema.parse_strings if self.as_text else self.schema.parse_columns
        return parse(self.schema.names, rows)


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
    plain = (
        values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind == "O" else values
    )
    try:
        return arrow.array(plain)
    except (arrow.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
        return arrow.array([cell_text(value) for value in plain], arrow.string())
