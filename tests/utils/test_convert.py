"""From one library to another, dtypes and missing values stay."""

import pandas as pd
import polars as pl
import pytest

from skcook.utils._columns import kind_of
from skcook.utils._convert import to_pandas, to_polars
from skcook.utils._frames import read_table
from tests.utils._cases import PANDAS, POLARS, column, objects


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
