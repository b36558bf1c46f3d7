import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal as assert_polars_equal

from skcook.explain.tabular._cells import Layout

PANDAS = {
    "int": np.array([1, 2, 3]),
    "float32": np.array([1, np.nan, 2], "float32"),
    "str": ["a", None, "b"],
    "string": pd.array(["a", None, "c"], dtype="string"),
    "object words": pd.Series(["a", None, "b"], dtype=object),
    "object numbers": pd.Series([1, 2, None], dtype=object),
    "object mixture": pd.Series([1, "a", np.nan], dtype=object),
    "ordered": pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True),
    "number categories": pd.Categorical([1, 2, None]),
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "bool": [True, False, True],
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "date": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
    "zone": pd.to_datetime(["2020-01-01", None, "2021-07-01"]).tz_localize("Europe/Paris"),
    "never": pd.Series(["2020-01-01", None, "9999-12-31"]).astype("datetime64[us]"),
    "never, zone": pd.Series(["2020-01-01", "9999-12-31"]).astype("datetime64[s, Asia/Tokyo]"),
    "duration": pd.to_timedelta([1, None, 3], unit="h"),
    "empty": [None, None, None],
    "Arrow words": pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
    "Arrow decimals": pd.Series([Decimal("1.25"), None]).astype(pd.ArrowDtype(pa.decimal128(8, 2))),
    "Arrow integers": pd.Series([1, None], dtype=pd.ArrowDtype(pa.int16())),
}
POLARS = {
    "int": pl.Series([1, None, 3], dtype=pl.Int32),
    "float": pl.Series([1.5, None, 3]),
    "str": pl.Series(["a", None, "b"]),
    "enum": pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a"])),
    "categorical": pl.Series(["b", None, "a"], dtype=pl.Categorical),
    "bool": pl.Series([True, None, False]),
    "date": pl.Series([dt.date(2020, 1, 1), None, dt.date(2021, 1, 1)]),
    "datetime": pl.Series([*pd.to_datetime(["2020-01-01", "2021-01-01"]), None]),
    "never": pl.Series([dt.date(9999, 12, 31), None, dt.date(1, 1, 1)]).cast(pl.Datetime),
    "zone": pl.Series(pd.to_datetime(["2020-01-01"] * 3)).dt.replace_time_zone("Europe/Paris"),
    "duration": pl.Series([dt.timedelta(hours=1), None, dt.timedelta(0)]),
    "null": pl.Series([None] * 3),
}
ARRAYS = {
    "int": np.array([[1, 2], [3, 4]]),
    "float": np.array([[1.0, np.nan]]),
    "float32": np.array([[1.0, 2.0]], dtype="float32"),
    "words": np.array([["a", "bc"]]),
    "objects": np.array([["a", 1.5], ["b", np.nan]], dtype=object),
}


@pytest.mark.parametrize("kind", PANDAS)
def test_pandas_column_comes_back(kind):
    X = pd.DataFrame({kind: PANDAS[kind]})
    layout = Layout.of(X)
    pd.testing.assert_frame_equal(layout.frame(layout.cells(X)), X)
    assert layout.same_dtypes(X)


@pytest.mark.parametrize("kind", POLARS)
def test_polars_column_comes_back(kind):
    X = pl.DataFrame({kind: POLARS[kind]})
    layout = Layout.of(X)
    assert_polars_equal(layout.frame(layout.cells(X)), X)
    assert layout.same_dtypes(X)


@pytest.mark.parametrize("kind", ARRAYS)
def test_array_comes_back(kind):
    X = ARRAYS[kind]
    layout = Layout.of(X)
    back = layout.frame(layout.cells(X))
    assert back.dtype == X.dtype
    assert [[v if v == v else None for v in row] for row in back.tolist()] == [
        [v if v == v else None for v in row] for row in X.tolist()
    ]


def test_labels_that_are_no_strings_come_back():
    X = pd.DataFrame({0: [1.0], 1: ["a"]})
    layout = Layout.of(X)
    pd.testing.assert_frame_equal(
        layout.frame(layout.cells(X)), X, check_column_type=False, check_index_type=False
    )


@pytest.mark.parametrize(
    ("column", "other"),
    [
        (pd.Series([1, 2]), pd.Series([1.0, 2.0])),
        (pd.Series(["a", "b"]), pd.Series(["a", "b"], dtype=object)),
        (pd.Series(["a", "b"], dtype="category"), pd.Series(["a", "c"], dtype="category")),
        (pd.Series([1, 2]), pd.Series([1, 2], dtype="Int64")),
    ],
    ids=["int-float", "str-object", "categories", "nullable"],
)
def test_other_dtypes_are_noticed(column, other):
    assert not Layout.of(column.to_frame("x")).same_dtypes(other.to_frame("x"))


def test_rows_of_another_container_and_dtype_become_the_background_s():
    X = pd.DataFrame({"n": [1, 2], "c": pd.Categorical(["a", "b"])})
    layout = Layout.of(X)
    rows = pl.DataFrame({"n": [2.0], "c": ["b"]})
    pd.testing.assert_frame_equal(layout.frame(layout.cells(rows)), X[1:].reset_index(drop=True))


def test_what_a_dtype_cannot_hold_widens_it():
    X = pd.DataFrame({"n": [1, 2], "c": pd.Categorical(["a", "b"]), "b": [True, False]})
    layout = Layout.of(X)
    rows = pd.DataFrame({"n": [None], "c": ["z"], "b": [None]})
    out = layout.frame(layout.cells(rows))
    assert np.isnan(out["n"][0])
    assert out["c"].cat.categories.tolist() == ["a", "b", "z"]
    assert out["c"][0] == "z"
    assert out["b"][0] is None


def test_words_in_a_column_of_numbers_are_refused_by_name():
    layout = Layout.of(pd.DataFrame({"age": [1.0]}))
    with pytest.raises(ValueError, match="Column 'age' was numeric"):
        layout.cells(pd.DataFrame({"age": ["old"]}))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_dates_are_no_numbers(make):
    layout = Layout.of(pd.DataFrame({"age": [1.0]}))
    with pytest.raises(ValueError, match="Column 'age' was numeric"):
        layout.cells(make({"age": PANDAS["date"]}))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_times_that_come_as_texts_are_read(make):
    X = pd.DataFrame({"when": PANDAS["date"], "long": PANDAS["duration"]})
    layout = Layout.of(X)
    texts = make({"when": ["2020-01-01", None, "2021-01-01"], "long": ["1h", None, "3 hours"]})
    pd.testing.assert_frame_equal(layout.frame(layout.cells(texts)), X)


def test_far_dates_are_shown_as_they_are():
    layout = Layout.of(pd.DataFrame({"until": PANDAS["never"]}))
    (cells,) = layout.cells(pd.DataFrame({"until": PANDAS["never"]}))
    assert layout.to_display(0, cells)[2] == pd.Timestamp("9999-12-31")
    assert layout.quantity(0, "9999-12-31") == cells[2]
