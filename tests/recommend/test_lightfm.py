import pickle
import subprocess
import sys
import textwrap

import lightfm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import skops.io
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags

from skcook import artifacts
from skcook.exceptions import ColumnValuesError, MissingDependencyError
from skcook.recommend import (
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
    ranking_scorer,
)
from tests.recommend.conftest import checkerboard

TRUSTED = [
    "scipy.sparse._csr.csr_matrix",
    "skcook.recommend.LightFMRecommender",
    "skcook.recommend.SideTable",
]
FITTED = ["user_embeddings_", "item_embeddings_", "user_feature_biases_", "item_feature_biases_"]


def codes(values):
    return pd.factorize(values)[0].astype(np.int32)


@pytest.mark.parametrize("loss", ["warp", "bpr", "warp-kos", "logistic"])
def test_it_learns_what_lightfm_learns_to_the_bit(data, loss):
    X, y = data.frame, data.frame["rating"]
    model = LightFMRecommender(
        6, loss=loss, epochs=3, max_sampled=7, positive_threshold=3, random_state=5
    ).fit(X, y)
    rows = slice(None) if loss == "logistic" else (y >= 3).to_numpy()
    values = np.where(y >= 3, 1, -1)[rows].astype("f4")
    shape = (X["user"].nunique(), X["item"].nunique())
    at = (codes(X["user"])[rows], codes(X["item"])[rows])
    peer = lightfm.LightFM(6, loss=loss, max_sampled=7, random_state=5)
    peer.fit(sp.coo_matrix((values, at), shape=shape), epochs=3)
    np.testing.assert_array_equal(model.item_embeddings_, peer.item_embeddings)
    np.testing.assert_array_equal(model.user_feature_biases_, peer.user_biases)
    pairs = X.iloc[:50]
    np.testing.assert_allclose(
        model.predict(pairs),
        peer.predict(codes(X["user"])[:50], codes(X["item"])[:50]),
        rtol=1e-5,
        atol=1e-5,
    )


def test_weights_are_lightfms_weights(data):
    X, y = data.frame, data.frame["rating"].to_numpy()
    model = LightFMRecommender(4, epochs=2, weight="rating", random_state=0)
    model.fit(X, y, sample_weight=np.full(len(X), 0.5))
    at = (codes(X["user"]), codes(X["item"]))
    peer = lightfm.LightFM(4, loss="warp", max_sampled=30, random_state=0)
    peer.fit(
        sp.coo_matrix((np.ones(len(X), "f4"), at)),
        sample_weight=sp.coo_matrix((y.astype("f4") / 2, at)),
        epochs=2,
    )
    np.testing.assert_array_equal(model.item_embeddings_, peer.item_embeddings)


def test_a_weight_of_nothing_is_nothing_learned_and_seen_all_the_same(data):
    X = data.frame
    keep = np.arange(len(X)) % 3 > 0
    weighted = LightFMRecommender(4, epochs=2, random_state=0).fit(X, sample_weight=keep * 1.0)
    assert weighted.seen_.nnz == len(X)
    # A row without weight is no row of the training, so as many steps are drawn as without it.
    at = (codes(X["user"])[keep], codes(X["item"])[keep])
    shape = weighted.seen_.shape
    peer = lightfm.LightFM(4, loss="warp", max_sampled=30, random_state=0)
    ones = np.ones(keep.sum(), "f4")
    peer.fit(sp.coo_matrix((ones, at), shape=shape), epochs=2)
    np.testing.assert_array_equal(weighted.item_embeddings_, peer.item_embeddings)


def test_fits_with_one_seed_are_the_same_to_the_bit(data, tables):
    model = LightFMRecommender(4, epochs=2, random_state=0, **tables)
    one, other = clone(model).fit(data.frame), clone(model).fit(data.frame)
    again = one.item_embeddings_.copy()
    one.fit(data.frame)
    for name in FITTED:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.item_embeddings_, again)


