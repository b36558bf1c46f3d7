"""How good a ranking is: functions of `Ranking`, averaged over users.

All take relevance as yes or no. Users count the same, however many items they have.
"""

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.utils import check_scalar

from skcook.recommend.ranking._ranking import Ranking


def ndcg_at_k(ranking, *, k=10, per_user=False):
    """Normalised discounted cumulative gain: the held-out items found, early ones counting more.

    Parameters
    ----------
    ranking : Ranking
        Where the held-out items came.
    k : int, default=10
        Length of the list.
    per_user : bool, default=False
        Return one value per user instead of the mean.

    Returns
    -------
    ndcg : float, or ndarray of shape (n_users,)
        From 0 to 1; 1 is a list that begins with all held-out items.

    References
    ----------
    Järvelin K., Kekäläinen J. (2002), "Cumulated gain-based evaluation of IR techniques", ACM
    TOIS 20(4).

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, ndcg_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> round(ndcg_at_k(ranking, k=2), 3)
    0.631
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    gains = np.where(ranking.ranks < k, 1 / np.log2(ranking.ranks + 2), 0)
    ideal = np.cumsum(discount)[np.minimum(_n_relevant(ranking), k) - 1]
    return _mean(_sums(ranking, gains) / ideal, per_user)


def precision_at_k(ranking, *, k=10, per_user=False):
    """Share of the list that was held out.

    Parameters
    ----------
    ranking, k, per_user :
        As for `ndcg_at_k`.

    Returns
    -------
    precision : float, or ndarray of shape (n_users,)
        From 0 to 1. With fewer than `k` held-out items per user, 1 cannot be reached.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, precision_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> precision_at_k(ranking, k=2)
    0.5
    """
    return _mean(_sums(ranking, ranking.ranks < k) / k, per_user)


def recall_at_k(ranking, *, k=10, per_user=False):
    """Share of the held-out items that are in the list.

    Parameters
    ----------
    ranking, k, per_user :
        As for `ndcg_at_k`.

    Returns
    -------
    recall : float, or ndarray of shape (n_users,)
        From 0 to 1.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, recall_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> recall_at_k(ranking, k=2)
    1.0
    """
    return _mean(_sums(ranking, ranking.ranks < k) / _n_relevant(ranking), per_user)


def map_at_k(ranking, *, k=10, per_user=False):
    """Mean average precision: the precision at each hit, over the hits that were possible.

    Parameters
    ----------
    ranking, k, per_user :
        As for `ndcg_at_k`.

    Returns
    -------
    average_precision : float, or ndarray of shape (n_users,)
        From 0 to 1.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, map_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> map_at_k(ranking, k=2)
    0.5
    """
    n_hits = _position(ranking) + 1
    precisions = np.where(ranking.ranks < k, n_hits / (ranking.ranks + 1), 0)
    return _mean(_sums(ranking, precisions) / np.minimum(_n_relevant(ranking), k), per_user)


def mrr(ranking, *, k=None, per_user=False):
    """Mean reciprocal rank: 1 over the place, from 1, of the first held-out item.

    Parameters
    ----------
    ranking, per_user :
        As for `ndcg_at_k`.
    k : int or None, default=None
        Beyond that place it counts 0.

    Returns
    -------
    reciprocal_rank : float, or ndarray of shape (n_users,)
        From 0 to 1.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, mrr
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> mrr(ranking)
    0.5
    """
    first = ranking.ranks[_starts(ranking)]
    reciprocal = 1 / (first + 1.0)
    return _mean(reciprocal if k is None else np.where(first < k, reciprocal, 0), per_user)


def hit_rate_at_k(ranking, *, k=10, per_user=False):
    """Share of the users with at least one held-out item in the list.

    Parameters
    ----------
    ranking, k, per_user :
        As for `ndcg_at_k`.

    Returns
    -------
    hit_rate : float, or ndarray of shape (n_users,)
        From 0 to 1.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, hit_rate_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> hit_rate_at_k(ranking, k=1)
    0.0
    """
    return _mean((ranking.ranks[_starts(ranking)] < k).astype(float), per_user)


def auc(ranking, *, per_user=False):
    """Probability that a held-out item is ranked before one that is not.

    Parameters
    ----------
    ranking, per_user :
        As for `ndcg_at_k`.

    Returns
    -------
    auc : float, or ndarray of shape (n_users,)
        From 0 to 1; 0.5 is chance, and the value of a user to whom all items were held out. A
        tie counts as lost, so a model that gives all items one score has 0.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, auc
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> ranking = Ranking.from_estimator(PopularityRecommender().fit(X), [["ann", "rum"]])
    >>> auc(ranking)
    0.0
    """
    n_others = ranking.n_ranked - _n_relevant(ranking)
    # Held-out items that tie have one rank, that of the last of them, and do not beat each other.
    change = (np.diff(ranking.ranks) != 0) | (np.diff(ranking.users) != 0)
    last = np.append(np.flatnonzero(change), len(ranking.ranks) - 1)
    position = _position(ranking)[last].repeat(np.diff(last, prepend=-1))
    before = _sums(ranking, ranking.ranks - position) / _n_relevant(ranking)
    values = np.where(n_others > 0, 1 - before / np.maximum(n_others, 1), 0.5)
    return _mean(values, per_user)


def coverage_at_k(ranking, *, k=10):
    """Share of the catalogue that is in the list of at least one user.

    Parameters
    ----------
    ranking : Ranking
        Made with `top` of at least `k`.
    k : int, default=10
        Length of the list.

    Returns
    -------
    coverage : float
        From 0 to 1; low if everybody is recommended the same.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, coverage_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> model = PopularityRecommender().fit(X)
    >>> round(coverage_at_k(Ranking.from_estimator(model, [["ann", "rum"]], top=1), k=1), 2)
    0.33
    """
    top = _top(ranking, k)
    return len(np.unique(top[top >= 0])) / ranking.n_items


def novelty_at_k(ranking, *, k=10):
    """Mean surprise of what is recommended, in bits: minus log2 of the share that had met it.

    Parameters
    ----------
    ranking : Ranking
        Made with `top` of at least `k`.
    k : int, default=10
        Length of the list.

    Returns
    -------
    novelty : float
        0 or more; an item that half the users know has 1 bit. An item that no user knows counts as
        if half a user did.

    References
    ----------
    Vargas S., Castells P. (2011), "Rank and relevance in novelty and diversity metrics for
    recommender systems", RecSys.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, Ranking, novelty_at_k
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> model = PopularityRecommender().fit(X)
    >>> round(novelty_at_k(Ranking.from_estimator(model, [["ann", "rum"]], top=1), k=1), 2)
    0.58
    """
    top = _top(ranking, k)
    known = ranking.item_shares[ranking.item_shares > 0]
    floor = known.min() / 2 if len(known) else 1.0
    bits = -np.log2(np.maximum(ranking.item_shares, floor))
    return float(bits[top[top >= 0]].mean())


#: The metrics by the names that `ranking_scorer` takes.
METRICS: dict[str, Any] = {
    "ndcg": ndcg_at_k,
    "precision": precision_at_k,
    "recall": recall_at_k,
    "map": map_at_k,
    "mrr": mrr,
    "hit_rate": hit_rate_at_k,
    "auc": auc,
    "coverage": coverage_at_k,
    "novelty": novelty_at_k,
}

#: Metrics of a whole catalogue, which have no value per user.
WITHOUT_USERS = ("coverage", "novelty")


def compute(names, estimator, X, y, *, k, candidates=None, exclude_seen=True):
    """Compute metrics from one ranking pass: each as a number, and as a frame of those by user.

    Shapes: returns by_user (n_users, n_metrics).
    """
    top = k if {"coverage", "novelty"} & set(names) else 0
    ranking = Ranking.from_estimator(
        estimator, X, y, candidates=candidates, exclude_seen=exclude_seen, top=top
    )
    values, by_user = {}, {}
    for name in names:
        options = {} if name == "auc" else {"k": k}
        if name in WITHOUT_USERS:
            values[name] = float(METRICS[name](ranking, **options))
        else:
            by_user[name] = METRICS[name](ranking, **options, per_user=True)
            values[name] = _mean(by_user[name], per_user=False)
    return values, pd.DataFrame(by_user, index=pd.Index(ranking.user_ids, dtype=object))


def ranking_report(
    estimator,
    X,
    y=None,
    *,
    k=10,
    candidates=None,
    exclude_seen=True,
    confidence=None,
    baseline=None,
):
    """Compute every metric from one ranking pass.

    Parameters
    ----------
    estimator, X, y, candidates, exclude_seen :
        As for `Ranking.from_estimator`.
    k : int, default=10
        Length of the list.
    confidence : float or None, default=None
        Level of intervals over users, such as 0.95; they make the report a frame.
    baseline : estimator or None, default=None
        A fitted recommender to compare with, user by user; it makes the report a frame, with
        intervals of 0.95 if `confidence` is None.

    Returns
    -------
    report : dict of str to float, or pandas DataFrame
        ndcg, precision, recall, map, mrr, hit_rate, auc, coverage and novelty. As a frame, one row
        per metric: ``value`` with ``low`` and ``high``, and, given a `baseline`, its value
        ``baseline``, and ``difference`` with ``difference_low`` and ``difference_high``.

    Notes
    -----
    Intervals are Student's, over users; those of differences are paired. Coverage is no mean over
    users and novelty one over items, so that they have none. See `compare_recommenders` for more
    than two.

    Examples
    --------
    >>> from skcook.recommend import PopularityRecommender, ranking_report
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"], ["cat", "rum"], ["cat", "milk"]]
    >>> model = PopularityRecommender().fit(X)
    >>> report = ranking_report(model, [["ann", "rum"]], k=2)
    >>> report["hit_rate"], report["auc"]
    (1.0, 0.0)
    >>> ranking_report(model, [["ann", "rum"], ["cat", "tea"]], k=2, confidence=0.9).loc["recall"]
    value    1.0
    low      1.0
    high     1.0
    Name: recall, dtype: float64
    """
    options: dict[str, Any] = {"k": k, "candidates": candidates, "exclude_seen": exclude_seen}
    values, mine = compute(list(METRICS), estimator, X, y, **options)
    if confidence is None and baseline is None:
        return values
    level = 0.95 if confidence is None else confidence
    check_scalar(level, "confidence", Real, min_val=0, max_val=1, include_boundaries="neither")
    report = pd.DataFrame({"value": values})
    report[["low", "high"]] = _ends(mine, report.index, level)
    if baseline is not None:
        report["baseline"], theirs = compute(list(METRICS), baseline, X, y, **options)
        report["difference"] = report["value"] - report["baseline"]
        # Of users whom both were asked about.
        differences = (mine - theirs).dropna()
        report.loc[differences.columns, "difference"] = differences.mean()
        report[["difference_low", "difference_high"]] = _ends(differences, report.index, level)
    return report


def mean_interval(values, confidence):
    """Return the mean of one value per user, and the ends of its interval."""
    values = np.asarray(values, dtype=np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, np.nan, np.nan
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1)
    half /= np.sqrt(len(values))
    return mean, mean - half, mean + half


def _ends(by_user, names, confidence):
    """Return the ends of the interval of each metric, NaN where it has no value per user."""
    ends = {name: mean_interval(by_user[name], confidence)[1:] for name in by_user}
    return np.array([ends.get(name, (np.nan, np.nan)) for name in names])


def _starts(ranking):
    """Return where each user's pairs begin."""
    return np.searchsorted(ranking.users, np.arange(len(ranking.user_ids)))


def _n_relevant(ranking):
    return np.bincount(ranking.users, minlength=len(ranking.user_ids))


def _position(ranking):
    """Return how many of the same user's held-out items come before each."""
    return np.arange(len(ranking.users)) - _starts(ranking)[ranking.users]


def _sums(ranking, values):
    return np.bincount(ranking.users, weights=values, minlength=len(ranking.user_ids))


def _mean(values, per_user):
    return values if per_user else float(values.mean())


def _top(ranking, k):
    wanted = min(k, ranking.n_items)
    if ranking.top.shape[1] < wanted:
        raise ValueError(
            f"k={k}, and the ranking kept the first {ranking.top.shape[1]} items of each list. "
            f"Make it with Ranking.from_estimator(..., top={k})."
        )
    return ranking.top[:, :wanted]
