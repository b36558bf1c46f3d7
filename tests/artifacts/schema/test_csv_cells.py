"""Cells of text, read by the type of their column."""

import pytest

from skcook.artifacts import Column
from skcook.artifacts.schema._rows import read_cells, with_point


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


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1,5", "1.5"), ("1.234,5", "1234.5"), (" -1.234.567 ", "-1234567"), ("+1.200", "+1200"),
        ("7", "7"), ("1,5e3", "1.5e3"), ("2.75", "2'75"), ("1.23,4", "1'23.4"), ("", ""),
        ("NA", "NA"), ("1,234.5", "1.234'5"), ("1.2345", "1'2345"),
    ],
)  # fmt: skip
def test_a_point_marks_thousands_or_nothing_where_a_comma_marks_decimals(cell, expected):
    assert with_point(cell) == expected
