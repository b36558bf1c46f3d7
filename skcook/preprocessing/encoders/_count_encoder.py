"""How often a category occurs."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Lookup, float_dtype, parts
from skcook.preprocessing.encoders._base_encoder import BaseEncoder
from skcook.preprocessing.encoders._category_codes import split_missing
from skcook.utils._columns import new_series
from skcook.utils._sklearn import StrOptions


class CountEncoder(BaseEncoder):
    """Encode each category by the number, or the share, of its rows in ``fit``.

    How common a value is often tells much of it, and one column of numbers serves any model,
    however many categories there are. The target is not used, so that nothing can leak. Columns
    that are not selected pass through untouched.

    Parameters
    ----------
    columns : str, int, list, slice, mask, callable or None, default=None
        The columns to encode: names, positions, a mask, or a callable that takes `X` and returns
        any of them, such as :class:`sklearn.compose.make_column_selector`. None selects string,
        categorical and boolean columns; ``slice(None)`` all columns.
    normalize : bool, default=False
        Give the share of all rows instead of their number.
    handle_unknown : {"use_encoded_value", "error"}, default="use_encoded_value"
        What ``transform`` does with a value that ``fit`` has not seen: write `unknown_value`, or
        raise. A missing value is a value not seen if the column had none in ``fit``.
    unknown_value : float, default=0
        What stands for values not seen; NaN is a choice.
    encoded_missing_value : "count" or float, default="count"
        What stands for missing values: "count" counts them as a category of their own.
    dtype : dtype, default=numpy.float64
        The dtype of the counts.

    Attributes
    ----------
    columns_ : list of str
        The encoded columns.
    categories_ : list of ndarray
        For each of ``columns_`` its categories, sorted; a missing value is the last one, NaN.
    counts_ : list of ndarray of int
        For each of ``columns_`` the rows of each category.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    TargetEncoder : One number per category, learned from the target.

    Notes
    -----
    scikit-learn has no such class. ``feature_engine.encoding.CountFrequencyEncoder`` and
    ``category_encoders.CountEncoder`` give the same numbers, for pandas.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import CountEncoder
    >>> X = pd.DataFrame({"fruit": ["fig", "pear", "fig", None], "grams": [50, 180, 60, 75]})
    >>> encoder = CountEncoder(dtype=int).fit(X)
    >>> encoder.transform(X)
       fruit  grams
    0      2     50
    1      1    180
    2      2     60
    3      1     75
    >>> encoder.transform(pd.DataFrame({"fruit": ["plum"], "grams": [40]}))
       fruit  grams
    0      0     40
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "normalize": ["boolean"],
        "handle_unknown": [StrOptions({"use_encoded_value", "error"})],
        "unknown_value": [Real],
        "encoded_missing_value": [StrOptions({"count"}), Real],
        "dtype": "no_validation",  # numpy says what is wrong
    }

    def __init__(
        self,
        columns=None,
        *,
        normalize=False,
        handle_unknown="use_encoded_value",
        unknown_value=0,
        encoded_missing_value="count",
        dtype=np.float64,
    ):
        self.columns = columns
        self.normalize = normalize
        self.handle_unknown = handle_unknown
        self.unknown_value = unknown_value
        self.encoded_missing_value = encoded_missing_value
        self.dtype = dtype

    def _start(self, frame):
        super()._start(frame)
        dtype = np.dtype(self.dtype)
        if dtype.kind not in "fiu" or (dtype.kind != "f" and self.normalize):
            raise ValueError(
                f"dtype={self.dtype!r} cannot hold {'shares' if self.normalize else 'counts'}; "
                f"set a {'float' if self.normalize else 'float or integer'} dtype."
            )
        for name in ("unknown_value", "encoded_missing_value"):
            value = getattr(self, name)
            if dtype.kind != "f" and value != "count" and value != int(np.nan_to_num(value)):
                raise ValueError(f"{name}={value!r} needs a float dtype; got dtype={self.dtype!r}.")
        self.counts_ = []

    def _learn_column(self, i, name, codes):
        values, has_missing = split_missing(self.categories_[i])
        counts, n_missing = codes.counts(len(values))
        self.counts_.append(np.append(counts, n_missing) if has_missing else counts)

    def _plan_column(self, column, i):
        entries = [(float(entry),) for entry in self._table(i).tolist()]
        missing = entries[-1] if entries else None
        if self.encoded_missing_value != "count":
            missing = (float(self.encoded_missing_value),)
        unknown = None if self.handle_unknown == "error" else (float(self.unknown_value),)
        table = self._plan_table(column, i, entries, missing, unknown)
        block = Lookup(column, table, unknown, 1, one_hot=False)
        return parts(block, [column.name], dtype=float_dtype(self.dtype))

    def _table(self, i):
        """Return what each category of a column becomes."""
        counts = self.counts_[i]
        return (counts / counts.sum() if self.normalize else counts).astype(self.dtype)

    def _columns_of(self, codes, i, name, frame):
        table = self._table(i)
        missing = self.unknown_value
        if self._has_missing(i):
            table, missing = table[:-1], table[-1]
            if self.encoded_missing_value != "count":
                missing = self.encoded_missing_value
        values = codes.take(table, missing=missing, unknown=self.unknown_value)
        return [new_series(name, values, frame)]
