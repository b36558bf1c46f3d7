"""What a recommender can do that has learned factors: similarity, audiences, explanations."""

from numbers import Integral

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import Bunch, check_scalar
from sklearn.utils.validation import check_is_fitted

from skcook.exceptions import ColumnValuesError
from skcook.recommend._catalogue import read_category_limit
from skcook.recommend._recommendations import container_for, explanation_of, frame_of
from skcook.recommend._recommender import BaseRecommender
from skcook.recommend.interactions._ids import (
    one_id,
    places_of,
    read_ids,
    refuse_unknown,
)
from skcook.recommend.interactions._pairs import beside, rows_at
from skcook.recommend.ranking._topk import top_k
from skcook.utils._validation import in_words


class FactorRecommender(BaseRecommender):
    """Base class of the recommenders with factors."""

    def recommend_users(self, items, k=10, *, exclude_seen=True):
        """Find the users whom an item suits best.

        Parameters
        ----------
        items : id, or array-like of ids
            Known items, or new ones with features.
        k : int, default=10
            How many users per item.
        exclude_seen : bool, default=True
            Leave out the users who met the item in ``fit``.

        Returns
        -------
        frame : DataFrame
            One row per user, best first: the item, the rank from 1, the user, and the score: by how
            much ``predict`` puts the item above that user's mean over all items. Bare scores
            order the items of one user and do not compare between two.
        """
        check_is_fitted(self)
        codes, unique = read_ids(items, "items")
        ids = unique[codes]
        check_scalar(k, "k", Integral, min_val=1)
        if k > len(self.user_ids_):
            raise ValueError(f"k={k} is larger than the number of users, {len(self.user_ids_)}.")
        vectors, places = self._item_vectors(ids)
        mean = np.asarray(self._item_matrix().mean(axis=0)).ravel()
        usual = self.user_factors_ @ mean[:-2] + mean[-2]
        users = beside(self.user_factors_, np.ones(len(usual)), -usual)
        asked = beside(vectors[:, :-1], np.ones(len(ids)))
        seen = rows_at(self.seen_.T.tocsr(), places) if exclude_seen else None
        columns, scores = top_k(asked, users, k, seen=seen)
        rows, ranks = np.nonzero(scores > -np.inf)
        found = self.user_ids_[columns[rows, ranks]]
        answer = [
            (self.item_name_, ids[rows]),
            ("rank", ranks + 1),
            (self.user_name_, found),
            ("score", scores[rows, ranks]),
        ]
        container = container_for(items, self.container_)
        return frame_of(answer + self._titles("user", found), container)

    def similar_items(
        self,
        items,
        k=10,
        *,
        candidates=None,
        filter=None,  # noqa: A002
        max_per_category=None,
        categories=None,
    ):
        """Find the items most like others.

        Parameters
        ----------
        items : id, or array-like of ids
            Known items, or new ones with features.
        k : int, default=10
            How many for each; fewer where fewer are left.
        candidates : array-like of item ids or None, default=None
            The items of ``fit`` to choose from; None means all.
        filter : array-like of item ids or None, default=None
            Items to leave out.
        max_per_category, categories :
            As for ``recommend``.

        Returns
        -------
        frame : DataFrame
            One row per similar item, most similar first: the item, the rank from 1, the similar
            one, and the cosine of their factors.
        """
        check_is_fitted(self)
        kept = self._kept(candidates, filter)
        table = self._table("item")
        limit = read_category_limit(max_per_category, categories, self.item_ids_[kept], table)
        return self._similar("item", items, k, kept, top_k if limit is None else limit.top_k)

    def similar_users(self, users, k=10):
        """Find the users most like others.

        Parameters
        ----------
        users : id, or array-like of ids
            Known users, or new ones with features.
        k : int, default=10
            How many for each.

        Returns
        -------
        frame : DataFrame
            One row per similar user, most similar first: the user, the rank from 1, the similar
            one, and the cosine of their factors.
        """
        check_is_fitted(self)
        return self._similar("user", users, k, np.arange(len(self.user_ids_)), top_k)

    def explain(self, user, item, *, n_history=5):
        """Tell why an item has its score for a user.

        Parameters
        ----------
        user, item : id
            A pair; both may be unknown.
        n_history : int, default=5
            How many items of the user's history to show.

        Returns
        -------
        explanation : RecommendationExplanation
            The score as a sum: of the shares of what the user liked (EASE), over features
            (LightFM), or whole (ALS); and the items of the user's history that lead to this one, or
            are most like it.
        """
        check_is_fitted(self)
        users, items = one_id(user, "user"), one_id(item, "item")
        score, terms, met, similarities = self._explained(users, items)
        return explanation_of(
            self, users[0], items[0], score, terms, met[:n_history], similarities[:n_history]
        )

    def to_ann(self):
        """Return vectors for an index of approximate nearest neighbours.

        The inner product of a user's vector and an item's orders the items as ``recommend`` does:
        build the index for maximum inner product over the items, ask it with the users.

        Returns
        -------
        vectors : :class:`~sklearn.utils.Bunch`
            `item_ids`, `item_vectors`, `user_ids` and `user_vectors`, the vectors float32 of shape
            (n, n_components + 1); those of EASE are sparse, of shape (n, n_items + 1).
        """
        check_is_fitted(self)
        ones = np.ones(len(self.user_ids_), dtype=np.float32)
        return Bunch(
            item_ids=self.item_ids_,
            item_vectors=beside(self.item_factors_, self.item_biases_),
            user_ids=self.user_ids_,
            user_vectors=beside(self.user_factors_, ones),
        )

    def _similar(self, side, values, k, kept, rank):
        """Answer for ids from those at the places `kept`, ranked by `top_k` or one like it."""
        codes, unique = read_ids(values, f"{side}s")
        ids = unique[codes]
        everyone = getattr(self, f"{side}_ids_")
        check_scalar(k, "k", Integral, min_val=1)
        vectors, known = self._factors_of(side, ids)
        if not known.all():
            nameless = ids[~known]
            raise ColumnValuesError(
                f"{len(nameless)} {side} id(s) are unknown and have no features: "
                f"{in_words(pd.unique(nameless).tolist())}. Nothing is similar to what is not "
                "known."
            )
        column = np.full(len(everyone) + 1, -1)  # the last for those that were not in fit
        column[kept] = np.arange(len(kept))
        own = column[places_of(self._index(side), ids)]
        rows = np.flatnonzero(own >= 0)
        itself = sp.csr_matrix(
            (np.ones(len(rows), dtype=bool), (rows, own[rows])), shape=(len(ids), len(kept))
        )
        left, right = self._compared(side, vectors, kept)
        columns, scores = rank(left, right, min(k, len(kept)), seen=itself)
        rows, ranks = np.nonzero(scores > -np.inf)
        found = everyone[kept[columns[rows, ranks]]]
        name = getattr(self, f"{side}_name_")
        answer = [
            (name, ids[rows]),
            ("rank", ranks + 1),
            (f"similar_{name}", found),
            ("score", scores[rows, ranks]),
        ]
        container = container_for(values, self.container_)
        return frame_of(answer + self._titles(side, found), container)

    def _fold_in(self, histories):
        """Return the mean direction of what users liked, as long as users' factors are."""
        lengths = np.linalg.norm(self.item_factors_, axis=1, keepdims=True)
        directions = self.item_factors_ / np.where(lengths > 0, lengths, 1)
        means = np.asarray(histories.astype(bool) @ directions)
        norms = np.linalg.norm(means, axis=1, keepdims=True)
        usual = np.median(np.linalg.norm(self.user_factors_, axis=1))
        n, width = means.shape
        vectors = np.zeros((n, width + 2), dtype=np.float32)
        vectors[:, :width] = means / np.where(norms > 0, norms, 1) * usual
        vectors[:, width] = norms[:, 0] > 0
        vectors[:, width + 1] = norms[:, 0] == 0  # of an empty history nothing is known
        return vectors

    def _explained(self, users, items):
        """Return a pair's score, its terms, and what the user met, most like the item first."""
        vectors, _, places = self._user_vectors(users)
        targets, item_places = self._item_vectors(items)
        score = float(vectors[0] @ targets[0])
        known = places[0] >= 0
        left = f"{self.user_name_}={users[0]}" if known else "(unknown)"
        right = f"{self.item_name_}={items[0]}" if known else "popularity"
        return score, [(left, right, score)], *self._met(places[0], item_places[0], targets[0])

    def _met(self, user, item, vector):
        """Return what a user met, and the cosines of its factors to an item's, the largest first.

        Shapes: vector (n_components + 2,); returns met, cosines (n_met,).
        """
        met = self.seen_[user].indices if user >= 0 else np.empty(0, dtype=np.int64)
        met = met[met != item]
        factors, vector = self.item_factors_[met], vector[:-2]
        lengths = np.linalg.norm(factors, axis=1) * np.linalg.norm(vector)
        cosines = factors @ vector / np.where(lengths > 0, lengths, 1)
        order = np.argsort(-cosines, kind="stable")
        return met[order], cosines[order]

    def _refuse_unliked(self, n_rows, y, *, weighted=False):
        """Raise because none of the rows can be learned from."""
        bar = self.positive_threshold
        rule = "above 0" if bar is None else f"at least {bar:g}"
        rule += " and its weight is above 0" if weighted else ""
        found = "there is no y" if y is None else f"y goes from {y.min():g} to {y.max():g}"
        raise ColumnValuesError(
            f"None of the rows (n_samples={n_rows}) can be learned from: a pair counts as liked if "
            f"y is {rule}; {found}. Look at positive_threshold."
        )

    def _kept(self, candidates, left_out):
        """Return the places of the items to choose from."""
        kept = np.arange(len(self.item_ids_))
        if candidates is not None:
            ids = read_ids(candidates, "candidates")[1]
            kept = np.sort(places_of(self._index("item"), ids))
            if (kept < 0).any():
                refuse_unknown(ids[self._misses("item", ids)], "candidates")
        if left_out is not None:
            kept = np.setdiff1d(
                kept, places_of(self._index("item"), read_ids(left_out, "filter")[1])
            )
        return kept

    def _compared(self, side, vectors, kept):
        """Return two matrices whose inner products are the cosines.

        Shapes: vectors (n, n_components), kept (m,); returns left (n, width), right (m, width).
        """
        factors = getattr(self, f"{side}_factors_")
        return _unit(vectors), _unit(factors[kept])

    def _factors_of(self, side, ids):
        """Return the factors of ids, and which have any."""
        places = places_of(self._index(side), ids)
        known = places >= 0
        if self.handle_unknown == "error" and not known.all():
            refuse_unknown(ids[~known], f"{side}s")
        vectors = getattr(self, f"{side}_factors_")[np.maximum(places, 0)]
        if not known.all():
            new = np.flatnonzero(~known)
            vectors[new], _, described = self._describe(side, ids[new])
            known[new] = described
        return vectors, known


def _unit(vectors):
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1)
