"""The bodies that MLflow's scoring server, SageMaker, Vertex AI and KServe's first protocol take.

They name the same rows in different words. Each becomes `RawRows`, so that validation, batching and
errors are the same for all.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
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


def vertex_addresses(
    environment: Mapping[str, str] = os.environ,
) -> Iterator[tuple[str, str, str]]:
    """Yield the addresses, each with the view that answers there, and the HTTP method."""
    if health := environment.get("AIP_HEALTH_ROUTE"):
        yield health, "platforms.ping", "GET"
    if predict := environment.get("AIP_PREDICT_ROUTE"):
        yield predict, "platforms.invocations", "POST"
