"""What every recommender does with what it has learned.

A fitted recommender scores a user and an item by an inner product. The vectors have two places
more than the model has components::

    item        = [ factors, bias, popularity ]
    known user  = [ factors,    1,          0 ]
    unknown one = [      0,     0,          1 ]

so that popularity, all that is known of an unknown user, comes out of the same matrix product, and
a user's own bias, which changes no order, is added to the scores at the end.
"""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar
from warnings import warn

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from skcook.exceptions import SkcookWarning
from skcook.recommend._catalogue import CatalogueMixin
from skcook.recommend._recommendations import container_for, frame_of, write_frames
from skcook.recommend.interactions._ids import (
    id_kind,
    index_of,
    lookup,
    pack_state,
    places_of,
    read_ids,
    refuse_unknown,
    unpack_state,
)
from skcook.recommend.interactions._pairs import (
    beside,
    positives,
    read_histories,
    read_pairs,
    read_target,
    stack_rows,
)
from skcook.recommend.ranking._ranking import Ranking
from skcook.recommend.ranking._ranking_metrics import ndcg_at_k
from skcook.recommend.ranking._topk import inner
from skcook.utils._progress import Progress
from skcook.utils._sklearn import Interval, StrOptions, fit_context

#: Pairs scored at once by predict: a bound on its memory.
_CHUNK = 1 << 16


