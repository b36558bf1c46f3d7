import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator

from skcook.exceptions import ColumnsError
from skcook.utils._frames import read_input
from skcook.utils._validation import check_columns, did_you_mean, in_words


@pytest.fixture
def fitted():
    estimator = BaseEstimator()
    read_input(estimator, pd.DataFrame({"bill_length": [1.0], "island": ["a"]}), reset=True)
    return estimator


def test_fit_records_names_and_number(fitted):
    assert fitted.n_features_in_ == 2
    assert list(fitted.feature_names_in_) == ["bill_length", "island"]


def test_other_columns_are_named_with_the_one_meant(fitted):
    with pytest.raises(ColumnsError) as caught:
        read_input(fitted, pd.DataFrame({"bill_lenght": [1.0], "island": ["a"]}), reset=False)
    message = str(caught.value)
    assert "unseen at fit time:\n- bill_lenght" in message
    assert "yet now missing:\n- bill_length" in message
    assert "Did you mean: 'bill_lenght' -> 'bill_length'?" in message


def test_another_order_is_refused(fitted):
    with pytest.raises(ValueError, match="same order"):
        read_input(fitted, pl.DataFrame({"island": ["a"], "bill_length": [1.0]}), reset=False)


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (pd.DataFrame({"a": []}), r"0 sample\(s\) \(shape=\(0, 1\)\)"),
        (pl.DataFrame({"a": []}), r"0 sample\(s\)"),
        (pd.DataFrame(index=[1, 2]), r"0 feature\(s\) \(shape=\(2, 0\)\)"),
        (np.empty((0, 2)), r"0 sample\(s\)"),
        (np.zeros(3), "Reshape your data"),
    ],
    ids=["pandas-no-rows", "polars-no-rows", "no-columns", "numpy-no-rows", "one-dimension"],
)
def test_what_fit_refuses(X, expected):
    with pytest.raises(ValueError, match=expected):
        read_input(BaseEstimator(), X, reset=True)


def test_transform_takes_no_rows(fitted):
    empty = pd.DataFrame({"bill_length": [1.0], "island": ["a"]}).iloc[:0]
    assert read_input(fitted, empty, reset=False).frame.shape == (0, 2)


def test_a_list_of_mixed_values_keeps_their_types():
    table = read_input(BaseEstimator(), [["a", 1.5], ["b", 2.5]], reset=True)
    assert table.frame["x1"].to_list() == [1.5, 2.5]


def test_check_columns_shows_the_difference():
    check_columns(["b", "a"], ["a", "b"])
    with pytest.raises(ColumnsError) as caught:
        check_columns(["Age", "sex"], ["age", "sex", "hours"], name="the lookup table")
    assert str(caught.value) == (
        "The columns of the lookup table differ from those expected. "
        "Missing: age, hours. Unknown: Age. Did you mean: 'Age' -> 'age'?"
    )


@pytest.mark.parametrize(
    ("name", "expected"), [("AGE", "age"), ("hour", "hours"), ("zzz", None), ("", None)]
)
def test_did_you_mean(name, expected):
    assert did_you_mean(name, ["age", "hours"]) == expected


def test_shown_is_short_whatever_comes():
    assert in_words(["a", 1]) == "'a', 1"
    assert in_words(list(range(100)), limit=2) == "0, 1 and 98 more"
    assert len(in_words(["x" * 10**6])) == 60
