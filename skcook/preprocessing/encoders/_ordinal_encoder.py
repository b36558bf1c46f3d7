"""Ordinal codes for categories."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skcook.base._flow import Lookup, float_dtype, parts
from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.encoders._base_encoder import (
    GroupingEncoder,
    decode_column,
    read_encoded,
)
from skcook.preprocessing.encoders._category_codes import split_missing
from skcook.utils._columns import new_series, numeric_values
from skcook.utils._sklearn import StrOptions


class OrdinalEncoder(GroupingEncoder):
    """Encode categories as whole numbers, 0 to ``n_categories - 1``.

    It gives the codes of :class:`sklearn.preprocessing.OrdinalEncoder`, from pandas, polars and
    numpy alike, in a fraction of the time. Its own are `columns`, and the same code for a missing
    value whatever it is written as (None, NaN, ``pd.NA``, null). Columns that are not selected
    pass through untouched.

    Parameters
    ----------
    columns : str, int, list, slice, mask, callable or None, default=None
        The columns to encode: names, positions, a mask, or a callable that takes `X` and returns
        any of them, such as :class:`sklearn.compose.make_column_selector`. None selects string,
        categorical and boolean columns; ``slice(None)`` all columns.
    categories : "auto" or list of array-like, default="auto"
        For each encoded column its categories, in the order of the codes wanted. Numbers must be
        sorted, a missing value must be the last. "auto" takes the values found in ``fit``, sorted.
    dtype : dtype, default=numpy.float64
        The dtype of the codes.
    handle_unknown : {"error", "use_encoded_value"}, default="error"
        What ``transform`` does with a value that ``fit`` has not seen: raise, or write
        `unknown_value`. A missing value is a value not seen if the column had none in ``fit``.
    unknown_value : int, NaN or None, default=None
        The code of values not seen.
    encoded_missing_value : int or NaN, default=NaN
        The code of missing values.
    min_frequency : int or float, default=None
        Categories of fewer rows (int) or of a smaller share of the rows (float) get one common
        code, the last.
    max_categories : int, default=None
        The largest number of codes per column, the common one of rare categories included, those of
        missing and unseen values not included.

    Attributes
    ----------
    columns_ : list of str
        The encoded columns.
    categories_ : list of ndarray
        For each of ``columns_`` its categories; a missing value is the last one, NaN.
    infrequent_categories_ : list of ndarray or None
        For each of ``columns_`` its rare categories, None if there are none. Only with
        `min_frequency` or `max_categories`.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    OneHotEncoder : One column per category, for models that would read an order into codes.
    TargetEncoder : One number per category, learned from the target; for many categories.

    Notes
    -----
    ``docs/user_guide/encoders.md`` lists the differences to scikit-learn, with their reasons.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import OrdinalEncoder
    >>> X = pd.DataFrame({"fruit": ["pear", "fig", None], "grams": [180, 50, 60]})
    >>> encoder = OrdinalEncoder(encoded_missing_value=-1, dtype=int).fit(X)
    >>> encoder.transform(X)
       fruit  grams
    0      1    180
    1      0     50
    2     -1     60

    A value that was not there in ``fit`` is named:

    >>> encoder.transform(pd.DataFrame({"fruit": ["plum"], "grams": [40]}))
    Traceback (most recent call last):
    ...
    skcook.exceptions.ColumnValuesError: Found unknown categories in column 'fruit' during
    transform: 'plum'. Known are: 'fig', 'pear'. Set handle_unknown to accept such values.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **GroupingEncoder._parameter_constraints,
        "handle_unknown": [StrOptions({"error", "use_encoded_value"})],
        "unknown_value": [Integral, type(np.nan), None],
        "encoded_missing_value": [Integral, type(np.nan)],
    }

    def __init__(
        self,
        columns=None,
        *,
        categories="auto",
        dtype=np.float64,
        handle_unknown="error",
        unknown_value=None,
        encoded_missing_value=np.nan,
        min_frequency=None,
        max_categories=None,
    ):
        self.columns = columns
        self.categories = categories
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.unknown_value = unknown_value
        self.encoded_missing_value = encoded_missing_value
        self.min_frequency = min_frequency
        self.max_categories = max_categories

    def inverse_transform(self, X):
        """Turn codes back into categories.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            What ``transform`` returned.

        Returns
        -------
        X_original : {DataFrame, ndarray} of shape (n_samples, n_features)
            The categories, in the container of `X`. Values that were not seen in ``fit`` come back
            as missing, rare ones as "infrequent_sklearn".
        """
        check_is_fitted(self)
        table = read_encoded(self, X, len(self._input_names()))
        frame = table.frame
        back = []
        for i, name in enumerate(self.columns_):
            column = frame.columns[self._input_names().index(name)]
            codes = numeric_values(frame[column])
            back.append(
                decode_column(column, self._positions(codes, i), self.categories_[i], frame)
            )
        return table.write(frame.with_columns(*back))

    def _start(self, frame):
        super()._start(frame)
        self._check_unknown_value()

    def _learn_column(self, i, name, codes):
        n_categories = len(split_missing(self.categories_[i])[0])
        self._tables.append(self._merge_rare(i, codes, n_categories))
        self._check_codes_are_free(i, name)

    def _columns_of(self, codes, i, name, frame):
        missing = self.encoded_missing_value if self._has_missing(i) else self.unknown_value
        # Neither is written where the codes hold no such row; they must fit the dtype all the same.
        fillers = [
            0 if value is None or (np.isnan(value) and np.dtype(self.dtype).kind != "f") else value
            for value in (missing, self.unknown_value)
        ]
        table = self._tables[i].astype(self.dtype)
        return [new_series(name, codes.take(table, missing=fillers[0], unknown=fillers[1]), frame)]

    def _plan_column(self, column, i):
        unknown = None if self.handle_unknown == "error" else (float(self.unknown_value),)
        missing = (float(self.encoded_missing_value),)
        codes = [(float(code),) for code in self._tables[i].tolist()]
        table = self._plan_table(column, i, codes, missing, unknown)
        block = Lookup(column, table, unknown, 1, one_hot=False)
        return parts(block, [column.name], dtype=float_dtype(self.dtype))

    def _positions(self, codes, i):
        """Return the positions of the categories that codes stand for; -1 for missing."""
        table = self._tables[i]
        n_codes = table.max() + 1 if len(table) else 0
        first = np.full(n_codes, len(self.categories_[i]))
        frequent = np.flatnonzero(table < n_codes - (self._rare[i] is not None))
        first[table[frequent]] = frequent

        absent = np.isnan(codes)
        if self._has_missing(i):
            absent |= codes == self.encoded_missing_value
        if self.handle_unknown == "use_encoded_value":
            absent |= codes == self.unknown_value
        whole = np.where(absent, 0, codes)
        if ((whole < 0) | (whole >= n_codes) | (whole % 1 != 0))[~absent].any():
            raise ColumnValuesError(
                f"Column {self.columns_[i]!r} has codes that OrdinalEncoder does not give; they "
                f"must be whole numbers from 0 to {n_codes - 1}."
            )
        if not n_codes:
            return np.full(len(codes), -1)
        return np.where(absent, -1, first[whole.astype(np.intp)])

    def _check_unknown_value(self):
        if self.handle_unknown == "use_encoded_value":
            if self.unknown_value is None:
                raise TypeError(
                    "unknown_value should be an integer or NaN when handle_unknown is "
                    f"'use_encoded_value', got {self.unknown_value}."
                )
            if np.isnan(self.unknown_value) and np.dtype(self.dtype).kind != "f":
                raise ValueError(
                    "When unknown_value is NaN, the dtype parameter should be a float dtype. "
                    f"Got {self.dtype}."
                )
        elif self.unknown_value is not None:
            raise TypeError(
                "unknown_value should only be set when handle_unknown is 'use_encoded_value', "
                f"got {self.unknown_value}."
            )

    def _check_codes_are_free(self, i, name):
        """Raise if the code of unseen or missing values is that of a category, too."""
        table = self._tables[i]
        n_codes = table.max() + 1 if len(table) else 0
        if self.unknown_value is not None and 0 <= self.unknown_value < n_codes:
            raise ValueError(
                f"The used value for unknown_value {self.unknown_value} is one of the values "
                f"already used for encoding the seen categories of column {name!r}, "
                f"0 to {n_codes - 1}."
            )
        if not self._has_missing(i):
            return
        if np.isnan(self.encoded_missing_value):
            if np.dtype(self.dtype).kind != "f":
                raise ValueError(
                    f"Column {name!r} has missing values. For OrdinalEncoder to encode them with "
                    f"dtype: {self.dtype}, set encoded_missing_value to a non-NaN value, or set "
                    "dtype to a float."
                )
        elif 0 <= self.encoded_missing_value < n_codes:
            raise ValueError(
                f"encoded_missing_value ({self.encoded_missing_value}) is already used to encode a "
                f"known category of column {name!r}; its codes are 0 to {n_codes - 1}."
            )
