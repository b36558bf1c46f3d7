"""Alternating least squares, by the library implicit."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from skcook.recommend._factors import FactorRecommender
from skcook.recommend.interactions._pairs import encode_pairs
from skcook.recommend.interactions._side_table import SideTable
from skcook.utils._optional import import_optional
from skcook.utils._sklearn import Interval, StrOptions


class ALSRecommender(FactorRecommender):
    """Matrix factorisation for likes and views, fitted by alternating least squares.

    What implicit's ``AlternatingLeastSquares`` does, as a scikit-learn estimator with ids, answers
    as frames, and files without pickle. A new user is answered from a history by the same least
    squares, without a new fit; implicit is needed for ``fit`` alone.

    Parameters
    ----------
    n_components : int, default=64
        Length of the factors.
    regularization : float, default=0.05
        Strength of the penalty on the factors.
    alpha : float, default=5.0
        How much more a liked pair counts than one that is not there.
    max_iter : int, default=15
        Passes over the data.
    positive_threshold : float or None, default=None
        The least `y` that counts as liked. None counts all above 0, or every pair if `y` is None.
    weight : {"uniform", "rating"}, default="uniform"
        "rating" multiplies `alpha` by `y` for the pairs that were liked.
    item_features : SideTable or None, default=None
        Titles for the answers; nothing is learned from features.
    handle_unknown : {"popular", "error"}, default="popular"
        Unknown users get the popular items; or an error that names the unknown ids.
    user, item : str, int or None, default=None
        The columns of ids in `X`, by name or position. None means the first and the second.
    n_jobs : int, default=1
        Threads for ``fit``.
    random_state : int, RandomState instance or None, default=None
        Seed of the first factors.

    Attributes
    ----------
    user_ids_, item_ids_ : ndarray
        The ids seen in ``fit``; row i of the factors belongs to the id i.
    user_factors_, item_factors_ : ndarray of float32 of shape (n, n_components)
        The factors.
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
    Y. Hu, Y. Koren, C. Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets",
    ICDM. The library implicit, https://github.com/benfred/implicit.

    Examples
    --------
    >>> from skcook.datasets import make_interactions
    >>> from skcook.recommend import ALSRecommender
    >>> data = make_interactions(n_users=50, random_state=0)
    >>> model = ALSRecommender(8, random_state=0).fit(data.frame)
    >>> model.recommend(history={"new": ["i1", "i2"]}, k=2).columns.tolist()
    ['user', 'rank', 'item', 'score']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **FactorRecommender._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "regularization": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "weight": [StrOptions({"uniform", "rating"})],
        "item_features": [SideTable, None],
        "n_jobs": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=64,
        *,
        regularization=0.05,
        alpha=5.0,
        max_iter=15,
        positive_threshold=None,
        weight="uniform",
        item_features=None,
        handle_unknown="popular",
        user=None,
        item=None,
        n_jobs=1,
        random_state=None,
    ):
        self.n_components = n_components
        self.regularization = regularization
        self.alpha = alpha
        self.max_iter = max_iter
        self.positive_threshold = positive_threshold
        self.weight = weight
        self.item_features = item_features
        self.handle_unknown = handle_unknown
        self.user = user
        self.item = item
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _learn(self, X, y, *, first):
        als = import_optional("implicit.cpu.als", feature="ALSRecommender", extra="implicit")
        pairs, y, liked = self._read(X, y, first=first)
        if not liked.any():
            self._refuse_unliked(len(liked), y)
        if self.weight == "rating" and y is None:
            raise ValueError('weight="rating" makes y the weight, and y is None.')
        encoded = encode_pairs(pairs, liked)
        confidences = encoded.liked.astype(np.float32)
        if self.weight == "rating":
            confidences = _sums(encoded, liked, y)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with threadpool_limits(self.n_jobs, user_api="blas"):
            model = als.AlternatingLeastSquares(
                factors=self.n_components,
                regularization=self.regularization,
                alpha=self.alpha,
                iterations=self.max_iter,
                num_threads=self.n_jobs,
                random_state=seed,
            )
            model.fit(confidences, show_progress=False)
        self._start(pairs, encoded)
        self.item_table_ = self.item_features
        self.user_factors_ = np.asarray(model.user_factors, dtype=np.float32)
        self.item_factors_ = np.asarray(model.item_factors, dtype=np.float32)
        return self

    def _fold_in(self, histories):
        """Solve a user's own least squares, as the last half step of the fit does."""
        items = self.item_factors_.astype(np.float64)
        width = items.shape[1]
        gram = items.T @ items + self.regularization * np.eye(width)
        vectors = np.zeros((histories.shape[0], width + 2), dtype=np.float32)
        for row in range(histories.shape[0]):
            liked = items[histories.indices[histories.indptr[row] : histories.indptr[row + 1]]]
            if len(liked) == 0:
                vectors[row, width + 1] = 1  # of an empty history nothing is known
                continue
            left = gram + (self.alpha - 1) * liked.T @ liked
            vectors[row, :width] = np.linalg.solve(left, self.alpha * liked.sum(axis=0))
            vectors[row, width] = 1
        return vectors


def _sums(encoded, liked, y):
    """Return the ratings of the liked pairs as a matrix; those given twice are added up."""
    shape = encoded.liked.shape
    values = y[liked].astype(np.float32)
    return sp.csr_matrix((values, (encoded.users[liked], encoded.items[liked])), shape=shape)
