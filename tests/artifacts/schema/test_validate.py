"""The quick pass and the slow one say the same."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook.artifacts import Column
from skcook.artifacts.schema._rows import name_problems, row_problems
from skcook.artifacts.schema._validate import MAX_ALLOWED, make_reader, value_problem

COLUMNS = [
    Column("a", "number", "float64", nullable=False, minimum=0.0, maximum=1.0),
    Column("a", "number", "float64", categories=(1.0, 2.0), unknown="error"),
    Column("a", "number", source="inferred"),
    Column("a", "integer", "int8", nullable=False),
    Column("a", "integer", "Int64", categories=(1, 2), unknown="warn"),
    Column("a", "boolean", "bool", nullable=False),
    Column("a", "boolean", "boolean", categories=(True,), unknown="error"),
    Column("a", "string", "str", categories=("x", "y"), unknown="error"),
    Column("a", "string", "str", categories=("x", "y"), unknown="warn"),
    Column("a", "string", "str", nullable=False, text=True),
    Column("a", "datetime", "datetime64[ns]"),
    Column("a", "datetime", "datetime64[us, UTC]", minimum="2024-01-01T00:00:00Z"),
    Column("a", "date", "Date"),
    Column("a", "duration", "timedelta64[ns]"),
    Column("a", "unknown", source="inferred"),
]

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-300, 300), st.floats(),
    st.sampled_from([10**400, -(10**400), 1e39, math.nan, 1.0, 2, "x", "", "2024-01-31",
                     "1500-01-01", "2024-01-31T08:00:00Z", "9999-12-31T23:59:59.999999999"]),
    st.text(max_size=4), st.lists(st.none(), max_size=1), st.dictionaries(st.text(), st.none(),
                                                                          max_size=1),
    st.datetimes().map(str), st.dates().map(str),
)  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.type} {c.dtype}")
@settings(max_examples=150)
@given(value=VALUES)
def test_a_value_is_refused_by_both_or_by_none(column, value):
    read = make_reader(column)([value])
    problem = value_problem(column, value)
    assert (read is None) == (problem is not None)
    if problem is not None:
        assert problem["code"] in {"type", "null", "not_finite", "range", "category"}
        assert "expected" in problem
        assert "got" in problem


def test_inferred_numbers_may_have_been_booleans():
    assert make_reader(Column("a", "number", source="inferred"))([True]) is not None
    assert make_reader(Column("a", "number"))([True]) is None


def test_whole_floats_are_integers():
    values, warned = make_reader(Column("a", "integer", "int64"))([3.0, 4, None])
    assert [(v, type(v)) for v in values] == [(3, int), (4, int), (None, type(None))]
    assert warned == []
    assert make_reader(Column("a", "integer", "int64"))([3.5]) is None
    assert value_problem(Column("a", "integer", "int64"), 3.5)["expected"] == "integer"


def test_the_input_is_not_changed():
    values = [3.0, 4]
    make_reader(Column("a", "integer", "int64"))(values)
    assert [type(v) for v in values] == [float, int]


def test_names_are_paired():
    problems = dict(name_problems(["bill_length"], ["bill_lenght", "zzz"], ["bill_length", "age"]))
    assert problems["bill_length"] == {"code": "missing_column", "did_you_mean": "bill_lenght"}
    assert problems["bill_lenght"]["did_you_mean"] == "bill_length"
    assert problems["zzz"] == {"code": "unknown_column", "allowed": ["bill_length", "age"]}


def test_long_lists_are_cut():
    column = Column("a", "string", categories=tuple(map(str, range(1000))), unknown="error")
    assert len(value_problem(column, "q" * 10**6)["allowed"]) == MAX_ALLOWED
    assert len(row_problems({"a": column}, [{"a": "q"}] * 3)) == 3


@pytest.mark.parametrize("kind", ["number", "integer", "boolean", "string", "datetime", "duration"])
@pytest.mark.parametrize(("share", "warns"), [(0.0, True), (0.1, False), (None, False)])
def test_a_value_that_was_never_missing_is_warned_of(kind, share, warns):
    read = make_reader(Column("a", kind, null_fraction=share))
    _, warned = read([None])
    assert warned == ([(0, "never_missing")] if warns else [])
