"""Parsed rows, and the sentence that an error says."""

import numpy as np
import pandas as pd
import pytest

from skcook.artifacts import ParsedRows, Schema
from skcook.artifacts.schema._rows import table_problems
from skcook.artifacts.schema._validate import schema_error
from skcook.exceptions import SchemaError

X = pd.DataFrame({"age": [31.0, 40.0], "when": pd.to_datetime(["2024-01-01", "2024-02-01"])})


def test_the_frame_is_built_once_and_on_demand():
    rows = Schema.capture(X).parse_rows([{"age": 35, "when": "2024-01-15"}])
    assert "frame" not in vars(rows)
    assert rows.frame is rows.frame
    assert (rows.n_rows, rows.warnings) == (1, [])


def test_warnings_say_what_was_seen():
    rows = Schema.capture(X).parse_rows([{"age": 99, "when": "2025-01-15T00:00:00+01:00"}])
    assert rows.warnings == [
        {"loc": ["rows", 0, "age"], "code": "range", "expected": "from 31.0 to 40.0"},
        {
            "loc": ["rows", 0, "when"],
            "code": "offset",
            "expected": "a time without offset; it was converted to UTC",
        },
        {"loc": ["rows", 0, "when"], "code": "range", "expected": "from 2024-01-01 to 2024-02-01"},
    ]
    assert rows.frame["when"][0] == pd.Timestamp("2025-01-14 23:00")


@pytest.mark.parametrize(
    "data", [X, X["age"].to_numpy().reshape(-1, 1), ["a text", "another"]], ids=["frame", "array",
                                                                              "texts"]
)  # fmt: skip
def test_join_is_what_one_request_would_have_been(data):
    schema = Schema.capture(data)
    records = schema.to_records(data)
    joined = ParsedRows.join([schema.parse_rows([record]) for record in records])
    together = schema.parse_rows(records)
    assert (joined.data, joined.n_rows) == (together.data, together.n_rows)
    assert type(joined.frame) is type(together.frame)
    if isinstance(joined.frame, pd.DataFrame):
        pd.testing.assert_frame_equal(joined.frame, together.frame)
    else:
        np.testing.assert_array_equal(joined.frame, together.frame)


def test_an_error_names_the_first_five():
    problems = [{"loc": ["rows", i, "a"], "code": "null", "expected": "number"} for i in range(7)]
    error = schema_error(problems)
    assert isinstance(error, SchemaError)
    assert error.problems == problems
    assert str(error).startswith(
        "The rows have 7 problems. Row 0, column 'a': null (expected number)."
    )
    assert str(error).endswith("And 2 more.")
    assert str(schema_error([{"loc": ["rows"], "code": "empty"}])) == (
        "The rows have a problem. Rows: empty."
    )


def test_a_sound_table_has_no_problems():
    schema = Schema.capture(X)
    assert table_problems(schema._by_name, ["when", "age"], [["2024-01-01", 3]]) == []
