"""A scorer for scikit-learn's searches and validations."""

from skcook.recommend.ranking._ranking_metrics import METRICS, compute


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
        values = compute(
            names,
            estimator,
            X,
            y,
            k=self.k,
            candidates=self.candidates,
            exclude_seen=self.exclude_seen,
        )
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
