"""What is seen in data."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skcook.artifacts import Schema
from skcook.artifacts.schema._capture import capture_columns, texts_of
from skcook.datasets import load_penguins
from skcook.exceptions import SchemaError


@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas], ids=["pandas", "polars"])
def test_every_column_of_the_penguins_is_typed(container):
    frame = load_penguins().data
    columns = {c.name: c for c in capture_columns(container(frame))[0]}
    island, mass, sex = columns["island"], columns["body_mass_g"], columns["sex"]
    assert (island.type, island.nullable) == ("string", False)
    assert island.categories == ("Biscoe", "Dream", "Torgersen")
    assert island.example == "Biscoe"
    assert sum(island.frequencies) == pytest.approx(1, abs=1e-5)
    assert (mass.type, mass.nullable, mass.minimum, mass.maximum) == ("number", True, 2700, 6300)
    assert len(mass.quantiles) == 11
    assert mass.null_fraction == pytest.approx(2 / 344, abs=1e-5)
    assert (sex.categories, sex.nullable) == (("female", "male"), True)
    assert all(c.source == "captured" and c.type != "unknown" for c in columns.values())


def test_names_and_prose_are_no_categories():
    X = pd.DataFrame(
        {
            "plate": [f"B-{i}" for i in range(30)],
            "review": [f"I have seen {i} of these and liked them" for i in range(30)],
        }
    )
    plate, review = capture_columns(X)[0]
    assert (plate.categories, plate.text) == (None, False)
    assert (review.categories, review.text) == (None, True)


def test_one_row_is_enough_to_type_every_column():
    X = load_penguins().data.head(1)
    assert {c.type for c in capture_columns(X)[0]} == {"string", "number"}


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (pd.DataFrame({"a": []}), ValueError, "no rows"),
        (
            pd.DataFrame({"tags": [["a"], ["b"]]}),
            TypeError,
            "column 'tags' holds a value of",
        ),
        (pd.DataFrame({"p": pd.period_range("2024", periods=2)}), TypeError, "column 'p'"),
        (pd.DataFrame({"c": pd.cut([1.0, 2.0], 2)}), TypeError, "categories of column 'c'"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ValueError, "same name"),
        (np.zeros((0, 2, 2)), ValueError, "empty"),
        (np.array([["2024-01-31"]], dtype="datetime64[D]"), TypeError, "DataFrame"),
        (pl.DataFrame({"a": [1]}).lazy(), TypeError, "collect"),
        (3, TypeError, "X_example must be"),
    ],
    ids=[
        "no rows",
        "lists",
        "periods",
        "intervals",
        "twice",
        "no images",
        "times",
        "lazy",
        "number",
    ],
)
def test_what_cannot_be_captured_is_named(X, error, match):
    with pytest.raises(error, match=match):
        Schema.capture(X)


def test_a_sparse_matrix_is_refused_with_advice():
    from scipy.sparse import csr_matrix

    with pytest.raises(TypeError, match="Save the whole pipeline"):
        Schema.capture(csr_matrix([[1.0]]))


def test_infinite_values_do_not_spoil_the_range():
    column = capture_columns(pd.DataFrame({"a": [1.0, np.inf, 3.0, np.nan]}))[0][0]
    assert (column.minimum, column.maximum) == (1.0, 3.0)


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (["a", None], (["a", None], "list")),
        (("a",), (["a"], "list")),
        (np.array(["a"]), (["a"], "numpy")),
        (pd.Series(["a", np.nan]), (["a", None], "pandas")),
        ([1, "a"], None),
        ([], None),
        ([["a"]], None),
        (pd.DataFrame({"a": ["a"]}), None),
    ],
    ids=repr,
)
def test_what_is_a_sequence_of_texts(X, expected):
    assert texts_of(X) == expected


@pytest.mark.parametrize(
    "columns",
    [pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), pd.to_datetime(["2020-01-01", "2021-01-01"])],
    ids=["tuples", "times"],
)
def test_labels_that_no_file_holds_are_refused_with_advice(columns):
    with pytest.raises(TypeError, match=r"Labels are strings or numbers; .*columns.map\(str\)"):
        Schema.capture(pd.DataFrame([[1, 2]], columns=columns))


@pytest.mark.parametrize(
    "other", [dt.date(2020, 1, 3), dt.datetime(2020, 1, 3, tzinfo=dt.UTC)], ids=str
)
def test_times_of_several_forms_have_an_order(other):
    values = pd.Series([other, pd.Timestamp("2020-01-02").to_pydatetime(), None], dtype=object)
    column = Schema.capture(pd.DataFrame({"a": values}))["a"]
    assert (column.type, column.minimum) == ("datetime", "2020-01-02")


@pytest.mark.parametrize(
    ("values", "type_", "dtype"),
    [
        (pd.Series([0, 1], dtype="Sparse[int64]"), "integer", "int64"),
        (pd.Series([0.5, 1], dtype="Sparse[float32]"), "number", "float32"),
        (pd.Series(["x", None], dtype="category").astype(
            pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))), "string", "category"),
    ],
    ids=["sparse integers", "sparse floats", "a dictionary of Arrow"],
)  # fmt: skip
def test_columns_of_other_storage_are_what_they_hold(values, type_, dtype):
    schema = Schema.capture(pd.DataFrame({"a": values}))
    assert (schema["a"].type, schema["a"].dtype) == (type_, dtype)
    rows = schema.parse_rows(schema.to_records(pd.DataFrame({"a": values})))
    assert rows.frame.dtypes["a"] == dtype
    if type_ == "integer":
        with pytest.raises(SchemaError, match="expected integer"):
            schema.parse_rows([{"a": 0.1}])
