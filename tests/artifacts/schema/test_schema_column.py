"""One column: its bounds, and its place in JSON Schema."""

import json

import pytest

from skcook.artifacts import Column
from skcook.artifacts.schema._schema_column import integer_bounds
from skcook.exceptions import ArtifactFormatError

COLUMNS = [
    Column("a", "number", "float64", nullable=False, minimum=0.0, maximum=1.0, quantiles=(0.0, 1.0),
           null_fraction=0.0, example=0.5),
    Column("b", "string", "str", categories=("x", "y"), unknown="error", frequencies=(0.5, 0.5)),
    Column("c", "string", "category", categories=("x",), ordered=True),
    Column("d", "boolean", "object", null="none", example=True),
    Column("e", "datetime", "datetime64[us, UTC]", minimum="2024-01-31T00:00:00Z"),
    Column("f", "unknown", source="inferred"),
    Column("g", "string", text=True, example="a text"),
]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: c.type)
def test_a_column_makes_the_trip_through_json_schema(column):
    document = json.loads(json.dumps(column.to_json_schema()))
    assert Column.from_json_schema(column.name, document) == column


def test_what_json_schema_has_words_for_is_said_in_them():
    assert COLUMNS[0].to_json_schema()["type"] == "number"
    assert COLUMNS[1].to_json_schema()["enum"] == ["x", "y", None]
    assert "enum" not in COLUMNS[2].to_json_schema()
    assert COLUMNS[3].to_json_schema()["type"] == ["boolean", "null"]
    assert COLUMNS[4].to_json_schema()["anyOf"] == [{"format": "date"}, {"format": "date-time"}]


@pytest.mark.parametrize(
    ("dtype", "nullable", "bounds"),
    [
        ("int8", False, (-128, 127)),
        ("uint8", False, (0, 255)),
        ("int64", False, (-(2**63), 2**63 - 1)),
        ("uint64", False, (0, 2**64 - 1)),
        ("int64", True, (-(2**53), 2**53)),  # kept as float64, whose integers end there
        ("Int64", True, (-(2**63), 2**63 - 1)),
        ("int64[pyarrow]", True, (-(2**63), 2**63 - 1)),
        ("UInt16", True, (0, 65535)),
        (None, True, (-(2**53), 2**53)),
    ],
)
def test_integers_have_the_bounds_of_their_dtype(dtype, nullable, bounds):
    assert integer_bounds(dtype, nullable) == bounds
    assert Column("a", "integer", dtype, nullable=nullable).bounds == bounds


@pytest.mark.parametrize(
    "facts",
    [None, 3, {}, {"type": "tensor"}, {"type": "number", "source": "guessed"},
     {"type": "number", "quantiles": ["a"]}, {"type": "number", "quantiles": 3},
     {"type": "string", "categories": [{}]}, {"type": "string", "unknown": "ignore"},
     {"type": "string", "null": "?"}, {"type": "number", "null_fraction": "all"},
     {"type": "number", "minimum": []}],
    ids=repr,
)  # fmt: skip
def test_a_damaged_column_is_refused(facts):
    with pytest.raises(ArtifactFormatError, match="column 'a'"):
        Column.from_json_schema("a", {"type": "number", "x-skcook": facts})
