"""The body of a request becomes rows, or is refused with a reason."""

import pytest
from flask import Flask, request

from skcook.exceptions import SchemaError
from skcook.serve import ServeConfig
from skcook.serve.http._body import read_json, read_rows
from skcook.serve.http._errors import ProblemError
from skcook.serve.model._refusals import TooManyRowsError

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


def read(document, options=()):
    with Flask("test").test_request_context(json=document):
        return read_rows(request, ServeConfig(max_rows=10), options=options)


def test_what_is_not_json_is_refused_with_a_reason():
    with (
        Flask("test").test_request_context(data=b'{"rows": [{"a": NaN}]}'),
        pytest.raises(ProblemError, match="The body is not valid JSON: NaN is not JSON") as caught,
    ):
        read_json(request)
    assert caught.value.status == 400


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
    with pytest.raises(TooManyRowsError, match="has 11 rows and may have 10"):
        read({"rows": [{}] * 11})


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
        pytest.raises(ProblemError) as caught,
    ):
        read_rows(request, ServeConfig())
    assert caught.value.status == 415
