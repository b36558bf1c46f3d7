"""The quick way and the exact way build the same frame, and find the same problems."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from skcook.artifacts import Schema
from skcook.artifacts.schema._arrow_reader import plain_values, read_table
from skcook.batch._model_scorer import BatchReader

N = 40
RNG = np.random.default_rng(0)


def holes(values, missing):
    values = list(values)
    for i in range(0, N, 7):
        values[i] = missing
    return values


DAYS = pd.date_range("2024-01-01", periods=N)
COLUMNS = {
    "float": RNG.normal(size=N),
    "float32": RNG.normal(size=N).astype("float32"),
    "float-holes": np.array(holes(RNG.normal(size=N), np.nan)),
    "int": RNG.integers(0, 9, N),
    "int8": RNG.integers(0, 9, N).astype("int8"),
    "Int64": pd.array(holes(RNG.integers(0, 9, N), None), dtype="Int64"),
    "bool": RNG.random(N) < 0.5,
    "boolean": pd.array(holes(RNG.random(N) < 0.5, None), dtype="boolean"),
    "str": pd.array(RNG.choice(["a", "b"], N), dtype="str"),
    "str-holes": pd.array(holes(RNG.choice(["a", "b"], N), None), dtype="str"),
    "string": pd.array(holes(RNG.choice(["a", "b"], N), None), dtype="string"),
    "object": pd.Series(holes(RNG.choice(["a", "b"], N), None), dtype=object),
    "object-nan": pd.Series(holes(RNG.choice(["a", "b"], N), np.nan), dtype=object),
    "category": pd.Categorical(holes(RNG.choice(["a", "b"], N), None), ["b", "a"]),
    "datetime": DAYS,
    "datetime-holes": pd.DatetimeIndex(holes(DAYS, pd.NaT)),
    "zoned": DAYS.tz_localize("Europe/Paris"),
}


def captured(name):
    frame = pd.DataFrame({"c": COLUMNS[name], "other": np.arange(N) / 2})
    return frame, Schema.capture(frame)


@pytest.mark.parametrize("name", COLUMNS)
def test_arrow_records_become_the_frame_that_was_captured(name):
    frame, schema = captured(name)
    read = BatchReader(schema, as_text=False).read(pa.Table.from_pandas(frame))
    assert not read.problems
    assert_frame_equal(read.frame, frame, check_freq=False)
    assert read.rows.tolist() == list(range(N))


@pytest.mark.parametrize("name", COLUMNS)
def test_text_cells_become_the_frame_that_was_captured(name):
    frame, schema = captured(name)
    read = BatchReader(schema, as_text=True).read(as_table(frame, as_text=True))
    assert not read.problems
    assert_frame_equal(read.frame, frame, check_freq=False)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("as_text", [False, True], ids=["typed", "text"])
def test_both_ways_agree(name, as_text):
    frame, schema = captured(name)
    assert_both_ways_agree(schema, as_table(frame, as_text), as_text)


def as_table(frame, as_text):
    """Return a frame as Arrow records, typed or as the cells of a text file."""
    if not as_text:
        return pa.Table.from_pandas(frame)
    text = {c: [None if pd.isna(v) else str(v) for v in frame[c]] for c in frame}
    return pa.table(text, pa.schema({c: pa.string() for c in text}))


def assert_both_ways_agree(schema, table, as_text):
    """Read a table as whole columns, if that can be done, and value by value."""
    table = table.select(schema.names)
    quick = read_table(schema, table, as_text=as_text)
    if quick is not None:
        exact = BatchReader(schema, as_text=as_text)._read_each(
            list(zip(*map(plain_values, table.columns)))
        )
        assert not exact.problems, table
        assert_frame_equal(quick[0], exact.frame)
        assert quick[1] == exact.warnings
    return quick


@pytest.mark.parametrize(
    ("name", "as_text"),
    [("float", False), ("float", True), ("str", False), ("str", True), ("datetime", False)],
)
def test_both_ways_warn_of_values_that_were_never_missing(name, as_text):
    frame, schema = captured(name)
    columns = tuple(replace(column, nullable=True) for column in schema.columns)
    frame.loc[3, "c"] = None
    quick = assert_both_ways_agree(
        replace(schema, columns=columns), as_table(frame, as_text), as_text
    )
    assert quick[1]["c", "never_missing"] == 1


def test_an_integer_that_no_float_is_equal_to_stays_what_it_is():
    cells = pa.table({"c": ["9007199254740993", "9007199254740992", "7"]})
    schema = Schema.capture(pd.DataFrame({"c": [1, 2, 2**60]}))
    read = BatchReader(schema, as_text=True).read(cells)
    assert read.frame["c"].tolist() == [9007199254740993, 9007199254740992, 7]


CELLS = [
    "1", "2.0", " 3 ", "+4", "-5", "1e3", "1e400", "nan", "NA", "", "  ", None, "inf", "0x10",
    "1_000", "\uff11", "true", "a", "c", "a ", "9007199254740993", "9007199254740992", "-0", ".5",
    "5.", "1,5", "2024-01-05", "2024-01-05T00:00:00", "\u00a07", "1d", "null",
    "18446744073709551615",
]  # fmt: skip
VALUES = [
    pa.array([0.0, -0.0, 2.0, 300.0]), pa.array([1e308]), pa.array([np.inf]), pa.array([np.nan, 1]),
    pa.array([2.0**53]), pa.array([5e-324]), pa.array([3e38], pa.float32()), pa.array([128, 1]),
    pa.array([2**53 + 1]), pa.array([-(2**63)]), pa.array([2**64 - 1], pa.uint64()),
    pa.array(["a", "c", "", "a "]), pa.array(["a", None], pa.large_string()),
    pa.array(["b", "c"]).dictionary_encode(), pa.array(["1.5"]), pa.array([True, None]),
    pa.array(np.array(["2024-01-03T01:02:03.000004", "2030-01-01"], "datetime64[us]")),
    pa.array(np.array(["9999-01-01"], "datetime64[us]")), pa.array([dt.date(2024, 1, 3)]),
    pa.nulls(2),
]  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("nullable", [False, True])
def test_both_ways_agree_on_unusual_values(name, nullable):
    _, schema = captured(name)
    column = replace(schema["c"], nullable=schema["c"].nullable or nullable)
    schema = replace(schema, columns=(column,))
    for cell in CELLS:
        table = pa.table({"c": pa.array([cell], pa.string())})
        assert_both_ways_agree(schema, table, as_text=True)
    for values in VALUES:
        assert_both_ways_agree(schema, pa.table({"c": values}), as_text=False)


QUICK = ["float", "float32", "float-holes", "int", "int8", "bool", "str", "str-holes", "object",
         "object-nan",
         "category", "datetime", "datetime-holes"]  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_the_usual_dtypes_take_the_quick_way(name):
    frame, schema = captured(name)
    assert read_table(schema, pa.Table.from_pandas(frame), as_text=False) is not None


BAD = [
    pytest.param([1.0, None], "null", id="null"),
    pytest.param([1.0, float("nan")], "null", id="nan"),
    pytest.param([1.0, float("inf")], "not_finite", id="infinity"),
    pytest.param(["1", "x"], "type", id="words"),
    pytest.param([True, False], "type", id="booleans"),
    pytest.param([1.0, 1e300], "range", id="beyond-float32"),
]


@pytest.mark.parametrize(("values", "code"), BAD)
def test_a_row_that_does_not_fit_is_set_aside_with_its_reason(values, code):
    schema = Schema.capture(pd.DataFrame({"c": [0.0, 2.0]}))
    read = BatchReader(schema, as_text=False).read(pa.table({"c": values}))
    assert 1 in read.problems
    assert [problem["code"] for problem in read.problems[1]] == [code]
    assert read.problems[1][0]["column"] == "c"
    assert len(read.rows) + len(read.problems) == 2


def test_thousands_of_bad_rows_are_all_found():
    schema = Schema.capture(pd.DataFrame({"c": [0.0, 2.0], "d": [1.0, 2.0]}))
    cells = ["x" if i % 2 else "1" for i in range(5000)]
    read = BatchReader(schema, as_text=True).read(pa.table({"c": cells, "d": cells}))
    assert sorted(read.problems) == list(range(1, 5000, 2))
    assert all(len(problems) == 2 for problems in read.problems.values())
    assert len(read.frame) == 2500


def test_a_batch_of_bad_rows_alone_has_no_frame():
    schema = Schema.capture(pd.DataFrame({"c": [0.0, 2.0]}))
    read = BatchReader(schema, as_text=True).read(pa.table({"c": ["x", "y"]}))
    assert read.frame is None
    assert sorted(read.problems) == [0, 1]


def test_rows_of_json_are_read_too():
    schema = Schema.capture(pd.DataFrame({"c": [0.0, 2.0]}))
    read = BatchReader(schema, as_text=False).read([{"c": 1}, {"d": 1}, 3, {"c": 2.0}])
    assert read.frame["c"].tolist() == [1.0, 2.0]
    assert {row: {p["code"] for p in found} for row, found in read.problems.items()} == {
        1: {"missing_column", "unknown_column"},
        2: {"type"},
    }


def test_unusual_values_are_counted():
    frame = pd.DataFrame({"n": [0.0, 1.0] * 20, "s": ["a", "b"] * 20})
    schema = Schema.capture(frame)
    table = pa.table({"n": [5.0, 0.5, None][:2], "s": ["zzz", "a"]})
    read = BatchReader(schema, as_text=False).read(table)
    assert dict(read.warnings) == {("n", "range"): 1, ("s", "category"): 1}


def test_an_array_model_gets_an_array():
    X = RNG.normal(size=(5, 2)).astype("float32")
    schema = Schema.capture(X)
    read = BatchReader(schema, as_text=False).read(pa.table({"x0": X[:, 0], "x1": X[:, 1]}))
    assert read.frame.dtype == np.float32
    np.testing.assert_array_equal(read.frame, X)