def test_only_several_threads_are_said_to_be_non_deterministic():
    assert not get_tags(LightFMRecommender()).non_deterministic
    assert not get_tags(LightFMRecommender(n_jobs=None)).non_deterministic
    assert get_tags(LightFMRecommender(n_jobs=2)).non_deterministic


def test_it_beats_popularity_where_there_is_taste(data):
    cv = LeaveLastN(3, time="time")
    ((train, test),) = cv.split(data.frame)
    score = ranking_scorer("ndcg", k=10)
    X, held_out = data.frame.iloc[train], data.frame.iloc[test]
    model = LightFMRecommender(16, epochs=20, random_state=0).fit(X)
    assert score(model, held_out) > 1.3 * score(PopularityRecommender().fit(X), held_out)


def test_the_search_of_the_documentation(data, tables):
    search = GridSearchCV(
        LightFMRecommender(4, epochs=3, random_state=0),
        {"n_components": [2, 8], "item_features": [None, tables["item_features"]]},
        cv=LeaveLastN(3, time="time"),
        scoring=ranking_scorer("ndcg", k=10),
    ).fit(data.frame)
    assert (search.cv_results_["mean_test_score"] > 0).all()
    assert search.best_estimator_.recommend("u0", k=3)["rank"].tolist() == [1, 2, 3]


def test_without_scoring_the_score_is_ndcg_at_10(data, fitted):
    held_out = data.frame.sample(100, random_state=0)
    assert fitted.score(held_out) == ranking_scorer("ndcg", k=10)(fitted, held_out)


# Cold start.


def test_a_cold_item_is_placed_by_its_features(data, hybrid):
    genre = data.item_table.set_index("item")["genre"]
    fans = data.user_table.loc[data.user_table["favourite"] == genre["i0"], "user"]
    others = data.user_table.loc[data.user_table["favourite"] != genre["i0"], "user"]

    def score(users):
        users = users[users != "u0"]
        pairs = pd.DataFrame({"user": users, "item": "i0", "rating": 1, "time": 0})
        return hybrid.predict(pairs).mean() - hybrid.user_biases_.mean()

    assert score(fans) > score(others) + 0.5


def test_a_cold_item_is_recommended_if_asked_for(hybrid):
    assert "i0" not in set(hybrid.recommend(hybrid.user_ids_, k=20)["item"])
    everything = hybrid.recommend(hybrid.user_ids_, k=20, candidates="all")
    assert set(everything["item"]) <= set(hybrid.item_table_.ids)
    assert hybrid.recommend("u1", k=1, candidates=["i0"])["item"].tolist() == ["i0"]


def test_a_cold_user_is_served_by_his_features(data, hybrid):
    favourite = data.user_table.set_index("user").loc["u0", "favourite"]
    found = hybrid.recommend("u0", k=10)["item"]
    genre = data.item_table.set_index("item")["genre"]
    assert (genre[found] == favourite).mean() > 0.7


def test_users_without_features_get_the_popular_items(hybrid):
    found = hybrid.recommend("nobody", k=5)["item"]
    expected = hybrid.item_ids_[np.argsort(-hybrid.item_counts_, kind="stable")[:5]]
    assert found.tolist() == expected.tolist()


def test_popular_ignores_features_of_the_unknown(hybrid):
    model = pickle.loads(pickle.dumps(hybrid)).set_params(handle_unknown="popular")
    mine = model.recommend("u0", k=5)[["item", "score"]]
    assert mine.equals(model.recommend("nobody", k=5)[["item", "score"]])


def test_features_that_nobody_in_fit_had_say_nothing(data):
    items = data.item_table.assign(genre=lambda t: t["genre"].where(t["item"] != "i0", "new"))
    table = SideTable(items, id="item", columns=["genre"])
    rows = data.frame["item"] != "i0"
    model = LightFMRecommender(4, epochs=2, item_features=table, random_state=0)
    model.fit(data.frame[rows])
    unmet = table.feature_names.index("genre=new")
    assert not model.item_embeddings_[unmet].any()
    pairs = pd.DataFrame({"user": ["u1"], "item": ["i0"], "rating": [1], "time": [1]})
    nameless = pairs.assign(item="never heard of")
    assert model.predict(pairs) == model.predict(nameless)


