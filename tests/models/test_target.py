import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression

from skcook.models._fit_data import learn_columns, read_target


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (None, "regression", "requires y to be passed"),
        ([1.0, np.nan, 2.0], "regression", "1 of 3 targets are missing, the first in row 1"),
        (["a", None, "b"], "classification", "first in row 1. Drop these rows"),
        (pd.Series([1, None, 2], dtype="Int64"), "classification", "contains NaN"),
        ([1.0, np.inf], "regression", "infinity"),
        ([0.5, 1.5, 2.5], "classification", "Unknown label type"),
        (["a", "a"], "classification", "at least two classes in y; all 2 rows are of one class"),
        (np.array(["a", 1], dtype=object), "classification", "of more than one type|Unknown label"),
        (np.array([1 + 1j, 2], dtype=object), "classification", "of more than one type"),
        (np.array([{1}, {2}], dtype=object), "classification", "objects of set: make strings"),
        (["low", "high"], "regression", "predicts numbers, and y holds 'low'.*use the classifier"),
    ],
)
def test_bad_targets_say_what_to_do(y, task, message):
    with pytest.raises(ValueError, match=message):
        read_target(y, task, who="Model")


@pytest.mark.parametrize(
    "y",
    [["a", "b"], pd.Series(["a", "b"]), pd.Series(["a", "b"], dtype="category"), (1, 0)],
    ids=["list", "str", "category", "tuple"],
)
def test_labels_of_every_container(y):
    assert read_target(y, "classification", who="Model").tolist() == list(y)


def test_numbers_kept_as_objects_become_numbers():
    y = read_target(pd.Series([1, 2.5], dtype=object), "regression", who="Model")
    assert y.dtype == np.float64


@pytest.mark.parametrize("values", [[True, False], [3, 1], [2.0, 1.0]], ids=str)
def test_labels_kept_as_objects_are_labels(values):
    y = read_target(np.array(values, dtype=object), "classification", who="Model")
    assert y.dtype == np.array(values).dtype
    assert y.tolist() == values


def test_columns_are_noted_as_far_as_they_are_known():
    X = np.arange(6.0).reshape(3, 2)
    fitted = LinearRegression().fit(X, [1, 2, 3])
    framed, plain, texts = BaseEstimator(), BaseEstimator(), BaseEstimator()
    learn_columns(framed, pd.DataFrame(X, columns=["a", "b"]), object())
    learn_columns(plain, X, fitted)
    learn_columns(texts, ["one text", "another"], object())
    assert framed.feature_names_in_.tolist() == ["a", "b"]
    assert plain.n_features_in_ == 2
    assert not hasattr(texts, "n_features_in_")
