"""What the four encoders have in common: categories, unseen values, rare categories."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from skcook.base import BaseColumnTransformer
from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing.encoders._category_codes import (
    Codes,
    fit_codes,
    given_categories,
    split_missing,
    transform_codes,
)
from skcook.utils._validation import shown


class BaseEncoder(BaseColumnTransformer):
    """Base class of the encoders."""

    _default_kinds = frozenset({"string", "categorical", "boolean", "empty"})

    def _learn(self, frame: nw.DataFrame, *, strict: bool) -> Iterator[tuple[int, str, Codes]]:
        """Find the categories of each column in turn; yield its place, name and codes.

        The codes are not kept, so that only one column's are in memory at a time. `strict`
        refuses values that are not among the categories given by the user.
        """
        given = getattr(self, "categories", "auto")
        if not isinstance(given, str) and len(given) != len(frame.columns):
            raise ColumnsError(
                f"{type(self).__name__}: `categories` has {len(given)} entries and must have one "
                f"for each of the {len(frame.columns)} columns encoded: "
                f"{', '.join(frame.columns) or 'none'}."
            )
        self.categories_ = []
        for i, name in enumerate(frame.columns):
            if isinstance(given, str):
                codes, categories = fit_codes(frame[name])
                self.categories_.append(categories)
            else:
                self.categories_.append(given_categories(given[i], frame[name]))
                codes = self._encode(frame[name], i, strict=strict, when="fit")
            yield i, name, codes

    def _encode(self, series: nw.Series, i: int, *, strict: bool, when: str = "transform") -> Codes:
        """Return the codes of new rows; if `strict`, refuse what is not a category."""
        codes = transform_codes(series, self.categories_[i])
        if strict and (unknown := self._unknown(codes, i)):
            known, _ = split_missing(self.categories_[i])
            raise ColumnValuesError(
                f"Found unknown categories in column {series.name!r} during {when}: "
                f"{shown(unknown)}. Known are: {shown(known.tolist())}. "
                "Set handle_unknown to accept such values."
            )
        return codes

    def _unknown(self, codes: Codes, i: int) -> list[Any]:
        """Return the values that are no category; a missing one may be among them."""
        unknown = list(codes.unknown)
        if codes.has_missing and not self._has_missing(i):
            unknown.append(np.nan)
        return unknown

    def _has_missing(self, i: int) -> bool:
        """Tell whether a missing value is one of the categories of a column."""
        return split_missing(self.categories_[i])[1]


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


def grouped(n_categories: int, rare: np.ndarray | None) -> np.ndarray:
    """Return the code of each category when the rare ones share the last code.

    Shapes: returns table (n_categories,).
    """
    if rare is None:
        return np.arange(n_categories)
    table = np.full(n_categories, n_categories - len(rare))
    frequent = np.setdiff1d(np.arange(n_categories), rare)
    table[frequent] = np.arange(len(frequent))
    return table
