"""On real data the recommender is as good as its documentation says."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from skcook.recommend import (
    ColdItemSplit,
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
    ranking_report,
    ranking_scorer,
)

pytestmark = [pytest.mark.slow, pytest.mark.realdata]
LAST = LeaveLastN(5, time="timestamp")


@pytest.fixture(scope="module")
def ratings(data_home):
    return pd.read_csv(data_home / "ml-latest-small" / "ratings.csv")


@pytest.fixture(scope="module")
def split(ratings):
    ((train, test),) = LAST.split(ratings)
    return ratings.iloc[train], ratings.iloc[test]


def mean_of_five_seeds(split, **params):
    reports = [
        ranking_report(LightFMRecommender(random_state=seed, **params).fit(split[0]), split[1])
        for seed in range(5)
    ]
    return {name: np.mean([report[name] for report in reports]) for name in ("ndcg", "auc")}


def test_with_defaults_it_beats_popularity_by_far(split):
    popular = ranking_report(PopularityRecommender().fit(split[0]), split[1])
    mean = mean_of_five_seeds(split)
    assert mean["ndcg"] >= 0.052
    assert mean["ndcg"] > 1.5 * popular["ndcg"]
    assert mean["auc"] >= 0.89


def test_tuned_on_the_training_rows_it_is_better_on_the_others(split):
    search = GridSearchCV(
        LightFMRecommender(epochs=20, random_state=0),
        {"max_sampled": [10, 100]},
        cv=LAST,
        scoring=ranking_scorer("ndcg", k=10),
        refit=False,
    ).fit(split[0])
    assert mean_of_five_seeds(split, epochs=20, **search.best_params_)["ndcg"] >= 0.056


def test_cold_films_are_placed_by_genre_and_year(ratings, data_home):
    films = pd.read_csv(data_home / "ml-latest-small" / "movies.csv")
    films["year"] = pd.to_numeric(films["title"].str.extract(r"\((\d{4})\)")[0])
    table = SideTable(films, id="movieId", columns=["genres", "year"])
    ((train, test),) = ColdItemSplit(1, random_state=0).split(ratings)
    model = LightFMRecommender(item_features=table, random_state=0).fit(ratings.iloc[train])
    report = ranking_report(model, ratings.iloc[test], candidates="test")
    assert report["ndcg"] >= 0.12
    assert report["auc"] >= 0.80
