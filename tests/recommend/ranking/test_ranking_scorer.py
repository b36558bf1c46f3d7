import pickle

import pytest
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from skcook.recommend import (
    LeaveLastN,
    PopularityRecommender,
    RankingScorer,
    ranking_report,
    ranking_scorer,
)
from skcook.recommend.ranking import _ranking_metrics as _metrics


@pytest.fixture(scope="module")
def model(data):
    return PopularityRecommender().fit(data.frame.iloc[:600])


@pytest.mark.parametrize("name", _metrics.METRICS)
def test_each_name_is_its_metric(model, data, name):
    held_out = data.frame.iloc[600:]
    assert ranking_scorer(name, k=7)(model, held_out) == ranking_report(model, held_out, k=7)[name]


def test_several_metrics_come_from_one_pass(model, data, monkeypatch):
    passes = []
    original = _metrics.Ranking.from_estimator
    monkeypatch.setattr(
        _metrics.Ranking,
        "from_estimator",
        lambda *args, **kwargs: passes.append(1) or original(*args, **kwargs),
    )
    values = ranking_scorer(["ndcg", "auc", "coverage"])(model, data.frame.iloc[600:])
    assert set(values) == {"ndcg", "auc", "coverage"}
    assert len(passes) == 1


def test_a_search_takes_several(data):
    search = GridSearchCV(
        make_pipeline("passthrough", PopularityRecommender()),
        {"popularityrecommender__positive_threshold": [None, 4]},
        cv=LeaveLastN(2, time="time"),
        scoring=ranking_scorer(["ndcg", "auc"], k=5),
        refit="auc",
    ).fit(data.frame, data.frame["rating"])
    assert {"mean_test_ndcg", "mean_test_auc"} <= set(search.cv_results_)


def test_cross_validation_takes_it_with_training_scores(data):
    scores = cross_validate(
        PopularityRecommender(),
        data.frame,
        cv=LeaveLastN(2, time="time"),
        scoring=ranking_scorer("recall", k=5),
        return_train_score=True,
    )
    assert 0 < scores["test_score"][0] <= 1
    assert 0 < scores["train_score"][0] <= 1


def test_it_can_be_pickled_and_says_what_it_is():
    scorer = ranking_scorer("map", k=3)
    assert isinstance(scorer, RankingScorer)
    assert repr(pickle.loads(pickle.dumps(scorer))) == repr(scorer) == "ranking_scorer('map', k=3)"


@pytest.mark.parametrize("metric", ["rmse", ["ndcg", "rmse"]], ids=str)
def test_unknown_metrics_are_named(metric):
    with pytest.raises(ValueError, match="'rmse' is none of ndcg"):
        ranking_scorer(metric)
