"""summarize: the same numbers for every container."""

import datetime as dt
import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.datasets import load_penguins
from skcook.eda import summarize
from tests._containers import parametrize_forms, plain

VALUES = {
    "string": ["b", None, "a", "b"],
    "integer": [7, None, 5, 7],
    "float": [0.5, None, 2.5, 0.5],
    "boolean": [True, None, False, True],
    "datetime": [dt.datetime.fromisoformat("2024-02-29 10:00"), None] * 2,
    "date": [dt.date(2024, 2, 29), None] * 2,
}


@parametrize_forms(*VALUES)
def test_every_container(form):
    X = form.frame({"a": VALUES[form.kind]})
    summary = summarize(X)
    assert isinstance(summary, pl.DataFrame if form.container == "polars" else pd.DataFrame)
    row = dict(zip(summary.columns, [c[0] for c in plain(summary)], strict=True))
    assert row["column"] == ("x0" if form.container == "numpy" else "a")
    assert (row["n_missing"], row["missing"]) == (
        (1, 0.25) if form.kind not in ("datetime", "date") else (2, 0.5)
    )
    assert row["n_unique"] == (1 if form.kind in ("datetime", "date") else 2)
    numeric = form.kind in ("integer", "float") and form.name != "pandas-integer-category"
    expected = {"integer": (5, 7, 7), "float": (0.5, 0.5, 2.5)}.get(form.kind)
    assert (row["min"], row["median"], row["max"]) == (expected if numeric else (None,) * 3)
    if form.kind == "string":
        assert row["top"] == "b (2), a (1)"
        assert row["examples"] == "b, a"
    if form.kind in ("datetime", "date"):
        assert row["top"].startswith("2024-02-29")
        assert " to 2024-02-29" in row["top"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_columns_of_every_sort(make):
    X = make(
        {
            "id": [f"n{i}" for i in range(200)],
            "list": [[1, 2]] * 200,
            "nothing": [None] * 200,
            "few": ["x", "y", "z", "u"] * 50,
            "long": ["long " * 1000] * 200,
            "nan": [np.nan, 1.0] * 100,
        }
    )
    summary = summarize(X)
    rows = dict(zip(X.columns, zip(*plain(summary), strict=True), strict=True))

    def get(column, field):
        return rows[column][list(summary.columns).index(field)]

    assert get("id", "top") is None
    assert get("id", "n_unique") == 200
    assert get("list", "n_unique") is None
    assert get("list", "examples") == "[1, 2], [1, 2], [1, 2]"
    assert get("nothing", "missing") == 1.0
    assert get("nothing", "n_unique") == 0
    assert get("few", "top") == "u (50), x (50), y (50)"
    assert len(get("long", "top")) < 60
    assert len(get("long", "examples")) <= 60
    assert get("nan", "n_missing") == 100
    assert get("nan", "min") == 1.0


def test_mixed_objects_and_labels_that_are_no_strings():
    X = pd.DataFrame({0: pd.Series(["x", 1, None], dtype=object), ("a", 1): [1, 2, 3]})
    summary = summarize(X)
    assert summary["column"].tolist() == ["0", "('a', 1)"]
    assert summary["n_unique"].tolist() == [2, 3]


def test_no_rows():
    summary = summarize(
        pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype="str")})
    )
    assert summary["n_unique"].tolist() == [0, 0]
    assert summary["missing"].tolist() == [0.0, 0.0]


def test_the_numbers_are_those_of_pandas():
    X = load_penguins().frame
    summary = summarize(X).set_index("column")
    numbers = X.select_dtypes("number")
    for field, expected in {
        "min": numbers.min(),
        "median": numbers.median(),
        "max": numbers.max(),
    }.items():
        pd.testing.assert_series_equal(
            summary.loc[numbers.columns, field], expected, check_names=False
        )
    assert summary["n_missing"].to_dict() == X.isna().sum().to_dict()
    assert summary["n_unique"].to_dict() == X.nunique().to_dict()
    assert plain(summarize(pl.from_pandas(X)).drop("dtype")) == plain(
        summary.reset_index().drop(columns="dtype")
    )


def test_what_is_no_frame_is_refused():
    with pytest.raises(TypeError, match="pandas or polars DataFrame"):
        summarize([1, 2])


