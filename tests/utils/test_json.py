"""JSON, strictly."""

from decimal import Decimal

import numpy as np
import pytest

from skcook.utils._json import NotJSONError, json_type, parse_json

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
