"""Clip the outliers of numeric columns."""

import sys
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._flow import StepTraits
from skcook.exceptions import PlanRefused
from skcook.preprocessing.imputers._filling import cast_fill_value
from skcook.utils._columns import numeric_values
from skcook.utils._sklearn import Interval, StrOptions


class OutlierClipper(BaseColumnTransformer):
    """Bring the values that lie far out to the nearest limit learned in ``fit``, dtypes kept.

    Parameters
    ----------
    method : {"iqr", "quantile"}, default="iqr"
        How the limits are found. "iqr": `factor` times the interquartile range below the first
        quartile and above the third, as the whiskers of a box plot. "quantile": at the
        `quantiles`.
    factor : float, default=1.5
        How many interquartile ranges; only for "iqr".
    quantiles : (float, float), default=(0.01, 0.99)
        The lower and the upper quantile; only for "quantile".
    side : {"both", "lower", "upper"}, default="both"
        The side on which values are clipped.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to clip; None takes all numeric columns.

    Attributes
    ----------
    lower_ : dict of str to float
        The lower limit of each column; -inf where there is none.
    upper_ : dict of str to float
        The upper limit of each column; inf where there is none.
    columns_ : list of str
        The columns clipped.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    NumericScaler : With "robust" it scales by quartiles, and leaves outliers where they are.

    Notes
    -----
    Missing values stay missing; infinite ones are left out of ``fit`` and clipped. The limits of
    whole numbers are whole numbers inside them. A column without a value, or whose quartiles are
    equal (most of its values are one), has no limits by "iqr": there, everything else would be an
    outlier.

    References
    ----------
    Tukey J. W. (1977), "Exploratory Data Analysis", Addison-Wesley.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import OutlierClipper
    >>> X = pd.DataFrame({"age": [31, 35, 38, 40, 44, 430], "city": [*"ABABAB"]})
    >>> OutlierClipper().fit_transform(X)["age"].tolist()
    [31, 35, 38, 40, 44, 53]
    >>> OutlierClipper("quantile", quantiles=(0.9, 0.1)).fit(X)
    Traceback (most recent call last):
        ...
    ValueError: OutlierClipper: quantiles must be two numbers from 0 to 1, the lower one first; got
    (0.9, 0.1).
    """

    _step_traits = StepTraits(needs_numbers=True)

    _default_kinds = frozenset({"numeric"})
    _allowed_kinds = frozenset({"numeric"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "method": [StrOptions({"iqr", "quantile"})],
        "factor": [Interval(Real, 0, None, closed="left")],
        "quantiles": ["array-like"],
        "side": [StrOptions({"both", "lower", "upper"})],
    }

    def __init__(
        self, method="iqr", *, factor=1.5, quantiles=(0.01, 0.99), side="both", columns=None
    ):
        self.method = method
        self.factor = factor
        self.quantiles = quantiles
        self.side = side
        self.columns = columns

    def _fit_columns(self, frame, y):
        low, high = self._read_quantiles()
        self.lower_, self.upper_ = {}, {}
        for name in frame.columns:
            values = numeric_values(frame[name])
            values = values[np.isfinite(values)]
            lower, upper = (-np.inf, np.inf)
            if len(values):
                lower, upper = np.quantile(values, [low, high]).tolist()
            if self.method == "iqr":
                reach = self.factor * (upper - lower)
                lower, upper = (lower - reach, upper + reach) if reach > 0 else (-np.inf, np.inf)
            self.lower_[name] = lower if self.side != "upper" else -np.inf
            self.upper_[name] = upper if self.side != "lower" else np.inf

    def _transform_columns(self, frame):
        out = {}
        for name in frame.columns:
            column = frame[name]
            values = numeric_values(column)
            limits = self.lower_[name], self.upper_[name]
            # NaN is on neither side.
            sides = values < limits[0], values > limits[1]
            if "int" in str(column.dtype).lower():
                limits = _whole_limits(*limits)
            for side, limit in zip(sides, limits, strict=True):
                if side.any():
                    held = cast_fill_value(column, limit, rounded=True)
                    column = _replaced_where(column, side, held)
            if column is not frame[name] or frame.is_made(name):
                out[name] = [column]
        return out

    def _plan_column(self, column, i):
        name = self.columns_[i]
        if column.kind != "number" or "int" in column.dtype.lower():
            raise PlanRefused(f"OutlierClipper over column {name!r} of {column.dtype} has no plan")
        return [column.then("clip", (self.lower_[name], self.upper_[name]), column.dtype)]

    def _read_quantiles(self):
        if self.method == "iqr":
            return 0.25, 0.75
        quantiles = list(self.quantiles)
        ordered = len(quantiles) == 2 and all(isinstance(q, Real) for q in quantiles)
        if not ordered or not 0 <= quantiles[0] < quantiles[1] <= 1:
            raise ValueError(
                "OutlierClipper: quantiles must be two numbers from 0 to 1, the lower one first; "
                f"got {self.quantiles!r}."
            )
        return quantiles


def _whole_limits(lower: float, upper: float) -> tuple[float, float]:
    """Return the whole numbers inside two limits; the nearest one twice, if none is inside."""
    low, high = np.ceil(lower), np.floor(upper)
    return (low, high) if low <= high else (np.round((lower + upper) / 2),) * 2


def _replaced_where(column: Any, where: np.ndarray, value: Any) -> Any:
    if isinstance(column, pd.Series):
        if column.dtype == np.float32:
            value = np.float32(value)
        return column.mask(where, value)
    polars = sys.modules["polars"]
    return column.zip_with(polars.Series(~where), polars.Series([value], dtype=column.dtype))
