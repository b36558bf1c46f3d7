"""What the two imputers have in common."""

from abc import abstractmethod
from typing import Any

import numpy as np

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Lookup, StepTraits, parts
from skcook.exceptions import ColumnsError, ColumnValuesError, PlanRefused
from skcook.preprocessing.imputers._filling import cast_fill_value, fill_missing
from skcook.utils._columns import is_missing, new_series
from skcook.utils._frames import TableColumns


class BaseImputer(BaseColumnTransformer):
    """Base class of the imputers that put one value into all holes of a column.

    A subclass learns the value of one column in ``_learn``.
    """

    _step_traits = StepTraits(fills_missing=True, keeps_values=True)

    def _fit_columns(self, frame, y):
        self._learn_all(frame)

    def _fit_transform_columns(self, frame, y):
        return self._filled(frame, self._learn_all(frame))

    def _transform_columns(self, frame):
        return self._filled(frame, {name: is_missing(frame[name]) for name in frame.columns})

    def _learn_all(self, frame: TableColumns) -> dict[str, np.ndarray]:
        """Learn the value of each column; return where the columns are missing."""
        masks = {}
        self.fill_values_ = {}
        self.dtypes_ = {}
        self.indicator_columns_ = []
        for name in frame.columns:
            series = frame[name]
            masks[name] = missing = is_missing(series)
            if self.strategy == "constant":
                value = self._constant(series)
                if missing.any():
                    value = cast_fill_value(series, value)
            elif missing.all():
                raise ColumnValuesError(
                    f"{type(self).__name__}: column {name!r} is missing in all {len(series)} rows, "
                    f"so there is no {self.strategy.replace('_', ' ')} value to learn. Fill it "
                    "with strategy='constant', drop it with DropConstant, or leave it out of "
                    "`columns`."
                )
            else:
                value = self._learn(series, missing)
            self.fill_values_[name] = value
            self.dtypes_[name] = str(series.dtype)
            if self.add_indicator and missing.any():
                self.indicator_columns_.append(name)
        taken = set(self._indicator_names({}).values()) & set(self._input_names())
        if taken:
            raise ColumnsError(
                f"{type(self).__name__}: add_indicator would add a column {sorted(taken)[0]!r}, "
                "and X has one of that name. Rename it."
            )
        return masks

    def _filled(self, frame: TableColumns, masks: dict[str, np.ndarray]) -> dict[str, list[Any]]:
        """Return the columns that had holes, filled, and the indicators."""
        rounded = self.strategy != "constant"
        indicator_names = self._indicator_names({})
        filled, indicators = {}, {}
        for name in frame.columns:
            series, value, missing = frame[name], self._fill_value(name), masks[name]
            new = fill_missing(series, value, missing=missing, rounded=rounded)
            if self.dtypes_[name] == "bool" and str(new.dtype) == "boolean":
                new = new.astype(bool)  # it had no dtype of its own; see `missing_like`
            if new is not series:
                filled[name] = [new]
            if name in indicator_names:
                added = indicator_names[name]
                indicators[added] = [new_series(added, missing, frame)]
        return {**filled, **indicators}

    def _fill_value(self, name: str) -> Any:
        """Return the value that fit put into the holes of a column, whatever its dtype is now."""
        value = self.fill_values_[name]
        if self.strategy == "constant" or not _holds_whole_and_missing(self.dtypes_[name]):
            return value
        return round(value)

    def _names_added(self, given):
        return list(self._indicator_names(given).values())

    def _indicator_names(self, given: dict[str, str]) -> dict[str, str]:
        return {
            name: f"missingindicator_{given.get(name, name)}" for name in self.indicator_columns_
        }

    def _plan_column(self, column, i):
        value = self._fill_value(self.columns_[i])
        if not column.nullable:
            return [column]
        if column.kind == "number":
            if _holds_whole_and_missing(column.dtype) and value != round(value):
                # Rounded among others, and not where a batch holds nothing else.
                raise PlanRefused(
                    f"{type(self).__name__} fills column {column.name!r}, now {column.dtype}, "
                    f"with {value:g}"
                )
            return [column.then("fill", float(value), nullable=False)]
        if column.kind == "time":
            raise PlanRefused(f"{type(self).__name__} over times has no plan")
        return [column.then("fill_cell", value, nullable=False)]

    def _plan_added(self, selected):
        added = []
        for name in self.indicator_columns_:
            block = Lookup(selected[name], {None: (1.0,)}, (0.0,), 1, one_hot=False)
            added += parts(block, [name], nullable=False)
        return added

    @abstractmethod
    def _learn(self, series: Any, missing: np.ndarray) -> Any:
        """Return the value for the holes of a column that has other values, too."""

    @abstractmethod
    def _constant(self, series: Any) -> Any:
        """Return the constant for a column."""


def _holds_whole_and_missing(dtype: str) -> bool:
    """Tell whether a dtype is one of integers with missing values: Int64, int64[pyarrow]."""
    return dtype.startswith(("Int", "UInt")) or (
        dtype.startswith(("int", "uint")) and dtype.endswith("[pyarrow]")
    )
