"""The ceremony of a transformer that picks its own columns.

The base class lets the data in, checks it against ``fit``, selects the columns, hands them to
the subclass and lets the result out in the right container. A subclass holds the idea alone:

- ``_default_kinds``: which kinds of column it works on when ``columns=None``;
- ``_fit_columns(frame, y)``: learn from the selected columns, each of pandas or of polars;
- ``_transform_columns(frame)``: return the columns that replace them;
- ``_fit_transform_columns(frame, y)``: both at once, where that saves work;
- ``_plan_column(column, i)``: what ``transform`` does to a column, for `skcook.plan`.

Columns that are not selected pass through untouched, at their place.

What a column is, ``fit`` decides. A column without a value may come in any dtype, since a file or a
row without values has none to tell; ``transform`` hands it to the subclass in the dtype of ``fit``.
"""

from abc import ABCMeta, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skcook.base._flow import FlowColumn, PlanStep
from skcook.exceptions import ColumnsError, ColumnValuesError, PlanRefused
from skcook.utils._columns import (
    Kind,
    has_values,
    is_object_column,
    native_of,
    new_series,
    rows_between,
    without_dtype,
)
from skcook.utils._frames import Table, TableColumns, read_input
from skcook.utils._packing import missing_like, pack
from skcook.utils._sklearn import check_feature_names_in, fit_context, output_container
from skcook.utils._validation import did_you_mean


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
        self._fit_columns(self._learn_dtypes(table), y)
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
        columns = self._fit_transform_columns(self._learn_dtypes(table), y)
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
        return self._assemble(table, self._transform_columns(self._like_fit(table)))

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, where ``fit`` saw none.

        Returns
        -------
        feature_names_out : ndarray of str
            One name per column.
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
    def _fit_columns(self, frame: TableColumns, y: Any) -> None:
        """Learn from the selected columns."""

    @abstractmethod
    def _transform_columns(self, frame: TableColumns) -> dict[str, list[Any]]:
        """Return, for each selected column, the columns that take its place.

        A column left out stays as it is. A key that is no selected column adds its columns
        at the end.
        """

    def _fit_transform_columns(self, frame: TableColumns, y: Any) -> dict[str, list[Any]]:
        """Learn from the selected columns and return what `_transform_columns` would."""
        self._fit_columns(frame, y)
        return self._transform_columns(frame)

    def _names_out(self, given: dict[str, str]) -> dict[str, list[str]]:
        """Return, for each selected column, the names of the columns that take its place."""
        return {}

    def _names_added(self, given: dict[str, str]) -> list[str]:
        """Return the names of the columns added at the end."""
        return []

    def _plan_column(self, column: FlowColumn, i: int) -> list[FlowColumn]:
        """Return the columns that take the place of the selected column `i`, for a plan."""
        raise PlanRefused(f"{type(self).__name__} has no plan")

    def _plan_added(self, selected: dict[str, FlowColumn]) -> list[FlowColumn]:
        """Return the columns added at the end, for a plan."""
        return []

    def _plan_columns(self, columns: Sequence[FlowColumn], plan: PlanStep) -> list[FlowColumn]:
        """Return the columns that `transform` makes of columns; see `skcook.base._flow`."""
        internal = self._input_names()
        selected = {
            name: column
            for name, column in zip(internal, columns, strict=True)
            if name in set(self.columns_)
        }
        replaced = self._plan_selected(selected, plan)
        out = []
        for name, column in zip(internal, columns, strict=True):
            out += replaced.get(name, [column])
        out += self._plan_added(selected)
        names = self.get_feature_names_out()
        return [replace(c, name=str(name)) for c, name in zip(out, names, strict=True)]

    def _plan_selected(
        self, selected: dict[str, FlowColumn], plan: PlanStep
    ) -> dict[str, list[FlowColumn]]:
        """Return what takes the place of each selected column, for a plan."""
        return {name: self._plan_column(selected[name], i) for i, name in enumerate(self.columns_)}

    # What a subclass may use.

    def _read_fit(self, X: Any) -> Table:
        """Let the data of ``fit`` in and select the columns."""
        table = read_input(self, X, reset=True)
        self.columns_ = select_columns(
            table, getattr(self, "columns", None), self._default_kinds, X, type(self).__name__
        )
        self._check_kinds(table.columns(self.columns_))
        return table

    def _learn_dtypes(self, table: Table) -> TableColumns:
        """Remember of what kind and dtype the selected columns are, and return them."""
        selected = table.columns(self.columns_)
        self._kinds, self._dtype_names, self._dtypes = {}, {}, {}
        for name in selected.columns:
            if not self._takes(selected.kind(name)):  # without a value, or _check_kinds had refused
                selected.replace(name, without_dtype(selected[name]))
            self._kinds[name] = selected.kind(name)
            self._dtype_names[name] = str(selected[name].dtype)
            self._dtypes[name] = pack(rows_between(selected[name], 0, 0))
        return selected

    def _like_fit(self, table: Table) -> TableColumns:
        """Return the selected columns; one that is all missing gets the dtype it had in fit."""
        selected = table.columns(self.columns_)
        for name in selected.columns:
            column = selected[name]
            if str(column.dtype) == self._dtype_names[name]:
                if not is_object_column(column):
                    continue
                if self._allowed_kinds is None and has_values(column):
                    continue  # whatever the objects are, they are taken
                if selected.kind(name) == self._kinds[name]:
                    continue
            if not has_values(column):
                library = "pandas" if isinstance(table.native, pd.DataFrame) else "polars"
                blank = missing_like(self._dtypes[name], library, name, len(column))
                if library == "pandas":
                    blank.index = column.index
                selected.replace(name, blank)
            elif not self._takes(selected.kind(name)):
                raise self._refused(column, selected.kind(name))
        return selected

    def _takes(self, kind: Kind) -> bool:
        return self._allowed_kinds is None or kind == "empty" or kind in self._allowed_kinds

    def _check_kinds(self, frame: TableColumns) -> None:
        """Raise if a selected column is of a kind that this step does not take."""
        if self._allowed_kinds is None:
            return
        for name in frame.columns:
            if not self._takes(frame.kind(name)) and has_values(frame[name]):
                raise self._refused(frame[name], frame.kind(name))

    def _refused(self, column: Any, kind: Kind) -> ColumnValuesError:
        return ColumnValuesError(
            f"{type(self).__name__} takes {' or '.join(sorted(self._allowed_kinds or ()))} "
            f"columns; column {column.name!r} is {kind} ({column.dtype}). "
            "Leave it out of `columns`, or convert it."
        )

    def _input_names(self) -> list[str]:
        """Return the names that the columns have inside."""
        names = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if names is None else list(names)

    def _assemble(self, table: Table, columns: dict[str, list[Any]]) -> Any:
        """Put the new columns at their places and let the frame out.

        A new column is one of pandas or polars, or a name and an array, in which NaN is missing.
        """
        native = table.native
        names = list(native.columns)
        made = {name: [_named(column) for column in new] for name, new in columns.items()}
        in_place = set(made) <= set(names) and all(
            len(new) == 1 and new[0][0] == name for name, new in made.items()
        )
        if in_place:
            out = _replaced(native, {name: new[0][1] for name, new in made.items()})
        else:
            pairs: list[tuple[str, Any]] = []
            for name in names:
                pairs.extend(made.pop(name) if name in made else [(name, native[name])])
            for added in made.values():
                pairs.extend(added)
            out = _frame_of(pairs, native)
        return table.write_native(out, output_container(self))


