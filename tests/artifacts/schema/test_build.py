"""Frames are built with the dtypes of the schema, whatever the values."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.artifacts import Column
from skcook.artifacts.schema._build import (
    array_builder,
    frame_builder,
    polars_dtype,
    unit_of,
    zone_of,
)
from skcook.exceptions import ArtifactFormatError


@pytest.mark.parametrize(
    ("dtype", "unit", "zone"),
    [("datetime64[us]", "us", None), ("datetime64[ns, Europe/Berlin]", "ns", "Europe/Berlin"),
     ("Datetime[ms, UTC]", "ms", "UTC"), ("Duration[us]", "us", None), ("int64", "", None)],
)  # fmt: skip
def test_units_and_zones_are_in_the_name(dtype, unit, zone):
    assert (unit_of(dtype), zone_of(dtype)) == (unit, zone)


def test_one_block_or_many_give_the_same_frame():
    columns = [Column("a", "number", "float64"), Column("b", "number", "float64")]
    data = [[1.0, None], [2, 3.5]]
    one = frame_builder(columns, "pandas", None)(data)
    many = frame_builder([*columns, Column("c", "string", "str")], "pandas", None)(
        [*data, ["x", "y"]]
    )
    pd.testing.assert_frame_equal(one, many[["a", "b"]])


@pytest.mark.parametrize("null", ["nan", "none", "na"])
def test_missing_objects_stand_as_they_stood(null):
    frame = frame_builder([Column("a", "string", "object", null=null)], "pandas", None)([[None]])
    expected = {"nan": np.nan, "none": None, "na": pd.NA}[null]
    assert frame["a"].dtype == object
    assert frame["a"][0] is expected


def test_no_rows_make_an_empty_frame_of_the_same_dtypes():
    columns = [
        Column("a", "number", "float64"),
        Column("b", "string", "category", categories=("x",)),
        Column("c", "datetime", "datetime64[us, UTC]"),
        Column("d", "boolean", "boolean"),
    ]
    frame = frame_builder(columns, "pandas", None)([[], [], [], []])
    assert frame.shape == (0, 4)
    assert [str(d) for d in frame.dtypes] == [c.dtype for c in columns]


def test_an_array_of_integers_with_gaps_is_one_of_floats():
    columns = [Column("x0", "integer", "int64"), Column("x1", "integer", "int64", nullable=False)]
    out = array_builder(columns, "int64")([[1, None], [3, 4]])
    np.testing.assert_array_equal(out, [[1.0, 3.0], [np.nan, 4.0]])
    assert out.flags.c_contiguous
    assert array_builder(columns[1:], "int64")([[3, 4]]).dtype == np.int64


@pytest.mark.parametrize("dtype", ["read_csv", "List", "Struct", "__class__", "Int7"])
def test_polars_dtypes_from_a_file_are_looked_up_in_a_list(dtype):
    with pytest.raises(ArtifactFormatError, match="no known polars dtype"):
        polars_dtype(Column("a", "number", dtype), pl)


def test_an_unseen_enum_value_is_null():
    column = Column("a", "string", "Enum", categories=("x", "y"), ordered=True)
    frame = frame_builder([column], "polars", None)([["y", "z", None]])
    assert frame["a"].to_list() == ["y", None, None]
    assert frame["a"].dtype == pl.Enum(["x", "y"])
