"""What MLflow, SageMaker and Vertex AI send, read as rows."""

import pandas as pd
import pytest

from skcook.artifacts import Schema
from skcook.exceptions import SchemaError
from skcook.serve.model._platform_bodies import name_columns, read_invocation, read_json_lines
from skcook.utils._json import NotJSONError

RECORDS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
SCHEMA = Schema.capture(pd.DataFrame(RECORDS))
TEXTS = Schema.capture(pd.DataFrame({"t": ["good day", "bad day"]}))


def records(body):
    """Return the rows of a body as records, whatever form it has."""
    if body.rows is not None:
        return body.rows
    return [dict(zip(body.columns, row, strict=True)) for row in body.data]


INVOCATIONS = {
    "ours": {"rows": RECORDS},
    "mlflow split": {"dataframe_split": {"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}},
    "mlflow split with index": {
        "dataframe_split": {"index": [0, 1], "columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}
    },
    "mlflow records": {"dataframe_records": RECORDS},
    "mlflow with params": {"dataframe_records": RECORDS, "params": {}},
    "vertex": {"instances": RECORDS, "parameters": {}},
    "instances as lists": {"instances": [[1, "x"], [2, "y"]]},
    "inputs as columns": {"inputs": {"a": [1, 2], "b": ["x", "y"]}},
    "a bare list": RECORDS,
}


@pytest.mark.parametrize("case", INVOCATIONS)
def test_invocations(case):
    assert records(read_invocation(INVOCATIONS[case], SCHEMA)) == RECORDS


@pytest.mark.parametrize(
    "document",
    [
        "x",
        {},
        {"instances": 1},
        {"instances": [], "more": 1},
        {"dataframe_split": []},
        {"inputs": {"a": 1}},
        {"inputs": {"a": [1], "b": []}},
    ],
    ids=repr,
)
def test_invocations_of_another_shape(document):
    with pytest.raises(SchemaError):
        read_invocation(document, SCHEMA)


def test_a_body_without_rows_is_empty():
    assert len(read_invocation({"instances": []}, SCHEMA)) == 0


@pytest.mark.parametrize("member", ["instances", "inputs"])
def test_the_values_of_an_only_column_come_bare(member):
    rows = read_invocation({member: ["good", None]}, TEXTS)
    assert (rows.columns, rows.data) == (["t"], [["good"], [None]])


def test_parameters_are_used_or_refused_by_name():
    asked = {"instances": RECORDS, "parameters": {"method": "predict_proba"}}
    assert read_invocation(asked, SCHEMA).options == {"method": "predict_proba"}
    for params in ({"temperature": 1}, {"method": 1}, []):
        with pytest.raises(SchemaError) as caught:
            read_invocation({"rows": RECORDS, "params": params}, SCHEMA)
        assert caught.value.problems[0]["loc"] == ["params", *list(params)[:1]]


@pytest.mark.parametrize(
    ("first", "header", "rows"),
    [
        (["a", "b"], None, [["1", "x"]]),
        (["b", "c"], None, [["1", "x"]]),
        (["2", "y"], None, [["2", "y"], ["1", "x"]]),
        (["a", "b"], "absent", [["a", "b"], ["1", "x"]]),
        (["c", "d"], "present", [["1", "x"]]),
    ],
)
def test_a_csv_file_may_come_without_a_header(first, header, rows):
    assert name_columns([first, ["1", "x"]], SCHEMA.names, header).data == rows


def test_a_line_that_is_neither_header_nor_row_is_refused():
    with pytest.raises(SchemaError) as caught:
        name_columns([["1"], ["2"]], SCHEMA.names, None)
    assert "a value for each of a, b" in caught.value.problems[0]["expected"]


def test_json_lines():
    raw = b'{"a": 1, "b": "x"}\n\n{"a": 2, "b": "y"}\n'
    assert records(read_json_lines(raw, SCHEMA)) == RECORDS
    assert records(read_json_lines(b'[1, "x"]\n[2, "y"]', SCHEMA)) == RECORDS
    with pytest.raises(NotJSONError, match="in line 2 of the body"):
        read_json_lines(b"[1]\n{", SCHEMA)