# Learning on.


def test_learning_on_takes_new_ids(data, tables):
    X = data.frame
    first = X["user"].isin([f"u{i}" for i in range(30)])
    model = LightFMRecommender(8, epochs=5, random_state=0, **tables).fit(X[first])
    n_users, before = len(model.user_ids_), model.user_ids_.copy()
    model.partial_fit(X[~first])
    assert len(model.user_ids_) == 60
    assert model.user_ids_[:n_users].tolist() == before.tolist()
    assert model.seen_.shape == (60, len(model.item_ids_))
    assert model.seen_.nnz == len(X)
    whole = PopularityRecommender().fit(pd.concat([X[first], X[~first]]))
    np.testing.assert_array_equal(model.item_counts_, whole.item_counts_)
    assert model.recommend("u59", k=3)["rank"].tolist() == [1, 2, 3]


def test_learning_on_goes_on_from_what_was_learned(data):
    X = data.frame
    model = LightFMRecommender(8, epochs=20, random_state=0).fit(X)
    score = model.score(X)
    again = pickle.loads(pickle.dumps(model)).set_params(epochs=1).partial_fit(X)
    fresh = LightFMRecommender(8, epochs=1, random_state=0).fit(X)
    assert fresh.score(X) < again.score(X)
    assert again.score(X) > 0.8 * score


def test_the_first_partial_fit_is_fit(data):
    one = LightFMRecommender(4, epochs=2, random_state=0).fit(data.frame)
    other = LightFMRecommender(4, epochs=2, random_state=0).partial_fit(data.frame)
    np.testing.assert_array_equal(one.item_embeddings_, other.item_embeddings_)


@pytest.mark.parametrize("schedule", ["adagrad", "adadelta"])
def test_nothing_new_and_no_step_changes_nothing(data, schedule):
    model = LightFMRecommender(4, epochs=2, learning_schedule=schedule, random_state=0)
    model.fit(data.frame)
    before = {name: getattr(model, name).copy() for name in FITTED}
    with pytest.raises(ColumnValuesError):
        model.partial_fit(data.frame, np.zeros(len(data.frame)))
    for name in FITTED:
        np.testing.assert_array_equal(getattr(model, name), before[name])
    model.partial_fit(data.frame)
    assert np.isfinite(model.item_factors_).all()


def test_a_new_side_table_may_add_features_and_not_drop_them(data):
    small = SideTable(data.item_table, id="item", columns=["genre"])
    large = SideTable(data.item_table, id="item", columns=["topics", "genre"])
    model = LightFMRecommender(4, epochs=2, item_features=small, random_state=0).fit(data.frame)
    learned = model.item_embeddings_[small.feature_names.index("genre=genre B")].copy()
    model.set_params(item_features=large, epochs=1, learning_rate=1e-9).partial_fit(data.frame)
    place = large.feature_names.index("genre=genre B")
    np.testing.assert_allclose(model.item_embeddings_[place], learned, atol=1e-5)
    with pytest.raises(ColumnValuesError, match=r"item_features lacks 8 feature.*'topics=t0'"):
        model.set_params(item_features=small).partial_fit(data.frame)


def test_without_its_training_state_it_does_not_learn_on(data):
    model = LightFMRecommender(4, epochs=1, keep_training_state=False).fit(data.frame)
    with pytest.raises(ValueError, match="keep_training_state=False"):
        model.partial_fit(data.frame)


# Saving.


