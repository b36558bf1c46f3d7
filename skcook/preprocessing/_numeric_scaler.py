"""Scale the numeric columns of a mixed frame."""

from typing import Any, ClassVar

import numpy as np
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from skcook.base import BaseColumnTransformer
from skcook.base._flow import StepTraits
from skcook.exceptions import ColumnValuesError
from skcook.utils._columns import numeric_values
from skcook.utils._frames import TableColumns, read_input
from skcook.utils._sklearn import StrOptions

_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


class NumericScaler(BaseColumnTransformer):
    """Scale the numeric columns by one of scikit-learn's scalers; leave the others alone.

    The method is a parameter, so that a search can choose it.

    Parameters
    ----------
    method : {"standard", "minmax", "robust"}, default="standard"
        "standard" to mean 0 and variance 1; "minmax" to the range from 0 to 1; "robust" to median
        0 and interquartile range 1.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to scale; None takes all numeric columns.

    Attributes
    ----------
    scaler_ : StandardScaler, MinMaxScaler or RobustScaler
        The scaler fitted to the columns; None if there are none.
    columns_ : list of str
        The columns scaled.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : What "standard" does, with more settings.
    sklearn.preprocessing.MinMaxScaler : What "minmax" does.
    sklearn.preprocessing.RobustScaler : What "robust" does.

    Notes
    -----
    Missing values are left out of ``fit`` and stay missing. Integers become float64; float32 stays
    float32. Infinity is refused.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import NumericScaler
    >>> X = pd.DataFrame({"rooms": [1, 2, 5], "city": ["A", "B", "A"]})
    >>> NumericScaler("minmax").fit_transform(X)
       rooms city
    0   0.00    A
    1   0.25    B
    2   1.00    A
    """

    _step_traits = StepTraits(needs_numbers=True)

    _default_kinds = frozenset({"numeric"})
    _allowed_kinds = frozenset({"numeric"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "method": [StrOptions(set(_SCALERS))],
    }

    def __init__(self, method="standard", *, columns=None):
        self.method = method
        self.columns = columns

    def inverse_transform(self, X):
        """Return scaled data to the original scale.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data, as ``transform`` returns it.

        Returns
        -------
        X_out : {DataFrame, ndarray} of shape (n_samples, n_features)
            The data on the scale seen in ``fit``, as floats.
        """
        check_is_fitted(self)
        table = read_input(self, X, reset=False)
        return self._assemble(table, self._scale(self._like_fit(table), "inverse_transform"))

    def _fit_columns(self, frame, y):
        if not frame.columns:
            self.scaler_ = None
            return
        values = _matrix(frame)
        # A column without any value has no scale: it is left as it is.
        values[:, np.isnan(values).all(axis=0)] = 0.0
        # Whatever output scikit-learn is set to give, inside it is an array.
        scaler = _SCALERS[self.method]().set_output(transform="default")
        self.scaler_ = scaler.fit(values)

    def _transform_columns(self, frame):
        return self._scale(frame, "transform")

    def _plan_selected(self, selected, plan):
        if self.scaler_ is None:
            return {}
        doubles = [c.as_number("float64", who="NumericScaler") for c in selected.values()]
        scaled = plan(self.scaler_, doubles)
        return {
            name: [new.as_number("float32" if old.dtype == "float32" else None, who=name)]
            for (name, old), new in zip(selected.items(), scaled, strict=True)
        }

    def _scale(self, frame: TableColumns, direction: str) -> dict[str, list[Any]]:
        """Return the columns, scaled in one direction or the other."""
        values = _matrix(frame)
        if values.size:
            values = getattr(self.scaler_, direction)(values)
        out = {}
        for i, name in enumerate(frame.columns):
            column = values[:, i].astype(_dtype_out(frame[name]), copy=False)
            out[name] = [(name, column)]
        return out


def _dtype_out(column: Any) -> str:
    """Return float32 for columns of it, else float64."""
    return "float32" if str(column.dtype).lower().startswith(("float32", "float[py")) else "float64"


def _matrix(frame: TableColumns) -> np.ndarray:
    values = np.empty((len(frame), len(frame.columns)), order="F")
    for i, name in enumerate(frame.columns):
        values[:, i] = numeric_values(frame[name])
    if np.isinf(values).any():
        name = frame.columns[int(np.isinf(values).any(axis=0).argmax())]
        raise ColumnValuesError(
            f"NumericScaler: column {name!r} contains infinity, which has no place on any scale. "
            "Make it missing, or clip it."
        )
    return values
