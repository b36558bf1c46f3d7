"""How the model's answer goes with one column: for one row, and on average over others.

The curve of one row is what people call its individual conditional expectation: every other
column stays as it is. The average over rows of the background is the partial dependence.
"""

import math
import threading
import weakref
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import SchemaError
from skcook.utils._json import to_json

#: Points of a column of numbers or dates that are evenly spaced; the quantiles of numbers come
#: beside them.
N_POINTS = 24
#: Most values of a column of categories.
MAX_VALUES = 40
#: Rows that the average is taken over.
N_AVERAGED = 40


class Curves:
    """The curves of a service's model; averages are asked for once."""

    def __init__(self, service: Any) -> None:
        # The service holds these; a model that is replaced must go at once, without a cycle.
        self._service = weakref.proxy(service)
        self._lock = threading.Lock()
        self._averages: dict[str, np.ndarray | None] = {}
        self._others: list[dict[str, Any]] | None = None
        found = ((column.name, _grid(column)) for column in service.schema.columns)
        is_table = service.schema.input in ("frame", "array")
        self._grids = {name: grid for name, grid in found if is_table and grid}

    @property
    def columns(self) -> list[str]:
        """The columns that have a curve; none if the model has no single number to follow."""
        return [] if self._method is None else list(self._grids)

    @property
    def _method(self) -> str | None:
        """The method whose numbers are followed."""
        service = self._service
        if service.task == "classifier":
            one = bool(service.targets) and "predict_proba" in service.methods
            return "predict_proba" if one else None
        seen = service.example_results.get("predict")
        one = seen is None or not isinstance(seen[0], list)
        return "predict" if service.task == "regressor" and one else None

    def of(self, row: dict[str, Any], feature: str, target: Any = None) -> dict[str, Any]:
        """Return the points of a column's curve, and where a row that fits the schema stands.

        Of a classifier that is the probability of `target`, or of the class that has the largest.
        """
        grid = self._grids[feature]
        own = self._ask([row, *({**row, feature: value} for value in grid)])
        averages = self._average(feature)
        classes = self._service.classes if self._method == "predict_proba" else None
        place = 0
        if classes is not None:
            place = int(np.argmax(own[0])) if target is None else classes.index(target)
        here, *told = to_json(own[:, place])
        points = [{"value": v, "prediction": said} for v, said in zip(grid, told, strict=True)]
        if averages is not None:
            for point, average in zip(points, to_json(averages[:, place]), strict=True):
                point["average"] = average
        return {
            "feature": feature,
            "target": None if classes is None else classes[place],
            "here": {"value": row.get(feature), "prediction": here},
            "n_averaged": 0 if averages is None else len(self._background()),
            "curve": points,
        }

    def _average(self, feature: str) -> np.ndarray | None:
        """Average the outputs over rows of the background, once for each column."""
        with self._lock:
            if feature not in self._averages:
                rows, grid = self._background(), self._grids[feature]
                outputs = self._ask([{**row, feature: value} for value in grid for row in rows])
                shape = (len(grid), len(rows), -1)
                self._averages[feature] = outputs.reshape(shape).mean(axis=1) if rows else None
            return self._averages[feature]

    def _background(self) -> list[dict[str, Any]]:
        if self._others is None:
            service = self._service
            background = service.artifact.background
            n = 0 if background is None else min(N_AVERAGED, len(background))
            rows = [service.background_row(i) for i in range(n)]
            try:
                service.schema.parse_rows(rows)
            except SchemaError:
                rows = []  # the sample is not like the rows that the model takes
            self._others = rows
        return self._others

    def _ask(self, records: list[dict[str, Any]]) -> np.ndarray:
        """Return the outputs of rows, one line per row."""
        if not records:
            return np.empty((0, 0))
        rows = self._service.schema.parse_rows(records)
        outputs = self._service.answer_alone(self._method, rows)
        return np.array([np.ravel(line) for line in outputs], dtype=float)


def _grid(column: Any) -> list[Any]:
    """Return the values of a column at which its curve is told; none if it has no curve."""
    if column.type == "boolean":
        return [True, False]
    if column.categories:
        return list(to_json(column.categories)) if len(column.categories) <= MAX_VALUES else []
    low, high = column.minimum, column.maximum
    if column.type in ("date", "datetime"):
        return [] if low is None or low == high else _times(low, high)
    if column.type not in ("number", "integer", "duration") or low is None or high is None:
        return []
    if not low < high or not math.isfinite(float(high) - float(low)):
        return []
    quantiles = [value for value in column.quantiles if low < value < high]
    values = np.union1d(np.linspace(float(low), float(high), N_POINTS), quantiles)
    if column.type == "integer":
        values = np.unique(np.round(values))
        return [int(value) for value in values if low <= value <= high]
    return [float(value) for value in values]


def _times(low: str, high: str) -> list[str]:
    """Return times from one to another: days where both are, or where they are many."""
    first, last = pd.Timestamp(low), pd.Timestamp(high)
    are_days = "T" not in low + high
    span = (last - first) / N_POINTS
    fits = are_days or span >= pd.Timedelta(days=1)
    step = "D" if fits else "s" if span >= pd.Timedelta(seconds=1) else "us"
    inside = pd.date_range(first, last, periods=N_POINTS)[1:-1]
    times = [first, *(max(first, time.floor(step)) for time in inside), last]
    told = [time.isoformat() for time in times]
    return list(dict.fromkeys(time[:10] if are_days else time for time in told))