@pytest.mark.parametrize("kept", [True, False], ids=["with-state", "without"])
def test_it_is_saved_without_pickle(data, tables, kept, tmp_path):
    model = LightFMRecommender(4, epochs=2, random_state=0, keep_training_state=kept, **tables)
    model.fit(data.frame)
    artifacts.save(model, tmp_path / "taste.skcook", X_example=data.frame)
    again = artifacts.load(tmp_path / "taste.skcook")
    np.testing.assert_array_equal(again.predict(data.frame), model.predict(data.frame))
    pd.testing.assert_frame_equal(again.recommend("u3", k=5), model.recommend("u3", k=5))
    assert again.explain("u3", "i1").to_dict() == model.explain("u3", "i1").to_dict()
    if kept:
        again.partial_fit(data.frame)


def test_without_the_training_state_it_is_smaller(data):
    sizes = [
        len(pickle.dumps(LightFMRecommender(30, epochs=1, keep_training_state=k).fit(data.frame)))
        for k in (True, False)
    ]
    assert sizes[1] < 0.65 * sizes[0]


def test_a_saved_model_needs_no_lightfm(data, tables, tmp_path):
    model = LightFMRecommender(4, epochs=2, random_state=0, **tables).fit(data.frame)
    path = tmp_path / "taste.skcook"
    artifacts.save(model, path, X_example=data.frame)
    code = f"""
        import sys
        sys.modules["lightfm"] = None  # as if it were not installed
        from skcook import artifacts
        model = artifacts.load({str(path)!r})
        print(*model.recommend("u3", k=5)["item"])
        print(*model.recommend("nobody", k=5)["item"])
        model.explain("u3", "i1"), model.similar_items("i1")
        from skcook.exceptions import MissingDependencyError
        try:
            model.fit([["a", "b"]])
        except MissingDependencyError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    mine, popular, error = done.stdout.splitlines()
    assert mine.split() == model.recommend("u3", k=5)["item"].tolist()
    assert popular.split() == model.recommend("nobody", k=5)["item"].tolist()
    assert 'pip install "skcook[recommend]"' in error


def test_a_missing_library_is_told_before_any_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightfm", None)
    with pytest.raises(MissingDependencyError, match="LightFMRecommender needs lightfm"):
        LightFMRecommender().fit("not even looked at")


# Input.


def test_further_columns_are_not_looked_at(data):
    X = data.frame
    plain = LightFMRecommender(4, epochs=1, random_state=0).fit(X[["user", "item"]])
    named = LightFMRecommender(4, epochs=1, random_state=0, user="user", item="item")
    named.fit(X[["time", "item", "rating", "user"]])
    np.testing.assert_array_equal(plain.item_embeddings_, named.item_embeddings_)


@pytest.mark.parametrize("library", ["pandas", "polars", "numpy"])
@pytest.mark.parametrize("ids", ["string", "int"])
def test_containers_and_ids_give_the_same_model(data, library, ids):
    X = data.frame[["user", "item"]]
    expected = LightFMRecommender(4, epochs=1, random_state=0).fit(X)
    if ids == "int":
        X = X.apply(lambda column: column.str[1:].astype(int))
    X = {"pandas": X, "polars": pl.from_pandas(X), "numpy": X.to_numpy()}[library]
    model = LightFMRecommender(4, epochs=1, random_state=0).fit(X)
    np.testing.assert_array_equal(model.item_embeddings_, expected.item_embeddings_)
    np.testing.assert_array_equal(model.predict(X), expected.predict(data.frame[["user", "item"]]))


IDS = {
    "surrogates": pd.Series(["x\ud800", "y"], dtype=object),
    "dates": pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"])),
    "times-in-paris": pd.Series(pd.date_range("2020-01-01", periods=2, tz="Europe/Paris")),
    "times-with-offset": pd.Series(pd.to_datetime(["2020-01-01T03:00+05:30"] * 2)).add(
        pd.to_timedelta([0, 1], unit="ns")
    ),
    "booleans": pd.Series([True, False]),
    "categories": pd.Series(pd.Categorical(["a", "b"])),
    "Int64": pd.Series([1, 2], dtype="Int64"),
    "uint64": pd.Series([2**63, 1], dtype="uint64"),
    "mixed": pd.Series([1, "1"], dtype=object),
    "huge": pd.Series(["x" * 10**6, "'; --"]),
}


@pytest.mark.parametrize("how", ["pickle", "skops"])
@pytest.mark.parametrize("name", IDS)
def test_ids_of_any_type_come_out_as_they_went_in(name, how):
    ids = IDS[name]
    X = pd.DataFrame({"user": ids, "item": ids[::-1].reset_index(drop=True)})
    model = LightFMRecommender(2, epochs=1, random_state=0).fit(X)
    if how == "pickle":
        saved = pickle.loads(pickle.dumps(model))
    else:
        saved = skops.io.loads(skops.io.dumps(model), trusted=TRUSTED)
    answer = saved.recommend(ids, k=1)
    assert answer["user"].tolist() == ids.tolist()
    assert answer["item"].tolist() == ids.tolist()
    np.testing.assert_array_equal(saved.predict(X), model.predict(X))


def test_titles_come_out_beside_the_ids(data, hybrid):
    frame = hybrid.recommend(["u1", "u2"], k=3)
    titles = data.item_table.set_index("item")["title"]
    assert frame.columns.tolist() == ["user", "rank", "item", "score", "title"]
    assert frame["title"].tolist() == titles[frame["item"]].tolist()


def test_progress_is_shown_if_asked(data, capsys):
    LightFMRecommender(4, epochs=2, verbose=True).fit(data.frame)
    shown = capsys.readouterr()
    assert "Epoch" in shown.out + shown.err
    LightFMRecommender(4, epochs=2).fit(data.frame)
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""


BOARD = checkerboard(6)


@pytest.mark.parametrize(
    ("params", "y", "weights", "message"),
    [
        ({"loss": "rmse"}, None, None, "The 'loss' parameter"),
        ({"n_components": 0}, None, None, "The 'n_components' parameter"),
        ({"learning_rate": -1}, None, None, "The 'learning_rate' parameter"),
        ({"item_features": BOARD}, None, None, "The 'item_features' parameter.*SideTable"),
        ({"positive_threshold": 9}, np.ones(12), None, "y is at least 9.*y goes from 1 to 1"),
        ({}, np.zeros(12), None, "None of the rows.*y is above 0"),
        ({}, None, -np.ones(12), "[Nn]egative values.*sample_weight"),
        ({"weight": "rating"}, None, None, "y is None"),
        (
            {"weight": "rating", "positive_threshold": -9},
            -np.ones(12),
            None,
            "y goes down to -1; weights are 0 or more",
        ),
        ({"loss": "warp-kos"}, None, np.ones(12), 'loss="warp-kos" takes no weights'),
        ({"learning_rate": 1e6}, None, None, "diverged.*learning_rate=1000000.0 is too large"),
        (
            {"loss": "logistic"},
            None,
            np.full(12, 1e30),
            r"diverged.*weights go up to 1e\+30",
        ),
        (
            {"item_features": SideTable(pd.DataFrame({"id": ["a"], "x": [1]}), id="id")},
            None,
            None,
            "None of the 6 items of X is in the side table.*numbers.*'id' strings",
        ),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str | dict) else "",
)
def test_what_cannot_be_learned_is_named(params, y, weights, message):
    with pytest.raises(ValueError, match=message):
        LightFMRecommender(**params).fit(BOARD, y, sample_weight=weights)


def test_features_of_today_fall_into_the_ranges_of_fit(data, hybrid):
    old = data.user_table.iloc[[3]]
    today = SideTable(old.assign(user="today"), id="user")
    new, known = (hybrid.recommend(u, k=5, user_features=today) for u in ("today", "u0"))
    whole = SideTable(pd.concat([data.user_table, old.assign(user="today")]), id="user",
                      like=hybrid.user_table_)  # fmt: skip
    pd.testing.assert_frame_equal(new, hybrid.recommend("today", k=5, user_features=whole))
    assert new["item"].tolist() != known["item"].tolist()
    assert hybrid.feature_tables().keys() == {"user", "item"}
    assert "today" not in hybrid.user_table_.ids, "the model is as it was"
