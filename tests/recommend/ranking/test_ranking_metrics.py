"""The metrics are those of the peers that define them."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from lightfm import LightFM, evaluation
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from skcook.recommend import (
    LightFMRecommender,
    Ranking,
    auc,
    coverage_at_k,
    hit_rate_at_k,
    map_at_k,
    mrr,
    ndcg_at_k,
    novelty_at_k,
    precision_at_k,
    ranking_report,
    recall_at_k,
)


@pytest.fixture(scope="module")
def split(data):
    X = data.frame[data.frame["item"].isin(data.frame["item"].value_counts().index[:60])]
    test = X.groupby("user").head(4)
    train = X.drop(test.index)
    return train, test[test["item"].isin(train["item"])]


@pytest.fixture(scope="module")
def model(split):
    return LightFMRecommender(6, epochs=4, random_state=0).fit(split[0])


@pytest.fixture(scope="module")
def ranking(model, split):
    return Ranking.from_estimator(model, split[1], top=10)


@pytest.fixture(scope="module")
def peer(model, split):
    """Raw LightFM with the same parameters, and its matrices."""
    raw = LightFM(6, loss="warp", max_sampled=30, random_state=0)
    shape = model.seen_.shape

    def matrix(frame):
        at = [
            pd.Index(ids).get_indexer(frame[side])
            for side, ids in (("user", model.user_ids_), ("item", model.item_ids_))
        ]
        return sp.coo_matrix((np.ones(len(frame), "f4"), at), shape=shape)

    train, test = map(matrix, split)
    raw.fit(
        sp.coo_matrix((train.data, (train.row.astype("i4"), train.col.astype("i4"))), shape=shape),
        epochs=4,
    )
    return raw, train.tocsr(), test.tocsr()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            lambda r: precision_at_k(r, k=5, per_user=True),
            lambda *a, **k: evaluation.precision_at_k(*a, k=5, **k),
        ),
        (
            lambda r: recall_at_k(r, k=5, per_user=True),
            lambda *a, **k: evaluation.recall_at_k(*a, k=5, **k),
        ),
        (lambda r: auc(r, per_user=True), evaluation.auc_score),
        (lambda r: mrr(r, per_user=True), evaluation.reciprocal_rank),
    ],
    ids=["precision", "recall", "auc", "mrr"],
)
def test_they_equal_lightfms_per_user(ranking, model, peer, ours, theirs):
    raw, train, test = peer
    expected = theirs(raw, test, train_interactions=train)
    users = np.flatnonzero(np.diff(test.indptr))
    assert len(expected) == len(users)
    by_user = pd.Series(expected, index=model.user_ids_[users])
    np.testing.assert_allclose(ours(ranking), by_user[ranking.user_ids], atol=1e-4)


def scores_of(model, split, user):
    """All candidates' scores and whether they were held out, for one user."""
    items = model.item_ids_
    X = pd.DataFrame({"user": user, "item": items, "rating": 1, "time": 1})
    train, test = ({*f.loc[f["user"] == user, "item"]} for f in split)
    keep = np.array([item not in train - test for item in items])
    truth = np.array([item in test for item in items])
    return truth[keep], model.predict(X)[keep]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda r: ndcg_at_k(r, k=5, per_user=True), lambda t, s: ndcg_score([t], [s], k=5)),
        (lambda r: auc(r, per_user=True), roc_auc_score),
        (lambda r: map_at_k(r, k=10**6, per_user=True), average_precision_score),
    ],
    ids=["ndcg", "auc", "map"],
)
def test_they_equal_scikit_learns_per_user(ranking, model, split, ours, theirs):
    expected = [theirs(*scores_of(model, split, user)) for user in ranking.user_ids]
    np.testing.assert_allclose(ours(ranking), expected, atol=1e-6)


def made(ranks, users, n_ranked, **more):
    n = len(n_ranked)
    settings = {"n_items": max(n_ranked), "top": np.empty((n, 0), "i4"), "item_shares": np.ones(9)}
    return Ranking(
        np.arange(n), np.array(users), np.array(ranks), np.array(n_ranked), **{**settings, **more}
    )


PERFECT = made([0, 1, 0], [0, 0, 1], [9, 8])
WORST = made([7, 8, 7], [0, 0, 1], [9, 8])


@pytest.mark.parametrize("metric", [ndcg_at_k, recall_at_k, map_at_k, hit_rate_at_k, mrr, auc])
def test_the_perfect_ranking_has_1(metric):
    assert metric(PERFECT) == 1


@pytest.mark.parametrize(
    "metric", [ndcg_at_k, recall_at_k, map_at_k, hit_rate_at_k, mrr, precision_at_k]
)
def test_what_is_behind_the_list_has_0(metric):
    assert metric(WORST, k=5) == 0


def test_the_worst_ranking_has_an_auc_of_0():
    assert auc(WORST) == 0


def test_a_user_to_whom_all_was_held_out_has_an_auc_of_a_half():
    assert auc(made([0, 1], [0, 0], [2])) == 0.5


def test_held_out_items_that_tie_do_not_beat_each_other():
    # Scores 3, 2, 2, 2, 1, the held-out ones being two of the 2s: they lose to 3 and to a 2.
    assert auc(made([3, 3], [0, 0], [5])) == pytest.approx(1 / 3)
    assert auc(made([4, 4, 4, 3, 3], [0, 0, 0, 1, 1], [5, 4])) == 0


def test_ap_at_k_is_over_the_hits_that_were_possible():
    # Hits at places 1 and 3 of 2, with four held-out items: (1/1 + 2/3) / 3.
    ranking = made([0, 2, 7, 8], [0] * 4, [9])
    assert map_at_k(ranking, k=3) == pytest.approx((1 + 2 / 3) / 3)


def test_coverage_and_novelty_look_at_the_list():
    top = np.array([[0, 1], [0, -1]], dtype="i4")
    shares = np.array([0.5, 0.25, 1.0, 0.0])
    ranking = made([0, 0], [0, 1], [4, 4], n_items=4, top=top, item_shares=shares)
    assert coverage_at_k(ranking, k=2) == 0.5
    assert coverage_at_k(ranking, k=1) == 0.25
    assert novelty_at_k(ranking, k=2) == pytest.approx((1 + 2 + 1) / 3)
    with pytest.raises(ValueError, match=r"k=3.*first 2 items.*top=3"):
        coverage_at_k(ranking, k=3)


def test_the_report_is_each_metric(model, split, ranking):
    report = ranking_report(model, split[1], k=5)
    expected = {
        "ndcg": ndcg_at_k(ranking, k=5),
        "precision": precision_at_k(ranking, k=5),
        "recall": recall_at_k(ranking, k=5),
        "map": map_at_k(ranking, k=5),
        "mrr": mrr(ranking, k=5),
        "hit_rate": hit_rate_at_k(ranking, k=5),
        "auc": auc(ranking),
        "coverage": coverage_at_k(ranking, k=5),
        "novelty": novelty_at_k(ranking, k=5),
    }
    assert report == pytest.approx(expected)
