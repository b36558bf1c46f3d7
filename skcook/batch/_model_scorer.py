"""Score one batch: the model's outputs, the reasons, the items, as Arrow columns."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skcook.artifacts import Artifact
from skcook.artifacts.schema._csv_cells import read_cells
from skcook.batch._batch_errors import BatchError
from skcook.batch._job import Job
from skcook.batch._row_reader import BatchReader
from skcook.batch._sources import SourceFile
from skcook.recommend import recommender_of
from skcook.utils import import_optional


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
        self._recommender = self._find_recommender() if job.recommend else None
        self._schema = artifact.schema
        if self._recommender is not None:
            # Who asks for recommendations knows the user; the item is the answer.
            user = artifact.schema[self._recommender.user_name_]
            self._schema = replace(artifact.schema, columns=(user,))
        self._reader = BatchReader(self._schema, as_text=as_text)
        self._check()

    @property
    def columns(self) -> list[str]:
        """The columns that have to be read."""
        names = self._schema.names
        return [*names, *(name for name in self._job.keep if name not in names)]

    def _check(self) -> None:
        needed = {"predict": "predict", "proba": "predict_proba"}
        asked = [needed[output] for output in self._job.outputs]
        asked += ["explain"] if self._job.explain else []
        for method in asked:
            if not hasattr(self._model, method):
                raise BatchError(
                    f"The model in {self._job.model} has no {method!r}."
                    + (
                        " Save it inside an ExplainedClassifier or an ExplainedRegressor."
                        if method == "explain"
                        else ""
                    )
                )

    def _find_recommender(self) -> Any:
        job = self._job
        if job.outputs or job.explain or job.keep:
            raise BatchError(
                "Recommendations are one row per item, so --recommend goes neither with --output "
                "nor with --explain nor with --keep. Score twice, and join by the user."
            )
        try:
            return recommender_of(self._model)
        except TypeError as exc:
            raise BatchError(f"The model in {job.model} recommends nothing. {exc}") from exc

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

    def score(self, batch: Any) -> Scored:
        """Score a batch."""
        kept = _kept(batch, self._job.keep)
        read = self._reader.read(_of_model(batch, self._schema.names))
        rejects = [
            {"row": row, "problems": problems} for row, problems in sorted(read.problems.items())
        ]
        if read.frame is None:
            return Scored(self._like_any_other(kept), rejects, read.warnings)
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        columns = self._outputs(read.frame)
        if read.problems:
            kept = kept.take(arrow.array(read.rows)) if kept is not None else None
        if kept is not None:
            columns = {**{name: kept.column(name) for name in kept.column_names}, **columns}
        return Scored(arrow.table(columns), rejects, read.warnings)

    def _outputs(self, frame: Any) -> dict[str, Any]:
        if self._recommender is not None:
            users = frame[self._recommender.user_name_]
            found = self._recommender.recommend(users, k=self._job.recommend)
            return {name: _arrow(found[name].to_numpy()) for name in found.columns}
        columns: dict[str, Any] = {}
        if "predict" in self._job.outputs:
            columns |= _named("prediction", self._model.predict(frame))
        if "proba" in self._job.outputs:
            probabilities = np.asarray(self._model.predict_proba(frame))
            for position, label in enumerate(self._model.classes_):
                columns[f"probability_{label}"] = probabilities[:, position]
        if self._job.explain:
            columns |= self._reasons(frame)
        return columns

    def _reasons(self, frame: Any) -> dict[str, Any]:
        """Return the top reasons of each row: the rule in words, and its weight."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        strongest = [found.features[: self._job.explain] for found in self._model.explain(frame)]
        columns: dict[str, Any] = {}
        for rank in range(self._job.explain):
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
            kept = arrow.table({name: arrow.array([], arrow.string()) for name in self._job.keep})
            if file.format == "parquet":
                parquet = import_optional("pyarrow.parquet", feature="skcook-score", extra="batch")
                kept = parquet.read_schema(file.path).empty_table().select(list(self._job.keep))
        return self._like_any_other(kept)

    def _like_any_other(self, kept: Any) -> Any:
        """Return a table without rows, with the columns that any other batch has."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        known = self._artifact.example or self._artifact.schema.example or {}
        example = self._schema.parse_rows([{name: known.get(name) for name in self._schema.names}])
        columns = arrow.table(self._outputs(example.frame)).slice(0, 0)
        for position, name in enumerate(kept.column_names if kept is not None else ()):
            columns = columns.add_column(position, name, kept.column(name).slice(0, 0))
        return columns


def _kept(batch: Any, keep: tuple[str, ...]) -> Any:
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    if not keep:
        return None
    if isinstance(batch, list):
        rows = [row if isinstance(row, dict) else {} for row in batch]
        return arrow.table({name: [row.get(name) for row in rows] for name in keep})
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


def _named(name: str, values: Any) -> dict[str, Any]:
    """Return predictions as columns: one, or one an output."""
    array = np.asarray(values)
    if array.ndim == 1:
        return {name: _arrow(array)}
    return {f"{name}_{i}": _arrow(array[:, i]) for i in range(array.shape[1])}


def _arrow(values: np.ndarray) -> Any:
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    return arrow.array(values.tolist() if values.dtype == object else values)
