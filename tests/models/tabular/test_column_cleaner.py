import datetime as dt
import decimal
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.models import ColumnCleaner

NOON, DAY = dt.time(12, 0, 30), pd.Timestamp("2024-02-29")
PANDAS = {
    "durations": (pd.to_timedelta(["1h", None]), [3600.0, None]),
    "durations as objects": (pd.Series([dt.timedelta(1), None], dtype=object), [86400.0, None]),
    "times of day": ([NOON, None], [43230.0, None]),
    "decimals": ([decimal.Decimal("1.5"), None], [1.5, None]),
    "numbers as objects": (pd.Series([1, 2.5], dtype=object), [1.0, 2.5]),
    "periods": (pd.PeriodIndex(["2024-02", None], freq="M"), [pd.Timestamp("2024-02-01"), None]),
    "intervals": (pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2)]), ["(0, 1]", "(1, 2]"]),
    "bytes": ([b"a", bytes([255])], ["a", "\\xff"]),
    "uuids": ([uuid.UUID(int=1), None], ["00000000-0000-0000-0000-000000000001", None]),
    "mixture": (["a", 1], ["a", "1"]),
    "mixture of numbers": (pd.Series(["a", 1.0], dtype=object), ["a", "1"]),
    "untouched": ([1, 2], [1, 2]),
    "dates as objects": ([dt.date(2024, 2, 29), DAY], [dt.date(2024, 2, 29), DAY]),
}


def _plain(values):
    return [None if value is None or value != value else value for value in values]


@pytest.mark.parametrize("case", PANDAS)
def test_what_is_made_of_pandas(case):
    values, expected = PANDAS[case]
    X = pd.DataFrame({"c": values, "n": [1, 2]}).set_axis([7, 7])
    out = ColumnCleaner().fit_transform(X)
    assert _plain(out["c"].tolist()) == expected
    assert out.index.tolist() == [7, 7]
    assert out["n"] is not None


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pl.Series([dt.timedelta(hours=1), None]), [3600.0, None]),
        (pl.Series([NOON, None]), [43230.0, None]),
        (pl.Series([decimal.Decimal("1.5"), None]), [1.5, None]),
        (pl.Series([2**70, 1], dtype=pl.Int128), [2.0**70, 1.0]),
        (pl.Series([b"a", None]), ["a", None]),
        (pl.Series(["a", 1], dtype=pl.Object), ["a", "1"]),
    ],
    ids=str,
)
def test_what_is_made_of_polars(column, expected):
    out = ColumnCleaner().fit_transform(pl.DataFrame({"c": column}))
    assert _plain(out["c"].to_list()) == expected


def test_a_reading_holds_for_every_later_batch():
    cleaner = ColumnCleaner().fit(pd.DataFrame({"m": ["a", 1], "t": pd.to_timedelta([1, 2])}))
    later = pd.DataFrame({"m": [1, 2], "t": [np.nan, np.nan]})
    assert cleaner.transform(later)["m"].tolist() == ["1", "2"]
    assert cleaner.transform(later)["t"].isna().all()
    with pytest.raises(ColumnValuesError, match="'t' was read as seconds in fit; 5 is no such"):
        cleaner.transform(pd.DataFrame({"m": ["a"], "t": [5]}))


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ([[1], [2, 3]], "list"),
        ([{"a": 1}, None], "dict"),
        ([object(), "a"], "object"),
        ([1j, 2], "complex"),
        (pl.Series([[1], [2]]), "Series|list"),
        (pl.Series([{"a": 1}, {"a": 2}]), "dict"),
    ],
    ids=["list", "dict", "object", "complex", "list of polars", "struct of polars"],
)
def test_what_is_no_single_value_is_refused_by_name(column, what):
    library = pl if isinstance(column, pl.Series) else pd
    with pytest.raises(ColumnValuesError, match=f"Column 'c' holds ({what}) values.*drop="):
        ColumnCleaner().fit(library.DataFrame({"c": column, "n": [1, 2]}))
    kept = ColumnCleaner(drop="n").fit(library.DataFrame({"c": [1, 2], "n": column}))
    assert kept.get_feature_names_out().tolist() == ["c"]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_ids_are_dropped_by_one_rule(library):
    n = range(30)
    X = library.DataFrame(
        {
            "code": [f"c-{k}" for k in n],
            "number": list(n),
            "number as string": [str(k) for k in n],
            "date": [f"2024-01-{k + 1:02}T10:00" for k in n],
            "name": [f"person {k}" for k in n],
            "repeated": [f"c-{k // 2}" for k in n],
        }
    )
    cleaner = ColumnCleaner().fit(X)
    assert list(cleaner.dropped_) == ["code"]
    assert "30 rows" in cleaner.dropped_["code"]
    assert list(ColumnCleaner().fit(X[:19]).dropped_) == []
    assert list(ColumnCleaner(ids="keep").fit_transform(X).columns) == list(X.columns)
    with pytest.raises(ValueError, match="would leave no column: 'code'"):
        ColumnCleaner().fit(X[["code"]])


def test_a_uuid_is_an_id():
    X = pd.DataFrame({"id": [uuid.UUID(int=10**37 + k) for k in range(30)], "n": range(30)})
    assert list(ColumnCleaner().fit_transform(X).columns) == ["n"]


def test_an_unknown_column_in_drop():
    with pytest.raises(ColumnsError, match="did you mean 'income'"):
        ColumnCleaner(drop=["incme"]).fit(pd.DataFrame({"income": [1], "n": [2]}))
