"""Cells of text, read by the type of their column."""

import pytest

from skcook.artifacts import Column
from skcook.artifacts.schema._csv_cells import read_cells


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("number", "36", 36), ("number", " 3.5 ", 3.5), ("number", "-1e3", -1000.0),
        ("number", "", None), ("number", "NA", None), ("number", "NaN", None),
        ("number", "abc", "abc"), ("number", "1_000", "1_000"), ("number", "١٢", "١٢"),
        ("number", "inf", float("inf")), ("number", "9" * 500, float("inf")),
        ("integer", "36", 36), ("integer", "36.0", 36.0), ("integer", "+5", 5),
        ("boolean", "true", True), ("boolean", "FALSE", False), ("boolean", "1", True),
        ("boolean", "yes", "yes"), ("boolean", "", None),
        ("string", "36", "36"), ("string", "", None), ("string", "NA", "NA"),
        ("string", " a ", " a "), ("datetime", " 2024-01-31 ", "2024-01-31"),
        ("datetime", "", None), ("unknown", "36", "36"), ("number", None, None),
    ],
)  # fmt: skip
def test_cells(kind, cell, expected):
    value = read_cells(Column("a", kind), [cell])[0]
    assert (value, type(value)) == (expected, type(expected))


def test_an_empty_cell_is_an_empty_text_where_nothing_may_be_missing():
    assert read_cells(Column("a", "string", nullable=False), ["", None]) == ["", ""]


def test_what_is_no_text_is_left_for_the_validation():
    assert read_cells(Column("a", "number"), [3, [1], "4"]) == [3, [1], "4"]
