"""Choosing rows, and comparing answers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from skcook.artifacts.file._save import agree, choose_rows
from skcook.utils._sklearn import rows_of


def test_all_rows_if_there_are_few():
    assert choose_rows(3, None, 5).tolist() == [0, 1, 2]


def test_the_same_rows_each_time_and_none_twice():
    rows = choose_rows(1000, None, 50)
    assert rows.tolist() == choose_rows(1000, None, 50).tolist()
    assert len(set(rows)) == 50
    assert rows.tolist() == sorted(rows)


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pl.Series], ids=str)
def test_every_class_has_a_row(kind):
    y = ["common"] * 990 + ["rare"] * 9 + ["single"]
    rows = choose_rows(1000, kind(y), 10)
    assert len(rows) == 10
    assert {y[i] for i in rows} == {"common", "rare", "single"}


def test_a_target_of_many_values_is_no_class():
    assert len(choose_rows(1000, np.arange(1000.0), 10)) == 10
    assert len(choose_rows(1000, np.ones((1000, 2)), 10)) == 10


@pytest.mark.parametrize(
    "X",
    [pd.DataFrame({"a": [1, 2, 3]}), pl.DataFrame({"a": [1, 2, 3]}), np.array([[1], [2], [3]]),
     [1, 2, 3], pd.Series([1, 2, 3], index=[9, 8, 7]), pl.Series([1, 2, 3])],
    ids=lambda X: type(X).__name__,
)  # fmt: skip
def test_rows_are_taken_from_any_container(X):
    found = rows_of(X, np.array([0, 2]))
    assert type(found) is type(X)
    assert np.asarray(found).ravel().tolist() == [1, 3]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ([1.0, np.nan], [1.0, np.nan], True),
        ([1.0], [1.0 + 1e-12], True),
        ([1.0], [1.1], False),
        (["a", None], ["a", None], True),
        (["a"], ["b"], False),
        ([1, 2], [1], False),
        (csr_matrix([[1.0]]), np.array([[1.0]]), True),
        (pd.DataFrame({"a": [1]}), np.array([[1]]), True),
    ],
)
def test_agree(a, b, same):
    assert agree(a, b) is same
