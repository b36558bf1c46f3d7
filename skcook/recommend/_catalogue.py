"""The items that are ranked: those of ``fit``, or candidates, without what is filtered or seen."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_scalar

from skcook.exceptions import ColumnValuesError
from skcook.recommend.interactions._ids import as_series, check_ids, factorize, index_of, places_of
from skcook.utils._validation import in_words


@dataclass(frozen=True)
class Catalogue:
    """The items that are ranked."""

    ids: np.ndarray
    vectors: np.ndarray
    places: np.ndarray  # in item_ids_, -1 for items that were not in fit
    complete: bool  # whether places is 0, 1, ..., all of item_ids_


class CatalogueMixin:
    """Gives a recommender the choice of what is ranked."""

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
                series = as_series(candidates, "candidates")
                check_ids(series, "candidates")
                ids = factorize(series, "candidates")[1]
                if check:
                    self._check_candidates(ids)
            (vectors, places), complete = self._item_vectors(ids), False
        if left_out is not None:
            series = as_series(left_out, "filter")
            check_ids(series, "filter")
            keep = places_of(index_of(factorize(series, "filter")[1]), ids) < 0
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

    def _check_k(self, k, catalogue):
        check_scalar(k, "k", Integral, min_val=1)
        if k > len(catalogue.ids):
            raise ValueError(
                f"k={k} is larger than the number of items to choose from, {len(catalogue.ids)}. "
                "Ask for fewer."
            )

    def _seen_rows(self, places, catalogue):
        """Return seen_ for users at `places`, its columns being those of the catalogue."""
        rows = self.seen_[np.maximum(places, 0)]
        known = sp.diags((places >= 0).astype(np.int8), dtype=np.int8)
        return self._in_catalogue((known @ rows).tocsr().astype(bool), catalogue)

    def _in_catalogue(self, rows, catalogue):
        """Return rows over the items of fit as rows over those of the catalogue."""
        rows.eliminate_zeros()
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
