"""What a column holds is named the same in every library."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.utils._columns import (
    NULLS,
    is_missing,
    is_missing_value,
    kind_of,
    new_series,
    null_name,
    numeric_values,
)
from skcook.utils._frames import read_table
from tests.utils._cases import CASES, column, objects


@pytest.mark.parametrize(("native", "kind"), CASES)
def test_kind_and_missing_values_are_the_same_everywhere(native, kind):
    assert kind_of(column(native)) == kind
    assert is_missing(column(native)).tolist() == [False, True, False]


@pytest.mark.parametrize("native", [objects([None, np.nan]), pl.Series([None, None])])
def test_a_column_without_dtype_and_values_is_empty(native):
    assert kind_of(column(native)) == "empty"
    assert is_missing(column(native)).all()


NUMERIC = [case for case in CASES if case.values[1] in ("numeric", "boolean")]


@pytest.mark.parametrize(("native", "kind"), NUMERIC)
def test_numeric_values_are_floats_with_nan(native, kind):
    values = numeric_values(column(native))
    assert values.dtype == np.float64
    assert np.isnan(values).tolist() == [False, True, False]
    assert values[0] in (1.0, 1.5)


def test_new_series_takes_library_and_index():
    frame = pd.DataFrame({"a": [1, 2]}, index=[5, 5])
    made = new_series("b", np.array([0.5, 1.5]), read_table(frame).frame)
    assert made.index.tolist() == [5, 5]
    made = new_series("b", np.array([0.5]), read_table(pl.DataFrame({"a": [1]})).frame)
    assert isinstance(made, pl.Series)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT], ids=repr)
def test_strings_with_any_missing_value_are_strings(missing):
    frame = pd.DataFrame({"a": objects(["x", missing, "y"])})
    assert kind_of(read_table(frame).frame["a"]) == "string"


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Etc/GMT+5", "UTC"])
@pytest.mark.parametrize("make", [pd.DataFrame, lambda d: pl.from_pandas(pd.DataFrame(d))])
def test_dates_of_every_zone_are_dates(make, zone):
    frame = make({"a": pd.date_range("2024-01-01", periods=2, tz=zone)})
    assert kind_of(read_table(frame).frame["a"]) == "datetime"


@pytest.mark.parametrize(
    "value", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT", "ns"), Decimal("NaN")], ids=repr
)
def test_a_missing_value_is_one_however_it_is_written(value):
    assert is_missing_value(value)


@pytest.mark.parametrize(
    "value",
    ["", "nan", 0, False, [], [None], np.array([np.nan]), {}, {None}, b"", np.inf],
    ids=repr,
)
def test_what_is_there_is_not_missing(value):
    assert not is_missing_value(value)


def test_how_a_missing_value_is_written_has_a_name():
    assert [null_name(value) for value in (None, pd.NA, np.nan, pd.NaT)] == [
        "none", "na", "nan", "nan",
    ]  # fmt: skip
    assert all(null_name(value) == name for name, value in NULLS.items())
