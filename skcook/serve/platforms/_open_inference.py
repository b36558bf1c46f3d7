"""The bodies of other servers' clients, read as ours.

MLflow's scoring server, SageMaker, Vertex AI and KServe's first protocol name the same rows in
different words; the Open Inference Protocol (V2) sends a tensor per column. Each becomes a `Body`,
so that validation, batching and errors are the same for all.
"""

from typing import Any

from skcook.exceptions import SchemaError
from skcook.serve.http._body import Body, body_of, type_name

# MLflow's and Vertex AI's members that hold rows, and those that may stand beside them.
_ROWS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_BESIDE = ("params", "parameters")


def body_of_invocation(document: Any, names: list[str]) -> Body:
    """Read a body of MLflow, Vertex AI or SageMaker, or one of our own."""
    if isinstance(document, list):
        return _rows(document, names, "body")
    if not isinstance(document, dict):
        raise _refuse([], "type", "object", type_name(document))
    given = [key for key in _ROWS if key in document]
    if not given:
        return body_of(document, ())
    key = given[0]
    unknown = [name for name in document if name not in (key, *_BESIDE)]
    if unknown:
        raise _refuse([unknown[0]], "unknown_member", f"{key} alone", "more")
    value = document[key]
    if key == "dataframe_split":
        if not isinstance(value, dict):
            raise _refuse([key], "type", "object", type_name(value))
        return body_of({name: value[name] for name in ("columns", "data") if name in value}, ())
    if key == "inputs" and isinstance(value, dict):
        return _columns(value)
    return _rows(value, names, key)


def _rows(value: Any, names: list[str], key: str) -> Body:
    if not isinstance(value, list):
        raise _refuse([key], "type", "array", type_name(value))
    if value and all(isinstance(row, list) for row in value):
        return Body(columns=names, data=value)
    return Body(rows=value)


def _columns(columns: dict[str, Any]) -> Body:
    for name, values in columns.items():
        if not isinstance(values, list):
            raise _refuse(["inputs", name], "type", "array", type_name(values))
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise _refuse(["inputs"], "shape", "columns of one length", "columns of several")
    return Body(columns=list(columns), data=[list(row) for row in zip(*columns.values())])


def body_of_tensors(document: Any, names: list[str]) -> Body:
    """Read a body of the Open Inference Protocol."""
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list):
        raise _refuse(["inputs"], "type", "array", "something else")
    tensors = document["inputs"]
    columns: dict[str, Any] = {}
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, dict) or not isinstance(tensor.get("data"), list):
            raise _refuse(["inputs", i, "data"], "type", "array", "something else")
        shape, data = tensor.get("shape"), tensor["data"]
        if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
            raise _refuse(["inputs", i, "shape"], "type", "array of sizes", "something else")
        nested = bool(data) and all(isinstance(row, list) for row in data)
        flat = [value for row in data for value in row] if nested else data
        matrix = len(shape) == 2 and shape[1] == len(names) and len(tensors) == 1
        size = 1
        for n in shape:
            size *= n
        if size != len(flat) or not (len(shape) == 1 or matrix or shape[1:] == [1]):
            raise _refuse(["inputs", i, "shape"], "shape", "a column, or the matrix", "another")
        if matrix and len(names) > 1:
            width = len(names)
            return Body(
                columns=names,
                data=[flat[k : k + width] for k in range(0, len(flat), width)],
                options=_outputs(document),
            )
        name = tensor.get("name")
        if not isinstance(name, str) or name in columns:
            raise _refuse(["inputs", i, "name"], "type", "a name of its own", "another")
        columns[name] = flat
    body = _columns(columns)
    return Body(columns=body.columns, data=body.data, options=_outputs(document))


def _outputs(document: dict[str, Any]) -> dict[str, Any]:
    outputs = document.get("outputs")
    if outputs is None:
        return {}
    if not isinstance(outputs, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in outputs
    ):
        raise _refuse(["outputs"], "type", "array of objects with a name", "something else")
    return {"outputs": [item["name"] for item in outputs]}


def tensor_of(name: str, rows: list[Any]) -> dict[str, Any]:
    """Return the results of a method as a tensor of the Open Inference Protocol."""
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


def _refuse(loc: list[Any], code: str, expected: str, got: str) -> SchemaError:
    problem = {"loc": loc, "code": code, "expected": expected, "got": got}
    return SchemaError("The body has another shape.", [problem])
