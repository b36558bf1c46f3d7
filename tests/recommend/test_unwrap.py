import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook.recommend import LeaveLastN, PopularityRecommender, ranking_report, recommender_of
from skcook.recommend.ranking._ranking import recommender_and_pairs


def swapped(X):
    return X[["user", "item"]]


@pytest.fixture
def X(data):
    return data.frame[["item", "user", "time"]]


def pipeline():
    return make_pipeline(FunctionTransformer(swapped), PopularityRecommender())


MODELS = {
    "itself": PopularityRecommender(user="user", item="item"),
    "pipeline": pipeline(),
    "search": GridSearchCV(
        PopularityRecommender(user="user", item="item"),
        {"positive_threshold": [None]},
        cv=LeaveLastN(2, time="time", user="user"),
    ),
    "search-of-a-pipeline": GridSearchCV(
        pipeline(),
        {"popularityrecommender__positive_threshold": [None]},
        cv=LeaveLastN(2, time="time", user="user"),
    ),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_recommender_is_reached(model, X, data):
    model.fit(X)
    found = recommender_of(model)
    assert isinstance(found, PopularityRecommender)
    answer = found.recommend(data.frame["user"].iloc[:1], k=3)
    assert len(answer) == 3
    frozen = recommender_of(FrozenEstimator(model))
    assert frozen.recommend(data.frame["user"].iloc[:1], k=3).equals(answer)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_pairs_go_through_the_steps_before_it(model, X):
    plain = PopularityRecommender(user="user", item="item").fit(X.iloc[:500])
    held_out = X.iloc[500:]
    expected = ranking_report(plain, held_out)
    assert ranking_report(model.fit(X.iloc[:500]), held_out) == expected


def test_the_steps_of_two_pipelines_run_in_order(X):
    model = make_pipeline(FunctionTransformer(swapped), pipeline()).fit(X)
    _, through = recommender_and_pairs(model, X)
    assert through.columns.tolist() == ["user", "item"]


@pytest.mark.parametrize(
    "model",
    [Ridge(), make_pipeline(Ridge()), GridSearchCV(Ridge(), {"alpha": [1]})],
    ids=["plain", "pipeline", "search"],
)
def test_where_there_is_none_it_says_so(model):
    with pytest.raises(TypeError, match=f"no recommender in this {type(model).__name__}"):
        recommender_of(model)
