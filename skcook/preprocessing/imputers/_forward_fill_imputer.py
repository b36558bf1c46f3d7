"""Fill missing values with the last value seen."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._column_transformer import select_columns
from skcook.base._flow import StepTraits
from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.utils._columns import KINDS, has_values, holds_dates, is_missing
from skcook.utils._frames import TableColumns
from skcook.utils._keys import KeyColumn, KeyIndex, key_kind, read_key
from skcook.utils._packing import pack, taken, unpack


class ForwardFillImputer(BaseColumnTransformer):
    """Fill missing values with the last value seen, in the order of the rows.

    The rows are a series in time: sort them first. ``transform`` continues where ``fit`` ended, so
    that the first rows of new data take the last values of the training data. ``fit_transform``
    fills the training data itself, where a hole before any value stays missing: nothing has been
    seen yet, and a value from the future would be a leak.

    Parameters
    ----------
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to fill; None takes all but those of `group_by` and columns of mixed objects.
    group_by : str or list of str or int, default=None
        Columns that tell several series apart, such as a shop or a sensor. Rows without a key
        are one more series. New series in ``transform`` start with nothing.

    Attributes
    ----------
    filled_columns_ : list of str
        The columns filled.
    group_columns_ : list of str
        The columns that tell the series apart.
    n_groups_ : int
        Number of series seen in ``fit``.
    columns_ : list of str
        All of these columns.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    NumericImputer : Fill numbers regardless of the order of rows.
    CategoricalImputer : Fill strings, categories and booleans likewise.

    Notes
    -----
    The result for a row depends on the rows before it, in this order. In cross-validation use a
    splitter that keeps time in order, such as ``TimeSeriesSplit``; a shuffled split lets
    rows take values from their future.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import ForwardFillImputer
    >>> past = pd.DataFrame({"shop": ["A", "B", "A"], "price": [1.0, 5.0, None]})
    >>> new = pd.DataFrame({"shop": ["B", "A", "C"], "price": [None, None, None]})
    >>> imputer = ForwardFillImputer(group_by="shop")
    >>> imputer.fit_transform(past)["price"].tolist()
    [1.0, 5.0, 1.0]
    >>> imputer.transform(new.astype({"price": float}))["price"].tolist()
    [5.0, 1.0, nan]
    """

    _step_traits = StepTraits(fills_missing=True, keeps_values=True)

    _default_kinds = frozenset(KINDS) - {"object"}
    _allowed_kinds = frozenset(KINDS) - {"object"}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "group_by": ["array-like", str, int, None],
    }

    def __init__(self, columns=None, *, group_by=None):
        self.columns = columns
        self.group_by = group_by

    def _read_fit(self, X):
        table = super()._read_fit(X)
        who, groups = type(self).__name__, [] if self.group_by is None else self.group_by
        self.group_columns_ = select_columns(table, groups, self._default_kinds, X, who)
        both = [name for name in self.group_columns_ if name in self.columns_]
        if both and self.columns is not None:
            raise ColumnsError(f"{who}: column {both[0]!r} is in `columns` and in `group_by`.")
        self.filled_columns_ = [name for name in self.columns_ if name not in both]
        named = {*self.filled_columns_, *self.group_columns_}
        self.columns_ = [name for name in table.native.columns if name in named]
        self._check_kinds(table.columns(self.columns_))
        return table

    def _fit_columns(self, frame, y):
        self._learn(frame)

    def _fit_transform_columns(self, frame, y):
        return self._filled(frame, self._learn(frame), carry=False)

    def _learn(self, frame: TableColumns) -> np.ndarray:
        """Learn the last values of each group; return the group of each row."""
        codes = np.zeros(len(frame), dtype=np.int64)
        if self.group_columns_:
            codes = _combined([read_key(frame[name]) for name in self.group_columns_])
        self.n_groups_ = int(codes.max()) + 1
        first = np.zeros(self.n_groups_, dtype=np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        self._key_kinds = {name: key_kind(frame[name]) for name in self.group_columns_}
        self._keys = {name: pack(taken(frame[name], first)) for name in self.group_columns_}
        self._last = {}
        for name in self.filled_columns_:
            series = frame[name]
            present = np.flatnonzero(~is_missing(series))
            last = np.full(self.n_groups_, -1)
            # Of several rows of a group the last one is written last, and stays.
            last[codes[present]] = present
            self._last[name] = pack(taken(series, np.maximum(last, 0)), missing=last < 0)
        return codes

    def _transform_columns(self, frame):
        groups = np.arange(self.n_groups_)
        if not self.group_columns_:
            codes = np.zeros(len(frame), dtype=np.int64)
            return self._filled(frame, np.concatenate([groups, codes]), carry=True)
        for name, kind in self._key_kinds.items():
            now = key_kind(frame[name])
            if now not in (kind, "empty") and kind != "empty":
                raise ColumnValuesError(
                    f"ForwardFillImputer: column {name!r}, which groups the rows, was "
                    f"{kind} in fit and is {now} now. Convert it."
                )
        seen = KeyIndex(
            [read_key(unpack(packed, "pandas", name)) for name, packed in self._keys.items()],
            missing_matches=True,
        )
        keys = [read_key(frame[name]) for name in self.group_columns_]
        codes = seen.find(keys)
        new = codes < 0
        if new.any():
            codes[new] = self.n_groups_ + _combined(keys)[new]
        return self._filled(frame, np.concatenate([groups, codes]), carry=True)

    def _plan_column(self, column, i):
        # What fills a hole may be a row before it: rows with holes are left to the imputer.
        if self.columns_[i] in self.filled_columns_ and column.nullable:
            return [column.then("present")]
        return [column]

    def _filled(self, frame: TableColumns, codes: np.ndarray, *, carry: bool) -> dict:
        """Fill the columns; with `carry`, the first codes are of the last rows seen in fit."""
        n_carried = self.n_groups_ if carry else 0
        order = np.argsort(codes, kind="stable") if len(self.group_columns_) else None
        out = {}
        for name in self.filled_columns_:
            series = frame[name]
            missing = is_missing(series)
            if not missing.any():
                if frame.is_made(name):
                    out[name] = [series]
                continue
            native = series
            if carry:
                missing = np.concatenate([self._last[name]["missing"], missing])
                native = _joined(self._last[name], native)
            source = _sources(missing, codes, order)[n_carried:]
            if isinstance(native, pd.Series):
                values = native.array.take(source)
                out[name] = [
                    pd.Series(values, index=series.index, name=name, dtype=native.dtype, copy=False)
                ]
            else:
                out[name] = [native[source]]
        return out


def _combined(keys: list[KeyColumn]) -> np.ndarray:
    """Return a number for each combination of keys, by first appearance; missing is a key.

    Shapes: returns codes (n,).
    """
    codes = np.zeros(len(keys[0].values), dtype=np.int64)
    for key in keys:
        more, distinct = key.codes()
        codes, _ = pd.factorize(codes * (len(distinct) + 1) + more + 1)
    return codes


def _sources(missing: np.ndarray, codes: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    """Return for each row the row that its value comes from; itself, if there is none."""
    own = np.arange(len(missing))
    if order is None:
        last = np.maximum.accumulate(np.where(missing, -1, own))
        return np.where(last < 0, own, last)
    # Rows of a group lie together in this order, so that one pass serves all groups.
    absent, grouped = missing[order], codes[order]
    start = np.maximum.accumulate(np.where(np.diff(grouped, prepend=-1) != 0, own, 0))
    last = np.maximum.accumulate(np.where(absent, -1, own))
    source = np.empty_like(own)
    source[order] = order[np.where(last < start, own, last)]
    return source


def _joined(last: dict[str, Any], native: Any) -> Any:
    """Return the last values seen, and the column behind them, in the dtype of the column."""
    container = "pandas" if isinstance(native, pd.Series) else "polars"
    carried = unpack(last, container, native.name)
    if len(native) and not has_values(native) and last["kind"] != "categorical":
        # What carries no value takes the dtype, so that large integers are not made floats.
        native = taken(carried[:0], np.full(len(native), -1))
    return (_append_pandas if container == "pandas" else _append_polars)(carried, native)


def _append_polars(carried: Any, native: Any) -> Any:
    categories = getattr(native.dtype, "categories", None)
    if categories is not None and str(native.dtype).startswith("Enum"):
        more = carried.cast(str).drop_nulls().unique().to_list()
        known = categories.to_list()
        dtype = type(native.dtype)([*known, *(c for c in sorted(more) if c not in known)])
        return carried.cast(str).cast(dtype).append(native.cast(dtype))
    if not native.dtype.is_(carried.dtype):
        carried = carried.cast(native.dtype)
    return carried.append(native)


def _append_pandas(carried: pd.Series, native: pd.Series) -> pd.Series:
    if isinstance(native.dtype, pd.CategoricalDtype):
        # Intervals and the like were kept by their names.
        named = {str(c): c for c in native.cat.categories}
        carried = carried.astype(object).map(lambda v: named.get(v, v) if isinstance(v, str) else v)
        more = [c for c in carried.dropna().unique() if c not in native.cat.categories]
        native = native.cat.add_categories(more)
    elif native.dtype == object and holds_dates(native):
        carried = carried.dt.date if carried.equals(carried.dt.normalize()) else carried
    return pd.concat([carried.astype(native.dtype), native], ignore_index=True)
