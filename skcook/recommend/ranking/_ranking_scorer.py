"""A scorer for scikit-learn's searches and validations."""

import pandas as pd

from skcook.recommend.ranking._ranking_metrics import (
    METRICS,
    WITHOUT_USERS,
    compute,
    mean_interval,
)
from skcook.utils._validation import did_you_mean


class RankingScorer:
    """What `ranking_scorer` returns: called with an estimator, X and y.

    Parameters
    ----------
    metric, k, candidates, exclude_seen
        As `ranking_scorer` takes them.

    Examples
    --------
    >>> from skcook.recommend import RankingScorer
    >>> RankingScorer("ndcg", k=5)
    ranking_scorer('ndcg', k=5)
    """

    def __init__(self, metric, *, k=10, candidates=None, exclude_seen=True):
        self.metric = metric
        self.k = k
        self.candidates = candidates
        self.exclude_seen = exclude_seen

    def __call__(self, estimator, X, y=None):
        several = not isinstance(self.metric, str)
        names = list(self.metric) if several else [self.metric]
        options = {"candidates": self.candidates, "exclude_seen": self.exclude_seen}
        values, _ = compute(names, estimator, X, y, k=self.k, **options)
        return values if several else values[self.metric]

    def __repr__(self):
        return f"ranking_scorer({self.metric!r}, k={self.k})"


def ranking_scorer(metric="ndcg", *, k=10, candidates=None, exclude_seen=True):
    """Make a scorer for ``GridSearchCV``, ``cross_validate`` and their like.

    Parameters
    ----------
    metric : str or list of str, default="ndcg"
        ndcg, precision, recall, map, mrr, hit_rate, auc, coverage or novelty. A list computes all
        of them from one ranking pass; the search then needs ``refit="..."``.
    k : int, default=10
        Length of the list.
    candidates, exclude_seen :
        As for `Ranking.from_estimator`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y)``; higher is better.

    Raises
    ------
    ValueError
        If a metric is unknown.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, ranking_scorer
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking_scorer("recall", k=2)(PopularityRecommender().fit(X), [["ann", "rum"]])
    1.0
    >>> ranking_scorer("rmse")
    Traceback (most recent call last):
        ...
    ValueError: metric 'rmse' is none of ndcg, precision, recall, map, mrr, hit_rate, auc,
    coverage, novelty.
    """
    for name in [metric] if isinstance(metric, str) else metric:
        if name not in METRICS:
            raise ValueError(f"metric {name!r} is none of {', '.join(METRICS)}.")
    return RankingScorer(metric, k=k, candidates=candidates, exclude_seen=exclude_seen)


def compare_recommenders(
    models, X, y=None, *, metric="ndcg", k=10, candidates=None, confidence=0.95
):
    """Compare fitted recommenders on held-out pairs, user by user.

    All are asked about the same users, so differences are paired: what is hard for everybody
    cancels out, and far fewer users are enough to tell two models apart.

    Parameters
    ----------
    models : dict of str to estimator
        Fitted recommenders, or pipelines or searches around them, by name.
    X : {DataFrame, array-like} of shape (n_samples, n_features)
        Held-out pairs, with the columns of ``fit``.
    y : array-like of shape (n_samples,), default=None
        Their ratings.
    metric : str, default="ndcg"
        ndcg, precision, recall, map, mrr, hit_rate or auc.
    k : int, default=10
        Length of the list.
    candidates : array-like of item ids, "test" or None, default=None
        As in `Ranking.from_estimator`.
    confidence : float, default=0.95
        Level of the intervals.

    Returns
    -------
    frame : pandas DataFrame
        One row per model, the best first: ``model``, ``value`` with ``low`` and ``high``,
        ``behind`` (how far it is behind the best) with ``behind_low`` and ``behind_high``, and
        ``ties_with_best``: whether that interval holds 0.

    Raises
    ------
    ValueError
        If there is no such metric, or no model.

    Notes
    -----
    Intervals are Student's, over users. They tell how much the answer depends on which users were
    asked, not on the seed of a fit.

    Examples
    --------
    >>> from skcook.datasets import make_interactions
    >>> from skcook.recommend import EASERecommender, LeaveLastN, PopularityRecommender
    >>> from skcook.recommend import compare_recommenders
    >>> X = make_interactions(n_users=200, random_state=0).frame
    >>> train, test = next(LeaveLastN(3, time="time").split(X))
    >>> models = {
    ...     "popular": PopularityRecommender().fit(X.iloc[train]),
    ...     "ease": EASERecommender(50).fit(X.iloc[train]),
    ... }
    >>> compare_recommenders(models, X.iloc[test])["model"].tolist()
    ['ease', 'popular']
    """
    known = [name for name in METRICS if name not in WITHOUT_USERS]
    if metric not in known:
        match = did_you_mean(str(metric), known)
        raise ValueError(
            f"There is no metric {metric!r} by user"
            + (f"; did you mean {match!r}?" if match else f". There are: {', '.join(known)}.")
        )
    if not models:
        raise ValueError("models is empty; give {name: fitted recommender}.")
    values = {
        name: compute([metric], model, X, y, k=k, candidates=candidates)[1][metric]
        for name, model in models.items()
    }
    table = pd.DataFrame(values).dropna()
    order = table.mean().sort_values(ascending=False, kind="stable").index
    rows = []
    for name in order:
        behind = mean_interval(table[order[0]] - table[name], confidence)
        rows.append((name, *mean_interval(table[name], confidence), *behind, behind[1] <= 0))
    columns = ["model", "value", "low", "high", "behind", "behind_low", "behind_high"]
    return pd.DataFrame(rows, columns=[*columns, "ties_with_best"])
