"""The ceremony of a transformer that picks its own columns.

The base class lets the data in, checks it against ``fit``, selects the columns, hands them to
the subclass and lets the result out in the right container. A subclass holds the idea alone:

- ``_default_kinds``: which kinds of column it works on when ``columns=None``;
- ``_fit_columns(frame, y)``: learn from the selected columns;
- ``_transform_columns(frame)``: return the columns that replace them;
- ``_fit_transform_columns(frame, y)``: both at once, where that saves work.

Columns that are not selected pass through untouched, at their place.
"""

from abc import ABCMeta, abstractmethod
from collections import Counter
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.utils._frames import Kind, Table, TableColumn, TableColumns, kind_of
from skcook.utils._sklearn import check_feature_names_in, fit_context, output_container
from skcook.utils._validation import did_you_mean, read_input


class BaseColumnTransformer(TransformerMixin, BaseEstimator, metaclass=ABCMeta):
    """Base class of the transformers that work column by column.

    Attributes
    ----------
    columns_ : list of str
        The columns it works on; columns without a name are called "x0", "x1", ...
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.
    """

    _default_kinds: ClassVar[frozenset[Kind]]
    #: Kinds that a column may have when it is named explicitly; None allows all.
    _allowed_kinds: ClassVar[frozenset[Kind] | None] = None

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "columns": ["array-like", str, int, slice, callable, None]
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from the data.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data: pandas, polars or numpy.
        y : array-like of shape (n_samples,), default=None
            The target, for the transformers that use it.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        table = self._read_fit(X)
        self._fit_columns(table.frame.select(self.columns_), y)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Learn from the data and transform it.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data: pandas, polars or numpy.
        y : array-like of shape (n_samples,), default=None
            The target, for the transformers that use it.

        Returns
        -------
        X_out : {DataFrame, ndarray} of shape (n_samples, n_features_out)
            What ``fit(X, y).transform(X)`` returns.
        """
        table = self._read_fit(X)
        columns = self._fit_transform_columns(table.frame.select(self.columns_), y)
        return self._assemble(table, columns)

    def transform(self, X):
        """Transform the data.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data, with the columns seen in ``fit``.

        Returns
        -------
        X_out : {DataFrame, ndarray} of shape (n_samples, n_features_out)
            The result, in the container that came or that ``set_output`` asks for. Columns that
            were not selected are unchanged.
        """
        check_is_fitted(self)
        table = read_input(self, X, reset=False)
        selected = TableColumns(table, self.columns_)
        self._check_kinds(selected)
        return self._assemble(table, self._transform_columns(selected))

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, where ``fit`` saw none.

        Returns
        -------
        feature_names_out : ndarray of str
            One name a column.
        """
        check_is_fitted(self)
        names = check_feature_names_in(self, input_features)
        internal = self._input_names()
        given = dict(zip(internal, names, strict=True))
        replaced = self._names_out(given)
        out = []
        for name in internal:
            out.extend(replaced.get(name, [given[name]]))
        out.extend(self._names_added(given))
        return np.asarray(out, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    # What a subclass gives.

    @abstractmethod
    def _fit_columns(self, frame: nw.DataFrame, y: Any) -> None:
        """Learn from the selected columns."""

    @abstractmethod
    def _transform_columns(self, frame: nw.DataFrame) -> dict[str, list[nw.Series]]:
        """Return, for each selected column, the columns that take its place.

        A column left out stays as it is. A key that is no selected column adds its columns
        at the end.
        """

    def _fit_transform_columns(self, frame: nw.DataFrame, y: Any) -> dict[str, list[nw.Series]]:
        """Learn from the selected columns and return what `_transform_columns` would."""
        self._fit_columns(frame, y)
        return self._transform_columns(frame)

    def _names_out(self, given: dict[str, str]) -> dict[str, list[str]]:
        """Return, for each selected column, the names of the columns that take its place."""
        return {}

    def _names_added(self, given: dict[str, str]) -> list[str]:
        """Return the names of the columns added at the end."""
        return []

    # What a subclass may use.

    def _read_fit(self, X: Any) -> Table:
        """Let the data of ``fit`` in and select the columns."""
        table = read_input(self, X, reset=True)
        self.columns_ = select_columns(
            table, getattr(self, "columns", None), self._default_kinds, X, type(self).__name__
        )
        self._check_kinds(table.frame.select(self.columns_))
        return table

    def _check_kinds(self, frame: nw.DataFrame) -> None:
        """Raise if a selected column is of a kind that this step does not take."""
        if self._allowed_kinds is None:
            return
        allowed = {*self._allowed_kinds, "empty"}
        for name in frame.columns:
            kind = kind_of(frame[name])
            if kind not in allowed:
                raise ColumnValuesError(
                    f"{type(self).__name__} takes {' or '.join(sorted(self._allowed_kinds))} "
                    f"columns; column {name!r} is {kind} ({frame[name].to_native().dtype}). "
                    "Leave it out of `columns`, or convert it."
                )

    def _input_names(self) -> list[str]:
        """Return the names that the columns have inside."""
        names = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if names is None else list(names)

    def _assemble(self, table: Table, columns: dict[str, list[nw.Series]]) -> Any:
        """Put the new columns at their places and let the frame out."""
        native = table.native
        names = list(native.columns)
        in_place = set(columns) <= set(names) and all(
            len(made) == 1 and made[0].name == name for name, made in columns.items()
        )
        if in_place:
            # A column as it was read needs no writing.
            new = {
                n: _native(m[0]) for n, m in columns.items() if not isinstance(m[0], TableColumn)
            }
            out = _replaced(native, new)
        else:
            series: list[Any] = []
            for name in names:
                series.extend(map(_native, columns[name]) if name in columns else [native[name]])
            for name, made in columns.items():
                if name not in names:
                    series.extend(map(_native, made))
            out = _frame_of(series, native)
        return table.write_native(out, output_container(self))


def _native(series: Any) -> Any:
    return series.to_native() if hasattr(series, "to_native") else series


def _replaced(native: Any, columns: dict[str, Any]) -> Any:
    """Return a frame with some of its columns replaced."""
    if not isinstance(native, pd.DataFrame):
        return native.with_columns(list(columns.values()))
    out = native.copy(deep=False)
    for name, column in columns.items():
        out[name] = column
    return out


def _frame_of(series: list[Any], native: Any) -> Any:
    """Return a frame of columns that may bear names already taken by columns they replace."""
    counts = Counter(column.name for column in series)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise ColumnsError(
            f"The output would have more than one column named {', '.join(map(repr, repeated))}. "
            "Rename the input column of that name."
        )
    if not isinstance(native, pd.DataFrame):
        return native.select(series)
    columns = {column.name: column for column in series}
    return pd.DataFrame(columns, index=native.index, columns=list(columns), copy=False)


def select_columns(
    table: Table,
    columns: Any,
    default_kinds: frozenset[Kind],
    X: Any,
    who: str,
) -> list[str]:
    """Resolve the parameter `columns` to names."""
    names = list(table.frame.columns)
    if columns is None:
        return [name for name in names if kind_of(table.frame[name]) in default_kinds]
    if callable(columns):
        columns = columns(X)
    if isinstance(columns, slice):
        return names[columns]
    if isinstance(columns, str) or np.isscalar(columns):
        columns = [columns]
    wanted = list(columns)
    if wanted and all(isinstance(item, bool | np.bool_) for item in wanted):
        if len(wanted) != len(names):
            raise ColumnsError(
                f"{who}: the mask in `columns` has {len(wanted)} entries; "
                f"X has {len(names)} columns."
            )
        return [name for name, keep in zip(names, wanted, strict=True) if keep]
    labels = dict(zip(table.labels or [], names, strict=False))
    selected = []
    for item in wanted:
        if item in labels:
            selected.append(labels[item])
        elif isinstance(item, str) and item in names:
            selected.append(item)
        elif isinstance(item, int | np.integer) and -len(names) <= item < len(names):
            selected.append(names[item])
        else:
            match = did_you_mean(item, names) if isinstance(item, str) else None
            raise ColumnsError(
                f"{who}: X has no column {item!r}"
                + (f"; did you mean {match!r}?" if match else f". Its columns: {', '.join(names)}.")
            )
    repeated = sorted({name for name in selected if selected.count(name) > 1})
    if repeated:
        raise ColumnsError(f"{who}: `columns` names {', '.join(repeated)} more than once.")
    return [name for name in names if name in set(selected)]
