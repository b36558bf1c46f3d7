import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.recommend import LightFMRecommender, RecommendationExplanation


def pair(user, item):
    return pd.DataFrame({"user": [user], "item": [item], "rating": [1], "time": [1]})


PAIRS = [
    ("u3", "i1"),
    ("u0", "i1"),
    ("u3", "i0"),
    ("u0", "i0"),
    ("?", "i1"),
    ("u3", "?"),
    ("?", "?"),
]


@pytest.mark.parametrize(("user", "item"), PAIRS, ids=map(str, PAIRS))
@pytest.mark.parametrize("unknown", ["features", "popular"])
def test_the_terms_make_the_score(hybrid, user, item, unknown):
    hybrid.set_params(handle_unknown=unknown)
    explanation = hybrid.explain(user, item)
    assert isinstance(explanation, RecommendationExplanation)
    score = hybrid.predict(pair(user, item))[0]
    hybrid.set_params(handle_unknown="features")
    assert explanation.score == pytest.approx(score, abs=1e-5)
    assert explanation.contributions["contribution"].sum() == pytest.approx(score, abs=1e-4)
    sizes = explanation.contributions["contribution"].abs()
    assert sizes.is_monotonic_decreasing


def test_the_favourite_genre_speaks_for_an_item(data, hybrid):
    user = data.user_table.iloc[5]
    item = data.item_table[data.item_table["genre"] == user["favourite"]].iloc[3]
    terms = hybrid.explain(user["user"], item["item"]).contributions
    match = terms[
        (terms["user_feature"] == f"favourite={user['favourite']}")
        & (terms["item_feature"] == f"genre={user['favourite']}")
    ]
    assert match["contribution"].item() > 0


def test_the_history_is_the_users_nearest_first(data, hybrid):
    explanation = hybrid.explain("u3", "i1", n_history=4)
    met = set(data.frame.loc[data.frame["user"] == "u3", "item"]) - {"i0", "i1"}
    assert set(explanation.history["item"]) <= met
    similarity = hybrid.similar_items("i1", k=78).set_index("similar_item")["score"]
    best = similarity[similarity.index.isin(met)].sort_values(ascending=False)[:4]
    assert explanation.history["item"].tolist() == best.index.tolist()
    np.testing.assert_allclose(explanation.history["similarity"], best, atol=1e-5)
    assert "title" in explanation.history


def test_who_is_unknown_has_no_history(hybrid):
    assert len(hybrid.explain("?", "i1").history) == 0


def test_it_goes_to_json(fitted):
    answer = json.loads(json.dumps(fitted.explain("u3", "i1").to_dict()))
    assert set(answer) == {"user", "item", "score", "contributions", "history"}
    assert answer["user"] == "u3"
    assert {"user_feature", "item_feature", "contribution"} == set(answer["contributions"][0])


def test_number_ids_go_to_json(data):
    X = data.frame[["user", "item"]].apply(lambda column: column.str[1:].astype(int))
    model = LightFMRecommender(2, epochs=1).fit(X)
    assert json.loads(json.dumps(model.explain(3, 1).to_dict()))["item"] == 1


def test_polars_in_polars_out(data):
    model = LightFMRecommender(2, epochs=1).fit(pl.from_pandas(data.frame))
    explanation = model.explain("u3", "i1")
    assert isinstance(explanation.contributions, pl.DataFrame)
    assert json.dumps(explanation.to_dict())


@pytest.mark.parametrize(
    ("user", "item", "message"),
    [(["u1", "u2"], "i1", "one user; got 2"), ("u1", None, "item holds 1 missing")],
)
def test_bad_questions_are_named(fitted, user, item, message):
    with pytest.raises(ValueError, match=message):
        fitted.explain(user, item)
