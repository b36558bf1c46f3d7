"""What every recommender promises, on data whose right answer is known."""

import pickle
from types import GeneratorType

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from skcook.exceptions import ColumnValuesError, SkcookWarning
from skcook.recommend import (
    ALSRecommender,
    EASERecommender,
    LightFMRecommender,
    PopularityRecommender,
)
from skcook.utils import all_estimators
from tests.recommend.conftest import checkerboard

#: Size of the board.
N = 20


def learner(loss):
    params = {"positive_threshold": 1} if loss == "logistic" else {}
    return LightFMRecommender(8, loss=loss, epochs=60, random_state=0, **params)


RECOMMENDERS = {
    "popularity": PopularityRecommender(),
    "ease": EASERecommender(1.0),
    "als": ALSRecommender(8, random_state=0),
    "warp": learner("warp"),
    "bpr": learner("bpr"),
    "warp-kos": learner("warp-kos").set_params(kos_k=1, kos_n=4),
    "logistic": learner("logistic"),
}
#: Those that can tell one user's taste from another's.
TASTEFUL = ["ease", "als", "warp", "bpr", "warp-kos", "logistic"]


def test_every_recommender_is_in_the_family():
    found = {
        cls
        for _, cls in all_estimators()
        if cls.__module__ == "skcook.recommend" and get_tags(cls()).estimator_type == "recommender"
    }
    assert found == {type(estimator) for estimator in RECOMMENDERS.values()}


@pytest.fixture(scope="module", params=RECOMMENDERS)
def model(request):
    return fit_board(request.param)


BOARDS = {}


def fit_board(name):
    """Fit a recommender on the checkerboard once."""
    if name not in BOARDS:
        board = checkerboard(N)
        y = None
        if name == "logistic":  # the white squares are disliked, all but one per user
            users, items = np.nonzero(np.add.outer(np.arange(N), np.arange(N)) % 2)
            keep = items != (users + 1) % N
            white = pd.DataFrame({"user": users[keep], "item": items[keep]})
            y = np.r_[np.ones(len(board)), np.zeros(len(white))]
            board = pd.concat([board, white], ignore_index=True)
        BOARDS[name] = clone(RECOMMENDERS[name]).fit(board, y)
    return BOARDS[name]


@pytest.mark.parametrize("name", TASTEFUL)
def test_the_missing_square_of_the_checkerboard_is_recommended(name):
    frame = fit_board(name).recommend(np.arange(N), k=1)
    assert frame["item"].tolist() == list(range(N))


def test_the_most_liked_is_most_popular():
    X = pd.DataFrame({"user": [1, 2, 3, 1, 2, 1], "item": ["a", "a", "a", "b", "b", "c"]})
    model = PopularityRecommender().fit(X)
    assert model.recommend([9], k=3)["item"].tolist() == ["a", "b", "c"]
    assert model.recommend([2], k=3)["item"].tolist() == ["c"]


