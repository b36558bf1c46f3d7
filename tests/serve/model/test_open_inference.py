"""Tensors in, tensors out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from skcook import artifacts
from skcook.artifacts import Schema
from skcook.exceptions import SchemaError
from skcook.serve.model._platform_bodies import describe_inputs, read_tensors, tensor_of
from tests.serve.model.test_invocations import RECORDS, SCHEMA, records


def tensor(name, data, shape=None):
    return {"name": name, "shape": shape or [len(data)], "datatype": "BYTES", "data": data}


def test_tensors():
    columns = {"inputs": [tensor("a", [1, 2]), tensor("b", ["x", "y"], [2, 1])]}
    assert records(read_tensors(columns, SCHEMA)) == RECORDS
    for data in ([1, "x", 2, "y"], [[1, "x"], [2, "y"]]):
        matrix = {"inputs": [tensor("m", data, [2, 2])]}
        assert records(read_tensors(matrix, SCHEMA)) == RECORDS
    asked = {**columns, "outputs": [{"name": "predict_proba"}]}
    assert read_tensors(asked, SCHEMA).options == {"outputs": ["predict_proba"]}
    single = {"inputs": [tensor("a", [1, 2], [2, 1])]}
    assert records(read_tensors(single, Schema.capture(pd.DataFrame({"a": [1, 2]})))) == [
        {"a": 1},
        {"a": 2},
    ]


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
        read_tensors(document, SCHEMA)


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


IMAGE = [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ([1, 2, 2], [IMAGE]),
        ([1, 2, 2], [0, 1, 2, 3]),
        ([1, 4], [[0, 1, 2, 3]]),
    ],
)
def test_images_are_tensors(shape, data):
    schema = artifacts.wrap(DummyClassifier().fit(np.zeros((4, 2, 2)), [0, 1, 0, 1]),
                            np.zeros((4, 2, 2))).schema  # fmt: skip
    rows = read_tensors({"inputs": [tensor("image", data, shape)]}, schema)
    assert rows.data == [[IMAGE]]
    with pytest.raises(SchemaError):
        read_tensors({"inputs": [tensor("image", [1, 2, 3], [1, 3])]}, schema)
    assert describe_inputs(schema)[0]["shape"] == [-1, 2, 2]