class BaseRecommender(CatalogueMixin, BaseEstimator, metaclass=ABCMeta):
    """Base class of the recommenders.

    A subclass has the parameters `user`, `item`, `positive_threshold` and `handle_unknown`, and
    its ``_learn`` calls `_read` and `_start`, and sets the factors and biases.

    Shapes: seen_ (n_users, n_items), item_counts_ (n_items,), user_factors_, item_factors_ (n,
    n_components), user_biases_, item_biases_ (n,).
    """

    #: Whether a history tells it anything of a user.
    takes_history = True

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "positive_threshold": [Interval(Real, None, None, closed="neither"), None],
        "handle_unknown": [StrOptions({"popular", "error"})],
        "user": [str, Integral, None],
        "item": [str, Integral, None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from interactions.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            One row per meeting of a user with an item.
        y : array-like of shape (n_samples,), default=None
            Ratings; see `positive_threshold`.

        Returns
        -------
        self : object
            The fitted recommender.

        Raises
        ------
        ColumnValuesError
            If an id is missing, or a recommender that learns from likes finds none.
        MissingDependencyError
            If the library that trains the model is not installed.
        """
        return self._learn(X, y, first=True)

    def predict(self, X):
        """Score pairs: the higher, the better the item suits the user.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            Pairs, with the columns of ``fit``, or the columns of users and items alone. Unknown
            ids are scored by `handle_unknown`.

        Returns
        -------
        scores : ndarray of float32 of shape (n_samples,)
            Scores to rank one user's items by. They are no ratings, and those of two users do not
            compare.
        """
        check_is_fitted(self)
        pairs = read_pairs(self, X, reset=False, two_are_enough=True)
        user_codes, user_ids, _ = lookup(self._index("user"), pairs.users, "The users")
        item_codes, item_ids, _ = lookup(self._index("item"), pairs.items, "The items")
        users, offsets, _ = self._user_vectors(user_ids)
        items, _ = self._item_vectors(item_ids)
        scores = np.empty(len(user_codes), dtype=np.float32)
        for start in range(0, len(scores), _CHUNK):
            at = slice(start, start + _CHUNK)
            left, right = users[user_codes[at]], items[item_codes[at]]
            scores[at] = inner(left, right) + offsets[user_codes[at]]
        return scores

    def recommend(
        self,
        users=None,
        k=10,
        *,
        exclude_seen=True,
        candidates=None,
        filter=None,  # noqa: A002
        history=None,
        user_features=None,
        item_features=None,
        max_per_category=None,
        categories=None,
    ):
        """Recommend items to users.

        Parameters
        ----------
        users : id, or array-like of ids, default=None
            Known users or unknown ones (see `handle_unknown`); None takes those of `history`.
        k : int, default=10
            How many items per user.
        exclude_seen : bool, default=True
            Leave out the items that the user met in ``fit`` or in `history`, liked or not.
        candidates : array-like of item ids, "all" or None, default=None
            The items to choose from: None means those of ``fit``, "all" also those that only the
            side table knows. An id that neither knows is refused.
        filter : array-like of item ids or None, default=None
            Items to leave out for everybody, such as those out of stock.
        history : dict of user id to list of item ids, default=None
            What users have liked by now, the latest last: it stands in the place of what ``fit``
            saw of them, so that a session or a user of today is answered without a new fit.
        user_features, item_features : SideTable, default=None
            Features of ids that came after ``fit``, for recommenders that learn from features.
        max_per_category : int or None, default=None
            How many items of a category a list holds at most: the best of them, and then the next
            best items of others. An item of several categories counts in each, one of none in none.
        categories : str, dict or Series, default=None
            What the categories are: a column of the side table of items, or item to category, or
            to a list of categories.

        Returns
        -------
        frame : DataFrame
            One row per recommendation, best first: the user, the rank from 1, the item, the score,
            and titles if a side table has them. Where fewer than `k` items are left, a user has
            fewer rows, and the column "available" says how many there were.

        Raises
        ------
        ColumnValuesError
            If an id is missing, or unknown under ``handle_unknown="error"``, or a candidate is
            unknown.
        """
        check_is_fitted(self)
        if users is None:
            if history is None:
                raise ValueError("Give users, or their history={user: [items]}.")
            users = list(history)
        codes, unique = read_ids(users, "users")
        told = self._with_tables(user_features, item_features)
        catalogue = told._choose(candidates, filter, max_per_category, categories)
        check_scalar(k, "k", Integral, min_val=1)
        container = container_for(users, self.container_)
        histories = read_histories(history, unique, self._index("item"))
        return told._recommend(unique, codes, k, exclude_seen, catalogue, container, histories)

    def recommend_all(
        self,
        k=10,
        *,
        exclude_seen=True,
        candidates=None,
        filter=None,  # noqa: A002
        max_per_category=None,
        categories=None,
        batch_size=4096,
        out=None,
        verbose=1,
    ):
        """Recommend items to every user of ``fit``, as a stream.

        Parameters
        ----------
        k, exclude_seen, candidates, filter, max_per_category, categories :
            As for ``recommend``.
        batch_size : int, default=4096
            Users a frame.
        out : path or None, default=None
            A .csv or .parquet file to write instead.
        verbose : int, default=1
            A progress bar on standard error: 1 in a terminal or a notebook, once it takes longer
            than a second; 2 in any case; 0 never.

        Returns
        -------
        frames : iterator of DataFrame
            Frames like those of ``recommend``, in the order of `user_ids_`, if `out` is None.
        path : Path
            The file, otherwise.
        """
        check_is_fitted(self)
        catalogue = self._choose(candidates, filter, max_per_category, categories)
        check_scalar(k, "k", Integral, min_val=1)
        check_scalar(batch_size, "batch_size", Integral, min_val=1)
        container = "pandas" if out is not None else container_for(None, self.container_)

        def stream():
            n_users = len(self.user_ids_)
            with Progress(n_users, label="recommend", unit=" users", verbose=verbose) as bar:
                for start in range(0, n_users, batch_size):
                    ids = self.user_ids_[start : start + batch_size]
                    rows = np.arange(len(ids))
                    yield self._recommend(ids, rows, k, exclude_seen, catalogue, container)
                    bar.advance(len(ids))

        frames = stream()
        return frames if out is None else write_frames(frames, out)

    def score(self, X, y=None):
        """Return the mean ``ndcg@10`` of pairs that were held out.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            Pairs, with the columns of ``fit``.
        y : array-like of shape (n_samples,), default=None
            Ratings, to tell which were liked.

        Returns
        -------
        score : float
            From 0 to 1; see `ndcg_at_k`.
        """
        return float(ndcg_at_k(Ranking.from_estimator(self, X, y), k=10))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "recommender"
        tags.target_tags.required = False
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def __getstate__(self):
        state = pack_state(super().__getstate__())
        state.pop("_cache", None)
        return state

    def __setstate__(self, state):
        super().__setstate__(unpack_state(state))
        self._cache = {}

    # What a subclass gives.

    @abstractmethod
    def _learn(self, X, y, *, first):
        """Learn from interactions, the first ones or further ones."""

    # What a subclass uses.

    def _read(self, X, y, *, first):
        """Return the pairs of `X`, their ratings, and which of them were liked."""
        pairs = read_pairs(self, X, reset=first)
        y = read_target(y, len(pairs.users))
        return pairs, y, self._liked(y, len(pairs.users))

    def _start(self, pairs, encoded):
        """Take in what ``fit`` has read; there are no biases yet."""
        self.user_ids_, self.item_ids_ = encoded.user_ids, encoded.item_ids
        self.seen_, self.item_counts_ = encoded.seen, encoded.counts
        self.liked_ = encoded.liked
        self.user_name_, self.item_name_ = pairs.user_name, pairs.item_name
        self.container_ = pairs.table.container
        self.user_biases_ = np.zeros(len(self.user_ids_), dtype=np.float32)
        self.item_biases_ = np.zeros(len(self.item_ids_), dtype=np.float32)
        self._cache = {}

    def _liked(self, y, n_rows):
        """Tell which pairs count as liked."""
        return positives(y, n_rows, self.positive_threshold)

    def _describe(self, side, ids):
        """Return factors and biases for ids that were not in fit, and for which it has any."""
        n = len(ids)
        width = self.item_factors_.shape[1]
        return np.zeros((n, width), np.float32), np.zeros(n, np.float32), np.zeros(n, dtype=bool)

    def _table(self, side):
        """Return the side table of "user" or "item", or None."""
        return getattr(self, f"{side}_table_", None)

    def feature_tables(self):
        """Return the side tables whose features may describe ids that came after ``fit``.

        Returns
        -------
        tables : dict of str to SideTable
            By "user" and "item"; empty for a recommender that learns nothing from features.
        """
        return {}

    def _with_tables(self, user_features, item_features):
        """Return this model with features of ids that came after ``fit``."""
        if user_features is not None or item_features is not None:
            raise ValueError(
                f"{type(self).__name__} learns nothing from features, so user_features and "
                "item_features tell it nothing. LightFMRecommender does; or give a history."
            )
        return self

    def _fold_in(self, histories):
        """Return the vectors of users from what they liked, as `read_histories` gives it.

        Shapes: histories (n, n_items); returns vectors (n, width + 2).
        """
        raise ValueError(
            f"{type(self).__name__} recommends the same to everybody: a history tells it nothing."
        )

    # How ids become vectors.

    def _index(self, side):
        if side not in self._cache:
            self._cache[side] = index_of(getattr(self, f"{side}_ids_"))
        return self._cache[side]

    def _places(self, side, ids):
        index = self._index(side)
        places = places_of(index, ids)
        if len(ids) and (places < 0).all():
            kinds = id_kind(ids), id_kind(index.to_numpy()[:1000])
            if kinds[0] != kinds[1]:
                warn(
                    f"No {side} id is known: these are {kinds[0]}, those of fit are {kinds[1]}.",
                    SkcookWarning,
                    stacklevel=5,
                )
        if self.handle_unknown == "error" and (places < 0).any():
            refuse_unknown(ids[places < 0], f"{side}s")
        return places

    def _user_vectors(self, ids):
        """Return the vectors of users, their biases, and their places in user_ids_."""
        places = self._places("user", ids)
        known = places >= 0
        width = self.item_factors_.shape[1]
        vectors = np.zeros((len(ids), width + 2), dtype=np.float32)
        biases = np.zeros(len(ids), dtype=np.float32)
        vectors[known, :width] = self.user_factors_[places[known]]
        vectors[known, width] = 1
        biases[known] = self.user_biases_[places[known]]
        if not known.all():
            new = np.flatnonzero(~known)
            factors, new_biases, described = self._describe("user", ids[new])
            vectors[new, :width] = factors
            vectors[new, width] = described
            vectors[new, width + 1] = ~described
            biases[new] = new_biases
        return vectors, biases, places

    def _item_vectors(self, ids):
        """Return the vectors of items and their places in item_ids_."""
        places = self._places("item", ids)
        known = places >= 0
        matrix = self._item_matrix()
        if known.all():
            return matrix[places], places
        vectors = np.zeros((len(ids), matrix.shape[1]), dtype=np.float32)
        vectors[known] = matrix[places[known]]
        new = np.flatnonzero(~known)
        factors, biases, described = self._describe("item", ids[new])
        vectors[new, :-2] = factors
        vectors[new, -2] = np.where(described, biases, self._prior())
        return vectors, places

    def _item_matrix(self):
        """Return the vectors of all items of fit."""
        if "matrix" not in self._cache:
            ends = self.item_biases_, self._popularity()
            self._cache["matrix"] = beside(self.item_factors_, *ends)
        return self._cache["matrix"]

    def _popularity(self):
        """Return the scores of the items of fit for a user of whom nothing is known."""
        return np.log1p(self.item_counts_)

    def _prior(self):
        """Return the bias of an item of which nothing is known."""
        return float(self.item_biases_.mean())

    def _recommend(self, unique, codes, k, exclude_seen, catalogue, container, histories=None):
        """Answer for users, each given once in `unique`."""
        vectors, biases, seen = self._asked(unique, catalogue, exclude_seen, histories)
        columns, scores = catalogue.best(vectors, k, seen)
        columns, scores, ids = columns[codes], scores[codes], unique[codes]
        rows, ranks = np.nonzero(scores > -np.inf)
        available = np.bincount(rows, minlength=len(ids))
        items = catalogue.ids[columns[rows, ranks]]
        answer = [
            (self.user_name_, ids[rows]),
            ("rank", ranks + 1),
            (self.item_name_, items),
            ("score", scores[rows, ranks] + biases[codes][rows]),
        ]
        if (available < k).any():
            answer.append(("available", available[rows]))
        return frame_of(answer + self._titles("item", items), container)

    def _asked(self, ids, catalogue, exclude_seen, histories):
        """Return the vectors and biases of users, and what of the catalogue they met."""
        given, rows = (np.empty(0, np.int64), None) if histories is None else histories
        rest = np.setdiff1d(np.arange(len(ids)), given)
        vectors, biases, places = self._user_vectors(ids[rest])
        seen = self._seen_rows(places, catalogue) if exclude_seen else None
        if rows is None:
            return vectors, biases, seen
        back = np.argsort(np.concatenate([given, rest]), kind="stable")
        biases = np.concatenate([np.zeros(len(given), np.float32), biases])[back]
        vectors = stack_rows(self._fold_in(rows), vectors)[back]
        if exclude_seen:
            seen = stack_rows(self._in_catalogue(rows.astype(bool), catalogue), seen)[back]
        return vectors, biases, seen
