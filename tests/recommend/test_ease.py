"""EASE: the weights of the closed form, shares that add up, files, and a catalogue too large."""

import numpy as np
import pandas as pd
import pytest

from skcook import artifacts
from skcook.recommend import ALSRecommender, EASERecommender, SideTable


def test_the_weights_are_those_of_the_closed_form(data):
    model = EASERecommender(5.0, n_neighbors=None).fit(data.frame)
    liked = model.user_factors_.toarray()
    inverse = np.linalg.inv(liked.T @ liked + 5.0 * np.eye(liked.shape[1]))
    expected = inverse / -np.diagonal(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(model.item_factors_.toarray(), expected.T, atol=1e-5)
    pairs = data.frame.head(50)
    users = model._index("user").get_indexer(pairs["user"])
    items = model._index("item").get_indexer(pairs["item"])
    np.testing.assert_allclose(model.predict(pairs), (liked @ expected)[users, items], atol=1e-5)


def test_the_largest_weights_are_kept(data):
    whole = EASERecommender(5.0, n_neighbors=None).fit(data.frame).item_factors_.toarray()
    few = EASERecommender(5.0, n_neighbors=3).fit(data.frame).item_factors_
    assert few.getnnz(axis=1).max() == 3
    row = np.abs(whole[0])
    assert set(few[0].indices) == set(np.argsort(-row)[:3])


def test_the_shares_of_what_a_user_liked_make_the_score(data):
    model = EASERecommender(5.0).fit(data.frame)
    explanation = model.explain("u3", "i1")
    (score,) = model.predict(pd.DataFrame({"user": ["u3"], "item": ["i1"]}))
    assert explanation.score == pytest.approx(score, abs=1e-5)
    assert explanation.contributions["contribution"].sum() == pytest.approx(score, abs=1e-5)
    assert set(explanation.history["item"]) <= set(model.known_likes("u3")["item"])


def test_items_that_share_a_feature_are_nearer():
    X = pd.DataFrame({"user": list("aabbc"), "item": ["x", "y", "x", "z", "x"]})
    table = SideTable(pd.DataFrame({"item": list("xyz"), "kind": ["k", "l", "k"]}), id="item")
    plain = EASERecommender(1.0).fit(X)
    hybrid = EASERecommender(1.0, item_features=table, feature_weight=2.0).fit(X)
    x, z = plain._index("item").get_indexer(["x", "z"])
    assert hybrid.item_factors_[z, x] > plain.item_factors_[z, x]


def test_a_catalogue_that_would_not_fit_is_refused_with_the_number(data):
    with pytest.raises(MemoryError, match=r"needs 0.0 GB for 80 items.*ALSRecommender"):
        EASERecommender(max_memory=1e-6).fit(data.frame)


@pytest.mark.parametrize(
    "model", [EASERecommender(5.0), ALSRecommender(4, random_state=0)], ids=["ease", "als"]
)
def test_it_lives_in_a_file_without_trust(model, data, tmp_path):
    model.fit(data.frame)
    path = artifacts.save(model, tmp_path / "model.skcook", X_example=data.frame)
    loaded = artifacts.load(path)
    pd.testing.assert_frame_equal(loaded.recommend(["u1", "?"]), model.recommend(["u1", "?"]))


def test_a_fold_in_of_als_is_the_half_step_of_its_fit(data):
    model = ALSRecommender(4, alpha=3.0, max_iter=200, random_state=0).fit(data.frame)
    folded = model._fold_in(model.liked_[:5].astype(np.float32))
    np.testing.assert_allclose(folded[:, :-2], model.user_factors_[:5], atol=0.05)


def test_partial_fit_is_a_fit_on_all_rows_so_far(data):
    X = data.frame
    whole = EASERecommender(5.0).fit(X)
    later = EASERecommender(5.0).fit(X.iloc[:300]).partial_fit(X.iloc[300:])
    assert later.item_ids_.tolist() == whole.item_ids_.tolist()
    np.testing.assert_allclose(
        later.item_factors_.toarray(), whole.item_factors_.toarray(), atol=1e-6
    )
    pd.testing.assert_frame_equal(later.recommend("u3", k=5), whole.recommend("u3", k=5))


def test_a_partial_fit_that_fails_changes_nothing(data):
    model = EASERecommender(5.0).fit(data.frame.iloc[:300])
    before = model.recommend("u1", k=3)
    model.set_params(max_memory=1e-9)
    with pytest.raises(MemoryError):
        model.partial_fit(data.frame.iloc[300:])
    pd.testing.assert_frame_equal(model.recommend("u1", k=3), before)


@pytest.fixture
def diary():
    """Who liked what, row by row in the order of time; one pair is there twice."""
    return pd.DataFrame(
        {
            "user": list("aabbaccbca"),
            "item": list("xyxzzyxyzx"),
            "when": pd.date_range("2024-01-01", periods=10).astype(str),
        }
    )


def test_what_a_user_liked_last_counts_most(diary):
    model = EASERecommender(1.0, half_life=2.0).fit(diary)
    row = model.user_factors_[0].toarray().ravel()[model._index("item").get_indexer(list("xzy"))]
    np.testing.assert_allclose(row, [1, 2**-0.5, 0.5])  # x was liked again, after z
    plain = EASERecommender(1.0).fit(diary)
    np.testing.assert_array_equal(model.item_factors_.toarray(), plain.item_factors_.toarray())
    assert set(plain.user_factors_.data) == {1}


@pytest.mark.parametrize("as_time", [str, pd.Timestamp, lambda t: pd.Timestamp(t).timestamp()])
def test_a_column_tells_when(diary, as_time):
    mixed = diary.assign(when=diary["when"].map(as_time)).sample(frac=1, random_state=0)
    by_time = EASERecommender(1.0, half_life=2.0, time="when").fit(mixed)
    by_rows = EASERecommender(1.0, half_life=2.0).fit(diary)
    scores = [model.predict(diary[["user", "item"]]) for model in (by_time, by_rows)]
    np.testing.assert_allclose(*scores, atol=1e-6)


def test_a_history_counts_as_it_would_in_fit(diary):
    model = EASERecommender(1.0, half_life=2.0).fit(diary)

    def scores(*users, **history):
        answer = model.recommend(*users, k=3, exclude_seen=False, history=history or None)
        return answer.set_index("item")["score"].sort_index()

    known = scores("a")
    pd.testing.assert_series_equal(scores(new=["y", "z", "x"]), known)
    pd.testing.assert_series_equal(scores(new=["x", "y", "?", "z", "x"]), known)
    assert not np.allclose(scores(new=["x", "z", "y"]), known)


def test_new_rows_are_later_than_old_ones(diary):
    whole = EASERecommender(1.0, half_life=2.0, time="when").fit(diary)
    later = EASERecommender(1.0, half_life=2.0, time="when").fit(diary.head(4))
    later.partial_fit(diary.iloc[4:7]).partial_fit(diary.iloc[7:])
    np.testing.assert_allclose(
        later.user_factors_.toarray(), whole.user_factors_.toarray(), atol=1e-6
    )


def test_the_shares_make_the_score_when_late_likes_count_more(diary):
    model = EASERecommender(1.0, half_life=1.0).fit(diary)
    explanation = model.explain("a", "z")
    (score,) = model.predict(pd.DataFrame({"user": ["a"], "item": ["z"]}))
    assert explanation.score == pytest.approx(score, abs=1e-6)
    assert explanation.history["similarity"].sum() == pytest.approx(score, abs=1e-6)


def test_rare_items_have_no_weights(data):
    counts = data.frame.drop_duplicates(["user", "item"])["item"].value_counts()
    bar = int(counts.median())
    model = EASERecommender(5.0, min_count=bar).fit(data.frame)
    rare = counts.index[counts < bar]
    at = model._index("item").get_indexer(rare)
    assert model.item_factors_[at].nnz == 0
    assert model.item_factors_[:, at].nnz == 0
    kept = data.frame[~data.frame["item"].isin(rare)]
    alone = EASERecommender(5.0).fit(kept)
    pairs = kept.head(30)
    np.testing.assert_allclose(model.predict(pairs), alone.predict(pairs), atol=1e-5)
    with pytest.raises(ValueError, match="min_count=10000 users"):
        EASERecommender(min_count=10_000).fit(data.frame)


def test_the_audience_of_an_item_is_by_how_much_it_is_above_a_user_s_mean(data):
    model = EASERecommender(5.0).fit(data.frame)
    frame = model.recommend_users(["i3", "i7"], k=3)
    assert frame["rank"].tolist() == [1, 2, 3] * 2
    for row in frame.itertuples():
        scores = model.predict(pd.DataFrame({"user": row.user, "item": model.item_ids_}))
        mine = scores[model.item_ids_ == row.item].item()
        assert row.score == pytest.approx(mine - scores.mean(), abs=1e-4)


def test_vectors_for_an_index_order_as_recommend_does(data):
    model = EASERecommender(5.0).fit(data.frame)
    ann = model.to_ann()
    scores = (ann.user_vectors @ ann.item_vectors.T).toarray()
    best = ann.item_ids[np.argsort(-scores, axis=1, kind="stable")[:, :1]]
    frame = model.recommend(ann.user_ids, k=1, exclude_seen=False)
    assert frame["item"].tolist() == best.ravel().tolist()
