"""LookupJoiner: every row stays, in its order, and gets what the table says."""

import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeRegressor

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import LookupJoiner
from tests._containers import check_container_contract, dtypes_of, forms, parametrize_forms, plain

TABLE = pd.DataFrame(
    {
        "key": ["a", "b", "c"],
        "n": [1, 2, 3],
        "f": [0.5, np.nan, 2.5],
        "s": ["x", "y", None],
        "t": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
        "ok": [True, False, True],
        "c": pd.Categorical(["u", "v", "u"]),
    }
)
KEYS = ["c", "a", None, "new", "a"]
EXPECTED = [
    [3, 1, None, None, 1],
    [2.5, 0.5, None, None, 0.5],
    [None, "x", None, None, "x"],
    [TABLE["t"][2].to_pydatetime(), TABLE["t"][0].to_pydatetime(), None, None]
    + [TABLE["t"][0].to_pydatetime()],
    [True, True, None, None, True],
    ["u", "u", None, None, "u"],
]


@pytest.mark.parametrize("table", [TABLE, pl.from_pandas(TABLE)], ids=["pandas", "polars"])
@pytest.mark.parametrize("form", forms("string"), ids=repr)
def test_container_matrix(form, table):
    X = form.frame({"key": KEYS}, rest=True)
    fitted = check_container_contract(LookupJoiner(table, on={0: "key"}), X)
    out = fitted.transform(X)
    assert plain(out)[-6:] == EXPECTED
    assert plain(out)[0] == KEYS
    assert list(fitted.get_feature_names_out())[-6:] == list(TABLE.columns[1:])
    seen = fitted.transform(form.frame({"key": ["a", "b"]}, rest=True))
    if form.container != "numpy":
        assert dtypes_of(seen) == dtypes_of(out) or form.name in (
            "pandas-category",
            "polars-Enum",
        )


@parametrize_forms("integer")
def test_numbers_are_keys(form):
    table = pd.DataFrame({"id": [5, 7], "v": ["five", "seven"]})
    X = form.frame({"id": [7, None, 5, 9]})
    out = LookupJoiner(table, on={0: "id"}).fit_transform(X)
    assert plain(out)[1] == ["seven", None, "five", None]


def test_the_result_is_that_of_a_left_merge():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": np.repeat(np.arange(20), 5), "b": list("vwxyz") * 20})
    table["value"] = rng.normal(size=100)
    X = pd.DataFrame(
        {"b": rng.choice(list("uvwxyz"), 500), "a": rng.integers(-2, 22, 500)},
        index=rng.permutation(500),
    )
    out = LookupJoiner(table, on=["a", "b"]).fit_transform(X)
    merged = X.merge(table, on=["a", "b"], how="left").set_axis(X.index, axis=0)
    pd.testing.assert_frame_equal(out, merged)


def test_one_column_of_many():
    out = LookupJoiner(TABLE, on="key", columns="n").fit_transform(pd.DataFrame({"key": ["b"]}))
    assert list(out.columns) == ["key", "n"]
    assert out["n"].dtype == "Int64"


def test_other_names_in_X():
    X = pd.DataFrame({"shop": ["b", "zz"], "n_sold": [1, 2]})
    out = LookupJoiner(TABLE, on={"shop": "key"}, columns=["n"]).fit_transform(X)
    assert plain(out) == [["b", "zz"], [1, 2], [2, None]]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"table": pd.DataFrame({"key": ["a", "b", "a", "b", "a"], "v": range(5)})},
            ColumnValuesError,
            "2 keys more than once: 'a', 'b'.*drop_duplicates",
        ),
        (
            {"table": pd.DataFrame({"key": ["a", None], "v": [1, 2]})},
            ColumnValuesError,
            "1 of 2 rows of the table have no key",
        ),
        ({"on": "keys"}, ColumnsError, "no column 'keys'; did you mean 'key'"),
        ({"columns": ["q"]}, ColumnsError, "the table has no column 'q'"),
        ({"on": {"nope": "key"}}, ColumnsError, "X has no column 'nope'"),
        ({"on": []}, ColumnsError, "`on` names no column"),
        ({"on": {"number": "key"}}, ColumnValuesError, "'number' of X is numeric.*'key'.*string"),
        ({"columns": ["n"], "on": {"key": "key"}, "taken": "n"}, ColumnsError, "'n' already"),
        ({"table": {"key": ["a"]}}, TypeError, "table must be a pandas or polars DataFrame"),
        (
            {"table": pd.DataFrame({"key": ["a"], "m": [[1]]})},
            ColumnValuesError,
            "'m' holds objects",
        ),
    ],
)
def test_refusals(options, error, message):
    X = pd.DataFrame({"key": ["a", "b"], "number": [1, 2]})
    X = X.assign(**{options.pop("taken"): 1}) if "taken" in options else X
    with pytest.raises(error, match=message):
        LookupJoiner(**{"table": TABLE, "on": "key", **options}).fit(X)


def test_a_key_column_of_nothing():
    joiner = LookupJoiner(TABLE, on="key", columns=["n"]).fit(pd.DataFrame({"key": ["a"]}))
    assert plain(joiner.transform(pd.DataFrame([{"key": None}])))[1] == [None]
    numbers = LookupJoiner(TABLE, on={"id": "n"}, columns=["f"]).fit(pd.DataFrame({"id": [1]}))
    assert plain(numbers.transform(pl.DataFrame({"id": [None]})))[1] == [None]


def test_clones_share_the_table():
    joiner = LookupJoiner(TABLE, on="key").set_output(transform="polars")
    twin = clone(joiner)
    assert twin.table is TABLE
    assert isinstance(twin.fit_transform(pd.DataFrame({"key": ["a"]})), pl.DataFrame)
    assert not hasattr(clone(joiner.fit(pd.DataFrame({"key": ["a"]}))), "columns_")


