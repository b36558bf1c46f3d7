"""profile: one file that needs nothing else, and escapes what it shows."""

import datetime as dt
import re
import sys
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest

from skcook.datasets import load_penguins
from skcook.eda import profile

pytest.importorskip("skrub")
pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.mark.parametrize("to", [lambda X: X, pl.from_pandas, lambda X: X.to_numpy()])
def test_one_file_that_needs_nothing_else(to, tmp_path):
    path = profile(to(load_penguins().frame), tmp_path / "page.html", progress=False)
    page = path.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 3
    assert "344 rows, 7 columns" in page
    assert "Torgersen" in page
    loaded = re.findall(r"""<(?!a\b)[^>]*\b(?:src|href)\s*=\s*["']([^"'#]+)""", page)
    assert all(target.startswith("data:") for target in loaded), loaded
    assert not re.search(r"@import|url\(\s*[\"']?http", page)
    assert pyplot.get_fignums() == []


def test_everything_is_escaped(tmp_path):
    evil = "<script>alert(1)</script>"
    X = pd.DataFrame({evil: [evil, None, "<img src=x onerror=alert(2)>"], "$b": [None, 1, 2]})
    page = profile(X, tmp_path / "page.html", title=evil, progress=False).read_text("utf-8")
    assert evil not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_no_value_is_missing(tmp_path):
    X = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    page = profile(X, tmp_path / "page.html", progress=False).read_text("utf-8")
    assert "No value is missing." in page
    assert "data:image/png" not in page


def test_progress_is_told_to_those_who_wait(tmp_path, capsys, monkeypatch):
    X = pd.DataFrame({"a": [1, 2]})
    profile(X, tmp_path / "page.html")
    assert "".join(capsys.readouterr()) == ""  # a log is not a terminal
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    profile(X, tmp_path / "page.html")
    assert "1" in "".join(capsys.readouterr())
    profile(X, tmp_path / "page.html", progress=False)
    assert "".join(capsys.readouterr()) == ""


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (pd.DataFrame({"a": []}), ValueError, "0 rows and 1 columns"),
        ({"a": [1]}, TypeError, "pandas or polars DataFrame"),
    ],
)
def test_refusals(X, error, message, tmp_path):
    with pytest.raises(error, match=message):
        profile(X, tmp_path / "page.html")


def test_columns_of_rare_dtypes_are_shown(tmp_path):
    pa = pytest.importorskip("pyarrow")
    prices, days = [Decimal("1.50"), None], [dt.date(2024, 2, 29), None]
    arrow = {
        "price": (prices, pa.decimal128(10, 2)),
        "day": (days, pa.date32()),
        "at": ([dt.datetime(2024, 2, 29), None], pa.timestamp("us", "Europe/Paris")),  # noqa: DTZ001
        "tags": ([["new"], None], pa.list_(pa.string())),
    }
    X = pd.DataFrame({k: pd.array(v, dtype=pd.ArrowDtype(t)) for k, (v, t) in arrow.items()})
    X["yes"], X["z"] = pd.Categorical([True, None]), [1 + 2j, 0]
    page = profile(X, tmp_path / "page.html", progress=False).read_text("utf-8")
    assert "new" in page
    assert "2024-02-29" in page
    X = pl.DataFrame({"price": prices, "id": pl.Series([2**100, None], dtype=pl.Int128)})
    page = profile(X, tmp_path / "page.html", progress=False).read_text("utf-8")
    assert "1.5" in page