def _named(column: Any) -> tuple[str, Any]:
    """Return the name of a new column, and the column or its values."""
    if isinstance(column, tuple):
        return column
    native = native_of(column)
    return native.name, native


def _replaced(native: Any, columns: dict[str, Any]) -> Any:
    """Return a frame with some of its columns replaced."""
    if not isinstance(native, pd.DataFrame):
        return native.with_columns(**_polars_columns(columns.items(), native))
    if len(columns) == native.shape[1]:
        ordered = [(name, columns[name]) for name in native.columns]
        return pd.DataFrame(dict(ordered), index=native.index, copy=False)
    out = native.copy(deep=False)
    for name, column in columns.items():
        out[name] = column
    return out


def _frame_of(pairs: list[tuple[str, Any]], native: Any) -> Any:
    """Return a frame of columns that may bear names already taken by columns they replace."""
    counts = Counter(name for name, _ in pairs)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise ColumnsError(
            f"The output would have more than one column named {', '.join(map(repr, repeated))}. "
            "Rename the input column of that name."
        )
    if isinstance(native, pd.DataFrame):
        return pd.DataFrame(dict(pairs), index=native.index, columns=list(counts), copy=False)
    return type(native)(list(_polars_columns(pairs, native).values()))


def _polars_columns(pairs: Any, native: Any) -> dict[str, Any]:
    return {
        name: new_series(name, column, native, nan_is_missing=isinstance(column, np.ndarray))
        for name, column in pairs
    }


def select_columns(
    table: Table,
    columns: Any,
    default_kinds: frozenset[Kind],
    X: Any,
    who: str,
) -> list[str]:
    """Resolve the parameter `columns` to names."""
    names = list(table.native.columns)
    if columns is None:
        every = table.columns(names)
        return [name for name in names if every.kind(name) in default_kinds]
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
