"""The Open Inference Protocol (KServe's second): a tensor per column, tensors back."""

import math
from itertools import chain
from typing import Any

from skcook.serve.model._raw_rows import RawRows, shape_error
from skcook.serve.platforms._invocations import rows_of_columns

_DATATYPES = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "duration": "FP64"}


def read_tensors(document: Any, schema: Any) -> RawRows:
    """Read a request. The option "outputs" names the methods that are asked for."""
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list):
        raise shape_error(["inputs"], "type", "array", "something else")
    options = _outputs(document)
    tensors = document["inputs"]
    names = schema.names
    columns: dict[str, Any] = {}
    for i, tensor in enumerate(tensors):
        shape, values = _read_tensor(tensor, i)
        name = tensor.get("name")
        column = _column(schema, name, alone=len(tensors) == 1)
        if column is not None and column.shape:
            columns[column.name] = _arrays(shape, values, column.shape, i)
            continue
        matrix = len(shape) == 2 and shape[1] == len(names) and len(tensors) == 1
        if not (len(shape) == 1 or matrix or shape[1:] == [1]):
            raise shape_error(["inputs", i, "shape"], "shape", "a column, or the matrix", "another")
        if matrix and len(names) > 1:
            return RawRows(columns=names, data=_fold(values, [len(names)]), options=options)
        if not isinstance(name, str) or name in columns:
            raise shape_error(["inputs", i, "name"], "type", "a name of its own", "another")
        columns[name] = values
    rows = rows_of_columns(columns)
    return RawRows(columns=rows.columns, data=rows.data, options=options)


def _read_tensor(tensor: Any, i: int) -> tuple[list[int], list[Any]]:
    """Return the shape of a tensor and its values, flat."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("data"), list):
        raise shape_error(["inputs", i, "data"], "type", "array", "something else")
    shape, values = tensor.get("shape"), tensor["data"]
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise shape_error(["inputs", i, "shape"], "type", "array of sizes", "something else")
    # The data may be nested as the shape says, or flat.
    while values and all(isinstance(value, list) for value in values):
        values = list(chain.from_iterable(values))
    if not shape or math.prod(shape) != len(values):
        raise shape_error(["inputs", i, "shape"], "shape", "a column, or the matrix", "another")
    return shape, values


def _column(schema: Any, name: Any, *, alone: bool) -> Any:
    """Return the column of a tensor: the only one there is, or the one of its name."""
    if alone and len(schema.columns) == 1:
        return schema.columns[0]
    return next((column for column in schema.columns if column.name == name), None)


def _arrays(shape: list[int], values: list[Any], inner: tuple[int, ...], i: int) -> list[Any]:
    """Return a column of arrays, such as images, from a tensor of arrays or of flat ones."""
    if tuple(shape[1:]) not in (inner, (math.prod(inner),)):
        expected = " x ".join(map(str, ("rows", *inner)))
        got = " x ".join(map(str, shape))
        raise shape_error(["inputs", i, "shape"], "shape", expected, got)
    return _fold(values, list(inner))


def _fold(values: list[Any], shape: list[int]) -> list[Any]:
    """Return flat values as lists of lists of this shape.

    >>> _fold([1, 2, 3, 4], [1, 2])
    [[[1, 2]], [[3, 4]]]
    """
    for size in reversed(shape):
        values = [values[k : k + size] for k in range(0, len(values), size)]
    return values


def _outputs(document: dict[str, Any]) -> dict[str, Any]:
    outputs = document.get("outputs")
    if outputs is None:
        return {}
    if not isinstance(outputs, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in outputs
    ):
        raise shape_error(["outputs"], "type", "array of objects with a name", "something else")
    return {"outputs": [item["name"] for item in outputs]}


def describe_inputs(schema: Any) -> list[dict[str, Any]]:
    """Return what the tensors of a request are."""
    return [
        {
            "name": column.name,
            "datatype": "FP64" if column.shape else _DATATYPES.get(column.type, "BYTES"),
            "shape": [-1, *column.shape],
        }
        for column in schema.columns
    ]


def tensor_of(name: str, rows: list[Any]) -> dict[str, Any]:
    """Return the results of a method as a tensor."""
    rows = [list(row.values()) if isinstance(row, dict) else row for row in rows]
    matrix = bool(rows) and isinstance(rows[0], list)
    flat = [value for row in rows for value in row] if matrix else rows
    shape = [len(rows), len(rows[0])] if matrix else [len(rows)]
    datatype = "BYTES"
    if all(isinstance(value, bool) for value in flat):
        datatype = "BOOL"
    elif all(type(value) is int for value in flat):
        datatype = "INT64"
    elif all(type(value) in (int, float) or value is None for value in flat):
        datatype = "FP64"
    return {"name": name, "shape": shape, "datatype": datatype, "data": flat}
