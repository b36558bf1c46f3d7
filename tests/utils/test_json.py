"""JSON, read strictly; and whatever a model returns is valid JSON."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skcook.utils._json import NotJSONError, json_type, parse_json, to_json

NOT_JSON = {
    "cut off": b'{"rows": [',
    "empty": b"",
    "words": b"hello",
    "two documents": b"{} {}",
    "trailing comma": b'{"rows": [1,]}',
    "single quotes": b"{'rows': []}",
    "NaN": b'{"rows": [{"a": NaN}]}',
    "Infinity": b'{"rows": [{"a": Infinity}]}',
    "minus Infinity": b'{"rows": [{"a": -Infinity}]}',
    "repeated key": b'{"rows": [{"a": 1, "a": 2}]}',
    "latin-1": '{"a": "café"}'.encode("latin-1"),
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "half a surrogate": rb'{"a": "\ud800"}',
    "deep": b"[" * 100_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "endless integer": b"9" * 10_000,
    "null bytes": b"\x00" * 10,
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_not_json_is_refused_with_a_reason(case):
    with pytest.raises(NotJSONError):
        parse_json(NOT_JSON[case])


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"é": "ß"}'.encode(), {"é": "ß"}),
        (b'{"a": null, "b": [1.5e3, true]}', {"a": None, "b": [1500.0, True]}),
    ],
)
def test_json_is_read(raw, value):
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    ("value", "name"),
    [(None, "null"), (True, "boolean"), (np.bool_(1), "boolean"), (1, "integer"), (1.0, "number"),
     (Decimal(1), "number"), ("a", "string"), ([], "array"), ({}, "object"), (object(), "object")],
)  # fmt: skip
def test_types_have_the_names_of_json(value, name):
    assert json_type(value) == name


CASES = {
    "str subclass": (np.str_("a"), "a"),
    "bool": (np.bool_(True), True),
    "int": (np.int64(3), 3),
    "big int": (2**70, 2**70),
    "float32": (np.float32(0.5), 0.5),
    "nan": (float("nan"), None),
    "infinity": (-np.inf, None),
    "NaT": (pd.NaT, None),
    "NA": (pd.NA, None),
    "date": (dt.date(2024, 2, 29), "2024-02-29"),
    "timestamp": (pd.Timestamp("2024-02-29 12:00"), "2024-02-29T12:00:00"),
    "datetime64": (np.datetime64("2024-02-29"), "2024-02-29"),
    "datetime64 NaT": (np.datetime64("NaT", "us"), None),
    "timedelta": (dt.timedelta(minutes=1), 60.0),
    "pandas' timedelta": (pd.Timedelta("1 days"), 86400.0),
    "timedelta64": (np.timedelta64(1500, "ms"), 1.5),
    "bytes": (b"caf\xc3\xa9", "café"),
    "array with nan": (np.array([[1.0, np.nan], [np.inf, 2.0]]), [[1.0, None], [None, 2.0]]),
    "zero-dimensional": (np.array(np.nan), None),
    "object array": (np.array(["a", None, np.nan, 1], dtype=object), ["a", None, None, 1]),
    "sparse": (sparse.csr_array([[0, 1], [2, 0]]), [[0, 1], [2, 0]]),
    "series": (pd.Series(["a", None], dtype="str"), ["a", None]),
    "nullable": (pd.Series([1, None], dtype="Int64"), [1, None]),
    "frame": (
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
    ),
    "nested": ({"a": (np.int8(1), {2: np.nan})}, {"a": [1, {"2": None}]}),
    "anything": (ValueError("x"), "x"),
}


@pytest.mark.parametrize("case", CASES)
def test_any_value_has_a_form_in_json(case):
    value, expected = CASES[case]
    written = to_json(value)
    assert written == expected
    assert type(written) is type(expected)
    json.dumps(written, allow_nan=False)


def test_polars_frame():
    polars = pytest.importorskip("polars")
    assert to_json(polars.DataFrame({"a": [1, None]})) == [{"a": 1}, {"a": None}]
