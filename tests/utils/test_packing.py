"""A column survives as plain arrays, in either library."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skcook.exceptions import ColumnValuesError
from skcook.utils._frames import to_polars
from skcook.utils._packing import pack, unpack
from tests._containers import forms, plain

VALUES = {
    "string": ["b", None, "", "é\x00"],
    "integer": [3, None, 2**52, -1],
    "float": [0.5, None, -1.5, 2.25],
    "boolean": [True, None, False, True],
    "datetime": [pd.Timestamp("2024-02-29 10:00").to_pydatetime(), None] * 2,
}


def wrap(native):
    return nw.from_native(native, series_only=True)


def arrays_of(packed):
    for value in packed.values():
        if isinstance(value, dict):
            yield from arrays_of(value)
        else:
            yield value


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("form", [f for f in forms(*VALUES) if f.container != "numpy"], ids=repr)
def test_round_trip(form, container):
    values = VALUES[form.kind]
    if form.name == "polars-Int32":
        values = [3, None, 7, -1]
    column = form.column(values)
    packed = pack(wrap(column))
    assert all(
        isinstance(a, str | bool) or a.dtype != object for a in arrays_of(packed) if a is not None
    )
    back = unpack(packed, container, "a")
    expected = values
    if form.name == "pandas-integer-category" and container == "polars":
        expected = [v if v is None else str(v) for v in values]
    assert plain(back.to_frame()) == [expected]
    some = unpack(packed, container, "a", rows=np.array([3, 1]))
    assert plain(some.to_frame()) == [[expected[3], None]]
    if form.container == "pandas" == container:
        # pandas has several dtypes that it calls "string".
        same = unpack(packed, "pandas", "a", like_packed=True).dtype
        assert same == column.dtype or str(same) == str(column.dtype).partition("[")[0] == "string"


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.to_timedelta(["1D", None])),
        pd.Series(pd.date_range("2024-01-01", periods=2, tz="America/New_York")),
        pl.Series([1, None], dtype=pl.Duration("us")),
        pl.Series([], dtype=pl.Categorical),
        pl.Series([None, None]),
        pd.Series([None, None], dtype=object),
        pl.Series([1, 2], dtype=pl.UInt8),
        pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
        pd.Series(["a", None], dtype=pd.ArrowDtype(pa.large_string())),
    ],
    ids=lambda c: str(c.dtype),
)
def test_other_kinds(column):
    packed = pack(wrap(column))
    container = "pandas" if isinstance(column, pd.Series) else "polars"
    back = unpack(packed, container, column.name, like_packed=True)
    assert plain(back.to_frame()) == plain(column.to_frame())
    assert back.dtype == column.dtype


def test_ordered_categories_keep_their_order():
    dtype = pd.CategoricalDtype(["low", "high"], ordered=True)
    packed = pack(wrap(pd.Series(["high", None], dtype=dtype)))
    assert unpack(packed, "pandas", "a").dtype == dtype
    assert unpack(packed, "polars", "a").dtype == pl.Enum(["low", "high"])


def test_mixed_objects_are_refused():
    with pytest.raises(ColumnValuesError, match="Column 'a' holds objects of mixed types"):
        pack(wrap(pd.Series(["x", 1], name="a", dtype=object)))


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pd.Series([0.5, None], dtype="float[pyarrow]"), pl.Float32),
        (pd.Series([0, 1], dtype="Sparse[int64]"), pl.Int64),
        (pd.Series(pd.Categorical([pd.Timestamp("2020-01-02"), None])), pl.Categorical),
    ],
    ids=["float32 of Arrow", "sparse integers", "times as categories"],
)
def test_a_packed_column_is_what_set_output_makes_of_it(column, dtype):
    frame = nw.from_native(column.to_frame("a"), eager_only=True)
    made, expected = unpack(pack(column), "polars", "a"), to_polars(frame)["a"]
    assert made.dtype == expected.dtype == dtype
    assert (
        made.to_list()
        == expected.to_list()
        == [str(v) if isinstance(v, pd.Timestamp) else None if pd.isna(v) else v for v in column]
    )
