"""The columns of a model's input, as the plan's columns start from them.

The dtype of the frame that the pipeline would be given is part of the arithmetic: float32 stays
float32, a value that is no level of a category is missing, not unknown. A dtype whose rules are
not known here has no plan.
"""

from typing import Any

from skcook.base._flow import FlowColumn, Kind, Null
from skcook.exceptions import PlanRefused

_FLOATS = {"float64": "float64", "float32": "float32", "Float64": "float64", "Float32": "float32"}
_INTEGERS = frozenset(
    [f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)]
    + [f"{u}Int{bits}" for u in ("", "U") for bits in (8, 16, 32, 64)]
)
_TEXTS = frozenset(["str", "string", "object", "String", "Categorical"])
_LEVELS = frozenset(["category", "Enum"])
_BOOLEANS = frozenset(["bool", "boolean", "Boolean"])


def sources(schema: Any) -> list[FlowColumn]:
    """Return one column per column of the schema."""
    if schema.input == "texts":
        name = schema.columns[0].name
        return [FlowColumn(name, "text", "str", null="none", one_dimensional=True)]
    if schema.input not in ("frame", "array"):
        raise PlanRefused(f"the model takes {schema.input}, which have no columns")
    if schema.input == "array" and not str(schema.dtype).startswith(("float", "int", "uint")):
        raise PlanRefused(f"the model takes an array of dtype {schema.dtype}")
    return [_source(column, place, schema) for place, column in enumerate(schema.columns)]


def _time(dtype: str) -> str:
    """Return the numpy dtype of moments that a frame holds; an empty string if it is unknown."""
    if dtype == "Date":
        return "datetime64[D]"
    if dtype == "object":
        return "datetime64[us]"
    if dtype.startswith("Datetime["):
        return dtype.replace("Datetime", "datetime64")
    return dtype if dtype.startswith("datetime64") else ""


def _source(column: Any, place: int, schema: Any) -> FlowColumn:
    dtype = (schema.dtype if schema.input == "array" else column.dtype) or ""
    kind: Kind
    if column.type in ("number", "integer") and dtype in _FLOATS:
        kind, now = "number", _FLOATS[dtype]
    elif column.type in ("number", "integer") and dtype in _INTEGERS:
        # A missing value makes floats of plain integers.
        plain = dtype.islower() and schema.container != "polars"
        kind, now = "number", "float64" if column.nullable and plain else dtype
    elif column.type in ("number", "integer") and dtype == "object":
        kind, now = "number", dtype
    elif column.type == "boolean" and dtype in _BOOLEANS:
        kind, now = "boolean", "object" if dtype == "bool" and column.nullable else dtype
    elif (column.type == "string" and dtype in _TEXTS) or (
        dtype in _LEVELS and column.type in ("string", "integer")
    ):
        kind, now = "text", dtype
    elif column.type in ("datetime", "date") and _time(dtype):
        kind, now = "time", _time(dtype)
    elif column.type == "duration" and dtype.startswith(("timedelta64", "Duration")):
        kind, now = "duration", dtype
    elif column.type == "unknown" and dtype == "object":
        kind, now = "mixed", dtype
    else:
        raise PlanRefused(f"column {column.name!r} is of type {column.type} ({dtype or 'unknown'})")
    null: Null = column.null if now == "object" else "na" if now == "string" else "nan"
    if schema.container == "polars":
        null = "none"
    read = "float32" if now == "float32" else "float64"
    flow = FlowColumn(column.name, kind, now, column.nullable, null, read, place)
    if dtype in _LEVELS:
        # Whatever the schema says, a value that is no level reaches the pipeline as missing.
        flow = flow.then("levels", frozenset(column.categories or ()), nullable=True)
    return flow
