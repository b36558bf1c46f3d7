"""The items of a recommender: which are ranked, how many of a category, seen or liked, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from skcook.exceptions import ColumnValuesError
from skcook.recommend._recommendations import container_for, frame_of
from skcook.recommend.interactions._ids import (
    index_of,
    one_id,
    places_of,
    read_ids,
    refuse_unknown,
)
from skcook.recommend.interactions._pairs import rows_at
from skcook.recommend.interactions._side_table import SideTable, features_of
from skcook.recommend.ranking._topk import top_k
from skcook.utils._columns import is_pandas
from skcook.utils._validation import in_words


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


@dataclass(frozen=True)
class Catalogue:
    """The items that are ranked."""

    ids: np.ndarray
    vectors: np.ndarray
    places: np.ndarray  # in item_ids_, -1 for items that were not in fit
    complete: bool  # whether places is 0, 1, ..., all of item_ids_
    limit: CategoryLimit | None = None

    def best(self, vectors, k, seen):
        """Return the places of the k best items for each of some users, and their scores.

        Shapes: vectors (n, width); returns columns, scores (n, k).
        """
        ours = self.vectors
        if not sp.issparse(ours) and not vectors[:, -1].any():
            # The last place of the vectors is for users of whom nothing is known.
            vectors, ours = vectors[:, :-1], ours[:, :-1]
        rank = top_k if self.limit is None else self.limit.top_k
        return rank(vectors, ours, min(k, len(self.ids)), seen=seen)


class CatalogueMixin:
    """Gives a recommender the choice of what is ranked, and a look at what there is."""

    def known_likes(self, user):
        """Return what a user liked in ``fit``.

        Parameters
        ----------
        user : id
            A user of ``fit``.

        Returns
        -------
        frame : DataFrame
            One row per item: the item, how many users liked it, and titles if a side table has
            them; the most popular first.
        """
        check_is_fitted(self)
        ids = one_id(user, "user")
        place = places_of(self._index("user"), ids)[0]
        if place < 0:
            refuse_unknown(ids, "users")
        items = self.liked_[place].indices
        items = items[np.argsort(-self.item_counts_[items], kind="stable")]
        found = self.item_ids_[items]
        columns = [(self.item_name_, found), ("likes", self.item_counts_[items].astype(np.int64))]
        return frame_of(columns + self._titles("item", found), container_for(user, self.container_))

    def find_items(self, text, k=10):
        """Find items of ``fit`` by a part of their title or id.

        Parameters
        ----------
        text : str
            What to look for, in capitals or not.
        k : int, default=10
            How many to return at most.

        Returns
        -------
        frame : DataFrame
            One row per item, in the order of `item_ids_`: the item, and titles if a side table
            has them.
        """
        check_is_fitted(self)
        check_scalar(k, "k", Integral, min_val=1)
        if "names" not in self._cache:
            ids = [str(value) for value in self.item_ids_]
            titles = [column for _, column in self._titles("item", self.item_ids_)]
            names = zip(*titles, ids, strict=True)
            self._cache["names"] = [" ".join(filter(None, parts)).casefold() for parts in names]
        wanted = text.casefold()
        found = [i for i, name in enumerate(self._cache["names"]) if wanted in name][:k]
        ids = self.item_ids_[found]
        return frame_of(
            [(self.item_name_, ids), *self._titles("item", ids)],
            container_for(None, self.container_),
        )

    def _titles(self, side, ids):
        table = self._table(side)
        if table is None or table.titles is None:
            return []
        return [(table.title, table.titles_of(ids))]

    def _choose(self, candidates, left_out, most, categories):
        """Return the items to choose from, of which a list may hold so many of a category."""
        catalogue = self._catalogue(candidates, left_out, check=True)
        limit = read_category_limit(most, categories, catalogue.ids, self._table("item"))
        return replace(catalogue, limit=limit)

    def _catalogue(self, candidates, left_out, *, check=False):
        if candidates is None:
            ids, complete = self.item_ids_, True
            vectors, places = self._item_matrix(), np.arange(len(ids))
        else:
            if isinstance(candidates, str):
                if candidates != "all":
                    raise ValueError(
                        f'candidates must be None, "all" or a list of ids; got {candidates!r}.'
                    )
                table = self._table("item")
                more = [] if table is None else [table.ids[self._misses("item", table.ids)]]
                ids = np.concatenate([self.item_ids_, *more])
            else:
                ids = read_ids(candidates, "candidates")[1]
                if check:
                    self._check_candidates(ids)
            (vectors, places), complete = self._item_vectors(ids), False
        if left_out is not None:
            keep = places_of(index_of(read_ids(left_out, "filter")[1]), ids) < 0
            ids, vectors, places, complete = ids[keep], vectors[keep], places[keep], False
        return Catalogue(ids, vectors, places, complete)

    def _check_candidates(self, ids):
        """Raise if a candidate is known neither to ``fit`` nor to a side table."""
        unknown = self._misses("item", ids)
        table = self._table("item")
        if table is not None:
            unknown &= table.rows_of(ids) < 0
        if unknown.any():
            raise ColumnValuesError(
                f"candidates: {unknown.sum()} unknown id(s): {in_words(ids[unknown].tolist(), 5)}. "
                "Nothing is known of them; leave them out, or give their features."
            )

    def _misses(self, side, ids):
        return places_of(self._index(side), ids) < 0

    def _seen_rows(self, places, catalogue):
        """Return seen_ for users at `places`, its columns being those of the catalogue."""
        return self._in_catalogue(rows_at(self.seen_, places), catalogue)

    def _in_catalogue(self, rows, catalogue):
        """Return rows over the items of fit as rows over those of the catalogue."""
        if catalogue.complete:
            return rows
        column = np.full(len(self.item_ids_), -1, dtype=np.int32)
        inside = catalogue.places >= 0
        column[catalogue.places[inside]] = np.flatnonzero(inside)
        who = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        where = column[rows.indices]
        keep = where >= 0
        counts = np.bincount(who[keep], minlength=rows.shape[0])
        indptr = np.concatenate([[0], np.cumsum(counts)])
        shape = (rows.shape[0], len(catalogue.ids))
        return sp.csr_matrix((np.ones(indptr[-1], dtype=bool), where[keep], indptr), shape=shape)


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
