"""The dataframe door: what comes in is the same inside, and goes out as it came or as asked."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pandas.testing import assert_frame_equal

from skcook.exceptions import ColumnsError
from skcook.utils._columns import is_missing, kind_of, numeric_values
from skcook.utils._frames import container_of, is_frame, read_table, to_pandas, to_polars
from tests.utils._cases import PANDAS, POLARS, column, objects


@pytest.mark.parametrize("name", sorted(PANDAS))
def test_a_pandas_frame_goes_out_as_it_came(name):
    frame = pd.DataFrame({"c": PANDAS[name][0]}, index=[7, 7, 9])
    table = read_table(frame)
    assert_frame_equal(table.write(table.frame), frame)


@pytest.mark.parametrize("name", sorted(POLARS))
def test_a_polars_frame_goes_out_as_it_came(name):
    frame = POLARS[name][0].to_frame("c")
    table = read_table(frame)
    assert table.write(table.frame).equals(frame)


def test_arrays_come_in_with_positions_and_go_out_numeric_where_they_can():
    numbers = np.array([[1, 2], [3, 4]], dtype="float32")
    table = read_table(numbers)
    assert table.frame.columns == ["x0", "x1"]
    out = table.write(table.frame)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, numbers)

    mixed = np.array([["a", 1.0], [None, np.nan]], dtype=object)
    table = read_table(mixed)
    assert [kind_of(table.frame[c]) for c in table.frame.columns] == ["string", "numeric"]
    assert table.write(table.frame).dtype == object
    assert table.write(table.frame.select("x1")).dtype == np.float64


def test_labels_that_are_no_strings_come_back():
    frame = pd.DataFrame([[1, 2]], columns=[10, ("a", "b")])
    table = read_table(frame)
    assert table.frame.columns == ["x0", "x1"]
    assert list(table.write(table.frame).columns) == [10, ("a", "b")]


@pytest.mark.parametrize(
    ("X", "expected", "error"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "same name: a", ColumnsError),
        (pd.Series([1]), "to_frame", TypeError),
        (pl.LazyFrame({"a": [1]}), r"\.collect\(\) first", TypeError),
        (np.zeros(3), "1 dimension", ValueError),
        ({"a": [1]}, "must be a pandas or polars DataFrame", TypeError),
    ],
    ids=["duplicates", "series", "lazy", "one-dimension", "dict"],
)
def test_what_is_refused_says_what_to_do(X, expected, error):
    with pytest.raises(error, match=expected):
        read_table(X)


def test_containers_are_told_apart():
    assert container_of(pd.DataFrame()) == "pandas"
    assert container_of(pl.DataFrame()) == "polars"
    assert container_of(np.zeros((1, 1))) == "numpy"
    assert container_of([[1]]) is None
    assert is_frame(pl.DataFrame())
    assert not is_frame(np.zeros((1, 1)))


@pytest.mark.parametrize("container", ["pandas", "polars", "numpy"])
def test_a_frame_without_rows_passes(container):
    frame = pd.DataFrame({"a": pd.Series([], dtype="float64"), "s": pd.Series([], dtype="str")})
    table = read_table(frame)
    assert len(table.write(table.frame, container)) == 0


def test_booleans_beside_numbers_leave_as_numbers():
    frame = pd.DataFrame({"a": [0.5, 1.5], "seen": [True, False]})
    table = read_table(np.zeros((2, 2)))
    out = table.write(read_table(frame).frame)
    assert out.dtype == np.float64
    assert out.tolist() == [[0.5, 1.0], [1.5, 0.0]]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_columns_are_read_once_and_as_they_are(library):
    frame = library.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, 1.5]})
    columns = read_table(frame).columns(["b", "c"])
    assert columns.columns == ["b", "c"]
    assert len(columns) == 2
    assert columns.to_native() is frame
    b = columns["b"]
    assert b is columns["b"]
    assert type(b) is library.Series
    assert kind_of(b) == "string"
    assert is_missing(b).tolist() == [False, True]
    assert numeric_values(columns["c"]).tolist() == [0.5, 1.5]


def test_a_sparse_column_is_read_dense():
    frame = pd.DataFrame({"a": pd.arrays.SparseArray([1.0, np.nan, 0.0])})
    assert kind_of(frame["a"]) == "numeric"
    assert read_table(frame).columns(["a"])["a"].dtype == np.float64


def test_a_frame_of_the_same_library_is_written_as_it_is():
    for frame in (pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})):
        assert read_table(frame).write_native(frame) is frame
    other = read_table(pd.DataFrame({"a": [1]})).write_native(pd.DataFrame({"a": [1]}), "polars")
    assert isinstance(other, pl.DataFrame)
    assert isinstance(
        read_table(np.ones((1, 1))).write_native(pd.DataFrame({"x0": [1]})), np.ndarray
    )


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("Float64", "float64"),
        ("Int8", "Int8"),
        ("Boolean", "boolean"),
        ("String", "str"),
        ("Categorical", "category"),
        ("Enum", "category"),
        ("Date", "datetime64[ms]"),
        ("Datetime", "datetime64[us]"),
        ("Datetime-zoned", "datetime64[us, Asia/Tokyo]"),
        ("Duration", "timedelta64[us]"),
    ],
)
def test_polars_to_pandas_keeps_dtype_and_values(name, dtype):
    native, kind = POLARS[name]
    out = to_pandas(read_table(native.to_frame("c")).frame)
    assert str(out["c"].dtype) == dtype
    assert out["c"].isna().tolist() == [False, True, False]
    back = to_polars(read_table(out).frame)["c"]
    if name != "Date":  # pandas has no dtype for dates: midnight stands for the day
        assert back.to_list() == native.to_list()
    assert kind_of(column(back)) == kind


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("float32", pl.Float32),
        ("Int64", pl.Int64),
        ("boolean", pl.Boolean),
        ("str", pl.String),
        ("category", pl.Categorical),
        ("ordered", pl.Enum(["b", "a"])),
        ("zoned", pl.Datetime("us", "Europe/Paris")),
        ("object-mixture", pl.Object),
    ],
)
def test_pandas_to_polars_keeps_dtype_and_missing_values(name, dtype):
    frame = pd.DataFrame({"c": PANDAS[name][0]})
    out = to_polars(read_table(frame).frame)["c"]
    assert out.dtype == dtype
    assert out.is_null().to_list() == [False, True, False]


def test_conversions_of_enum_keep_categories_that_do_not_occur():
    enum = pl.Enum(["low", "mid", "high"])
    out = to_pandas(read_table(pl.DataFrame({"c": pl.Series(["low"], dtype=enum)})).frame)
    assert list(out["c"].cat.categories) == ["low", "mid", "high"]
    assert to_polars(read_table(out).frame)["c"].dtype == enum


def test_objects_that_mix_whole_and_other_numbers_become_floats_in_polars():
    out = to_polars(read_table(pd.DataFrame({"a": objects([1, 1.5, None])})).frame)
    assert out["a"].to_list() == [1.0, 1.5, None]
