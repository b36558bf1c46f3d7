"""The bodies that other platforms send: MLflow's scoring server, SageMaker, Vertex AI, KServe.

They name the same rows in different words. Each becomes `RawRows`, so that validation, batching and
errors are the same for all. KServe's second protocol, the Open Inference Protocol, has a tensor per
column, and gets tensors back.
"""

import math
from dataclasses import replace
from itertools import chain
from typing import Any

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve.model._raw_rows import RawRows, shape_error
from skcook.utils._json import NotJSONError, json_type, parse_json

# Members that hold rows, and those that may stand beside them.
_ROWS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_BESIDE = ("params", "parameters")


def read_invocation(document: Any, schema: Any) -> RawRows:
    """Read a body of MLflow, Vertex AI or SageMaker, or one of our own.

    The option "method" is what the parameters name; no other parameter is known.
    """
    if isinstance(document, list):
        return _rows(document, schema, "body")
    if not isinstance(document, dict):
        raise shape_error([], "type", "object", json_type(document))
    given = [key for key in _ROWS if key in document]
    options = _parameters(document)
    if not given:
        own = {name: value for name, value in document.items() if name not in _BESIDE}
        return replace(RawRows.from_document(own), options=options)
    key = given[0]
    unknown = [name for name in document if name not in (key, *_BESIDE)]
    if unknown:
        raise shape_error([unknown[0]], "unknown_member", f"{key} alone", "more")
    value = document[key]
    if key == "dataframe_split":
        if not isinstance(value, dict):
            raise shape_error([key], "type", "object", json_type(value))
        split = {name: value[name] for name in ("columns", "data") if name in value}
        return replace(RawRows.from_document(split), options=options)
    if key == "inputs" and isinstance(value, dict):
        return replace(rows_of_columns(value), options=options)
    return replace(_rows(value, schema, key), options=options)


def _parameters(document: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request: "method" is used, any other is refused by its name."""
    options: dict[str, Any] = {}
    for member in _BESIDE:
        given = document.get(member)
        if given is None:
            continue
        if not isinstance(given, dict):
            raise shape_error([member], "type", "object", json_type(given))
        unknown = [name for name in given if name != "method"]
        if unknown:
            raise SchemaError(
                "The request has parameters that are not known.",
                [
                    {"loc": [member, name], "code": "unknown_member", "allowed": ["method"]}
                    for name in unknown
                ],
            )
        if not isinstance(given.get("method", ""), str):
            raise shape_error([member, "method"], "type", "string", json_type(given["method"]))
        options |= given
    return options


def _rows(value: Any, schema: Any, key: str) -> RawRows:
    if not isinstance(value, list):
        raise shape_error([key], "type", "array", json_type(value))
    names = schema.names
    if len(names) == 1 and value and not any(isinstance(row, dict) for row in value):
        # The values of the only column, each by itself: a text, or an image.
        depth = len(schema.columns[0].shape)
        if all(_depth(row) == depth for row in value):
            return RawRows(columns=names, data=[[row] for row in value])
    if value and all(isinstance(row, list) for row in value):
        return RawRows(columns=names, data=value)
    return RawRows(rows=value)


def _depth(value: Any) -> int:
    """Return how many lists a value is inside of."""
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0] if value else None
    return depth


def rows_of_columns(columns: dict[str, Any]) -> RawRows:
    """Return the rows of columns of equal length."""
    for name, values in columns.items():
        if not isinstance(values, list):
            raise shape_error(["inputs", name], "type", "array", json_type(values))
    if len({len(values) for values in columns.values()}) > 1:
        raise shape_error(["inputs"], "shape", "columns of one length", "columns of several")
    data = [list(row) for row in zip(*columns.values(), strict=True)]
    return RawRows(columns=list(columns), data=data)


def read_json_lines(raw: bytes, schema: Any) -> RawRows:
    """Read SageMaker's other format: a row on each line, as an object or as a list of values."""
    rows = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(parse_json(line))
        except NotJSONError as exc:
            raise NotJSONError(f"{exc} (in line {number} of the body)") from exc
    return _rows(rows, schema, "body")


def name_columns(cells: list[list[str]], names: list[str], header: str | None) -> RawRows:
    """Read the cells of a CSV file whose first line may name the columns, or may be a row.

    SageMaker sends none, MLflow does; ``header`` is the parameter of the content type that says so
    ("present" or "absent").
    """
    first = cells[0]
    if header != "absent" and (header == "present" or set(first) & set(names)):
        return RawRows(columns=first, data=cells[1:], is_text=True)
    if len(first) != len(names):
        raise SchemaError(
            "The first line neither names the columns nor is a row.",
            [
                problem(
                    "length",
                    "columns",
                    expected=f"a header line, or a value for each of {', '.join(names[:20])}",
                    got=f"{len(first)} values",
                )
            ],
        )
    return RawRows(columns=names, data=cells, is_text=True)


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
