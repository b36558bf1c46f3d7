import numpy as np
import pandas as pd
import pytest

from skcook.recommend import PopularityRecommender, Ranking

COLUMNS = ["user", "item", "rating", "time"]


@pytest.fixture(scope="module")
def held_out(data):
    return data.frame.groupby("user").head(3)


@pytest.fixture(scope="module")
def model(data, held_out):
    from skcook.recommend import LightFMRecommender

    rest = data.frame.drop(held_out.index)
    return LightFMRecommender(8, epochs=5, random_state=0).fit(rest)


def by_hand(model, held_out):
    """Rank with predict alone, pair by pair."""
    items = list(dict.fromkeys([*model.item_ids_, *held_out["item"]]))
    users, ranks, n_ranked = [], [], []
    for user, rows in held_out.groupby("user", sort=False):
        scores = pd.Series(
            model.predict(pd.DataFrame({"user": user, "item": items, "rating": 1, "time": 1})),
            index=items,
        )
        place = list(model.user_ids_).index(user)
        met = model.item_ids_[model.seen_[place].indices]
        scores = scores[~scores.index.isin(set(met) - set(rows["item"]))]
        users.append(user)
        n_ranked.append(len(scores))
        ranks.append(sorted((scores >= scores[item]).sum() - 1 for item in rows["item"]))
    return users, ranks, n_ranked


def test_places_are_those_of_predict(model, held_out):
    ranking = Ranking.from_estimator(model, held_out)
    users, ranks, n_ranked = by_hand(model, held_out)
    assert ranking.user_ids.tolist() == users
    assert ranking.n_ranked.tolist() == n_ranked
    assert ranking.ranks.reshape(-1, 3).tolist() == ranks


def test_many_held_out_items_are_ranked_as_few(data, model):
    """More than a handful of items per user takes the way of sorting."""
    many = data.frame[data.frame["user"].isin(["u1", "u2"])]
    many = pd.concat([many, many.assign(user="u3"), many.assign(user="u4")])
    many = many.drop_duplicates(["user", "item"])
    ranking = Ranking.from_estimator(model, many)
    for user in ranking.user_ids:
        rows = ranking.users == ranking.user_ids.tolist().index(user)
        alone = []
        for item in many.loc[many["user"] == user, "item"]:
            scores = model.predict(
                pd.DataFrame({"user": user, "item": model.item_ids_, "rating": 1, "time": 1})
            )
            mine = scores[model.item_ids_ == item]
            met = model.item_ids_[model.seen_[model.user_ids_.tolist().index(user)].indices]
            hidden = np.isin(model.item_ids_, met)
            hidden &= ~np.isin(model.item_ids_, many.loc[many["user"] == user, "item"])
            alone.append(((scores >= mine) & ~hidden).sum() - 1)
        assert sorted(ranking.ranks[rows]) == sorted(alone)


def test_the_top_is_what_recommend_says(data, model, held_out):
    ranking = Ranking.from_estimator(model, held_out, top=5)
    frame = model.recommend(ranking.user_ids, k=5)
    catalogue = np.array(list(dict.fromkeys([*model.item_ids_, *held_out["item"]])), dtype=object)
    assert catalogue[ranking.top].ravel().tolist() == frame["item"].tolist()


def test_what_the_model_cannot_tell_apart_is_no_merit():
    X = pd.DataFrame({"user": [1, 2, 3], "item": ["a", "b", "c"]})
    model = PopularityRecommender().fit(X)
    ranking = Ranking.from_estimator(model, pd.DataFrame({"user": [1], "item": ["b"]}))
    assert ranking.ranks.tolist() == [1]  # b and c are as popular; a was met
    assert ranking.n_ranked.tolist() == [2]


def test_unliked_and_repeated_pairs_count_as_they_should(data, model, held_out):
    rating = np.where(np.arange(len(held_out)) % 2, 5.0, 0.0)
    once = Ranking.from_estimator(model, held_out, rating)
    twice = Ranking.from_estimator(
        model, pd.concat([held_out, held_out]), np.concatenate([rating, rating])
    )
    assert len(once.ranks) == (rating > 0).sum()
    assert once.ranks.tolist() == twice.ranks.tolist()


def test_pairs_that_were_met_are_ranked_when_asked_about(data, model):
    rest = data.frame[data.frame["user"] == "u1"]
    ranking = Ranking.from_estimator(model, rest)
    assert len(ranking.ranks) == len(rest)


def test_cold_items_are_ranked_among_themselves(hybrid):
    X = pd.DataFrame({"user": ["u1", "u2"], "item": ["i0", "i0"], "rating": 1, "time": 1})
    ranking = Ranking.from_estimator(hybrid, X, candidates="test")
    assert ranking.n_items == 1
    assert ranking.ranks.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"candidates": "warm"}, None, 'candidates must be None, "test" or ids'),
        ({}, "zero", "None of the 180 held-out pairs was liked"),
        ({}, "nan", "Input y contains NaN"),
        ({"candidates": ["nothing of the kind"]}, None, "None of the held-out items"),
    ],
    ids=["candidates", "nothing-liked", "nan", "no-candidate"],
)
def test_bad_questions_are_named(model, held_out, params, y, message):
    values = {"zero": np.zeros(180), "nan": np.full(180, np.nan), None: None}[y]
    with pytest.raises(ValueError, match=message):
        Ranking.from_estimator(model, held_out, values, **params)
