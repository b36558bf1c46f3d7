"""Other servers' words for the same rows."""

import pytest

from skcook.exceptions import SchemaError
from skcook.serve.http._body import Body
from skcook.serve.platforms._open_inference import body_of_invocation, body_of_tensors, tensor_of

NAMES = ["a", "b"]
RECORDS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


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
    assert records(body_of_invocation(INVOCATIONS[case], NAMES)) == RECORDS


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
        body_of_invocation(document, NAMES)


def tensor(name, data, shape=None):
    return {"name": name, "shape": shape or [len(data)], "datatype": "BYTES", "data": data}


def test_tensors():
    columns = {"inputs": [tensor("a", [1, 2]), tensor("b", ["x", "y"], [2, 1])]}
    assert records(body_of_tensors(columns, NAMES)) == RECORDS
    for data in ([1, "x", 2, "y"], [[1, "x"], [2, "y"]]):
        matrix = {"inputs": [tensor("m", data, [2, 2])]}
        assert records(body_of_tensors(matrix, NAMES)) == RECORDS
    asked = {**columns, "outputs": [{"name": "predict_proba"}]}
    assert body_of_tensors(asked, NAMES).options == {"outputs": ["predict_proba"]}
    single = {"inputs": [tensor("a", [1, 2], [2, 1])]}
    assert records(body_of_tensors(single, ["a"])) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"inputs": {}},
        {"inputs": [1]},
        {"inputs": [{"name": "a", "shape": [2], "data": [1]}]},
        {"inputs": [{"name": "a", "shape": "2", "data": [1]}]},
        {"inputs": [{"name": "a", "shape": [-1], "data": []}]},
        {"inputs": [{"shape": [1], "data": [1]}]},
        {"inputs": [tensor("a", [1]), tensor("a", [1])]},
        {"inputs": [tensor("a", [1]), tensor("b", [1, 2])]},
        {"inputs": [tensor("a", [1, 2, 3, 4, 5, 6], [2, 3])]},
        {"inputs": [tensor("a", [[1], 2], [3])]},
        {"inputs": [tensor("a", [1])], "outputs": ["predict"]},
    ],
    ids=repr,
)
def test_tensors_of_another_shape(document):
    with pytest.raises(SchemaError):
        body_of_tensors(document, NAMES)


@pytest.mark.parametrize(
    ("rows", "shape", "datatype"),
    [
        (["x", "y"], [2], "BYTES"),
        ([1, 2, 3], [3], "INT64"),
        ([0.5, None], [2], "FP64"),
        ([True], [1], "BOOL"),
        ([[0.1, 0.9], [0.2, 0.8]], [2, 2], "FP64"),
    ],
)
def test_answers_are_tensors(rows, shape, datatype):
    found = tensor_of("predict", rows)
    assert (found["shape"], found["datatype"]) == (shape, datatype)
    assert len(found["data"]) == shape[0] * (shape[1] if len(shape) > 1 else 1)


def test_a_body_without_rows_is_empty():
    assert len(body_of_invocation({"instances": []}, NAMES)) == len(Body(rows=[])) == 0