def test_nothing_seen_is_recommended(model):
    frame = model.recommend(model.user_ids_, k=N // 2)
    seen = {(int(u), int(i)) for u, i in zip(*model.seen_.nonzero())}
    ids = [(model.user_ids_[u], model.item_ids_[i]) for u, i in seen]
    assert not set(ids) & set(zip(frame["user"], frame["item"]))


def test_a_user_who_has_met_almost_everything_has_fewer_rows(model):
    n_left = N - np.diff(model.seen_.indptr)
    frame = model.recommend(model.user_ids_, k=N)
    assert frame.groupby("user", sort=False).size().tolist() == n_left.tolist()


def test_scores_are_those_of_predict_and_fall(model):
    frame = model.recommend(model.user_ids_, k=5, exclude_seen=False)
    pairs = frame[["user", "item"]]
    np.testing.assert_allclose(model.predict(pairs), frame["score"], rtol=1e-4, atol=1e-5)
    assert (frame.groupby("user")["score"].diff().dropna() <= 1e-6).all()
    assert frame["rank"].tolist() == [1, 2, 3, 4, 5] * N


def test_all_users_at_once_are_the_users_one_by_one(model):
    frames = model.recommend_all(k=3, batch_size=7)
    assert isinstance(frames, GeneratorType)
    frame = pd.concat(list(frames), ignore_index=True)
    one_by_one = [model.recommend(user, k=3) for user in model.user_ids_]
    one_by_one = pd.concat(one_by_one, ignore_index=True)
    assert frame[["user", "rank"]].equals(one_by_one[["user", "rank"]])
    np.testing.assert_allclose(frame["score"], one_by_one["score"], rtol=1e-4, atol=1e-5)


def test_all_users_at_once_show_how_far_they_are_where_asked(model, capfd):
    for verbose, shown in ((1, False), (2, True)):
        list(model.recommend_all(k=3, batch_size=7, verbose=verbose))
        assert ("recommend: 100%" in capfd.readouterr().err) is shown


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_all_users_go_to_a_file(model, tmp_path, suffix):
    path = model.recommend_all(k=2, batch_size=7, out=tmp_path / f"out{suffix}")
    read = pd.read_csv if suffix == ".csv" else pd.read_parquet
    expected = pd.concat(list(model.recommend_all(k=2, batch_size=7)), ignore_index=True)
    pd.testing.assert_frame_equal(read(path), expected, check_dtype=False, rtol=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == [f"out{suffix}"]


def test_candidates_and_filter_are_kept(model):
    frame = model.recommend([0, 1], k=3, exclude_seen=False, candidates=[4, 5, 6, 7], filter=[5])
    assert set(frame["item"]) == {4, 6, 7}
    seen_too = model.recommend([0], k=2, candidates=[0, 2, 4, 1])
    assert not set(seen_too["item"]) & set(
        model.item_ids_[model.seen_[model.user_ids_.tolist().index(0)].indices]
    )


def test_unknown_users_get_what_is_popular():
    X = checkerboard(N)
    more = pd.DataFrame({"user": [100, 101, 102, 103, 101], "item": [3, 3, 3, 3, 6]})
    X = pd.concat([X, more])
    for name in ("popularity", "warp"):
        model = clone(RECOMMENDERS[name]).fit(X)
        assert model.recommend([999], k=2)["item"].tolist() == [3, 6]


def test_unknown_pairs_have_a_finite_score(model):
    X = pd.DataFrame({"user": [0, 999, 0, 999], "item": [0, 0, 888, 888]})
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("name", ["popularity", "warp"])
def test_unknown_ids_are_an_error_if_asked(name):
    model = clone(RECOMMENDERS[name]).set_params(handle_unknown="error", **_quick(name))
    model.fit(checkerboard(N))
    with pytest.raises(ColumnValuesError, match=r"1 unknown id\(s\): 999"):
        model.recommend([0, 999], k=1)
    with pytest.raises(ColumnValuesError, match=r"items: 1 unknown id\(s\): 77"):
        model.predict(pd.DataFrame({"user": [0], "item": [77]}))


def test_ids_of_another_type_are_pointed_out(model):
    with pytest.warns(SkcookWarning, match="No user id is known: these are strings.*numbers"):
        model.recommend(["0", "1"], k=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.recommend([0], k=1, candidates=[1, "typo"]), "unknown id.*'typo'"),
        (lambda m: m.recommend(k=1), "Give users, or their history"),
        (lambda m: m.recommend([0], k=1, history={5: [1]}), "history has the user 5"),
        (lambda m: m.recommend([0], k=0), "k == 0"),
        (lambda m: m.recommend([0, None], k=1), "users holds 1 missing"),
        (lambda m: m.recommend([0], k=1, candidates="some"), "candidates must be"),
        (lambda m: m.recommend_all(k=1, batch_size=0), "batch_size == 0"),
        (lambda m: m.recommend_all(k=1, out="x.xlsx"), "must end in .csv or .parquet"),
        (lambda m: m.predict(pd.DataFrame({"user": [0]})), "item"),
        (lambda m: m.predict(pd.DataFrame({"user": [0], "item": [None]})), "'item' holds 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_questions_are_named(model, call, message):
    with pytest.raises(ValueError, match=message):
        call(model)


@pytest.mark.parametrize("estimator", RECOMMENDERS.values(), ids=RECOMMENDERS)
def test_nothing_works_before_fit(estimator):
    for call in (lambda m: m.recommend([0]), lambda m: m.predict([[0, 0]])):
        with pytest.raises(NotFittedError):
            call(clone(estimator))


def test_no_users_no_rows(model):
    assert model.recommend([], k=2).columns.tolist() == ["user", "rank", "item", "score"]
    assert len(model.recommend([], k=2)) == 0


def test_questions_change_nothing(model):
    before = pickle.dumps(model)
    model.recommend([0, 999], k=2)
    model.predict(pd.DataFrame({"user": [0], "item": [0]}))
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("name", ["popularity", "warp"])
def test_polars_in_polars_out(name):
    X = pl.from_pandas(checkerboard(N)).with_columns(pl.format("u{}", "user").alias("user"))
    model = clone(RECOMMENDERS[name]).set_params(**_quick(name)).fit(X)
    answer = model.recommend(["u0", "u1"], k=2)
    assert isinstance(answer, pl.DataFrame)
    assert answer.schema["user"] == pl.String
    assert isinstance(model.recommend(pd.Series(["u0"]), k=2), pd.DataFrame)
    same = clone(model).fit(X.to_pandas())
    assert isinstance(same.recommend(pl.Series(["u0"]), k=2), pl.DataFrame)
    np.testing.assert_array_equal(same.predict(X.to_pandas()), model.predict(X))


def test_columns_keep_the_names_of_fit():
    X = pd.DataFrame({"rank": [1, 2, 1], "score": ["a", "a", "b"]})
    answer = PopularityRecommender().fit(X).recommend([2], k=1)
    assert answer.columns.tolist() == ["rank", "rank_", "score", "score_"]
    assert answer["score"].tolist() == ["b"]


def test_one_row_is_enough():
    model = PopularityRecommender().fit([["ann", "tea"]])
    assert model.recommend("bob", k=1)["item"].tolist() == ["tea"]


def _quick(name):
    return {"epochs": 2} if name != "popularity" else {}


def test_fewer_items_than_asked_come_with_a_column_that_says_so(model):
    frame = model.recommend([0, 1], k=N + 5, exclude_seen=False)
    assert frame["available"].tolist() == [N] * 2 * N
    few = model.recommend([0], k=3, candidates=[1, 2], exclude_seen=False)
    assert few["available"].tolist() == [2, 2]
    assert "available" not in model.recommend([0], k=1)


@pytest.mark.parametrize("name", TASTEFUL)
def test_a_history_stands_in_the_place_of_what_fit_saw(name):
    model = fit_board(name)
    evens = list(range(0, N - 2, 2))
    frame = model.recommend(history={-1: evens, 1: evens}, k=1)
    assert frame["user"].tolist() == [-1, 1]
    assert frame["item"].tolist() == [N - 2, N - 2]  # user 1 likes odd items in fit
    seen = model.recommend(history={-1: evens}, k=N)
    assert not set(seen["item"]) & set(evens)
    unknown = model.recommend(history={-1: []}, k=1)
    assert unknown["item"].tolist() == model.recommend(-2, k=1)["item"].tolist()
    both = model.recommend([0, -1], k=1, history={-1: evens})
    assert both["item"].tolist() == [0, N - 2]


def test_a_history_tells_popularity_nothing():
    with pytest.raises(ValueError, match="the same to everybody"):
        fit_board("popularity").recommend(history={"new": [1]})


def test_known_likes_are_those_of_fit(model):
    likes = model.known_likes(4)
    assert set(likes["item"]) == set(range(0, N, 2)) - {4}
    assert likes["likes"].is_monotonic_decreasing
    with pytest.raises(ColumnValuesError, match="unknown id"):
        model.known_likes("nowhere")


def test_predict_asks_for_the_two_columns_alone():
    X = checkerboard(N).assign(rating=1, time=2)
    model = PopularityRecommender().fit(X)
    np.testing.assert_array_equal(model.predict(X[["item", "user"]]), model.predict(X))


def test_a_sparse_matrix_is_refused_with_the_line_that_makes_pairs_of_it():
    matrix = sp.csr_matrix([[0, 1], [2, 0]])
    with pytest.raises(TypeError, match=r"M\.nonzero\(\)"):
        PopularityRecommender().fit(matrix)
    rows, columns = matrix.nonzero()
    X, y = np.column_stack([rows, columns]), matrix[rows, columns].A1
    assert PopularityRecommender().fit(X, y).item_counts_.tolist() == [1, 1]


def test_items_are_found_by_a_part_of_their_title_or_id(data, hybrid):
    found = hybrid.find_items("GENRE a", k=3)
    assert len(found) == 3
    assert found["title"].str.contains("genre A").all()
    assert hybrid.find_items("i12", k=1)["item"].tolist() == ["i12"]
    assert hybrid.find_items("nothing like it").empty
    plain = PopularityRecommender().fit(data.frame)
    assert plain.find_items("i12").columns.tolist() == ["item"]


def test_nothing_to_choose_from_is_an_empty_answer(model):
    users = list(model.user_ids_[:2])
    for settings in ({"candidates": []}, {"filter": list(model.item_ids_)}):
        answer = model.recommend(users, k=3, **settings)
        assert len(answer) == 0
        assert answer.columns.tolist() == ["user", "rank", "item", "score", "available"]
        (frame,) = model.recommend_all(k=3, verbose=0, **settings)
        assert len(frame) == 0


def test_a_history_that_is_none_is_named(model):
    with pytest.raises(TypeError, match="The history of 'new' is None; a list of items"):
        model.recommend(history={"new": None})


def test_ids_that_are_tuples_are_found_in_a_list(model):
    X = checkerboard(N).map(lambda number: ("shop", number))
    told = clone(model).fit(X)
    answer = told.recommend([("shop", 0), ("shop", 3)], k=2)
    assert answer["user"].tolist() == [("shop", 0)] * 2 + [("shop", 3)] * 2
    first = answer["item"].tolist()[0]
    assert told.recommend([("shop", 0)], candidates=[first], k=1)["item"].tolist() == [first]
    assert len(told.known_likes([("shop", 3)])) == N // 2 - 1
