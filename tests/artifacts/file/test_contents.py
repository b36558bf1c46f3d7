"""The parts of a file before anything is built from them."""

import io
import json

import pytest

from skcook.artifacts.file._members import check_members, is_zip, pack, read_json, read_schema
from skcook.exceptions import ArtifactFormatError


@pytest.mark.parametrize(
    ("data", "expected"),
    [(pack({"manifest.json": b""}), True), (b"PK", False), (b"", False), (b"\x80\x04", False)],
    ids=["zip", "two bytes", "nothing", "pickle"],
)
def test_is_zip_looks_at_the_start_and_goes_back(data, expected):
    file = io.BytesIO(data)
    assert is_zip(file) is expected
    assert file.read() == data


def test_a_zip_without_manifest_is_no_model_file():
    with pytest.raises(ArtifactFormatError, match="no manifest"):
        check_members({"schema.json": b"{}"}, None)


@pytest.mark.parametrize("data", [b"", b"nope", b"[]", b"1", b"\xff", b"[" * 10**6])
def test_read_json_takes_objects_alone(data):
    with pytest.raises(ArtifactFormatError, match=r"x\.json"):
        read_json(data, "x.json")


def test_an_example_that_is_no_row_is_refused():
    import pandas as pd

    from skcook.artifacts import Schema

    document = Schema.capture(pd.DataFrame({"a": [1.0]})).to_json_schema()
    schema, example = read_schema(json.dumps({**document, "examples": []}).encode())
    assert (schema.names, example) == (["a"], None)
    with pytest.raises(ArtifactFormatError, match="example"):
        read_schema(json.dumps({**document, "examples": [3]}).encode())
