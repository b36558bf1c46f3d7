import numpy as np
import pandas as pd
import pytest

from skcook.recommend import LightFMRecommender, PopularityRecommender

X = pd.DataFrame({"user": [1, 2, 3, 1], "item": ["a", "a", "a", "b"]})


def test_the_score_is_how_often_an_item_was_liked():
    model = PopularityRecommender(positive_threshold=3).fit(X, [5, 1, 3, 4])
    pairs = pd.DataFrame({"user": [1, 9, 1], "item": ["a", "b", "unknown"]})
    assert model.predict(pairs).tolist() == [2, 1, 0]


def test_what_was_not_liked_was_seen():
    model = PopularityRecommender(positive_threshold=3).fit(X, [5, 1, 3, 4])
    assert model.recommend([2], k=2)["item"].tolist() == ["b"]


def test_counting_on_is_counting_all():
    more = pd.DataFrame({"user": [4, 1], "item": ["b", "c"]})
    halves = PopularityRecommender().fit(X).partial_fit(more)
    whole = PopularityRecommender().fit(pd.concat([X, more]))
    assert halves.item_ids_.tolist() == whole.item_ids_.tolist()
    np.testing.assert_array_equal(halves.item_counts_, whole.item_counts_)
    assert (halves.seen_ != whole.seen_).nnz == 0


def test_it_has_no_likeness_to_tell():
    for method in ("similar_items", "recommend_users", "explain", "to_ann"):
        assert not hasattr(PopularityRecommender(), method)
        assert hasattr(LightFMRecommender(), method)


def test_bad_parameters_are_named():
    with pytest.raises(ValueError, match="handle_unknown"):
        PopularityRecommender(handle_unknown="features").fit(X)


def test_users_are_counted_and_not_rows():
    X = pd.DataFrame({"user": ["fan"] * 100 + list("abc"), "item": ["x"] * 100 + ["y"] * 3})
    by_users = PopularityRecommender().fit(X)
    assert by_users.recommend("new", k=2)["score"].tolist() == [3, 1]
    by_rows = PopularityRecommender(by="rows").fit(X)
    assert by_rows.recommend("new", k=2)["score"].tolist() == [100, 3]
