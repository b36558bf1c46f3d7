"""Drop the columns that say nothing."""

from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.utils._frames import KINDS
from skcook.utils._sklearn import StrOptions
from skcook.utils._validation import shown

#: How many rows are looked at first; then sixteen times as many, and so on.
_FIRST = 64

#: Stands for all missing values.
_HOLE = object()


class DropConstant(BaseColumnTransformer):
    """Drop the columns that hold one value only.

    A column is read only until a second value shows up, so that a frame without constant columns
    costs next to nothing.

    Parameters
    ----------
    missing : {"value", "ignore"}, default="value"
        What a missing value is: one more value, so that a column of "yes" and missing is kept; or
        nothing, so that it is dropped. A column that is missing throughout is dropped by both.

    Attributes
    ----------
    constant_columns_ : list of str
        The columns dropped.
    columns_ : list of str
        The columns looked at: all.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
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
        "missing": [StrOptions({"value", "ignore"})],
    }

    def __init__(self, missing="value"):
        self.missing = missing

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
        dropped = set(self.constant_columns_)
        mask = np.array([name not in dropped for name in self._input_names()])
        return np.flatnonzero(mask) if indices else mask

    def _fit_columns(self, frame, y):
        if len(frame) == 1:
            raise ValueError(
                "DropConstant needs at least two rows: with n_samples=1 every column is constant."
            )
        self.constant_columns_ = [
            name for name in frame.columns if _is_constant(frame[name], self.missing)
        ]
        if len(self.constant_columns_) == len(frame.columns):
            raise ValueError(
                f"Every column is constant in the {len(frame)} rows given to DropConstant: "
                f"{shown(self.constant_columns_)}. No column would be left."
            )

    def _transform_columns(self, frame):
        return {name: [] for name in self.constant_columns_}

    def _names_out(self, given):
        return {name: [] for name in self.constant_columns_}


def _is_constant(series: nw.Series, missing: str) -> bool:
    """Tell whether a column holds one value, reading no more of it than that takes."""
    native = series.to_native()
    is_pandas = isinstance(native, pd.Series)
    rows = native.iloc if is_pandas else native
    seen: list[Any] = []
    start, size = 0, _FIRST
    while start < len(native):
        try:
            found = rows[start : start + size].unique()
            found = list(found) if is_pandas else found.to_list()
        except TypeError:
            return False
        for value in found:
            if _is_hole(value):
                if missing == "ignore":
                    continue
                value = _HOLE
            if value not in seen:
                seen.append(value)
                if len(seen) > 1:
                    return False
        start, size = start + size, 16 * size
    return True


def _is_hole(value: Any) -> bool:
    return value is None or value is pd.NA or bool(value != value)
