"""Drift: how far recent rows are from the rows that the model was fitted on.

The schema of a model file keeps the deciles of each numeric column, and the shares of categories
and of missing values. The latest rows are counted into the same bins and compared by the population
stability index (PSI), the sum over bins of ``(now - then) * log(now / then)``. By custom, below 0.1
nothing happened, and above 0.25 the model deserves a look.

A request costs one short array; the comparison is made when the figures are read.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: The latest rows that are compared; a wide model gets fewer, so that memory is bounded.
WINDOW, MAX_CELLS = 1000, 500_000
#: Fewer rows than this say little.
MIN_ROWS = 100
#: Columns that are watched, and rows that are taken from one request, evenly.
MAX_COLUMNS, MAX_ROWS = 200, 100
#: What an empty bin counts as, so that one stray value is no alarm.
FLOOR = 1e-3


#: The figures of a column, and what they say.
DRIFT = {
    "drift": "How far a column's latest rows are from the training data (PSI; above 0.25: look).",
    "missing": "Share of missing values among a column's latest rows.",
    "outside": "Share of a column's latest values outside the range or categories of training.",
}


@dataclass(frozen=True)
class Figures:
    """What is known of one column's latest rows."""

    column: str
    drift: float
    missing: float
    outside: float


@dataclass(frozen=True)
class _Reference:
    """The training data's distribution of one column.

    Shapes: edges (n_bins - 1,), shares (n_bins + 1,).
    """

    column: str
    codes: dict[Any, float] | None
    edges: np.ndarray[Any, Any]
    shares: np.ndarray[Any, Any]
    ends: tuple[float, float]

    def compare(self, values: np.ndarray[Any, Any]) -> Figures:
        """Compare the latest values with it."""
        present = values[~np.isnan(values)]
        bins = np.searchsorted(self.edges, present, side="left")
        counts = np.bincount(bins, minlength=len(self.shares) - 1)
        now = np.append(counts, len(values) - len(present)) / len(values)
        outside = (present < self.ends[0]) | (present > self.ends[1])
        return Figures(
            self.column,
            stability_index(self.shares, now),
            float(now[-1]),
            float(outside.mean()) if len(present) else 0.0,
        )


def stability_index(then: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> float:
    """Return the population stability index of two distributions over the same bins.

    Shapes: then, now (n_bins,).
    """
    then, now = np.maximum(then, FLOOR), np.maximum(now, FLOOR)
    return float(np.sum((now - then) * np.log(now / then)))


class Drift:
    """The latest rows of a model beside its training data."""

    def __init__(self, schema: Any) -> None:
        found = [(j, _reference(column)) for j, column in enumerate(schema.columns)]
        watched = [(j, reference) for j, reference in found if reference is not None]
        self._watched = watched[:MAX_COLUMNS]
        self._size = min(WINDOW, MAX_CELLS // max(1, len(self._watched)))
        self._rows = np.empty((self._size, len(self._watched)))
        self._seen = 0
        self._lock = threading.Lock()

    def observe(self, data: Sequence[Sequence[Any]], n_rows: int) -> None:
        """Take note of rows."""
        if not self._watched:
            return
        step = -(-n_rows // MAX_ROWS)
        block = np.array(
            [
                data[j][::step]
                if reference.codes is None
                else [reference.codes.get(value, -1.0) for value in data[j][::step]]
                for j, reference in self._watched
            ],
            dtype=float,
        ).T
        with self._lock:
            places = np.arange(self._seen, self._seen + len(block)) % self._size
            self._rows[places] = block
            self._seen += len(block)

    @property
    def n_rows(self) -> int:
        """The rows that are compared."""
        return min(self._seen, self._size)

    def figures(self) -> Iterator[Figures]:
        """Compare the latest rows with the training data, column by column, if they are enough."""
        with self._lock:
            rows = self._rows[: self.n_rows].copy()
        if len(rows) < MIN_ROWS:
            return
        for (_, reference), values in zip(self._watched, rows.T, strict=True):
            yield reference.compare(values)


def _reference(column: Any) -> _Reference | None:
    """Return a column's distribution in the training data; None if the schema does not keep it."""
    if column.source != "captured":
        return None
    missing = column.null_fraction or 0.0
    categories = (False, True) if column.type == "boolean" else column.categories or ()
    if categories and len(categories) == len(column.frequencies):
        codes = {value: float(i) for i, value in enumerate(categories)}
        # What is in no category has the first bin, which the training data left empty.
        shares = np.array([0.0, *column.frequencies])
        edges = np.arange(len(categories)) - 0.5
        codes, ends = {**codes, None: np.nan}, (0.0, float(len(categories) - 1))
    elif len(column.quantiles) == len(column.cumulative) == 11:
        # Deciles that are equal, as those of a column with many zeros, share a bin.
        edges, first = np.unique(column.quantiles[1:-1], return_index=True)
        below = np.array(column.cumulative[1:-1])[first]
        shares = np.diff(below, prepend=0.0, append=1.0)
        codes, ends = None, (column.quantiles[0], column.quantiles[-1])
    else:
        return None
    shares = np.append(shares * (1 - missing), missing)
    return _Reference(column.name, codes, edges, shares, ends)