N = 40
NOTED = {
    "target": ["yes", "no"] * (N // 2),
    "code": [7, 3] * (N // 2),
    "id": [f"n{i}" for i in range(N)],
    "number": list(range(2**60, 2**60 + N)),
    "one": ["x"] * N,
    "gap": ["x", None] * (N // 2),
    "few": ["x", "y", "z", "u"] * (N // 4),
    "again": ["x", "y", "z", "u"] * (N // 4),
    "zero": [0.0, 1.0, 2.0, 0.0] * (N // 4),
    "nothing": [None] * N,
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_the_notes_name_what_deserves_a_look(make):
    X = make(NOTED)
    summary = summarize(X, y=X["target"])
    notes = dict(zip(summary["column"], summary["notes"], strict=True))
    assert notes == {
        "target": "is y",
        "code": "tells y",
        "id": "all values differ",
        "number": "all values differ",
        "one": "constant",
        "gap": "constant where not missing",
        "few": "tells y",
        "again": "repeats 'few', tells y",
        "zero": "",
        "nothing": "no value",
    }
    assert dict(zip(summary["column"], summary["n_zero"], strict=True))["zero"] == N // 2
    without = summarize(X)
    assert dict(zip(without["column"], without["notes"], strict=True))["few"] == ""


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_large_integers_are_not_rounded(make):
    summary = summarize(make({"id": [2**60 + 1, 2**63 - 1], "n": [1, 2]}))
    assert list(map(str, summary["min"])) == [str(2**60 + 1), "1"]
    assert list(map(str, summary["max"])) == [str(2**63 - 1), "2"]


def test_a_mixture_of_types_shows():
    X = pd.DataFrame({"m": pd.Series([1, "1", True, 1], dtype=object)})
    row = summarize(X).iloc[0]
    assert (row["n_unique"], row["examples"]) == (3, "1, '1', True")
    assert row["notes"] == "mixes bool, int, str"


def test_nearly_constant_and_a_target_of_numbers():
    values = np.arange(300.0)
    X = pd.DataFrame({"a": np.where(values < 1, 1, 0), "b": 3 - 2 * values, "c": values % 7})
    summary = summarize(X, values).set_index("column")
    assert summary["notes"].to_dict() == {
        "a": "nearly constant (99.7 %)",
        "b": "tells y",
        "c": "",
    }
    with pytest.raises(ValueError, match="y has 2 values and X has 300 rows"):
        summarize(X, [1, 2])


def test_quartiles_mean_and_spread_are_those_of_pandas():
    numbers = load_penguins().frame.select_dtypes("number")
    summary = summarize(numbers).set_index("column")
    expected = numbers.describe().T
    for field, name in {"mean": "mean", "std": "std", "q25": "25%", "q75": "75%"}.items():
        pd.testing.assert_series_equal(
            pd.Series(summary[field]), expected[name], check_names=False, check_index_type=False
        )


def test_durations_have_a_range():
    X = pd.DataFrame({"d": pd.to_timedelta([3, 1, 2], unit="h")})
    assert summarize(X)["top"][0] == "0 days 01:00:00 to 0 days 03:00:00"


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_the_summary_is_a_table_of_markdown(make):
    summary = summarize(make({"a|b": [0.123456789, None], "<i>": ["x\ny", "z"]}))
    lines = summary.to_markdown().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("| column | dtype | n_missing | missing |")
    assert lines[2].startswith("| a\\|b | ")
    assert "| 0.123457 |" in lines[2]
    assert lines[3].startswith("| &lt;i&gt; | ")
    assert "x y" in lines[3]
    assert all(line.count(" | ") == lines[0].count(" | ") for line in lines)
    pickle.loads(pickle.dumps(summary))


def test_a_part_of_a_summary_is_a_table_too():
    summary = summarize(load_penguins().frame)
    few = summary[summary["n_missing"] > 5].set_index("column")[["n_missing"]]
    assert few.to_markdown() == "| column | n_missing |\n| --- | --- |\n| sex | 11 |"


def test_a_dtype_is_that_of_the_frame():
    X = pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 0.0, 2.0])})
    assert summarize(X)["dtype"].tolist() == ["Sparse[float64, nan]"]


def test_decimals_are_not_rounded():
    X = pl.DataFrame({"a": pl.Series([Decimal(2**53 + 1), Decimal(1)], dtype=pl.Decimal(20, 2))})
    assert summarize(X)["max"].to_list() == ["9007199254740993"]


def test_objects_of_polars_may_be_a_mixture():
    X = pl.DataFrame({"a": pl.Series([1, 1.0, "b"], dtype=pl.Object)})
    summary = summarize(X)
    assert summary["n_unique"].to_list() == [3]
    assert summary["notes"].to_list() == ["mixes float, int, str"]
