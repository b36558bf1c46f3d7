"""The sparse matrix of one-hot columns and numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing import OneHotEncoder
from skcook.preprocessing.encoders._one_hot_encoder import hstack_one_hot
from skcook.utils._frames import read_table


def columns_of(frame):
    return read_table(frame).columns(list(frame.columns))


FRAME = {"n": [0.0, 2.5, np.nan], "a": ["x", "y", "x"], "k": [1, 0, 3], "b": [True, False, True]}
SLOTS = {"a": np.array([0, 1, -1])}
EXPECTED = [[0, 1, 0, 1, 1], [2.5, 0, 1, 0, 0], [np.nan, 0, 0, 3, 1]]


@pytest.mark.parametrize("frame", [pd.DataFrame(FRAME), pl.DataFrame(FRAME)], ids=["pd", "pl"])
def test_columns_keep_their_order_and_zeros_are_not_stored(frame):
    out = hstack_one_hot(columns_of(frame), SLOTS, {"a": 2}, np.dtype("float64"))
    np.testing.assert_array_equal(out.toarray(), np.array(EXPECTED, dtype=float))
    assert out.nnz == np.count_nonzero(np.array(EXPECTED))
    assert out.has_canonical_format
    assert out.indices.dtype == np.int32


@pytest.mark.parametrize("dtype", ["float32", "int8", "float64"])
def test_the_dtype_is_that_of_the_ones_where_nothing_else_is(dtype):
    frame = columns_of(pd.DataFrame({"a": ["x", "y", "x"]}))
    out = hstack_one_hot(frame, {"a": np.array([0, 1, 0])}, {"a": 2}, np.dtype(dtype))
    assert out.dtype == dtype
    assert sparse.issparse(out)
    np.testing.assert_array_equal(out.toarray(), [[1, 0], [0, 1], [1, 0]])


def test_no_rows():
    frame = columns_of(pd.DataFrame({"a": []}))
    empty = np.array([], dtype=int)
    assert hstack_one_hot(frame, {"a": empty}, {"a": 2}, np.dtype(float)).shape == (0, 2)


@pytest.mark.parametrize(
    "values",
    [[1, 2], pd.array([1, None], "Int64"), [True, False]],
    ids=["int", "Int64", "bool"],
)
def test_numbers_pass_through(values):
    X = pd.DataFrame({"a": ["x", "y"], "b": values})
    assert OneHotEncoder("a").fit_transform(X).shape == (2, 3)


def test_a_column_that_no_matrix_holds_is_refused():
    X = pd.DataFrame({"a": ["x", "y"], "b": pd.to_datetime(["2024-01-01", None])})
    with pytest.raises(ColumnValuesError, match=r"'b' is datetime64.* holds numbers only"):
        OneHotEncoder().fit_transform(X)
