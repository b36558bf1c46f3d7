"""fill_missing: one column, one value, the dtype kept."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.imputers._filling import cast_fill_value, fill_missing


@pytest.mark.parametrize(
    ("native", "value"),
    [
        (pd.Series([1.0, np.nan], dtype="float32"), 2.5),
        (pd.Series([1.0, None], dtype="float64[pyarrow]"), 2.5),
        (pd.Series(np.array([1.0, np.nan]), dtype="float64[pyarrow]"), 2.5),
        (pd.Series([1, None], dtype="UInt16"), 65535),
        (pd.Series(["a", None], dtype="string[python]"), "b"),
        (pl.Series([1, None], dtype=pl.Int8), -128),
        (pl.Series([1, None], dtype=pl.UInt64), 2**64 - 1),
        (pl.Series([1.0, None], dtype=pl.Float32), 2.5),
        (pl.Series([1.0, float("nan")], dtype=pl.Float64), 2.5),
    ],
    ids=lambda v: str(getattr(v, "dtype", v)),
)
def test_the_dtype_and_the_input_are_kept(native, value):
    before = native.copy() if isinstance(native, pd.Series) else native.clone()
    filled = fill_missing(native, value)
    assert filled.dtype == native.dtype
    assert list(filled)[-1] == value
    assert native.equals(before)


def test_a_full_column_is_not_copied():
    series = pd.Series([1.0, 2.0])
    assert fill_missing(series, 0.0) is series


@pytest.mark.parametrize(
    ("value", "rounded", "expected"), [(2.5, True, 2), (3.5, True, 4), (1e9, True, 127)]
)
def test_a_learned_value_is_rounded_into_integers(value, rounded, expected):
    assert cast_fill_value(pl.Series([1], dtype=pl.Int8), value, rounded=rounded) == expected


@pytest.mark.parametrize(
    ("native", "value"),
    [
        (pl.Series([1], dtype=pl.Int8), 128),
        (pl.Series([1], dtype=pl.Int8), True),
        (pl.Series(["a"]), 1),
        (pl.Series(["a"], dtype=pl.Categorical), 1),
        (pl.Series([True]), 1),
        (pd.Series([pd.Timestamp("2024-01-01")]), "a"),
    ],
    ids=lambda v: str(getattr(v, "dtype", v)),
)
def test_what_a_dtype_cannot_hold_is_refused(native, value):
    with pytest.raises(ColumnValuesError, match="cannot be filled with"):
        cast_fill_value(native.rename("a"), value)
