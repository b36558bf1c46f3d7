"""CSV and Parquet, in and out."""

import io

import pandas as pd
import pytest

from skcook.serve.http._errors import ProblemError
from skcook.serve.http._tables import read_csv, read_parquet, write_csv


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
    assert read_csv(raw) == (columns, data)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b'a\n"open', b"a\n\xff", b'a\n"x"y\n'], ids=repr)
def test_what_is_no_csv_is_refused(raw):
    with pytest.raises(ProblemError, match="not valid CSV") as caught:
        read_csv(raw)
    assert caught.value.status == 400


def test_csv_comes_back_as_it_was_written():
    rows = [["a, b", 'q"', None], ["x\ny", "", "1"]]
    columns, data = read_csv(write_csv(["a", "b", "c"], rows).encode())
    assert columns == ["a", "b", "c"]
    assert data == [["a, b", 'q"', ""], ["x\ny", "", "1"]]


def test_parquet_is_read():
    frame = pd.DataFrame(
        {"a": [1.5, None], "b": ["x", None], "d": pd.to_datetime(["2024-01-01"] * 2)}
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    columns, data = read_parquet(out.getvalue())
    assert columns == ["a", "b", "d"]
    assert data == [[1.5, "x", "2024-01-01T00:00:00"], [None, None, "2024-01-01T00:00:00"]]


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_refused(raw):
    with pytest.raises(ProblemError, match="not valid Parquet"):
        read_parquet(raw)
