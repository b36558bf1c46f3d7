import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.recommend import (
    ColdItemSplit,
    LeaveLastN,
    PopularityRecommender,
    TimeSplit,
    UserShuffleSplit,
    ranking_scorer,
)

FRAME = pd.DataFrame(
    {
        "user": list("aabbbaacc"),
        "item": list("123451678"),
        "time": [5, 1, 2, 9, 4, 5, 7, 1, 2],
    }
)
SPLITTERS = {
    "last": LeaveLastN(1, time="time", n_splits=2),
    "random": UserShuffleSplit(3, test_size=0.4, random_state=0),
    "cold": ColdItemSplit(3, test_size=0.3, random_state=0),
}


def expected_last(n, skip=0):
    """The rows of each user, sorted in time, without numpy."""
    train, test = [], []
    for user in "abc":
        rows = [i for i in range(len(FRAME)) if FRAME["user"][i] == user]
        rows.sort(key=lambda i: (FRAME["time"][i], i))
        rows = rows[: len(rows) - skip]
        enough = len(rows) > n
        test += rows[len(rows) - n :] if enough else []
        train += rows[: len(rows) - n] if enough else rows
    return sorted(train), sorted(test)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_last_of_each_user_are_held_out(n):
    ((train, test),) = LeaveLastN(n, time="time").split(FRAME)
    assert (train.tolist(), test.tolist()) == expected_last(n)


def test_more_splits_go_back_in_time():
    splits = list(LeaveLastN(1, time="time", n_splits=2).split(FRAME))
    assert len(splits) == 2
    for skip, (train, test) in enumerate(splits):
        assert (train.tolist(), test.tolist()) == expected_last(1, skip)


