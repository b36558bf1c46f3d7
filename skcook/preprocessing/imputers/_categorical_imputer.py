"""Fill the missing values of strings, categories and booleans."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.imputers._base_imputer import BaseImputer
from skcook.utils._sklearn import StrOptions


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
        values, counts = _count(series)
        tied = values[counts == counts.max()].tolist()
        # Intervals and other categories that are objects are known by their names.
        tied = [v if isinstance(v, str | bool | int | float) else str(v) for v in tied]
        # By the value, not by the order of the categories: the same one in every container.
        return min(tied, key=lambda value: (str(type(value)), value))

    def _constant(self, series: Any) -> Any:
        value = "missing_value" if self.fill_value is None else self.fill_value
        if value != value:
            raise ColumnValuesError(
                "CategoricalImputer: fill_value is NaN, which is missing itself. Give a value."
            )
        return value


def _count(native: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the values that are there, and how often each is."""
    if not isinstance(native, pd.Series):
        counted = native.drop_nulls().value_counts(name="count")
        values = np.empty(len(counted), dtype=object)
        values[:] = counted[native.name].to_list()
        return values, counted["count"].to_numpy()
    if isinstance(native.dtype, pd.CategoricalDtype):
        codes = native.cat.codes.to_numpy()
        counts = np.bincount(codes[codes >= 0], minlength=len(native.cat.categories))
        return np.asarray(native.cat.categories, dtype=object), counts
    counts = native.value_counts(sort=False)
    return np.asarray(counts.index, dtype=object), counts.to_numpy(dtype=int)
