"""Drop the columns that say nothing, or nothing that another one does not say."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._flow import StepTraits
from skcook.utils._columns import (
    KINDS,
    is_missing_value,
    kind_of,
    numeric_values,
    rows_between,
    unique_values,
)
from skcook.utils._frames import TableColumns
from skcook.utils._keys import repeated_columns
from skcook.utils._sklearn import Interval, StrOptions
from skcook.utils._validation import in_words

#: How many rows are looked at first; then sixteen times as many, and so on.
_FIRST = 64

#: Stands for all missing values.
_HOLE = object()


#: Rows that go into a correlation at once.
_BLOCK = 50_000


#: Two rows always lie on a line.
_FEWEST = 3


class DroppingMixin:
    """What the transformers share that drop columns."""

    _step_traits = StepTraits(keeps_values=True)

    def get_support(self, indices=False):
        """Tell which columns are kept.

        Parameters
        ----------
        indices : bool, default=False
            Whether to return positions instead of a mask.

        Returns
        -------
        support : ndarray of bool of shape (`n_features_in_`,), or of int
            The mask, or the positions, of the columns kept.
        """
        dropped = set(self._dropped())
        mask = np.array([name not in dropped for name in self._input_names()])
        return np.flatnonzero(mask) if indices else mask

    def _transform_columns(self, frame):
        return {name: [] for name in self._dropped()}

    def _names_out(self, given):
        return {name: [] for name in self._dropped()}

    def _plan_column(self, column, i):
        return [] if self.columns_[i] in self._dropped() else [column]


class DropConstant(DroppingMixin, BaseColumnTransformer):
    """Drop the columns that hold one value only.

    A column is read only until a second value shows up, so that a frame without constant columns
    costs next to nothing.

    Parameters
    ----------
    missing : {"value", "ignore"}, default="value"
        What a missing value is: one more value, so that a column of "yes" and missing is kept; or
        nothing, so that it is dropped. A column that is missing throughout is dropped by both.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to look at; None takes all. The others are kept, whatever they hold.

    Attributes
    ----------
    constant_columns_ : list of str
        The columns dropped.
    columns_ : list of str
        The columns looked at.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    DropCorrelated : Drop columns that say what another one says.
    sklearn.feature_selection.VarianceThreshold : Also by variance; numeric columns only.

    Notes
    -----
    Values that cannot be compared by hash, such as lists among Python objects, count as different:
    their column is kept.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import DropConstant
    >>> X = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "x", "x"], "c": ["x", "x", None]})
    >>> DropConstant().fit(X).constant_columns_
    ['b']
    >>> DropConstant(missing="ignore").fit_transform(X)
       a
    0  1
    1  2
    2  3
    """

    _default_kinds = frozenset(KINDS)

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "missing": [StrOptions({"value", "ignore"})],
    }

    def __init__(self, missing="value", *, columns=None):
        self.missing = missing
        self.columns = columns

    def _fit_columns(self, frame, y):
        if len(frame) == 1:
            raise ValueError(
                "DropConstant needs at least two rows: with n_samples=1 every column is constant."
            )
        self.constant_columns_ = [
            name for name in frame.columns if _is_constant(frame[name], self.missing)
        ]
        if len(self.constant_columns_) == self.n_features_in_:
            raise ValueError(
                f"Every column is constant in the {len(frame)} rows given to DropConstant: "
                f"{in_words(self.constant_columns_)}. No column would be left."
            )

    def _dropped(self):
        return self.constant_columns_


def _is_constant(native: Any, missing: str) -> bool:
    """Tell whether a column holds one value, reading no more of it than that takes."""
    seen: list[Any] = []
    start, size = 0, _FIRST
    while start < len(native):
        try:
            unique = unique_values(rows_between(native, start, start + size))
            # An array has no name; a series of polars has one, and knows its own values.
            found = unique.to_list() if hasattr(unique, "name") else list(unique)
        except TypeError:
            return False
        for value in found:
            if is_missing_value(value):
                if missing == "ignore":
                    continue
                value = _HOLE
            if value not in seen:
                seen.append(value)
                if len(seen) > 1:
                    return False
        start, size = start + size, 16 * size
    return True


class DropCorrelated(DroppingMixin, BaseColumnTransformer):
    """Drop the columns that say what another column says already.

    Of two numeric columns that correlate as much as `threshold`, and of two columns of any kind
    that hold the same values, the first one stays.

    Parameters
    ----------
    threshold : float, default=0.95
        The correlation, without its sign, from which on a column is dropped. With 1 only columns
        that follow exactly, and duplicates, are.
    method : {"pearson", "spearman"}, default="pearson"
        Correlation of the values, or of their ranks.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to compare; None takes all. The others are kept.

    Attributes
    ----------
    dropped_columns_ : dict of str to str
        The columns dropped, each with the column that stays in its place.
    columns_ : list of str
        The columns compared.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    DropConstant : Drop columns of one value.
    sklearn.feature_selection.SelectFromModel : Drop columns that a model does not use.

    Notes
    -----
    A correlation is that of the rows in which both columns have a value; it counts where these are
    at least half of the values that would be dropped, and three or more. Ranks are those within a
    column. Infinite values count as missing. Categories and strings are compared as strings,
    numbers as numbers, whatever their dtype.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import DropCorrelated
    >>> X = pd.DataFrame({"km": [1.0, 2.0, 4.0], "miles": [0.6, 1.2, 2.5], "city": [*"ABA"]})
    >>> DropCorrelated().fit(X).dropped_columns_
    {'miles': 'km'}
    >>> DropCorrelated(threshold=2).fit(X)
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'threshold' parameter of
    DropCorrelated must be a float in the range (0.0, 1.0]. Got 2 instead.
    """

    _default_kinds = frozenset(KINDS)

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "threshold": [Interval(Real, 0, 1, closed="right")],
        "method": [StrOptions({"pearson", "spearman"})],
    }

    def __init__(self, threshold=0.95, *, method="pearson", columns=None):
        self.threshold = threshold
        self.method = method
        self.columns = columns

    def _fit_columns(self, frame, y):
        numbers = [name for name in frame.columns if kind_of(frame[name]) == "numeric"]
        strength = np.abs(_correlations(frame, numbers, self.method))
        # Rounding leaves a perfect correlation a little short of 1.
        too_much = strength >= self.threshold - 1e-10
        places = {name: i for i, name in enumerate(numbers)}
        originals = repeated_columns({name: frame[name] for name in frame.columns})
        self.dropped_columns_: dict[str, str] = {}
        kept: list[int] = []
        for name in frame.columns:
            if name in originals:
                first = originals[name]
                self.dropped_columns_[name] = self.dropped_columns_.get(first, first)
            elif name in places:
                i = places[name]
                rivals = [j for j in kept if too_much[i, j]]
                if rivals:
                    best = max(rivals, key=lambda j: strength[i, j])
                    self.dropped_columns_[name] = numbers[best]
                else:
                    kept.append(i)

    def _dropped(self):
        return self.dropped_columns_


def _correlations(frame: TableColumns, names: list[str], method: str) -> np.ndarray:
    """Return the correlations of columns (n_names, n_names); NaN where too few rows have both.

    Entry i, j is for dropping column i: of its values, half must have one of j beside them.
    """
    n = len(names)
    if not n:
        return np.zeros((0, 0))
    columns = []
    for name in names:
        values = pd.Series(numeric_values(frame[name])).replace([np.inf, -np.inf], np.nan)
        values = (values.rank() if method == "spearman" else values).to_numpy(copy=True)
        # Near 0 and 1, so that the sums below neither lose digits nor overflow.
        values /= np.nanmax(np.abs(values), initial=0) or 1.0
        present = values[np.isfinite(values)]
        spread = present.std() if len(present) else 0.0
        columns.append((values - present.mean()) / spread if spread > 0 else values * np.nan)
    count, total, square, cross = (np.zeros((n, n)) for _ in range(4))
    for start in range(0, len(frame), _BLOCK):
        block = np.array([column[start : start + _BLOCK] for column in columns])
        there = np.isfinite(block).astype(float)
        block = np.nan_to_num(block)
        count += there @ there.T
        total += block @ there.T
        square += block**2 @ there.T
        cross += block @ block.T
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = square - total**2 / count
        found = (cross - total * total.T / count) / np.sqrt(deviation * deviation.T)
    enough = (count >= _FEWEST) & (count >= 0.5 * np.diag(count)[:, None])
    return np.where(enough, found, np.nan)