TIMES = {
    "int": FRAME["time"],
    "float": FRAME["time"] / 2,
    "datetime": pd.to_datetime(FRAME["time"], unit="D"),
    "string": "2020-01-0" + FRAME["time"].astype(str),
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_time_comes_in_any_form(times, library):
    X = FRAME.assign(time=times)
    X = pl.from_pandas(X) if library == "polars" else X
    ((train, test),) = LeaveLastN(1, time="time").split(X)
    assert (train.tolist(), test.tolist()) == expected_last(1)


def test_without_a_time_the_rows_are_in_order():
    ((_, test),) = LeaveLastN(1).split(FRAME[["user", "item"]].to_numpy())
    assert test.tolist() == [4, 6, 8]


def test_a_random_share_of_each_user():
    X = np.repeat(np.arange(10), 10)[:, None] * [1, 1]
    splits = list(UserShuffleSplit(3, test_size=0.2, random_state=0).split(X))
    assert len(splits) == 3
    for train, test in splits:
        assert np.bincount(X[test, 0]).tolist() == [2] * 10
        assert sorted([*train, *test]) == list(range(100))


def test_cold_items_are_not_in_the_training_rows():
    X = np.column_stack([np.arange(100) % 7, np.arange(100) % 20])
    splits = list(ColdItemSplit(3, test_size=0.2, random_state=0).split(X))
    assert len(splits) == 3
    for train, test in splits:
        assert not set(X[train, 1]) & set(X[test, 1])
        assert len(set(X[test, 1])) == 4


@pytest.mark.parametrize("splitter", SPLITTERS.values(), ids=SPLITTERS)
def test_splits_are_as_many_as_said_and_the_same_each_time(splitter):
    splits = list(splitter.split(FRAME))
    assert len(splits) == splitter.get_n_splits() == splitter.get_n_splits(FRAME)
    for (train, test), (train2, test2) in zip(splits, splitter.split(FRAME), strict=True):
        assert not set(train) & set(test)
        assert train.tolist() == train2.tolist()
        assert test.tolist() == test2.tolist()


@pytest.mark.parametrize("splitter", SPLITTERS.values(), ids=SPLITTERS)
def test_scikit_learn_takes_it(splitter):
    scores = cross_val_score(
        PopularityRecommender(), FRAME, cv=splitter, scoring=ranking_scorer("auc")
    )
    assert len(scores) == splitter.get_n_splits()
    assert np.isfinite(scores).all()
    search = GridSearchCV(
        PopularityRecommender(),
        {"positive_threshold": [None, 2]},
        cv=splitter,
        scoring=ranking_scorer("ndcg", k=10),
    )
    search.fit(FRAME, np.full(len(FRAME), 3.0))
    assert clone(search).get_params()["cv"].get_n_splits() == splitter.get_n_splits()
    assert 0 < search.best_score_ <= 1


@pytest.mark.parametrize(
    ("splitter", "X", "error", "message"),
    [
        (LeaveLastN(9), FRAME, ValueError, r"LeaveLastN\(.*leaves nothing to test"),
        (LeaveLastN(0), FRAME, ValueError, "n == 0"),
        (LeaveLastN(time="tim"), FRAME, ColumnsError, "time='tim'.*did you mean 'time'"),
        (LeaveLastN(user="usr"), FRAME, ColumnsError, "did you mean 'user'"),
        (
            LeaveLastN(time="time"),
            FRAME.assign(time=[1, np.nan] + [2] * 7),
            ColumnValuesError,
            "'time' holds 1 missing.*row 1",
        ),
        (
            LeaveLastN(),
            FRAME.assign(user=[None, *"abbbaacc"]),
            ColumnValuesError,
            "'user' holds 1 missing",
        ),
        (UserShuffleSplit(test_size=1.5), FRAME, ValueError, "test_size == 1.5"),
        (UserShuffleSplit(test_size=0.1), FRAME, ValueError, "leaves nothing to test"),
        (LeaveLastN(), FRAME[["user"]], ColumnsError, r"shape \(9, 1\)"),
        (LeaveLastN(), FRAME.iloc[:0], ColumnsError, r"shape \(0, 3\)"),
    ],
    ids=str,
)
def test_bad_splits_are_named(splitter, X, error, message):
    with pytest.raises(error, match=message):
        list(splitter.split(X))


def test_what_came_at_or_after_a_date_is_held_out_for_all():
    when = ["2024-01-03", "2024-02-01T10:00", "2023-12-31", "2024-02-02"]
    for column in (when, pd.to_datetime(when, format="ISO8601")):
        X = pd.DataFrame({"user": list("abab"), "item": list("wxyz"), "when": column})
        ((train, test),) = TimeSplit("2024-02-01", time="when").split(X)
        assert (train.tolist(), test.tolist()) == ([0, 2], [1, 3])
    X = pd.DataFrame({"user": list("abab"), "item": list("wxyz"), "when": [5, 9, 10, 11]})
    ((train, test),) = TimeSplit(10, time="when").split(X)
    assert test.tolist() == [2, 3]
    with pytest.raises(ValueError, match="no row is at or after"):
        next(TimeSplit(99, time="when").split(X))


WHEN = pd.date_range("2024-01-01", periods=4)


@pytest.mark.parametrize(
    ("column", "date"),
    [
        (WHEN.to_period("D"), "2024-01-03"),
        (WHEN - WHEN[0], pd.Timedelta("2D")),
        (WHEN.date, WHEN[2].date()),
        (WHEN.tz_localize("Europe/Berlin"), "2024-01-03"),
        (WHEN.tz_localize("UTC"), pd.Timestamp("2024-01-03T09:00", tz="Asia/Tokyo")),
        (["2024-01-01T00:00Z", "2024-01-02T05:00+05:00", "2024-01-03T00:00Z"] * 2, "2024-01-03"),
    ],
    ids=["period", "duration", "date", "zone", "zones", "offsets"],
)
def test_times_of_any_kind_are_cut(column, date):
    X = pd.DataFrame({"user": "a", "item": range(len(column)), "when": column})
    ((_, test),) = TimeSplit(date, time="when").split(X)
    ((_, last),) = LeaveLastN(2, time="when").split(X)
    assert test.tolist() == last.tolist() == ([2, 3] if len(X) == 4 else [2, 5])


@pytest.mark.parametrize(
    ("column", "date", "message"),
    [
        ([5, 9], "2024", "holds numbers: a number is expected"),
        ([5, 9], pd.Timestamp("2024-01-02"), "holds numbers: a number is expected"),
        (WHEN[:2], 200, "a date is expected"),
        (WHEN[:2], None, "a date is expected"),
        (WHEN[:2], "tomorrow", "date='tomorrow' is no point in the time column 'when'"),
        (WHEN[:2], pd.Timestamp("2024-01-02", tz="UTC"), "has a time zone, and the column"),
        (WHEN[:2], "2023-01-01", "leaves nothing to learn from"),
    ],
)
def test_a_date_of_another_kind_is_refused(column, date, message):
    X = pd.DataFrame({"user": "a", "item": range(2), "when": column})
    with pytest.raises(ValueError, match=message):
        next(TimeSplit(date, time="when").split(X))


@pytest.mark.parametrize(
    "times", [["9", "10", "11"], ["31/01/2024", "15/06/2024", "01/12/2024"], ["2024-01-01", 3, 4]]
)
def test_strings_whose_order_is_not_that_of_time_are_refused(times):
    X = pd.DataFrame(
        {"user": ["a"] * 3, "item": list("xyz"), "when": pd.Series(times, dtype=object)}
    )
    with pytest.raises(ColumnValuesError, match="ISO 8601"):
        next(LeaveLastN(1, time="when").split(X))


def test_times_in_iso_8601_are_read():
    times = ["2024-03-01", "2023-12-31 23:59", "2024-02-01T00:00:00Z"]
    X = pd.DataFrame({"user": ["a"] * 3, "item": list("xyz"), "when": times[:2] + ["2024-02-01"]})
    ((_, test),) = LeaveLastN(1, time="when").split(X)
    assert test.tolist() == [0]
