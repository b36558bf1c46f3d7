import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnValuesError
from skcook.recommend import LightFMRecommender
from tests.recommend.conftest import checkerboard


@pytest.fixture(scope="module")
def model():
    return LightFMRecommender(8, epochs=60, random_state=0).fit(checkerboard(20))


def test_items_of_the_same_colour_are_alike(model):
    frame = model.similar_items(np.arange(20), k=9)
    assert frame.columns.tolist() == ["item", "rank", "similar_item", "score"]
    assert (frame["item"] % 2 == frame["similar_item"] % 2).all()
    assert (frame["item"] != frame["similar_item"]).all()
    assert frame["rank"].tolist() == list(range(1, 10)) * 20


def test_likeness_is_the_cosine(model):
    frame = model.similar_users([3], k=19)
    U = model.user_factors_ / np.linalg.norm(model.user_factors_, axis=1, keepdims=True)
    at = model.user_ids_.tolist().index(3)
    expected = np.delete(U @ U[at], at)
    np.testing.assert_allclose(frame["score"], np.sort(expected)[::-1], atol=1e-5)


def test_the_audience_of_an_item_is_of_its_colour(model):
    frame = model.recommend_users(np.arange(20), k=1)
    assert frame.columns.tolist() == ["item", "rank", "user", "score"]
    assert frame["user"].tolist() == list(range(20))
    for row in frame.head(3).itertuples():
        scores = model.predict(pd.DataFrame({"user": row.user, "item": model.item_ids_}))
        mine = scores[model.item_ids_ == row.item].item()
        assert row.score == pytest.approx(mine - scores.mean(), abs=1e-4)


def test_those_who_met_the_item_come_if_asked(model):
    frame = model.recommend_users([4], k=10, exclude_seen=False)
    assert (frame["user"] % 2 == 0).all()


def test_a_cold_item_has_an_audience_and_likes(data, hybrid):
    genre = data.item_table.set_index("item")["genre"]
    favourite = data.user_table.set_index("user")["favourite"]
    audience = hybrid.recommend_users("i0", k=10)["user"]
    assert (favourite[audience] == genre["i0"]).mean() >= 0.7
    alike = hybrid.similar_items("i0", k=5)
    assert (genre[alike["similar_item"]] == genre["i0"]).mean() >= 0.6
    assert alike["title"].tolist() == [f"Item {i[1:]} of {genre[i]}" for i in alike["similar_item"]]


def test_vectors_for_an_index_order_as_recommend_does(model):
    ann = model.to_ann()
    scores = ann.user_vectors @ ann.item_vectors.T
    frame = model.recommend(ann.user_ids, k=5, exclude_seen=False)
    best = ann.item_ids[np.argsort(-scores, axis=1, kind="stable")[:, :5]]
    assert frame["item"].tolist() == best.ravel().tolist()


def test_polars_in_polars_out(model):
    for call in (model.similar_items, model.similar_users, model.recommend_users):
        assert isinstance(call(pl.Series([1, 2]), k=2), pl.DataFrame)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.similar_items([777, 1], k=1), "1 item id.* unknown and have no features: 777"),
        (lambda m: m.similar_users(["x"], k=1), "1 user id.*'x'"),
        (lambda m: m.similar_items([1], candidates=[2, "typo"]), "unknown id.*'typo'"),
        (lambda m: m.recommend_users([1], k=21), "k=21 is larger than.* 20"),
        (lambda m: m.similar_items([None], k=1), "items holds 1 missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_questions_are_named(model, call, message):
    with pytest.raises(ValueError, match=message):
        call(model)


def test_unknown_ids_are_an_error_if_asked():
    model = LightFMRecommender(2, epochs=1, handle_unknown="error").fit(checkerboard(6))
    with pytest.raises(ColumnValuesError, match=r"items: 1 unknown id\(s\): 99"):
        model.similar_items([99], k=1)


def test_similar_items_are_chosen_among_candidates_and_without_what_is_filtered(fitted):
    among = fitted.similar_items("i1", k=5, candidates=["i2", "i3", "i4"])
    assert set(among["similar_item"]) == {"i2", "i3", "i4"}
    without = fitted.similar_items("i1", k=3, filter=["i2", "nowhere"])
    assert "i2" not in set(without["similar_item"])
    assert len(without) == 3
