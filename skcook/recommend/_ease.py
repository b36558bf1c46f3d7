"""EASE: a linear model between items, in closed form."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from skcook.exceptions import ColumnValuesError
from skcook.recommend._factors import FactorRecommender
from skcook.recommend.interactions._pairs import beside, encode_pairs, rows_at, times_of
from skcook.recommend.interactions._side_table import SideTable, features_of
from skcook.utils._sklearn import Interval, fit_context


class EASERecommender(FactorRecommender):
    """Recommend by a linear model between items, which is found in closed form.

    An item's score for a user is the sum of its weights from the items that the user liked. The
    weights are those of a ridge regression of each item on all others. There is one setting that
    matters, nothing random, and no compiled code beyond numpy's; a new user is answered from a
    history without a new fit. It costs the cube of the number of items in time and its square in
    memory, so it is for catalogues of up to some ten thousand.

    Parameters
    ----------
    alpha : float, default=300.0
        Strength of the penalty: the larger, the more popular items win. Look between 50 and 1000.
    n_neighbors : int or None, default=500
        Weights kept per item, the largest by size; None keeps all, which rarely finds more and
        makes the model several times larger.
    min_count : int, default=1
        Users who must have liked an item for it to have weights. Rare items cost most of the time
        and the memory, and little can be learned of them: 5 makes a fit several times faster.
    half_life : float or None, default=None
        How many later items of a user make an item count half as much for them: what was liked last
        says most about what comes next. None makes all count the same. Look between 2 and 50.
    time : str, int or None, default=None
        With `half_life`, the column of `X` that tells when; None if the rows are in the order of
        time.
    positive_threshold : float or None, default=None
        The least `y` that counts as liked. None counts all above 0, or every pair if `y` is None.
    item_features : SideTable or None, default=None
        What is known of items: items that share a feature count as liked together. Its titles are
        in every answer.
    feature_weight : float, default=1.0
        How much a feature counts beside a user.
    max_memory : float, default=8.0
        Gigabytes that the fit may take; a larger catalogue is refused.
    handle_unknown : {"popular", "error"}, default="popular"
        Unknown users get the popular items; or an error that names the unknown ids.
    user, item : str, int or None, default=None
        The columns of ids in `X`, by name or position. None means the first and the second.

    Attributes
    ----------
    user_ids_, item_ids_ : ndarray
        The ids seen in ``fit``.
    item_factors_ : csr_matrix of float32 of shape (n_items, n_items)
        The weights that lead to each item: row i holds those from all others.
    user_factors_ : csr_matrix of float32 of shape (n_users, n_items)
        Who liked what, and how much it counts.
    seen_ : csr_matrix of bool of shape (n_users, n_items)
        Who met what.
    item_counts_ : ndarray of float32 of shape (n_items,)
        How often each item was liked.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of str
        Their names, if all are strings.

    References
    ----------
    H. Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", WWW. Y. Ding, X. Li
    (2005), "Time Weight Collaborative Filtering", CIKM, for `half_life`.

    Examples
    --------
    >>> from skcook.recommend import EASERecommender
    >>> X = [["ann", "tea"], ["ann", "milk"], ["bob", "tea"], ["bob", "milk"], ["cat", "tea"]]
    >>> model = EASERecommender(alpha=1.0).fit(X)
    >>> model.recommend("cat", k=1)["item"].tolist()
    ['milk']

    A user who came after ``fit`` is answered from a history:

    >>> model.recommend(history={"dan": ["milk"]}, k=1)["item"].tolist()
    ['tea']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **FactorRecommender._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
        "min_count": [Interval(Integral, 1, None, closed="left")],
        "half_life": [Interval(Real, 0, None, closed="neither"), None],
        "time": [str, Integral, None],
        "item_features": [SideTable, None],
        "feature_weight": [Interval(Real, 0, None, closed="left")],
        "max_memory": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        alpha=300.0,
        *,
        n_neighbors=500,
        min_count=1,
        half_life=None,
        time=None,
        positive_threshold=None,
        item_features=None,
        feature_weight=1.0,
        max_memory=8.0,
        handle_unknown="popular",
        user=None,
        item=None,
    ):
        self.alpha = alpha
        self.n_neighbors = n_neighbors
        self.min_count = min_count
        self.half_life = half_life
        self.time = time
        self.positive_threshold = positive_threshold
        self.item_features = item_features
        self.feature_weight = feature_weight
        self.max_memory = max_memory
        self.handle_unknown = handle_unknown
        self.user = user
        self.item = item

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None):
        """Learn on, from new rows alone; they may hold new users and items.

        The weights are found anew from all rows so far, as ``fit`` on them would find them: it
        spares keeping the rows, not the time. With `half_life`, new rows are later than old ones.

        Parameters
        ----------
        X, y :
            As for ``fit``.

        Returns
        -------
        self : EASERecommender
            The fitted recommender. If learning fails, it is as it was before.
        """
        return self._learn(X, y, first=not hasattr(self, "item_factors_"))

    def _learn(self, X, y, *, first):
        pairs, y, liked = self._read(X, y, first=first)
        if first and not liked.any():
            self._refuse_unliked(len(liked), y)
        encoded = encode_pairs(pairs, liked, None if first else self)
        weights = self._weights(encoded.liked.astype(np.float32), encoded.item_ids)
        ranks = None if self.half_life is None else self._ranks(pairs, liked, encoded, first)
        self._start(pairs, encoded)
        self.item_table_, self.item_factors_, self.ranks_ = self.item_features, weights, ranks
        self.user_factors_ = self._weighed(self.liked_ if ranks is None else ranks)
        return self

    def _ranks(self, pairs, liked, encoded, first):
        """Return 1 for the item that a user liked last, 2 for the one before, and so on.

        Shapes: liked (n_samples,); returns ranks (n_users, n_items).
        """
        when = np.arange(len(liked))
        if self.time is not None:
            when = times_of(pairs.table, self.time)[1].factorize(sort=True)[0]
        order = np.argsort(when[liked], kind="stable")
        users, items = encoded.users[liked][order], encoded.items[liked][order]
        n_users, n_items = encoded.liked.shape
        if not first:
            before = (self.liked_ if self.ranks_ is None else self.ranks_).tocoo()
            older = np.argsort(-before.data.astype(np.int32), kind="stable")
            users = np.concatenate([before.row[older], users])
            items = np.concatenate([before.col[older], items])
        # Of a pair that is there twice, the later one counts.
        pair = users.astype(np.int64) * n_items + items
        last = len(pair) - 1 - np.unique(pair[::-1], return_index=True)[1]
        last = last[np.lexsort((last, users[last]))]
        users, items = users[last], items[last]
        sizes = np.bincount(users, minlength=n_users)
        ranks = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(users))
        return sp.csr_matrix((ranks.astype(np.int32), (users, items)), shape=(n_users, n_items))

    def _weighed(self, ranks):
        """Return how much each item that a user liked counts, by how many they liked later."""
        weighed = ranks.astype(np.float32)
        if self.half_life is None:
            weighed.data[:] = 1
        else:
            weighed.data = np.exp2((1 - weighed.data) / np.float32(self.half_life))
        return weighed

    def _explained(self, users, items):
        """Return a pair's score, the shares of what the user liked, and these items."""
        place, target = self._places("user", users)[0], self._places("item", items)[0]
        history = rows_at(self.user_factors_, np.array([place]))
        liked, shares = history.indices, np.zeros(history.nnz, dtype=np.float32)
        if target >= 0:
            shares = history.data * self.item_factors_[target, liked].toarray().ravel()
        order = np.argsort(-np.abs(shares), kind="stable")
        liked, shares = liked[order], shares[order]
        right = f"{self.item_name_}={items[0]}"
        terms = [
            (f"{self.item_name_}={liked_id}", right, float(share))
            for liked_id, share in zip(self.item_ids_[liked], shares, strict=True)
        ]
        if place < 0 and target >= 0:
            terms = [("(unknown)", right, float(self._popularity()[target]))]
        return float(sum(share for *_, share in terms)), terms, liked, shares

    def _weights(self, liked, item_ids):
        """Return the weights that lead to each item.

        Shapes: liked (n_users, n_items), item_ids (n_items,); returns weights (n_items, n_items).
        """
        n_items = liked.shape[1]
        kept = np.flatnonzero(np.bincount(liked.indices, minlength=n_items) >= self.min_count)
        needed = 2 * 4 * len(kept) ** 2 / 1e9
        if needed > self.max_memory:
            raise MemoryError(
                f"EASERecommender needs {needed:.1f} GB for {len(kept):,} items, and max_memory is "
                f"{self.max_memory:g}. Leave out rare items by min_count, raise max_memory, or use "
                "ALSRecommender."
            )
        if len(kept) == 0:
            raise ColumnValuesError(
                f"No item was liked by min_count={self.min_count} users. Lower it."
            )
        liked = liked[:, kept]
        gram = (liked.T @ liked).toarray()
        if self.item_features is not None and self.feature_weight > 0:
            features = features_of(self.item_features, item_ids[kept])
            gram += self.feature_weight**2 * (features @ features.T).toarray()
        gram = gram.astype(np.float32, copy=False)
        gram.flat[:: len(gram) + 1] += self.alpha
        factor = scipy.linalg.cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
        inverse, failed = scipy.linalg.lapack.spotri(factor, lower=True, overwrite_c=True)
        if failed:
            raise ValueError("The weights cannot be found: alpha is too small. Raise it.")
        lower = np.tril(inverse, -1)
        diagonal = np.diagonal(inverse).copy()
        inverse = lower + lower.T
        # The weight from j to i is -P[j, i] / P[i, i]; none from an item to itself.
        inverse /= -diagonal[:, None]
        weights = _largest(inverse, self.n_neighbors)
        sizes = np.zeros(n_items, dtype=np.int64)
        sizes[kept] = np.diff(weights.indptr)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        indices = kept.astype(np.int32)[weights.indices]
        return sp.csr_matrix((weights.data, indices, indptr), shape=(n_items, n_items))

    def _user_vectors(self, ids):
        """Return histories as the vectors of users, with two places more; see BaseRecommender."""
        places = self._places("user", ids)
        vectors = beside(rows_at(self.user_factors_, places), places >= 0, places < 0)
        return vectors, np.zeros(len(ids), dtype=np.float32), places

    def _item_matrix(self):
        if "matrix" not in self._cache:
            # By columns, as a product with histories takes it: to turn it at each request is most
            # of the time of one (bench_recommend.py).
            ends = self.item_biases_, self._popularity()
            self._cache["matrix"] = beside(self.item_factors_, *ends).tocsc()
        return self._cache["matrix"]

    def _item_vectors(self, ids):
        places = self._places("item", ids)
        found = np.maximum(places, 0)
        ends = [
            np.where(places >= 0, end[found], 0) for end in (self.item_biases_, self._popularity())
        ]
        return beside(rows_at(self.item_factors_, places), *ends), places

    def _fold_in(self, histories):
        n_liked = np.diff(histories.indptr)
        return beside(self._weighed(histories), n_liked > 0, n_liked == 0)

    def _compared(self, side, vectors, kept):
        """Compare items by who liked them, users by what they liked."""
        return _unit_rows(vectors), _unit_rows(self._likes(side)[kept])

    def _factors_of(self, side, ids):
        places = self._places(side, ids)
        return self._likes(side)[np.maximum(places, 0)], places >= 0

    def _likes(self, side):
        """Return the items as who liked them, or the users as what they liked."""
        liked = self.liked_.astype(np.float32)
        return liked.T.tocsr() if side == "item" else liked


def _largest(weights, n):
    """Keep the n largest weights of each row, by size, as a sparse matrix."""
    n_items = len(weights)
    if n is not None and n < n_items:
        sizes = np.abs(weights)
        bar = np.partition(sizes, n_items - n, axis=1)[:, n_items - n, None]
        weights[sizes < bar] = 0
    return sp.csr_matrix(weights, dtype=np.float32)


def _unit_rows(matrix):
    """Return a sparse matrix with rows of length one."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sp.diags((1 / np.where(lengths > 0, lengths, 1)).astype(np.float32)) @ matrix).tocsr()
