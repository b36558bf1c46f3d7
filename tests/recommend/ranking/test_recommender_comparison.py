"""Two recommenders, user by user: who is better, and whether it could be chance."""

import numpy as np
import pytest

from skcook.datasets import make_interactions
from skcook.recommend import (
    EASERecommender,
    LeaveLastN,
    PopularityRecommender,
    compare_recommenders,
    ranking_report,
)


@pytest.fixture(scope="module")
def held_out():
    X = make_interactions(n_users=300, n_items=100, random_state=0).frame
    train, test = next(LeaveLastN(3, time="time").split(X))
    models = {
        "popular": PopularityRecommender().fit(X.iloc[train]),
        "ease": EASERecommender(50).fit(X.iloc[train]),
        "ease too": EASERecommender(51).fit(X.iloc[train]),
    }
    return models, X.iloc[test]


def test_the_better_one_wins_and_its_twin_ties(held_out):
    frame = compare_recommenders(*held_out).set_index("model")
    assert set(frame.index[:2]) == {"ease", "ease too"}
    assert frame["ties_with_best"].to_dict() == {"ease": True, "ease too": True, "popular": False}
    assert (frame["low"] < frame["value"]).all()
    assert (frame["value"] < frame["high"]).all()
    assert frame.iloc[0]["behind"] == 0


@pytest.mark.parametrize("metric", ["ndcg", "recall", "mrr", "auc"])
def test_the_values_are_those_of_the_report(held_out, metric):
    models, X = held_out
    frame = compare_recommenders({"ease": models["ease"]}, X, metric=metric, k=5)
    assert frame.loc[0, "value"] == pytest.approx(ranking_report(models["ease"], X, k=5)[metric])


def test_intervals_hold_the_mean_of_all_users_as_often_as_they_say(held_out):
    models, X = held_out
    whole = compare_recommenders({"ease": models["ease"]}, X).loc[0, "value"]
    users = X["user"].unique()
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(40):
        some = X[X["user"].isin(rng.choice(users, 60, replace=False))]
        row = compare_recommenders({"ease": models["ease"]}, some).iloc[0]
        inside += row["low"] <= whole <= row["high"]
    assert inside >= 34


@pytest.mark.parametrize(
    ("metric", "message"), [("ndgc", "did you mean 'ndcg'"), ("coverage", "There are: ndcg")]
)
def test_a_metric_without_users_is_refused(held_out, metric, message):
    with pytest.raises(ValueError, match=message):
        compare_recommenders(*held_out, metric=metric)


def test_a_report_has_intervals_and_paired_ones_as_the_comparison_has(held_out):
    models, test = held_out
    model, baseline = models["ease"], models["popular"]
    report = ranking_report(model, test, baseline=baseline)
    assert report["value"].to_dict() == pytest.approx(ranking_report(model, test))
    two = {"ease": model, "popular": baseline}
    table = compare_recommenders(two, test, metric="recall").set_index("model")
    found, behind = report.loc["recall"], table.loc["popular"]
    assert found[["low", "high"]].tolist() == pytest.approx(
        table.loc["ease", ["low", "high"]].tolist()
    )
    names = ["behind", "behind_low", "behind_high"]
    differences = found[["difference", "difference_low", "difference_high"]].tolist()
    assert differences == pytest.approx(behind[names].tolist())
    assert report.loc[["coverage", "novelty"], ["low", "difference_high"]].isna().all(axis=None)


def test_a_report_with_a_level_alone_is_a_frame_of_intervals(held_out):
    models, test = held_out
    wide, narrow = (ranking_report(models["ease"], test, confidence=c) for c in (0.99, 0.5))
    assert list(wide) == ["value", "low", "high"]
    assert wide.loc["ndcg", "low"] < narrow.loc["ndcg", "low"]
    assert narrow.loc["ndcg", "high"] < wide.loc["ndcg", "high"]
    with pytest.raises(ValueError, match="confidence"):
        ranking_report(models["ease"], test, confidence=95)
