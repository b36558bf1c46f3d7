"""The baseline that every recommender has to beat."""

from typing import Any, ClassVar

import numpy as np

from skcook.recommend._recommender import BaseRecommender
from skcook.recommend.interactions._pairs import encode_pairs
from skcook.utils._sklearn import StrOptions, fit_context


class PopularityRecommender(BaseRecommender):
    """Recommend what most users liked, to everybody the same.

    The baseline: it needs no library, fits in a moment, and a model that does not beat it has
    learned nothing of anybody's taste.

    Parameters
    ----------
    positive_threshold : float or None, default=None
        The least `y` that counts as liked. None counts all above 0, or every pair if `y` is None.
    handle_unknown : {"popular", "error"}, default="popular"
        What happens to unknown ids: users get the popular items, items get the score 0; or an
        error that names them.
    by : {"users", "rows"}, default="users"
        Count each user who liked an item once, or each row: of plays or clicks, a few users make
        most rows.
    user, item : str, int or None, default=None
        The columns of ids in `X`, by name or position. None means the first and the second.

    Attributes
    ----------
    user_ids_, item_ids_ : ndarray
        The ids seen in ``fit``.
    item_counts_ : ndarray of float32 of shape (n_items,)
        How often each item was liked: its score.
    seen_ : csr_matrix of bool of shape (n_users, n_items)
        Who met what.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of str
        Their names, if all are strings.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> PopularityRecommender().fit(X).recommend(["ann", "new"], k=2)
      user  rank  item  score
    0  ann     1  milk    2.0
    1  ann     2   rum    1.0
    2  new     1   tea    2.0
    3  new     2  milk    2.0
    """

    takes_history = False

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseRecommender._parameter_constraints,
        "by": [StrOptions({"users", "rows"})],
    }

    def __init__(
        self,
        positive_threshold=None,
        *,
        handle_unknown="popular",
        by="users",
        user=None,
        item=None,
    ):
        self.positive_threshold = positive_threshold
        self.handle_unknown = handle_unknown
        self.by = by
        self.user = user
        self.item = item

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None):
        """Count on, with new rows; they may hold new users and items.

        Parameters
        ----------
        X, y :
            As for ``fit``.

        Returns
        -------
        self : PopularityRecommender
            The fitted recommender.
        """
        return self._learn(X, y, first=not hasattr(self, "seen_"))

    def _learn(self, X, y, *, first):
        pairs, _, liked = self._read(X, y, first=first)
        self._start(pairs, encode_pairs(pairs, liked, None if first else self))
        if self.by == "users":
            liked_by = np.asarray(self.liked_.sum(axis=0), dtype=np.float32)
            self.item_counts_ = liked_by.ravel()
        # Nothing of any user, and the count as the bias of an item: see BaseRecommender.
        self.user_factors_ = np.zeros((len(self.user_ids_), 0), dtype=np.float32)
        self.item_factors_ = np.zeros((len(self.item_ids_), 0), dtype=np.float32)
        self.item_biases_ = self.item_counts_
        return self

    def _popularity(self):
        return self.item_counts_

    def _prior(self):
        return 0.0
