"""What the four encoders share: categories, unseen and rare values, and the way back."""

from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import sparse

from skcook.base import BaseColumnTransformer
from skcook.base._flow import FlowColumn
from skcook.exceptions import ColumnsError, ColumnValuesError, PlanRefused
from skcook.preprocessing.encoders._category_codes import (
    Codes,
    fit_codes,
    given_categories,
    split_missing,
    transform_codes,
)
from skcook.utils._columns import new_series
from skcook.utils._frames import Table, TableColumns, read_table, to_polars
from skcook.utils._sklearn import Interval, StrOptions
from skcook.utils._validation import in_words


class BaseEncoder(BaseColumnTransformer):
    """Base class of the encoders.

    A subclass says in `_start` what it checks and forgets before any column is learned, learns one
    column in `_learn_column`, and makes the columns that codes become in `_columns_of`.
    """

    _default_kinds = frozenset({"string", "categorical", "boolean", "empty"})

    #: For an encoder without these settings.
    categories: Any = "auto"
    handle_unknown: Any = None

    def _fit_columns(self, frame, y):
        self._start(frame)
        for i, name in enumerate(frame.columns):
            self._learn_column(i, name, self._learn_categories(frame[name], i))
        self._finish()

    def _fit_transform_columns(self, frame, y):
        self._start(frame)
        columns = {}
        for i, name in enumerate(frame.columns):
            # One column after the other, so that the codes of only one are in memory.
            codes = self._learn_categories(frame[name], i)
            self._learn_column(i, name, codes)
            columns[name] = self._columns_of(codes, i, name, frame)
        self._finish()
        return columns

    def _transform_columns(self, frame):
        return {
            name: self._columns_of(self._encode(frame[name], i), i, name, frame)
            for i, name in enumerate(frame.columns)
        }

    def _start(self, frame: TableColumns) -> None:
        """Check the settings and begin to learn."""
        self._check_one_per_column("categories", frame)
        self.categories_: list[np.ndarray] = []

    def _check_one_per_column(self, setting: str, frame: TableColumns) -> None:
        """Check that a list among the settings has an entry for each column."""
        given = getattr(self, setting)
        if given is not None and not isinstance(given, str) and len(given) != len(frame.columns):
            raise ColumnsError(
                f"{type(self).__name__}: `{setting}` has {len(given)} entries and must have one "
                f"for each of the {len(frame.columns)} columns encoded: "
                f"{', '.join(frame.columns) or 'none'}."
            )

    def _learn_column(self, i: int, name: str, codes: Codes) -> None:
        """Learn from the codes of a column, beside its categories."""

    def _finish(self) -> None:
        """Check what was learned as a whole."""

    @abstractmethod
    def _columns_of(self, codes: Codes, i: int, name: str, frame: TableColumns) -> list[Any]:
        """Return the columns that take the place of a column."""

    def _is_strict(self) -> bool:
        """Tell whether a value that is no category is refused."""
        return self.handle_unknown == "error"

    def _learn_categories(self, column: Any, i: int) -> Codes:
        """Find the categories of a column; return the codes of its rows."""
        if isinstance(self.categories, str):
            codes, categories = fit_codes(column)
            self.categories_.append(categories)
            return codes
        self.categories_.append(given_categories(self.categories[i], column))
        return self._encode(column, i, when="fit")

    def _encode(self, series: Any, i: int, *, when: str = "transform") -> Codes:
        """Return the codes of new rows; refuse what is not a category, where that is asked for."""
        codes = transform_codes(series, self.categories_[i])
        if self._is_strict() and (unknown := self._unknown(codes, i)):
            known, _ = split_missing(self.categories_[i])
            raise ColumnValuesError(
                f"Found unknown categories in column {series.name!r} during {when}: "
                f"{in_words(unknown)}. Known are: {in_words(known.tolist())}. "
                "Set handle_unknown to accept such values."
            )
        return codes

    def _unknown(self, codes: Codes, i: int) -> list[Any]:
        """Return the values that are no category; a missing one may be among them."""
        unknown = list(codes.unknown)
        if codes.has_missing and not self._has_missing(i):
            unknown.append(np.nan)
        return unknown

    def _plan_table(self, column: FlowColumn, i: int, entries: Any, missing: Any, unknown: Any):
        """Return the entry of each category of a column by its cell, for a plan."""
        known, has_missing = split_missing(self.categories_[i])
        is_text = known.dtype.kind == "O"
        fits = is_text == (column.kind == "text") or any(op.name == "levels" for op in column.ops)
        if known.dtype.kind not in "Obiuf" or (len(known) and not fits):
            raise PlanRefused(f"{type(self).__name__}: column {column.name!r} is no text or number")
        table = dict(zip(known.tolist(), entries, strict=False))
        return {**table, None: missing if has_missing else unknown}

    def _has_missing(self, i: int) -> bool:
        """Tell whether a missing value is one of the categories of a column."""
        return split_missing(self.categories_[i])[1]


