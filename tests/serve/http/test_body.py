"""JSON, strictly."""

import pytest
from flask import Flask, request

from skcook.exceptions import SchemaError
from skcook.serve.http._body import parse_json, read_body
from skcook.serve.http._problems import Problem

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
    with pytest.raises(Problem) as caught:
        parse_json(NOT_JSON[case])
    assert caught.value.status == 400
    assert caught.value.detail.startswith("The body is not valid JSON: ")


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


SHAPES = {
    "a list": ([], [], "type"),
    "a string": ("rows", [], "type"),
    "nothing in it": ({}, ["rows"], "missing_member"),
    "rows is no list": ({"rows": {"a": 1}}, ["rows"], "type"),
    "unknown member": ({"rows": [], "row": 1}, ["row"], "unknown_member"),
    "both forms": ({"rows": [], "columns": [], "data": []}, ["columns"], "unknown_member"),
    "columns alone": ({"columns": ["a"]}, ["data"], "missing_member"),
    "data alone": ({"data": [[1]]}, ["columns"], "missing_member"),
}


def read(document, **settings):
    with Flask("test").test_request_context(json=document):
        return read_body(request, **{"max_rows": 10, **settings})


@pytest.mark.parametrize("case", SHAPES)
def test_json_of_another_shape_is_refused(case):
    document, loc, code = SHAPES[case]
    with pytest.raises(SchemaError) as caught:
        read(document)
    assert caught.value.problems[0]["loc"] == loc
    assert caught.value.problems[0]["code"] == code


def test_both_forms_are_read():
    assert read({"rows": [{"a": 1}]}).rows == [{"a": 1}]
    body = read({"columns": ["a"], "data": [[1], [2]]})
    assert (body.columns, body.data, len(body)) == (["a"], [[1], [2]], 2)


def test_options_are_read_only_where_they_are_allowed():
    assert read({"rows": [], "targets": "all"}, options=("targets",)).options == {"targets": "all"}
    with pytest.raises(SchemaError):
        read({"rows": [], "targets": "all"})


def test_too_many_rows():
    with pytest.raises(Problem, match="has 11 rows and may have 10") as caught:
        read({"rows": [{}] * 11})
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
    ids=["text", "form", "none", "gzip"],
)
def test_other_types_are_refused(headers):
    with (
        Flask("test").test_request_context(data=b"{}", headers=headers),
        pytest.raises(Problem) as caught,
    ):
        read_body(request, max_rows=1)
    assert caught.value.status == 415
