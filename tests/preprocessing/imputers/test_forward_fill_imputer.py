"""ForwardFillImputer: each series goes on where it ended, and nothing comes from the future."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import ForwardFillImputer
from tests._containers import check_container_contract, dtypes_of, parametrize_forms, plain

A, B = {}, {}
A.update(string="a", integer=7, float=0.5, boolean=True)
B.update(string="b", integer=9, float=1.5, boolean=False)
A.update(datetime=dt.datetime.fromisoformat("2024-02-29"), date=dt.date(2024, 2, 29))
B.update(datetime=dt.datetime.fromisoformat("2024-03-01 10:30"), date=dt.date(2024, 3, 1))
KINDS = ("string", "integer", "float", "boolean", "datetime", "date")


@parametrize_forms(*KINDS)
def test_container_matrix(form):
    a, b = A[form.kind], B[form.kind]
    train = form.frame({"x": [None, a, None, b, None]})
    new = form.frame({"x": [None, a, None]})
    imputer = ForwardFillImputer().fit(train)
    assert plain(imputer.transform(new)) == [[b, a, a]]
    assert plain(ForwardFillImputer().fit_transform(train)) == [[None, a, a, b, b]]
    out = imputer.transform(new)
    if form.container != "numpy":
        assert set(map(str, dtypes_of(out).values())) <= {
            str(dtypes_of(X)["x"]) for X in (new, train)
        } or form.name in ("polars-Enum", "pandas-category", "pandas-integer-category")
    nothing = form.frame({"x": [None, None, a]})
    assert plain(imputer.transform(nothing))[0] == [b, b, a]


@parametrize_forms("string", "integer", "float", "boolean", "datetime")
def test_container_contract(form):
    if form.name == "pandas-integer-category":
        return  # polars has no categories that are numbers
    a, b = A[form.kind], B[form.kind]
    X = form.frame({"x": [a, None, b, a], "y": [b, b, b, None]}, rest=True)
    fitted = check_container_contract(ForwardFillImputer([0, 1]), X)
    assert plain(fitted.transform(X))[:2] == [[a, a, b, a], [b, b, b, b]]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize(
    ("keys", "other"),
    [
        (["A", "B", "A", None, "B", None], "C"),
        ([1, 2, 1, None, 2, None], 3),
        ([True, False, True, None, False, None], None),
        ([A["datetime"], B["datetime"], A["datetime"], None, B["datetime"], None], None),
    ],
    ids=["strings", "integers", "booleans", "dates"],
)
def test_groups_do_not_mix(frame, keys, other):
    train = frame({"g": keys, "x": [1.0, 2.0, None, 3.0, None, None]})
    imputer = ForwardFillImputer(group_by="g")
    assert plain(imputer.fit_transform(train))[1] == [1.0, 2.0, 1.0, 3.0, 2.0, 3.0]
    imputer.fit(train)
    assert imputer.n_groups_ == 3
    new = frame(
        {"g": [keys[1], None, keys[0], keys[1], keys[1]], "x": [None, None, None, 9.0, None]}
    )
    new_x = plain(imputer.transform(new))[1]
    assert new_x == [2.0, 3.0, 1.0, 9.0, 9.0]
    if other is not None:
        unseen = frame({"g": [other, keys[0], other], "x": [None, None, 5.0]})
        assert plain(imputer.transform(unseen))[1] == [None, 1.0, 5.0]


def test_the_result_is_that_of_pandas_group_by():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"g": rng.integers(0, 5, 400), "h": rng.choice(["x", "y"], 400)})
    for name in ("a", "b"):
        X[name] = np.where(rng.random(400) < 0.6, np.nan, rng.normal(size=400))
    expected = X.groupby(["g", "h"])[["a", "b"]].ffill()
    imputer = ForwardFillImputer(group_by=["g", "h"])
    out = imputer.fit_transform(X)
    pd.testing.assert_frame_equal(out[["a", "b"]], expected)
    # In two parts, the second one goes on where the first one ended.
    second = imputer.fit(X[:150]).transform(X[150:])
    pd.testing.assert_frame_equal(second[["a", "b"]], expected[150:])
    assert list(imputer.filled_columns_) == ["a", "b"]
    assert plain(imputer.transform(pl.from_pandas(X[150:]))) == plain(second)


def test_categories_of_fit_come_along():
    train = pd.DataFrame({"x": pd.Categorical(["old", None])})
    new = pd.DataFrame({"x": pd.Categorical([None, "new"])})
    out = ForwardFillImputer().fit(train).transform(new)
    assert out["x"].tolist() == ["old", "new"]
    assert isinstance(out["x"].dtype, pd.CategoricalDtype)
    enum = (
        ForwardFillImputer()
        .fit(pl.from_pandas(train))
        .transform(pl.DataFrame({"x": pl.Series([None, "new"], dtype=pl.Enum(["new"]))}))
    )
    assert enum["x"].to_list() == ["old", "new"]


def test_a_row_without_values_goes_on():
    imputer = ForwardFillImputer().fit(pd.DataFrame({"x": [1.0], "s": ["a"]}))
    for row in (pd.DataFrame([{"x": None, "s": None}]), pl.DataFrame({"x": [None], "s": [None]})):
        out = imputer.transform(row)
        assert plain(out) == [[1.0], ["a"]]
        assert "float" in str(dtypes_of(out)["x"]).lower()


def test_time_zones_are_kept():
    index = pd.to_datetime(["2024-01-01", None]).tz_localize("America/New_York")
    X = pd.DataFrame({"t": index})
    out = ForwardFillImputer().fit(X).transform(X[::-1])
    assert out["t"].dtype == X["t"].dtype
    assert out["t"].tolist() == [X["t"][0]] * 2


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"group_by": "h"}, ColumnsError, "no column 'h'"),
        ({"columns": ["g", "x"], "group_by": "g"}, ColumnsError, "'g' is in `columns` and in"),
        ({"columns": "m"}, ColumnValuesError, "column 'm' is object"),
        ({"group_by": 1.5}, ValueError, "group_by"),
    ],
)
def test_refusals(options, error, message):
    X = pd.DataFrame({"g": ["a", "b"], "x": [1.0, None], "m": pd.Series(["x", 1], dtype=object)})
    with pytest.raises(error, match=message):
        ForwardFillImputer(**options).fit(X)


def test_keys_of_another_kind_are_refused():
    imputer = ForwardFillImputer(group_by="g").fit(pd.DataFrame({"g": ["1"], "x": [1.0]}))
    with pytest.raises(ColumnValuesError, match=r"'g'.*was string in fit and is numeric now"):
        imputer.transform(pd.DataFrame({"g": [1], "x": [None]}))


def test_survives_pickle_and_skops():
    skops_io = pytest.importorskip("skops.io")
    train = pd.DataFrame(
        {"g": ["A", "B"], "x": [1.0, 2.0], "s": ["é", None], "c": pd.Categorical(["u", "v"])}
    )
    new = train.assign(x=np.nan, s=pd.Series([None, None], dtype="str"))
    fitted = ForwardFillImputer(group_by="g").fit(train)
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops_io.loads(data, trusted=trusted)):
        assert plain(copy.transform(new)) == plain(train)
