"""Frames, arrays, texts and images come back from JSON as they were."""

import datetime as dt
import json
import math
from decimal import Decimal

import jsonschema
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook.artifacts import Schema
from skcook.exceptions import SchemaError


def refused(parse, *args):
    with pytest.raises(SchemaError) as caught:
        parse(*args)
    return caught.value.problems


TIMES = pd.to_datetime(["2024-01-31 08:15:00.123456", None, "1999-12-31"], format="ISO8601")
PANDAS = {
    "float64": pd.Series([1.5, None, -2.0]),
    "float32": pd.Series([0.1, None, 1e30], dtype="float32"),
    "int64": pd.Series([1, 2**62, -3]),
    "int8": pd.Series([1, -128, 127], dtype="int8"),
    "uint64": pd.Series([1, 2**64 - 1, 0], dtype="uint64"),
    "bool": pd.Series([True, False, True]),
    "Int64": pd.Series([1, None, 2**62], dtype="Int64"),
    "Float64": pd.Series([1.5, None, 2.0], dtype="Float64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "str": pd.Series(["a", None, "ü"], dtype="str"),
    "string": pd.Series(["a", None, "ü"], dtype="string"),
    "object of strings, NaN": pd.Series(["a", np.nan, "b"], dtype=object),
    "object of strings, None": pd.Series(["a", None, "b"], dtype=object),
    "object of strings, NA": pd.Series(["a", pd.NA, "b"], dtype=object),
    "object of booleans": pd.Series([True, None, False], dtype=object),
    "object of a mixture": pd.Series(["a", 1, None], dtype=object),
    "category": pd.Series(["b", None, "a"], dtype=pd.CategoricalDtype(["b", "a", "c"])),
    "ordered category": pd.Series(
        ["b", None, "a"], dtype=pd.CategoricalDtype(["b", "a"], ordered=True)
    ),
    "category of integers": pd.Series([3, None, 1], dtype="category"),
    "datetime64[us]": pd.Series(TIMES).astype("datetime64[us]"),
    "datetime64[ns]": pd.Series(TIMES).astype("datetime64[ns]") + pd.Timedelta(7, "ns"),
    "datetime64[s]": pd.Series(TIMES.floor("s")).astype("datetime64[s]"),
    "datetime64[us, zone]": pd.Series(TIMES.tz_localize("Europe/Berlin")),
    "timedelta64": pd.Series(pd.to_timedelta(["1 days", None, "00:00:01.5"])),
    "int64[pyarrow]": pd.Series([1, None, 3], dtype="int64[pyarrow]"),
    "timestamp[us][pyarrow]": pd.Series(TIMES).astype("timestamp[us][pyarrow]"),
    "duration[us][pyarrow]": pd.Series(pd.to_timedelta(["1 days", None, "00:00:01.5"])).astype(
        "duration[us][pyarrow]"
    ),
    "object of dates": pd.Series([dt.date(2024, 1, 31), None, dt.date(1999, 12, 31)], dtype=object),
    "object of times, NaT": pd.Series([*TIMES], dtype=object),
    "object of times, None": pd.Series(
        [TIMES[0].to_pydatetime(), None, TIMES[2].to_pydatetime()], dtype=object
    ),
    "object of durations": pd.Series([dt.timedelta(1), None, dt.timedelta(0, 1.5)], dtype=object),
    "all missing": pd.Series([None, None, None], dtype=object),
    "all NaN": pd.Series([np.nan] * 3),
}


@pytest.mark.parametrize("name", PANDAS)
def test_pandas_columns_come_back_as_they_were(name):
    X = pd.DataFrame({"a": PANDAS[name], "b": [1.0, 2.0, 3.0]})
    schema = Schema.from_json_schema(json.loads(json.dumps(Schema.capture(X).to_json_schema())))
    assert schema.source == "captured"
    records = json.loads(json.dumps(schema.to_records(X), allow_nan=False))
    pd.testing.assert_frame_equal(schema.parse_rows(records).frame, X, check_freq=False)
    one = schema.parse_rows(records[2:]).frame
    pd.testing.assert_frame_equal(one, X.iloc[2:].reset_index(drop=True), check_freq=False)
    assert schema.parse_rows(records).warnings == []


POLARS = {
    "Float64": pl.Series([1.5, None, -2.0]),
    "Float32": pl.Series([0.5, None, 1e30], dtype=pl.Float32),
    "Int64": pl.Series([1, None, 2**62]),
    "UInt8": pl.Series([1, 255, 0], dtype=pl.UInt8),
    "Int128": pl.Series([1, None, 2**62], dtype=pl.Int128),
    "Decimal": pl.Series([Decimal("1.50"), None, Decimal("-0.01")]),
    "Boolean": pl.Series([True, None, False]),
    "String": pl.Series(["a", None, "ü"]),
    "Categorical": pl.Series(["b", None, "a"], dtype=pl.Categorical),
    "Enum": pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a", "c"])),
    "Date": pl.Series([TIMES[0].date(), None, TIMES[2].date()]),
    "Datetime": pl.Series([TIMES[0].to_pydatetime(), None, TIMES[2].to_pydatetime()]),
    "Datetime, zone": pl.Series(
        [TIMES[0].to_pydatetime(), None, TIMES[2].to_pydatetime()]
    ).dt.replace_time_zone("Europe/Berlin"),
    "Duration": pl.Series([pd.Timedelta("1 day").to_pytimedelta(), None, None]),
    "Null": pl.Series([None, None, None]),
}


@pytest.mark.parametrize("name", POLARS)
def test_polars_columns_come_back_as_they_were(name):
    X = pl.DataFrame({"a": POLARS[name], "b": [1.0, 2.0, 3.0]})
    schema = Schema.from_json_schema(json.loads(json.dumps(Schema.capture(X).to_json_schema())))
    records = json.loads(json.dumps(schema.to_records(X), allow_nan=False))
    found = schema.parse_rows(records).frame
    assert isinstance(found, pl.DataFrame)
    if name == "Null":
        assert found["a"].null_count() == 3
        return
    assert found.schema == X.schema
    assert found.equals(X)


ARRAYS = {
    "float64": np.array([[1.0, np.nan], [2.0, 3.0]]),
    "float32": np.array([[1.0, np.nan], [2.0, 3.0]], dtype="float32"),
    "int64": np.array([[1, 2], [3, 2**62]]),
    "bool": np.array([[True, False], [False, False]]),
    "object": np.array([["a", 1.5], [np.nan, 2.0]], dtype=object),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back_as_they_were(name):
    X = ARRAYS[name]
    schema = Schema.from_json_schema(json.loads(json.dumps(Schema.capture(X).to_json_schema())))
    assert (schema.input, schema.names) == ("array", ["x0", "x1"])
    found = schema.parse_rows(schema.to_records(X)).frame
    assert (type(found), found.dtype) == (np.ndarray, X.dtype)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(X))


def test_an_array_of_strings_cuts_none():
    schema = Schema.capture(np.array([["a", "b"], ["a", "c"]]))
    assert schema.parse_rows([{"x0": "a", "x1": "longer"}]).frame.tolist() == [["a", "longer"]]


TEXTS = {
    "list": ["one two", "three"],
    "array": np.array(["one two", "three"], dtype=object),
    "pandas": pd.Series(["one two", "three"]),
    "polars": pl.Series(["one two", "three"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_one_column_passed_as_a_sequence(name):
    schema = Schema.capture(TEXTS[name])
    schema = Schema.from_json_schema(json.loads(json.dumps(schema.to_json_schema())))
    assert (schema.input, schema.names, schema["text"].text) == ("texts", ["text"], True)
    found = schema.parse_rows(schema.to_records(TEXTS[name])).frame
    assert type(found) is type(TEXTS[name])
    assert list(found) == ["one two", "three"]
    assert refused(schema.parse_rows, [{"text": 3}])[0]["code"] == "type"


def test_labels_that_are_no_strings_come_back():
    X = pd.DataFrame({0: [1.0], 5: ["a"]})
    schema = Schema.from_json_schema(json.loads(json.dumps(Schema.capture(X).to_json_schema())))
    assert schema.names == ["x0", "x1"]
    pd.testing.assert_frame_equal(
        schema.parse_rows([{"x0": 1, "x1": "a"}]).frame, X, check_column_type=False
    )


def test_an_unseen_value_of_a_category_dtype_is_missing_and_warned_of():
    X = pd.DataFrame({"a": pd.Series(["x", "y", None], dtype="category")})
    rows = Schema.capture(X).parse_rows([{"a": "z"}])
    assert rows.frame["a"].isna().all()
    assert rows.warnings[0]["code"] == "category"


@pytest.mark.parametrize("name", [n for n in PANDAS if n != "all missing"])
def test_a_row_alone_has_the_dtypes_of_many(name):
    X = pd.DataFrame({"a": PANDAS[name]})
    schema = Schema.capture(X)
    records = schema.to_records(X)
    together = schema.parse_rows(records).frame
    for i, record in enumerate(records):
        alone = schema.parse_rows([record]).frame
        pd.testing.assert_frame_equal(
            alone, together.iloc[[i]].reset_index(drop=True), check_freq=False
        )


# Any schema, any rows.

VALUES = {
    "float64": st.floats(-1e9, 1e9),
    "Int64": st.integers(-(2**60), 2**60),
    "str": st.text(max_size=8),
    "boolean": st.booleans(),
    "datetime64[us]": st.datetimes().map(pd.Timestamp),
}


@st.composite
def frames(draw):
    names = draw(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4, unique=True))
    n = draw(st.integers(1, 5))
    columns = {}
    for name in names:
        dtype = draw(st.sampled_from(sorted(VALUES)))
        values = draw(st.lists(st.none() | VALUES[dtype], min_size=n, max_size=n))
        columns[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(columns)


@settings(max_examples=60)
@given(frames())
def test_any_frame_makes_the_trip_through_json(X):
    schema = Schema.capture(X)
    assert Schema.from_json_schema(json.loads(json.dumps(schema.to_json_schema()))) == schema
    records = json.loads(json.dumps(schema.to_records(X), allow_nan=False))
    rows = schema.parse_rows(records)
    pd.testing.assert_frame_equal(rows.frame, X)
    assert jsonschema.Draft202012Validator(schema.to_json_schema()).is_valid(records[0])


IMAGES = {
    "uint8, colour": np.arange(2 * 4 * 3 * 3, dtype="uint8").reshape(2, 4, 3, 3),
    "float32, grey": np.linspace(0, 1, 24, dtype="float32").reshape(2, 4, 3),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images_come_back_as_they_were(name):
    X = IMAGES[name]
    schema = Schema.capture(X)
    document = json.loads(json.dumps(schema.to_json_schema()))
    assert Schema.from_json_schema(document) == schema
    assert (schema.input, schema.names, schema["image"].shape) == ("images", ["image"], X.shape[1:])
    records = json.loads(json.dumps(schema.to_records(X)))
    found = schema.parse_rows(records).frame
    assert found.dtype == X.dtype
    np.testing.assert_array_equal(found, X)
    np.testing.assert_array_equal(schema.parse_rows([{"image": X[1]}]).frame, X[1:])
    assert jsonschema.Draft202012Validator(document).is_valid(records[0])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([[1, 2], [3, 4]], None),
        ([[1, 2], [3]], "type"),
        ([1, 2, 3, 4], "type"),
        ([["a", "b"], ["c", "d"]], "type"),
        ("image", "type"),
        (None, "null"),
        ([[1, 2], [3, math.nan]], "not_finite"),
        ([[1, 2], [3, 10**400]], "type"),
        ([[1, 2], [3, 256]], "range"),
        ([[1, 2], [3, 0.5]], "type"),
        ([[None, 2], [3, 4]], "type"),
    ],
    ids=repr,
)
def test_bad_images_are_named(value, code):
    schema = Schema.capture(np.zeros((3, 2, 2), dtype="uint8"))
    if code is None:
        assert schema.parse_rows([{"image": value}]).frame.shape == (1, 2, 2)
    else:
        assert refused(schema.parse_rows, [{"image": value}])[0]["code"] == code
