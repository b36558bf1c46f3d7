"""One ranking pass, from which all metrics come.

For each user the items are ranked once, as ``recommend`` would rank them; kept is the place at
which each held-out item came, and, if asked for, the top of the list. Precision, recall, ndcg,
average precision, reciprocal rank, hit rate and AUC are functions of these places alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.recommend.interactions._ids import factorize, index_of, places_of
from skcook.recommend.interactions._pairs import pairs_matrix, read_pairs, read_target
from skcook.recommend.ranking._topk import score_blocks, select

#: Up to so many held-out items, counting the better scores of each costs less than sorting all.
_FEW = 16


@dataclass(frozen=True)
class Ranking:
    """Where the held-out items of each user came in the recommender's ranking.

    Parameters
    ----------
    user_ids : ndarray of shape (n_users,)
        The users with at least one held-out item that they liked.
    users : ndarray of intp of shape (n_pairs,)
        The user of each held-out pair, as a row of `user_ids`; in ascending order.
    ranks : ndarray of int64 of shape (n_pairs,)
        The place of each, ascending within a user, from 0 for the best. An item with the same
        score as another is placed behind it: what the model cannot tell apart is no merit.
    n_ranked : ndarray of int64 of shape (n_users,)
        How many items were ranked for each user.
    n_items : int
        How many items there were to choose from.
    top : ndarray of int32 of shape (n_users, n_top)
        The items at the top of each user's list, -1 where it ended.
    item_shares : ndarray of float64 of shape (n_items,)
        The share of the users of ``fit`` who had met each item.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, recall_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> model = PopularityRecommender().fit(X)
    >>> ranking = Ranking.from_estimator(model, [["ann", "rum"], ["cat", "tea"]])
    >>> ranking.ranks.tolist()
    [1, 0]
    >>> recall_at_k(ranking, k=1)
    0.5
    """

    user_ids: np.ndarray
    users: np.ndarray
    ranks: np.ndarray
    n_ranked: np.ndarray
    n_items: int
    top: np.ndarray
    item_shares: np.ndarray

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any = None, *, candidates=None, exclude_seen=True, top=0
    ):
        """Rank held-out pairs.

        Parameters
        ----------
        estimator : estimator
            A fitted recommender, or a pipeline or search around one.
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            Held-out pairs, with the columns of ``fit``.
        y : array-like of shape (n_samples,), default=None
            Their ratings; pairs that were not liked are not expected in the ranking.
        candidates : array-like of item ids, "test" or None, default=None
            The items to rank: None means those of ``fit`` and of `X`, "test" those of `X` alone,
            as for cold items.
        exclude_seen : bool, default=True
            Do not rank what a user met in ``fit``, save for the held-out pairs themselves.
        top : int, default=0
            How many items to keep of the top of each list, for coverage and novelty.

        Returns
        -------
        ranking : Ranking
            The places.

        Raises
        ------
        ValueError
            If no pair was liked.
        """
        recommender, X = recommender_and_pairs(estimator, X)
        pairs = read_pairs(recommender, X, reset=False)
        users, user_ids = factorize(pairs.users, "The users")
        items, test_ids = factorize(pairs.items, "The items")
        y = read_target(y, len(users))
        liked = recommender._liked(y, len(users))
        if not liked.any():
            raise ValueError(
                f"None of the {len(users)} held-out pairs was liked, so there is nothing to find. "
                f"Look at y and at positive_threshold={recommender.positive_threshold!r}."
            )
        catalogue = _catalogue(recommender, candidates, test_ids)
        column = places_of(index_of(catalogue.ids), test_ids)[items]
        liked &= column >= 0
        if not liked.any():
            raise ValueError(
                f"None of the held-out items that were liked is among the {len(catalogue.ids)} "
                "candidates."
            )
        # Pairs that are there twice are one pair, and who liked nothing is not asked.
        wanted = pairs_matrix(users[liked], column[liked], (len(user_ids), len(catalogue.ids)))
        asked = np.diff(wanted.indptr) > 0
        return cls._rank(recommender, catalogue, user_ids[asked], wanted[asked], exclude_seen, top)

    @classmethod
    def _rank(cls, recommender, catalogue, user_ids, wanted, exclude_seen, top):
        n_users, n_items = wanted.shape
        vectors, _, places = recommender._user_vectors(user_ids)
        users = np.repeat(np.arange(n_users), np.diff(wanted.indptr))
        seen = None
        n_ranked = np.full(n_users, n_items, dtype=np.int64)
        if exclude_seen:
            seen = recommender._seen_rows(places, catalogue) > wanted
            n_ranked -= np.diff(seen.indptr)
        ranks = np.empty(wanted.nnz, dtype=np.int64)
        top = min(top, n_items)
        tops = np.full((n_users, top), -1, dtype=np.int32)
        for start, stop, block in score_blocks(vectors, catalogue.vectors, seen=seen):
            for row, scores in enumerate(block, start):
                here = slice(wanted.indptr[row], wanted.indptr[row + 1])
                ranks[here] = _places(scores, wanted.indices[here])
            if top:
                best, scores = select(block, n_items, top)
                tops[start:stop] = np.where(scores > -np.inf, best, -1)
        shares = np.zeros(n_items)
        inside = catalogue.places >= 0
        n_met = np.bincount(recommender.seen_.indices, minlength=len(recommender.item_ids_))
        shares[inside] = n_met[catalogue.places[inside]] / len(recommender.user_ids_)
        order = np.lexsort((ranks, users))
        return cls(user_ids, users, ranks[order], n_ranked, n_items, tops, shares)


def _catalogue(recommender, candidates, test_ids):
    """Return the items to rank."""
    if isinstance(candidates, str):
        if candidates != "test":
            raise ValueError(f'candidates must be None, "test" or ids; got {candidates!r}.')
        return recommender._catalogue(test_ids, None)
    if candidates is None:
        new = test_ids[recommender._misses("item", test_ids)]
        if len(new):
            candidates = np.concatenate([recommender.item_ids_, new])
    return recommender._catalogue(candidates, None)


def _places(scores, columns):
    """Count, for some columns of a row of scores, the others that score as much or more."""
    mine = scores[columns]
    if len(mine) <= _FEW:
        return [np.count_nonzero(scores >= score) - 1 for score in mine]
    return len(scores) - 1 - np.searchsorted(np.sort(scores), mine)


def recommender_of(model):
    """Return the fitted recommender inside a search, a pipeline, or both.

    ``GridSearchCV`` and ``Pipeline`` hand on ``predict`` and ``score``, not ``recommend``.

    Parameters
    ----------
    model : estimator
        A recommender, or a fitted meta-estimator around one.

    Returns
    -------
    recommender : estimator
        The one that has ``recommend``.

    Raises
    ------
    TypeError
        If there is none.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcook.recommend import PopularityRecommender, recommender_of
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"]]
    >>> pipe = make_pipeline("passthrough", PopularityRecommender()).fit(X)
    >>> recommender_of(pipe).recommend("ann", k=1)["item"].tolist()
    ['milk']
    """
    return _unwrap(model)[0]


def recommender_and_pairs(model, X):
    """Return the recommender inside `model`, and `X` as the steps before it make it."""
    recommender, steps = _unwrap(model)
    for step in steps:
        X = step.transform(X)
    return recommender, X


def _unwrap(model):
    """Return the recommender and the fitted transformers before it."""
    steps = []
    found = model
    while not hasattr(found, "recommend"):
        if hasattr(found, "best_estimator_"):
            found = found.best_estimator_
        elif hasattr(found, "steps") and len(found.steps):
            if len(found.steps) > 1:
                steps.append(found[:-1])
            found = found[-1]
        elif hasattr(found, "estimator_"):
            found = found.estimator_
        elif hasattr(found, "estimator"):
            found = found.estimator
        else:
            inside = "" if found is model else f", whose last part is {type(found).__name__}"
            raise TypeError(
                f"There is no recommender in this {type(model).__name__}{inside}: nothing in it "
                "has a method recommend. If it is a search, fit it first, with refit=True."
            )
    return found, steps
