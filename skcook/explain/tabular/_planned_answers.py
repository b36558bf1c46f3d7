"""Few rows answered by the model's plan, which is proved on the explainer's own sample.

A forest behind a pipeline takes 7 ms for one row and its plan 0.1 ms, so the model's own call is
most of what an explanation costs. The plan is used only for rows whose every value lies within
what the sample has: there it was compared with the model. Anything else, a value never seen or a
type of its own, goes to the model, whose answers, errors and warnings are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from skcook.exceptions import PlanRefused
from skcook.explain._model_outputs import Method, as_outputs, model_outputs
from skcook.explain.tabular._cells import Layout
from skcook.explain.tabular._shared_sample import Sample
from skcook.plan._compiled_plan import compile_method

#: Rows of the sample over which plan and model are compared.
N_COMPARED = 64
#: More rows than these go to the model, which is then as quick (bench_explain.py).
MOST_ROWS = 1024
#: The whole numbers that floats hold exactly.
_EXACT = 2**53


class AskedModel:
    """A model that is asked about cells: few rows by its plan, which is made when it is needed.

    `method` is what is asked, in calls of at most `most` rows; the sample is that of ``fit``.
    """

    def __init__(self, model: Any, method: Method, sample: Sample, most: int) -> None:
        self.model, self.method, self.most = model, method, most
        self._sample = sample

    def is_of(self, model: Any, method: Method, sample: Sample, most: int) -> bool:
        """Tell whether it was made of these."""
        same = self.model is model and self._sample is sample
        return same and (self.method, self.most) == (method, most)

    def outputs(self, cells: list[np.ndarray]) -> np.ndarray:
        """Answer rows by the plan, or else by the model.

        Shapes: cells (n,); returns outputs (n, n_targets).
        """
        planned = self.planned(cells)
        return self.by_itself(cells) if planned is None else planned

    def by_itself(self, cells: list[np.ndarray]) -> np.ndarray:
        """Let the model answer, in calls of at most `most` rows."""
        frame, n, most = self._sample.layout.frame, len(cells[0]), self.most
        parts = [frame([c[i : i + most] for c in cells]) for i in range(0, n, most)]
        return np.vstack([model_outputs(self.model, self.method, part) for part in parts])

    def rows(self, X: Any, cells: list[np.ndarray], *, by_plan: bool) -> tuple[Any, np.ndarray]:
        """Answer rows as they came in; return them, as the model takes them if it was asked."""
        outputs = self.planned(cells) if by_plan else None
        if outputs is None:
            layout = self._sample.layout
            X = X if layout.same_dtypes(X) else layout.frame(cells)
            outputs = model_outputs(self.model, self.method, X)
        return X, outputs

    def planned(self, cells: list[np.ndarray]) -> np.ndarray | None:
        """Return what the plan says; None if the model must be asked."""
        n = len(cells[0])
        if n > MOST_ROWS or self._plan is None or not self._known.hold(cells):
            return None
        answer = self._plan(self._known.lists(cells))
        return None if answer is None else as_outputs(self.model, self.method, answer, n)

    @cached_property
    def _known(self) -> "KnownCells":
        return KnownCells(self._sample)

    @cached_property
    def _plan(self) -> Callable[[Any], np.ndarray | None] | None:
        sample, known = self._sample, self._known
        places = np.unique(np.linspace(0, len(sample) - 1, N_COMPARED).astype(np.intp))
        cells = sample.cells(places)
        rows = [
            SampleRows(sample.layout, known, [c[i : i + 1] for c in cells])
            for i in range(len(places))
        ]
        try:
            return compile_method(self.model, self.method, _schema(sample), rows)
        except PlanRefused:
            return None


class KnownCells:
    """The cells of which the sample shows what the model makes."""

    def __init__(self, sample: Sample) -> None:
        layout = sample.layout
        quantities = [j for j in range(len(layout.names)) if layout.is_quantity(j)]
        self._choices = [j for j in range(len(layout.names)) if not layout.is_quantity(j)]
        self._quantities = quantities
        cells = sample.cells()
        numbers = np.array([cells[j] for j in quantities]).reshape(len(quantities), len(sample))
        self._low = np.where(np.isnan(numbers), np.inf, numbers).min(axis=1)[:, None]
        self._high = np.where(np.isnan(numbers), -np.inf, numbers).max(axis=1)[:, None]
        self._absent = np.isnan(numbers).any(axis=1)[:, None]
        # A plan counts times in nanoseconds.
        step = {"us": 1000, "ns": 1}[layout.unit]
        self._to_ns = {j: step for j in quantities if layout.kinds[j] != "numeric"}
        self._whole = np.array([_is_integer(layout, j) for j in quantities], dtype=bool)
        inexact = self._whole[:, None] & ((self._low < -_EXACT) | (self._high > _EXACT))
        self._high[inexact] = -np.inf
        self._values = [set(cells[j]) for j in self._choices]
        self._types = [set(map(type, cells[j])) for j in self._choices]

    def hold(self, cells: list[np.ndarray]) -> bool:
        """Tell whether all cells are within what the sample has."""
        if self._quantities:
            numbers = np.array([cells[j] for j in self._quantities])
            within = (numbers >= self._low) & (numbers <= self._high)
            if not (within | (np.isnan(numbers) & self._absent)).all():
                return False
            whole = numbers[self._whole]
            if ((whole != np.rint(whole)) & ~np.isnan(whole)).any():
                return False
        for j, values, types in zip(self._choices, self._values, self._types, strict=True):
            mine = cells[j].tolist()
            # True == 1 in Python, but not to every encoder.
            if not (types.issuperset(map(type, mine)) and values.issuperset(mine)):
                return False
        return True

    def lists(self, cells: list[np.ndarray]) -> list[list[Any]]:
        """Return cells as a plan takes them: one list per column, None where one is missing."""
        out = [values.tolist() for values in cells]
        for j, is_whole in zip(self._quantities, self._whole.tolist(), strict=True):
            if is_whole:
                out[j] = [None if v != v else int(v) for v in out[j]]
            elif self._to_ns.get(j):
                out[j] = [None if v != v else int(v) * self._to_ns[j] for v in out[j]]
            elif np.isnan(cells[j]).any():
                out[j] = [None if v != v else v for v in out[j]]
        return out


@dataclass
class SampleRows:
    """Rows of the sample, as cells and as the frame that the model is given."""

    layout: Layout
    known: KnownCells
    cells: list[np.ndarray]

    @property
    def data(self) -> list[list[Any]]:
        """The cells, one list per column."""
        return self.known.lists(self.cells)

    @property
    def frame(self) -> Any:
        """The rows as the model takes them."""
        return self.layout.frame(self.cells)

    @classmethod
    def join(cls, parts: Sequence["SampleRows"]) -> "SampleRows":
        """Put rows together."""
        cells = [np.concatenate(c) for c in zip(*(part.cells for part in parts), strict=True)]
        return cls(parts[0].layout, parts[0].known, cells)


def _is_integer(layout: Layout, j: int) -> bool:
    return layout.kinds[j] == "numeric" and "int" in layout.dtypes[j]["dtype"].lower()


def _schema(sample: Sample) -> Any:
    """Return what a plan reads of the columns that it starts from."""
    layout = sample.layout
    is_array = layout.container == "numpy"
    return SimpleNamespace(
        columns=[_column(sample, j) for j in range(len(layout.names))],
        input="array" if is_array else "frame",
        container=layout.container,
        dtype=str(np.dtype(layout.dtypes[0]["numpy"])) if is_array else None,
    )


def _column(sample: Sample, j: int) -> Any:
    layout = sample.layout
    spec, kind = layout.dtypes[j], layout.kinds[j]
    categories = spec.get("categories", ())
    if kind == "numeric":
        kind = "integer" if _is_integer(layout, j) else "number"
    elif kind != "boolean":
        whole = len(categories) > 0 and all(isinstance(c, int) for c in categories)
        kind = "integer" if whole else kind if kind in ("datetime", "duration") else "string"
    return SimpleNamespace(
        name=layout.names[j],
        type=kind,
        dtype=spec["dtype"],
        nullable=bool(sample.columns[j].shares[-1] > 0),
        null=spec.get("missing", "nan"),
        categories=categories,
    )
