"""Fill the missing values of a column with one value, learned from it or given."""

from abc import abstractmethod
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Lookup, StepTraits, parts
from skcook.exceptions import ColumnsError, ColumnValuesError, PlanRefused
from skcook.preprocessing.imputers._filling import cast_fill_value, fill_missing
from skcook.utils._columns import (
    counted_values,
    is_missing,
    new_series,
    numeric_values,
    whole_numbers,
)
from skcook.utils._frames import TableColumns
from skcook.utils._sklearn import StrOptions


class BaseImputer(BaseColumnTransformer):
    """Base class of the imputers that put one value into all holes of a column.

    A subclass learns the value of one column in ``_learn``.
    """

    _step_traits = StepTraits(fills_missing=True, keeps_values=True)
    _default_constant: ClassVar[Any]

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
                value = self._default_constant if self.fill_value is None else self.fill_value
                if value != value:
                    raise ColumnValuesError(
                        f"{type(self).__name__}: fill_value is NaN, which is missing itself. Give "
                        "a value."
                    )
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
            if new is not series or frame.is_made(name):
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


def _holds_whole_and_missing(dtype: str) -> bool:
    """Tell whether a dtype is one of integers with missing values: Int64, int64[pyarrow]."""
    return dtype.startswith(("Int", "UInt")) or (
        dtype.startswith(("int", "uint")) and dtype.endswith("[pyarrow]")
    )


