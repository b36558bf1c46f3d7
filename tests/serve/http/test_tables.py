"""CSV and Parquet, in and out."""

import io
import tracemalloc
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skcook.serve.http._body import read_csv, read_parquet, write_csv
from skcook.serve.http._errors import ProblemError, to_problem
from skcook.serve.model._refusals import TooManyRowsError


@pytest.mark.parametrize(
    ("raw", "columns", "data"),
    [
        (b"a,b\n1,x\n", ["a", "b"], [["1", "x"]]),
        (b"\xef\xbb\xbfa,b\r\n1,x\r\n\r\n", ["a", "b"], [["1", "x"]]),
        (b'a\n"two\nlines, and ""quotes"""\n', ["a"], [['two\nlines, and "quotes"']]),
        ("ä\nß\n".encode(), ["ä"], [["ß"]]),
        (b"a,b\n", ["a", "b"], []),
    ],
    ids=["plain", "from a spreadsheet", "quoted", "umlauts", "no rows"],
)
def test_csv_is_read(raw, columns, data):
    assert read_csv(raw)[:2] == (columns, data)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b'a\n"open', b'a\n"x"y\n'], ids=repr)
def test_what_is_no_csv_is_refused(raw):
    with pytest.raises(ProblemError, match="not valid CSV") as caught:
        read_csv(raw)
    assert caught.value.status == 400


def test_csv_comes_back_as_it_was_written():
    rows = [["a, b", 'q"', None], ["x\ny", "", "1"]]
    columns, data, _ = read_csv(write_csv(["a", "b", "c"], rows).encode())
    assert columns == ["a", "b", "c"]
    assert data == [["a, b", 'q"', ""], ["x\ny", "", "1"]]


def test_how_a_spreadsheet_of_half_of_europe_writes_is_read_and_told():
    columns, data, dialect = read_csv("Größe;Ort;\n1,5;Köln;\n2,25;Rom;\n".encode("cp1252"))
    assert columns == ["Größe", "Ort"]
    assert data == [["1,5", "Köln"], ["2,25", "Rom"]]
    told = dialect.describe(plain=",")
    assert told == ("read with ';' between cells, ',' as the decimal mark, cp1252 as the encoding")


def test_a_long_text_is_a_cell_like_any_other():
    _, data, _ = read_csv(b"a\n" + b"x" * 200_000)
    assert data == [["x" * 200_000]]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM", "'@SUM"),
        ("-1.5", "-1.5"),
        ("+3e5", "+3e5"),
        (-0.5, "-0.5"),
        ("a=b", "a=b"),
        ("\tcmd", "'\tcmd"),
        ("＝1+1", "'＝1+1"),
    ],
)
def test_no_cell_becomes_a_formula(cell, written):
    assert write_csv(["x"], [[cell]]).splitlines()[1] == written
    assert write_csv(["x"], [[cell]], escape=False).splitlines()[1] == str(cell)


def parquet(columns, **settings):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **settings)
    return out.getvalue()


def read(raw, *, max_rows=1000, max_bytes=1_000_000):
    return read_parquet(raw, max_rows=max_rows, max_bytes=max_bytes)


def test_parquet_is_read():
    frame = pd.DataFrame(
        {"a": [1.5, None], "b": ["x", None], "d": pd.to_datetime(["2024-01-01"] * 2)}
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    columns, data = read(out.getvalue())
    assert columns == ["a", "b", "d"]
    assert data == [[1.5, "x", "2024-01-01T00:00:00"], [None, None, "2024-01-01T00:00:00"]]


@pytest.mark.parametrize("use_dictionary", [True, False])
def test_parquet_without_rows_is_read(use_dictionary):
    out = io.BytesIO()
    kinds = pa.schema({"n": pa.float64(), "s": pa.string()})
    pq.write_table(kinds.empty_table(), out, use_dictionary=use_dictionary)
    assert read_parquet(out.getvalue(), max_rows=10, max_bytes=10_000) == (["n", "s"], [])


def test_parquet_of_many_batches_and_row_groups_is_read_in_order():
    names = [f"n{i % 7}" for i in range(900)]
    raw = parquet({"i": list(range(900)), "s": names, "d": [Decimal("1.5")] * 900},
                  row_group_size=100)  # fmt: skip
    _, data = read(raw)
    assert data == [[i, names[i], 1.5] for i in range(900)]


BOMBS = {
    "rows": lambda: parquet({"a": pa.array([0.0] * 1_000_000)}),
    "values": lambda: parquet({"a": pa.array([[0.0] * 1_000_000])}),
    "bytes": lambda: parquet({"a": ["x" * 3_000_000]}, compression="zstd"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is(case):
    raw = BOMBS[case]()
    assert len(raw) < 100_000
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    with pytest.raises((TooManyRowsError, ProblemError)) as caught:
        read(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert to_problem(caught.value).status == 413
    assert peak < 4_000_000
    assert pa.total_allocated_bytes() - before < 4_000_000


def test_a_long_text_that_is_repeated_is_kept_once():
    raw = parquet({"a": ["x" * 100_000] * 1000})
    _, data = read(raw)
    assert len(data) == 1000
    assert len({id(row[0]) for row in data}) <= 4, "one per batch"


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_refused(raw):
    with pytest.raises(ProblemError, match="not valid Parquet"):
        read(raw)


VALUES = {
    "not UTF-8": pa.StringArray.from_buffers(
        1, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")
    ),
    "a time beyond all years": pa.array([2**62], pa.timestamp("ms")),
    "a date beyond all years": pa.array([2**62], pa.timestamp("us")),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_that_python_cannot_hold_are_the_clients_mistake(case):
    with pytest.raises(ProblemError, match="not valid Parquet") as caught:
        read(parquet({"a": VALUES[case]}))
    assert caught.value.status == 400
