"""Fill the missing values of numeric columns."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skcook.base import BaseColumnTransformer
from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.imputers._base_imputer import BaseImputer
from skcook.utils._columns import numeric_values, whole_numbers
from skcook.utils._sklearn import StrOptions


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
            return values[counts.argmax()].item()
        values = numeric_values(series)[~missing]
        with np.errstate(invalid="ignore"):
            value = _median(values) if self.strategy == "median" else float(values.mean())
        if not np.isfinite(value):
            raise ColumnValuesError(
                f"NumericImputer: the {self.strategy} of column {series.name!r} is {value}: "
                "it holds infinite values. Make them missing first."
            )
        return value

    def _constant(self, series: Any) -> Any:
        value = 0 if self.fill_value is None else self.fill_value
        if value != value:
            raise ColumnValuesError(
                "NumericImputer: fill_value is NaN, which is missing itself. Give a number."
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