class NumericImputer(BaseImputer):
    """Fill the missing values of numeric columns, dtypes kept.

    Parameters
    ----------
    strategy : {"mean", "median", "most_frequent", "constant"}, default="median"
        What to put into the holes of a column: a value learned from that column in ``fit``, or
        the constant `fill_value`. Of several most frequent values, the smallest is taken.
    fill_value : int or float, default=None
        The constant; None is 0. A column with holes whose dtype cannot hold the constant (0.5
        among integers, 300 in an Int8) is refused.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to fill; None takes all numeric columns.
    add_indicator : bool, default=False
        Whether to add, for each column that had holes in ``fit``, a boolean column
        ``missingindicator_<column>`` that tells where they were.

    Attributes
    ----------
    fill_values_ : dict of str to float or int
        The value of each column. A column of integers receives it rounded, halves to the even
        integer, so that the column stays what it is; what was ``Int64`` in ``fit`` receives it
        rounded whatever it comes as later.
    indicator_columns_ : list of str
        The columns that have an indicator.
    dtypes_ : dict of str to str
        The dtype of each column in ``fit``.
    columns_ : list of str
        The columns filled.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    CategoricalImputer : Fill strings, categories and booleans.
    ForwardFillImputer : Fill with the last value seen.
    sklearn.impute.SimpleImputer : The same strategies; knows one dtype for all columns.

    Notes
    -----
    None, NaN, pd.NA and a polars null are one missing value. A column that is missing in all rows
    of ``fit`` has nothing to learn from and is refused.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import NumericImputer
    >>> X = pd.DataFrame({"rooms": pd.array([2, 3, None], dtype="Int64"), "city": ["A", "B", None]})
    >>> NumericImputer().fit_transform(X)
       rooms city
    0      2    A
    1      3    B
    2      2  NaN
    >>> NumericImputer(strategy="constant", fill_value=0.5).fit(X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: Column 'rooms' of dtype Int64 cannot be filled with 0.5: it
    holds whole numbers. Choose another fill_value for it, convert the column, or leave it out of
    `columns` and give it a step of its own.
    """

    _default_constant = 0
    _default_kinds = frozenset({"numeric"})
    _allowed_kinds = frozenset({"numeric"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "strategy": [StrOptions({"mean", "median", "most_frequent", "constant"})],
        "fill_value": [Real, None],
        "add_indicator": ["boolean"],
    }

    def __init__(self, strategy="median", *, fill_value=None, columns=None, add_indicator=False):
        self.strategy = strategy
        self.fill_value = fill_value
        self.columns = columns
        self.add_indicator = add_indicator

    def _learn(self, series: Any, missing: np.ndarray) -> Any:
        if self.strategy == "most_frequent":
            values, counts = np.unique(_present(series, missing), return_counts=True)
            value = values[counts.argmax()]
            return value.item() if isinstance(value, np.generic) else value
        values = numeric_values(series)[~missing]
        with np.errstate(invalid="ignore"):
            value = _median(values) if self.strategy == "median" else float(values.mean())
        if not np.isfinite(value):
            raise ColumnValuesError(
                f"NumericImputer: the {self.strategy} of column {series.name!r} is {value}: "
                "it holds infinite values. Make them missing first."
            )
        return value


def _median(values: np.ndarray) -> float:
    """Return the median and shuffle the values.

    With numpy's, `fit` takes 2.8 times as long (bench_preprocessing.py, "NumericImputer").
    """
    middle = len(values) // 2
    values.partition(middle)
    upper = values[middle]
    return float(upper if len(values) % 2 else (values[:middle].max() + upper) / 2)


def _present(series: Any, missing: np.ndarray) -> np.ndarray:
    """Return the values that are there; integers as integers, so that none is rounded."""
    whole = whole_numbers(series)
    return (numeric_values(series) if whole is None else whole)[~missing]


class CategoricalImputer(BaseImputer):
    """Fill the missing values of string, categorical and boolean columns, dtypes kept.

    Parameters
    ----------
    strategy : {"most_frequent", "constant"}, default="most_frequent"
        What to put into the holes of a column: its most frequent value in ``fit`` (of several,
        the smallest), or the constant `fill_value`.
    fill_value : str, bool, int or float, default=None
        The constant; None is the string "missing_value". A column with holes whose dtype cannot
        hold it (a string among booleans) is refused.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to fill; None takes all string, categorical and boolean columns, and those
        that hold nothing at all.
    add_indicator : bool, default=False
        Whether to add, for each column that had holes in ``fit``, a boolean column
        ``missingindicator_<column>`` that tells where they were.

    Attributes
    ----------
    fill_values_ : dict of str to str, bool, int or float
        The value of each column.
    indicator_columns_ : list of str
        The columns that have an indicator.
    dtypes_ : dict of str to str
        The dtype of each column in ``fit``.
    columns_ : list of str
        The columns filled.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    NumericImputer : Fill numbers.
    sklearn.impute.SimpleImputer : The same strategies; turns categories into strings, and
        booleans into numbers.

    Notes
    -----
    None, NaN, pd.NA and a polars null are one missing value. A column that is missing in all rows
    of ``fit`` has nothing to learn from and is refused.

    A categorical column has the value among its categories afterwards, at their end, whether or
    not the rows at hand had holes; the same goes for a polars Enum.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import CategoricalImputer
    >>> X = pd.DataFrame({"city": ["A", "B", "B", None], "size": pd.Categorical([*"SML", None])})
    >>> filled = CategoricalImputer(strategy="constant", fill_value="?").fit_transform(X)
    >>> filled["size"].tolist(), filled["size"].cat.categories.tolist()
    (['S', 'M', 'L', '?'], ['L', 'M', 'S', '?'])
    >>> CategoricalImputer().fit(X).fill_values_
    {'city': 'B', 'size': 'L'}
    >>> CategoricalImputer(strategy="constant", fill_value=0).fit(X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: Column 'city' of dtype str cannot be filled with 0: it
    holds strings. Choose another fill_value for it, convert the column, or leave it out of
    `columns` and give it a step of its own.
    """

    _default_constant = "missing_value"
    _default_kinds = frozenset({"string", "categorical", "boolean", "empty"})
    _allowed_kinds = frozenset({"string", "categorical", "boolean"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "strategy": [StrOptions({"most_frequent", "constant"})],
        "fill_value": [str, "boolean", Real, None],
        "add_indicator": ["boolean"],
    }

    def __init__(
        self, strategy="most_frequent", *, fill_value=None, columns=None, add_indicator=False
    ):
        self.strategy = strategy
        self.fill_value = fill_value
        self.columns = columns
        self.add_indicator = add_indicator

    def _learn(self, series: Any, missing: np.ndarray) -> Any:
        values, counts = counted_values(series)
        tied = values[counts == counts.max()].tolist()
        # Intervals and other categories that are objects are known by their names.
        tied = [v if isinstance(v, str | bool | int | float) else str(v) for v in tied]
        # By the value, not by the order of the categories: the same one in every container.
        return min(tied, key=lambda value: (str(type(value)), value))
