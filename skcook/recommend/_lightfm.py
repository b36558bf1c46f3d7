"""LightFM as a scikit-learn estimator."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skcook.recommend._factors import FactorRecommender
from skcook.recommend._lightfm_backend import (
    NAMES,
    feature_matrix,
    feature_places,
    grow,
    import_lightfm,
    train,
)
from skcook.recommend.interactions._pairs import encode_pairs
from skcook.recommend.interactions._side_table import SideTable, features_of
from skcook.utils._sklearn import Interval, StrOptions, check_sample_weight, fit_context


class LightFMRecommender(FactorRecommender):
    """Hybrid recommender: learns from who liked what, and from features of users and items.

    Each user, each item and each feature of theirs gets an embedding and a bias; a user and an
    item are the sums of their own and of those of their features, and suit each other as far as
    these point the same way. So an item that no user has met yet is recommended by its features.
    The training is LightFM's; it is needed for ``fit`` alone, a fitted model works without it.

    Parameters
    ----------
    n_components : int, default=30
        Length of the embeddings.
    loss : {"warp", "bpr", "warp-kos", "logistic"}, default="warp"
        What is minimised: "warp" works for the top of the list, "bpr" for the order of pairs,
        "warp-kos" for the k-th best liked item, "logistic" for telling liked from disliked.
    epochs : int, default=30
        Passes over the data.
    learning_rate : float, default=0.05
        Size of the first steps.
    learning_schedule : {"adagrad", "adadelta"}, default="adagrad"
        How steps shrink.
    max_sampled : int, default=30
        For "warp" and "warp-kos": how many items are tried at most to find one that is ranked too
        high. More makes the top of the list better and fitting slower.
    user_alpha, item_alpha : float, default=0.0
        L2 penalties on the embeddings; values such as 1e-5.
    kos_k, kos_n : int, default=5 and 10
        For "warp-kos": which liked item counts, of how many drawn.
    positive_threshold : float or None, default=None
        The least `y` that counts as liked. None counts all above 0, or every pair if `y` is None.
        Other pairs are the disliked ones of "logistic"; the other losses learn nothing from them,
        and they count as seen all the same.
    weight : {"uniform", "rating"}, default="uniform"
        "rating" makes `y` the weight of the pairs that were liked.
    user_features, item_features : SideTable or None, default=None
        What is known of users and of items.
    handle_unknown : {"features", "popular", "error"}, default="features"
        What happens to ids that were not in ``fit``. "features": those in a side table are scored
        by their features, and other users get the popular items; "popular": all of them do;
        "error": an error that names them.
    user, item : str, int or None, default=None
        The columns of ids in `X`, by name or position. None means the first and the second;
        further columns, such as a time, are not looked at.
    keep_training_state : bool, default=True
        Keep what ``partial_fit`` needs; without it a saved model is about half as large.
    n_jobs : int or None, default=1
        Threads for ``fit``; -1 for all. With more than one, two fits are never quite the same.
    random_state : int, RandomState instance or None, default=None
        Seed; with an int and one thread, fits are the same to the bit.
    verbose : bool, default=False
        Show progress: a bar if tqdm is installed, a line an epoch otherwise.

    Attributes
    ----------
    user_ids_, item_ids_ : ndarray
        The ids seen in ``fit``; row i of the factors belongs to the id i.
    user_factors_, item_factors_ : ndarray of float32 of shape (n, n_components)
        The sums of the embeddings of each user and item.
    user_biases_, item_biases_ : ndarray of float32 of shape (n,)
        The sums of their biases.
    user_embeddings_, item_embeddings_ : ndarray of float32 of shape (n_features, n_components)
        What was learned of each feature: first those of the side table, then the ids.
    user_feature_biases_, item_feature_biases_ : ndarray of float32 of shape (n_features,)
        Their biases.
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
    Kula M. (2015), "Metadata embeddings for user and item cold-start recommendations", CBRecSys.
    Weston J., Bengio S., Usunier N. (2011), "WSABIE: scaling up to large vocabulary image
    annotation", IJCAI.

    Examples
    --------
    >>> from skcook.datasets import make_interactions
    >>> from skcook.recommend import LightFMRecommender
    >>> data = make_interactions(n_users=50, random_state=0)
    >>> model = LightFMRecommender(n_components=8, random_state=0).fit(data.frame)
    >>> answer = model.recommend(["u3", "u7"], k=2)
    >>> answer.columns.tolist(), len(answer)
    (['user', 'rank', 'item', 'score'], 4)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **FactorRecommender._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions({"warp", "bpr", "warp-kos", "logistic"})],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "learning_schedule": [StrOptions({"adagrad", "adadelta"})],
        "max_sampled": [Interval(Integral, 1, None, closed="left")],
        "user_alpha": [Interval(Real, 0, None, closed="left")],
        "item_alpha": [Interval(Real, 0, None, closed="left")],
        "kos_k": [Interval(Integral, 1, None, closed="left")],
        "kos_n": [Interval(Integral, 1, None, closed="left")],
        "weight": [StrOptions({"uniform", "rating"})],
        "user_features": [SideTable, None],
        "item_features": [SideTable, None],
        "handle_unknown": [StrOptions({"features", "popular", "error"})],
        "keep_training_state": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components=30,
        *,
        loss="warp",
        epochs=30,
        learning_rate=0.05,
        learning_schedule="adagrad",
        max_sampled=30,
        user_alpha=0.0,
        item_alpha=0.0,
        kos_k=5,
        kos_n=10,
        positive_threshold=None,
        weight="uniform",
        user_features=None,
        item_features=None,
        handle_unknown="features",
        user=None,
        item=None,
        keep_training_state=True,
        n_jobs=1,
        random_state=None,
        verbose=False,
    ):
        self.n_components = n_components
        self.loss = loss
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.learning_schedule = learning_schedule
        self.max_sampled = max_sampled
        self.user_alpha = user_alpha
        self.item_alpha = item_alpha
        self.kos_k = kos_k
        self.kos_n = kos_n
        self.positive_threshold = positive_threshold
        self.weight = weight
        self.user_features = user_features
        self.item_features = item_features
        self.handle_unknown = handle_unknown
        self.user = user
        self.item = item
        self.keep_training_state = keep_training_state
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Learn from interactions.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            One row per meeting of a user with an item.
        y : array-like of shape (n_samples,), default=None
            Ratings; see `positive_threshold` and `weight`.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts, 0 or more.

        Returns
        -------
        self : LightFMRecommender
            The fitted recommender.

        Raises
        ------
        MissingDependencyError
            If LightFM is not installed.
        ColumnValuesError
            If an id is missing, or no row is liked.
        ValueError
            If a weight is negative, or the fit diverges.
        """
        return self._learn(X, y, sample_weight, first=True)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn on, from new rows alone; they may hold new users and items.

        Parameters
        ----------
        X, y, sample_weight :
            As for ``fit``.

        Returns
        -------
        self : LightFMRecommender
            The fitted recommender. If learning fails, it is as it was before.
        """
        first = not hasattr(self, "user_embeddings_")
        if not first and self.training_state_ is None:
            raise ValueError(
                "partial_fit needs the training state, and this model was fitted with "
                "keep_training_state=False. Fit it again with True."
            )
        return self._learn(X, y, sample_weight, first=first)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.n_jobs not in (1, None)
        return tags

    def _learn(self, X, y, sample_weight, *, first):
        import_lightfm()  # its absence is told before any work
        self._learns_on = not first
        pairs, y, liked = self._read(X, y, first=first)
        n_rows = len(liked)
        weights = self._weights(y, liked, sample_weight, n_rows)
        encoded = encode_pairs(pairs, liked, None if first else self)
        used = np.ones(n_rows, dtype=bool) if self.loss == "logistic" else liked
        if weights is not None:
            used = used & (weights > 0)
            weights = weights[used]
        if not used.any():
            self._refuse_unliked(n_rows, y, weighted=weights is not None)
        sides = {"user": encoded.user_ids, "item": encoded.item_ids}
        features = {
            side: feature_matrix(self._features_now(side), ids, side) for side, ids in sides.items()
        }
        random_state = check_random_state(self.random_state)
        state = train(
            {
                "no_components": self.n_components,
                "loss": self.loss,
                "learning_rate": self.learning_rate,
                "learning_schedule": self.learning_schedule,
                "max_sampled": self._max_sampled(len(encoded.item_ids)),
                "user_alpha": self.user_alpha,
                "item_alpha": self.item_alpha,
                "k": self.kos_k,
                "n": self.kos_n,
            },
            state=None if first else self._state(features, random_state),
            codes=(encoded.users[used], encoded.items[used]),
            values=np.where(liked[used], 1, -1).astype(np.float32),
            weights=weights,
            features=features,
            epochs=self.epochs,
            n_threads=effective_n_jobs(self.n_jobs),
            random_state=random_state,
            verbose=bool(self.verbose),
        )
        self._start(pairs, encoded)
        for side in sides:
            self._keep(side, state, features[side])
        momentum = self.learning_schedule == "adadelta"
        self.training_state_ = (
            {
                name: state[name]
                for name in NAMES
                if name.endswith("_gradients") or (momentum and name.endswith("_momentum"))
            }
            if self.keep_training_state
            else None
        )
        return self

    def _max_sampled(self, n_items):
        # As many as there are give warp-kos the logarithm of 0.
        if self.loss != "warp-kos":
            return self.max_sampled
        return max(1, min(self.max_sampled, n_items - 1))

    def _weights(self, y, liked, sample_weight, n_rows):
        """Return the weight of each row, or None."""
        weights = None
        if sample_weight is not None:
            weights = check_sample_weight(
                sample_weight, np.empty(n_rows), dtype=np.float32, ensure_non_negative=True
            )
        if self.weight == "rating":
            if y is None:
                raise ValueError('weight="rating" makes y the weight, and y is None.')
            if (y[liked] < 0).any():
                raise ValueError(
                    f'weight="rating" makes y the weight, and y goes down to {y[liked].min():g}; '
                    "weights are 0 or more. Look at positive_threshold."
                )
            rating = np.where(liked, y, 1).astype(np.float32)
            weights = rating if weights is None else weights * rating
        if weights is not None and self.loss == "warp-kos":
            raise ValueError('loss="warp-kos" takes no weights; "warp" and "bpr" do.')
        return weights

    def _features_now(self, side):
        """Return a side table, its numbers cut as those of the last fit where it is learned on."""
        table = getattr(self, f"{side}_features")
        before = getattr(self, f"{side}_table_", None) if self._learns_on else None
        if table is None or before is None or table is before:
            return table
        return table.cut_like(before)

    def _keep(self, side, state, features):
        """Keep what was learned of one side."""
        table = self._features_now(side)
        embeddings, biases = state[f"{side}_embeddings"], state[f"{side}_biases"]
        # A feature that no id in fit had still has the noise it began with.
        unmet = np.bincount(features.indices, minlength=features.shape[1]) == 0
        embeddings[unmet], biases[unmet] = 0, 0
        setattr(self, f"{side}_table_", table)
        setattr(self, f"{side}_embeddings_", embeddings)
        setattr(self, f"{side}_feature_biases_", biases)
        setattr(self, f"{side}_factors_", embeddings if table is None else features @ embeddings)
        setattr(self, f"{side}_biases_", biases if table is None else features @ biases)

    def _state(self, features, random_state):
        """Return the state of the last fit, with room for what is new."""
        state = {
            **self.training_state_,
            **{f"{side}_embeddings": getattr(self, f"{side}_embeddings_") for side in _SIDES},
            **{f"{side}_biases": getattr(self, f"{side}_feature_biases_") for side in _SIDES},
        }
        return grow(
            state,
            {side: features[side].shape[1] for side in _SIDES},
            {
                side: feature_places(
                    self._table(side),
                    self._features_now(side),
                    n_ids=len(getattr(self, f"{side}_ids_")),
                    side=side,
                )
                for side in _SIDES
            },
            n_components=self.n_components,
            schedule=self.learning_schedule,
            random_state=random_state,
        )

    def feature_tables(self):
        """Return the side tables whose features may describe ids that came after ``fit``.

        Returns
        -------
        tables : dict of str to SideTable
            By "user" and "item".
        """
        check_is_fitted(self)
        if self.handle_unknown != "features":
            return {}
        return {side: table for side in _SIDES if (table := self._table(side)) is not None}

    def _with_tables(self, user_features, item_features):
        """Return this model with features of ids that came after ``fit``."""
        known, told = self.feature_tables(), object.__new__(type(self))
        told.__dict__.update(self.__dict__)  # a shallow copy: others may ask at the same time
        for side, table in zip(_SIDES, (user_features, item_features), strict=True):
            if table is None:
                continue
            if side not in known:
                raise ValueError(
                    f"{side}_features: this model scores no {side} by features. Fit it with "
                    f'{side}_features=SideTable(...) and handle_unknown="features".'
                )
            setattr(told, f"{side}_table_", known[side].joined(table))
        return told

    def _explained(self, users, items):
        """Return a pair's score, its terms by features, and what the user met."""
        vectors, offsets, places = self._user_vectors(users)
        targets, item_places = self._item_vectors(items)
        score = float(vectors[0] @ targets[0] + offsets[0])
        left = self._features_of("user", users, places[0])
        right = self._features_of("item", items, item_places[0])
        if vectors[0, -1]:
            terms = [("(unknown)", "popularity", score)]
        else:
            terms = [(name, _BIAS, float(bias)) for name, _, bias in left]
            terms += [(_BIAS, name, float(bias)) for name, _, bias in right]
            terms += [(a, b, float(e @ f)) for a, e, _ in left for b, f, _ in right]
            if not right:
                terms.append(("(unknown)", _BIAS, float(targets[0, -2])))
        terms.sort(key=lambda term: -abs(term[2]))
        return score, terms, *self._met(places[0], item_places[0], targets[0])

    def _features_of(self, side, ids, place):
        """Return (name, embedding, bias) of each feature of one id."""
        table = self._table(side)
        embeddings = getattr(self, f"{side}_embeddings_")
        biases = getattr(self, f"{side}_feature_biases_")
        n_features = 0 if table is None else len(table.feature_names)
        found = []
        if table is not None and (place >= 0 or self.handle_unknown == "features"):
            row = table.rows_of(ids)[0]
            columns = table.matrix[row].indices if row >= 0 else []
            found = [
                (table.feature_names[i], embeddings[i], biases[i])
                for i in columns
                if embeddings[i].any() or biases[i] != 0  # else no id in fit had it
            ]
        if place >= 0:
            at, name = n_features + place, getattr(self, f"{side}_name_")
            found.append((f"{name}={ids[0]}", embeddings[at], biases[at]))
        return found

    def _describe(self, side, ids):
        table = self._table(side)
        if table is None or self.handle_unknown != "features":
            return super()._describe(side, ids)
        features = features_of(table, ids)
        n = features.shape[1]
        embeddings = getattr(self, f"{side}_embeddings_")[:n]
        biases = getattr(self, f"{side}_feature_biases_")[:n]
        learned = embeddings.any(axis=1) | (biases != 0)
        described = features @ learned.astype(np.float32) > 0
        return features @ embeddings, features @ biases, described


_SIDES = ("user", "item")
#: Stands in a term for the side that has no part in it.
_BIAS = "(bias)"