def test_in_a_pipeline_under_cross_validation():
    X = pd.DataFrame({"key": ["a", "b", "c", "d"] * 25})
    y = X["key"].map({"a": 1.0, "b": 2.0, "c": 3.0, "d": 0.0})
    drop_key = LookupJoiner(TABLE, on="key", columns=["n"])

    class Numbers(DecisionTreeRegressor):
        def fit(self, X, y):
            return super().fit(X[["n"]].astype("float64"), y)

        def predict(self, X):
            return super().predict(X[["n"]].astype("float64"))

    scores = cross_val_score(make_pipeline(drop_key, Numbers()), X, y)
    assert scores.min() > 0.99


@pytest.mark.parametrize("table", [TABLE, pl.from_pandas(TABLE)], ids=["pandas", "polars"])
def test_survives_pickle_and_skops(table):
    skops_io = pytest.importorskip("skops.io")
    X = pd.DataFrame({"key": KEYS})
    fitted = LookupJoiner(table, on="key", columns=["n", "s"]).fit(X)
    expected = plain(fitted.transform(X))
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops_io.loads(data, trusted=trusted)):
        assert plain(copy.transform(X)) == expected
        assert list(copy.table.columns) == ["key", "n", "s"]
        assert type(copy.table) is type(table)
        assert dtypes_of(copy.table) == dtypes_of(table[["key", "n", "s"]])
        assert plain(clone(copy).fit(X).transform(X)) == expected
    unfitted = pickle.loads(pickle.dumps(LookupJoiner(table, on="key")))
    assert plain(unfitted.table) == plain(table)


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("inner", "how='inner' drops the rows of X whose key the table lacks.*isin"),
        ("outer", "how='outer' adds the rows of the table that X lacks.*no y.*merge"),
        ("right", "swap X and the table"),
        ("cross", "multiplies the rows"),
        ("anti", "is no join that keeps each row"),
    ],
)
def test_joins_that_do_not_keep_the_rows_are_refused_with_the_way_out(how, match):
    table = pd.DataFrame({"k": ["a"], "v": [1]})
    with pytest.raises(ValueError, match=match):
        LookupJoiner(table, on="k", how=how).fit(table[["k"]])


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_equal_names_get_the_suffix(library):
    table = library.DataFrame({"k": ["a", "b"], "price": [1.5, 2.5], "city": ["Ulm", "Bern"]})
    X = library.DataFrame({"k": ["b", "c"], "price": [9.0, 8.0]})
    joiner = LookupJoiner(table, on="k", suffix="_shop").fit(X)
    assert joiner.joined_columns_ == ["price_shop", "city"]
    assert list(joiner.get_feature_names_out()) == ["k", "price", "price_shop", "city"]
    out = plain(joiner.transform(X))
    assert out == [["b", "c"], [9.0, 8.0], [2.5, None], ["Bern", None]]
    with pytest.raises(ColumnsError, match=r"X has a column 'price' already\. Set `suffix`"):
        LookupJoiner(table, on="k").fit(X)
    taken = X.rename({"price": "city"}) if library is pl else X.rename(columns={"price": "city"})
    both = (
        table.rename({"price": "city_"})
        if library is pl
        else table.rename(columns={"price": "city_"})
    )
    with pytest.raises(ColumnsError, match="already"):
        LookupJoiner(both, on="k", suffix="_").fit(taken)


def test_decimals_and_nanoseconds_are_joined_without_loss():
    table = pd.DataFrame(
        {
            "k": [1, 2],
            "price": pd.Series([Decimal("0.1"), Decimal("12345678901234567890.01")], dtype=object),
            "at": pd.to_datetime([1, 2], unit="ns"),
            "wait": pd.to_timedelta([1, 2], unit="ns"),
            "id": [2**63 - 1, -(2**63)],
        }
    )
    out = LookupJoiner(table, on="k").fit_transform(pd.DataFrame({"k": [2, 1, 3]}))
    for name in ("price", "at", "wait", "id"):
        assert out[name].tolist()[:2] == table[name].tolist()[::-1]
        assert pd.isna(out[name][2])
    frame = pl.DataFrame({"k": [1, 2], "price": pl.Series([Decimal("0.10"), Decimal("2.50")])})
    joined = LookupJoiner(frame, on="k").fit_transform(pl.DataFrame({"k": [2, 1]}))
    assert joined["price"].to_list() == [Decimal("2.50"), Decimal("0.10")]


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"on": {"a": "key", "b": "key"}}, "`on` names a column of the table more than once"),
        ({"on": {"a": "key"}, "columns": ["v", "v"]}, "`columns` names a column of the table more"),
    ],
)
def test_a_column_of_the_table_is_named_once(settings, match):
    X = pd.DataFrame({"a": ["x"], "b": ["y"]})
    with pytest.raises(ColumnsError, match=match):
        LookupJoiner(pd.DataFrame({"key": ["x"], "v": [1]}), **settings).fit(X)


def test_times_with_a_zone_are_no_keys_of_times_without():
    day = pd.to_datetime(["2024-01-01"])
    table = pd.DataFrame({"day": day.tz_localize("UTC"), "v": [1]})
    paris = pd.DataFrame({"day": day.tz_localize("UTC").tz_convert("Europe/Paris")})
    assert LookupJoiner(table, on="day").fit_transform(paris)["v"].tolist() == [1]
    with pytest.raises(ColumnValuesError, match="of the table is datetime with a zone"):
        LookupJoiner(table, on="day").fit(pd.DataFrame({"day": day}))