class GroupingEncoder(BaseEncoder):
    """Base class of the encoders that can treat rare categories as one.

    ``_tables`` holds for each column the code of each category, ``_rare`` the rare ones.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseEncoder._parameter_constraints,
        "categories": [StrOptions({"auto"}), list],
        "dtype": "no_validation",  # numpy says what is wrong
        "min_frequency": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "max_categories": [Interval(Integral, 1, None, closed="left"), None],
    }

    def _start(self, frame: TableColumns) -> None:
        super()._start(frame)
        if self._is_grouping():
            self.infrequent_categories_: list[np.ndarray | None] = []
        self._tables: list[np.ndarray] = []
        self._rare: list[np.ndarray | None] = []

    def _is_grouping(self) -> bool:
        return self.min_frequency is not None or self.max_categories is not None

    def _merge_rare(self, i: int, codes: Codes, n_categories: int) -> np.ndarray:
        """Learn which of the first categories of a column are rare; return the code of each."""
        rare = None
        if self._is_grouping():
            counts, n_missing = codes.counts(len(split_missing(self.categories_[i])[0]))
            rare = infrequent(
                np.append(counts, n_missing)[:n_categories],
                len(codes.raw),
                min_frequency=self.min_frequency,
                max_categories=self.max_categories,
            )
            self.infrequent_categories_.append(None if rare is None else self.categories_[i][rare])
        self._rare.append(rare)
        return with_infrequent_merged(n_categories, rare)


def infrequent(counts: np.ndarray, n_rows: int, *, min_frequency: Any, max_categories: Any) -> Any:
    """Tell which categories are rare, as scikit-learn does.

    Shapes: counts (n_categories,).
    """
    rare = np.zeros(len(counts), dtype=bool)
    if isinstance(min_frequency, Integral):
        rare = counts < min_frequency
    elif min_frequency is not None:
        rare = counts < n_rows * min_frequency
    if max_categories is not None and max_categories < len(counts) - rare.sum() + 1:
        # Among equals the first ones go, as they do in a stable sort.
        by_count = np.argsort(counts, kind="stable")
        rare[by_count[: len(counts) - (max_categories - 1)]] = True
    positions = np.flatnonzero(rare)
    return positions if len(positions) else None


def with_infrequent_merged(n_categories: int, rare: np.ndarray | None) -> np.ndarray:
    """Return the code of each category when the rare ones share the last code.

    Shapes: returns table (n_categories,).
    """
    if rare is None:
        return np.arange(n_categories)
    table = np.full(n_categories, n_categories - len(rare))
    frequent = np.setdiff1d(np.arange(n_categories), rare)
    table[frequent] = np.arange(len(frequent))
    return table


#: What stands for all rare categories, as in scikit-learn.
INFREQUENT = "infrequent_sklearn"


def read_encoded(encoder: Any, X: Any, n_columns: int) -> Table:
    """Let the data of ``inverse_transform`` in: what ``transform`` returned.

    Shapes: X (n, n_columns).
    """
    if sparse.issparse(X):
        raise TypeError(
            f"Sparse data was passed to {type(encoder).__name__}.inverse_transform, but dense data "
            "is required. Use '.toarray()' to convert it."
        )
    table = read_table(X if hasattr(X, "columns") else np.asarray(X))
    if table.native.shape[1] != n_columns:
        raise ColumnsError(
            f"X has {table.native.shape[1]} columns; {type(encoder).__name__} gave {n_columns}."
        )
    return table


def decode_column(
    name: str, positions: np.ndarray, categories: np.ndarray, like: nw.DataFrame
) -> Any:
    """Return the column that codes stand for.

    Shapes: positions (n,).
    """
    values, _ = split_missing(categories)
    if values.dtype == np.dtype("datetime64[D]"):
        values = values.astype(object)
    is_rare = positions == len(categories)
    missing = (positions < 0) | ((positions >= len(values)) & ~is_rare)
    known = np.where(missing | is_rare, 0, positions)
    if is_rare.any():
        column = pd.Series(np.append(values.astype(object), [None])[known], dtype=object)
        column[is_rare] = INFREQUENT
        column[missing] = None
    elif not len(values):
        column = pd.Series(np.full(len(positions), None), dtype=object)
    elif values.dtype.kind in "iub":
        masked = pd.arrays.BooleanArray if values.dtype.kind == "b" else pd.arrays.IntegerArray
        column = pd.Series(masked(values[known], missing) if missing.any() else values[known])
    elif values.dtype == object:
        column = pd.Series(
            np.where(missing, None, values[known]),  # type: ignore[call-overload]
            dtype="str" if isinstance(values[0], str) else object,
        )
    else:
        column = pd.Series(values[known])
        column[missing] = np.nan if values.dtype.kind == "f" else pd.NaT
    if isinstance(like.to_native(), pd.DataFrame):
        return nw.from_native(new_series(name, column.array, like), series_only=True)
    frame = nw.from_native(column.to_frame(name), eager_only=True)
    return nw.from_native(to_polars(frame), eager_only=True)[name]
