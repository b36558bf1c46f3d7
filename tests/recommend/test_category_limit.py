"""At most so many items of a category, compared with the rule written out."""

import numpy as np
import pandas as pd
import pytest

from skcook.exceptions import ColumnsError
from skcook.recommend import ALSRecommender, EASERecommender, PopularityRecommender, SideTable

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def ease(data, tables):
    return EASERecommender(5.0, item_features=tables["item_features"]).fit(data.frame)


@pytest.fixture(scope="module")
def als(data, tables):
    table = tables["item_features"]
    return ALSRecommender(8, item_features=table, random_state=0).fit(data.frame)


def by_hand(ranked, categories, most, k):
    """Walk down a ranking and leave out what a full category has."""
    counts, kept = {}, []
    for item in ranked:
        own = categories.get(item, [])
        if all(counts.get(category, 0) < most for category in own):
            kept.append(item)
            for category in own:
                counts[category] = counts.get(category, 0) + 1
    return kept[:k]


@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("name", ["als", "ease", "hybrid"])
def test_a_list_is_the_ranking_without_what_is_too_much(request, data, name, most):
    model = request.getfixturevalue(name)
    # Some items have several categories, and some have none.
    categories = {
        item: RNG.choice(list("abcdef"), RNG.integers(0, 3), replace=False).tolist()
        for item in model.item_ids_
    }
    users = [*model.user_ids_[:20], "new"]
    whole = model.recommend(users, k=len(model.item_ids_)).groupby("user")["item"]
    found = model.recommend(users, k=9, max_per_category=most, categories=categories)
    for user, ranked in whole:
        wanted = by_hand(ranked, categories, most, 9)
        assert found.loc[found["user"] == user, "item"].tolist() == wanted
        assert found.loc[found["user"] == user, "rank"].tolist() == list(range(1, len(wanted) + 1))


def test_more_is_ranked_where_the_first_items_are_all_of_one_category():
    n = 400
    pairs = [(f"u{user}", item) for user in range(5) for item in range(n)]
    X = pd.DataFrame(pairs, columns=["user", "item"])
    y = np.tile(np.arange(n, 0, -1), 5)
    model = PopularityRecommender().fit(X, y)
    categories = {item: "late" if item >= n - 2 else "early" for item in range(n)}
    found = model.recommend("new", k=3, max_per_category=1, categories=categories)
    assert found["item"].tolist() == [0, n - 2]
    assert found["available"].tolist() == [2, 2]


def test_categories_are_a_column_a_dict_or_a_series_and_numbers_are_no_ranges(ease, data):
    genre = data.item_table.set_index("item")["genre"]
    named = ease.recommend("u1", k=4, max_per_category=1, categories="genre")
    for categories in (genre, genre.to_dict()):
        found = ease.recommend("u1", k=4, max_per_category=1, categories=categories)
        pd.testing.assert_frame_equal(found, named)
    own = {item: i for i, item in enumerate(ease.item_ids_)}
    free = ease.recommend("u1", k=4, max_per_category=1, categories=own)
    pd.testing.assert_frame_equal(free, ease.recommend("u1", k=4))


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("name", ["als", "ease", "hybrid"])
def test_similar_items_follow_the_rule_and_an_item_takes_no_place_of_its_own_category(
    request, data, name, most
):
    model = request.getfixturevalue(name)
    genre = data.item_table.set_index("item")["genre"]
    categories = {item: [genre[item]] for item in model.item_ids_}
    asked = model.item_ids_[:10].tolist()
    whole = model.similar_items(asked, k=len(model.item_ids_)).groupby("item")["similar_item"]
    found = model.similar_items(asked, k=6, max_per_category=most, categories="genre")
    for item, ranked in whole:
        wanted = by_hand(ranked, categories, most, 6)
        assert found.loc[found["item"] == item, "similar_item"].tolist() == wanted
    with pytest.raises(ValueError, match="go together"):
        model.similar_items(asked, max_per_category=most)


def test_all_users_are_answered_by_the_same_rule(ease):
    (frame,) = ease.recommend_all(k=4, max_per_category=1, categories="genre")
    one = ease.recommend(list(ease.user_ids_), k=4, max_per_category=1, categories="genre")
    pd.testing.assert_frame_equal(frame, one)


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"max_per_category": 1}, ValueError, "go together"),
        ({"categories": "genre"}, ValueError, "go together"),
        ({"max_per_category": 0, "categories": "genre"}, ValueError, "max_per_category"),
        ({"max_per_category": 1, "categories": "genr"}, ColumnsError, "did you mean 'genre'"),
        ({"max_per_category": 1, "categories": ["genre"]}, TypeError, "a list; a column"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(ease, settings, error, match):
    with pytest.raises(error, match=match):
        ease.recommend("u1", **settings)


def test_a_column_is_asked_of_a_model_without_a_table(data):
    model = PopularityRecommender().fit(data.frame)
    with pytest.raises(ValueError, match="this model has none"):
        model.recommend("u1", max_per_category=1, categories="genre")


def test_a_side_table_keeps_its_features_however_often_it_is_cut():
    old = pd.DataFrame(
        {"id": range(8), "a": list("xy") * 4, "year": range(8), "b": list("uuvv") * 2}
    )
    new = pd.concat([old, pd.DataFrame({"id": [8], "a": ["z"], "year": [30], "b": ["w"]})])
    before = SideTable(old, id="id", n_bins=3)
    grown = SideTable(new, id="id", like=before)
    again = grown.cut_like(before)
    names = [{table.feature_names[i] for i in table.matrix[8].indices} for table in (grown, again)]
    assert names[0] == names[1]
    assert {"a=z", "b=w"} < names[0]
    assert grown.features_in("b")[0] == ["b=u", "b=v", "b=w"]
