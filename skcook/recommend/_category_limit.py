"""At most so many recommended items of a category."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import check_scalar

from skcook.recommend.interactions._feature_matrix import features_of
from skcook.recommend.interactions._side_table import SideTable
from skcook.recommend.ranking._topk import top_k
from skcook.utils._columns import is_pandas


@dataclass(frozen=True)
class CategoryLimit:
    """How many items of a category a list may hold, and the categories of the items ranked.

    Shapes: categories (n_items, n_categories).
    """

    most: int
    categories: sp.csr_matrix

    def top_k(self, left, right, k, *, seen=None):
        """Return the k best items of each row of `left` that the limit lets stand.

        An item is left out if one of its categories is full by then; one without a category never
        is. Ranked are a few times k items, and more for those whose list is not full by then.

        Shapes: as of `top_k`; where fewer are left, the last scores are -inf.
        """
        n_rows, n_items = left.shape[0], right.shape[0]
        columns = np.zeros((n_rows, k), dtype=np.int32)
        scores = np.full((n_rows, k), -np.inf, dtype=np.float32)
        rows, n_ranked = np.arange(n_rows), min(n_items, 4 * k + 60)
        while len(rows):
            among = None if seen is None else seen[rows]
            ranked, their_scores = top_k(left[rows], right, n_ranked, seen=among)
            short = []
            for row, items, values in zip(rows, ranked, their_scores, strict=True):
                n_left = int(np.count_nonzero(values > -np.inf))
                kept = self._kept(items[:n_left], k)
                columns[row, : len(kept)], scores[row, : len(kept)] = items[kept], values[kept]
                if len(kept) < k and n_left == n_ranked < n_items:
                    short.append(row)
            rows, n_ranked = np.array(short, dtype=np.int64), min(n_items, 4 * n_ranked)
        return columns, scores

    def _kept(self, items, k):
        """Return the places of the first k items that the limit lets stand."""
        indptr, indices = self.categories.indptr, self.categories.indices
        counts: dict[int, int] = {}
        kept: list[int] = []
        for place, item in enumerate(items.tolist()):
            own = indices[indptr[item] : indptr[item + 1]].tolist()
            if any(counts.get(category, 0) >= self.most for category in own):
                continue
            for category in own:
                counts[category] = counts.get(category, 0) + 1
            kept.append(place)
            if len(kept) == k:
                break
        return kept


def read_category_limit(most, categories, item_ids, table):
    """Return the limit that a call asks for, or None.

    Shapes: item_ids (n_items,).
    """
    if most is None and categories is None:
        return None
    if most is None or categories is None:
        raise ValueError(
            "max_per_category and categories go together: how many items of a category, and the "
            "column of item_features, or {item: category}, that says what the categories are."
        )
    check_scalar(most, "max_per_category", Integral, min_val=1)
    if isinstance(categories, str):
        if table is None:
            raise ValueError(
                f"categories={categories!r} names a column of item_features, and this model has "
                "none. Give {item: category}."
            )
        column = categories
    elif isinstance(categories, Mapping) or is_pandas(categories):
        given = pd.Series(categories, dtype=None if len(categories) else object)
        column = "category"
        frame = pd.DataFrame({"item": given.index, column: given.to_numpy()})
        table = SideTable(frame, id="item", n_bins=len(frame) + 1)  # each number is a category
    else:
        raise TypeError(
            f"categories is a {type(categories).__name__}; a column of item_features, or a dict or "
            "a Series of item to category is expected."
        )
    return CategoryLimit(most, features_of(table, item_ids, column))
