"""NumericImputer: scikit-learn's values, every container's dtypes."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.impute import SimpleImputer

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import NumericImputer
from tests._containers import (
    check_container_contract,
    dtypes_of,
    forms,
    parametrize_forms,
    plain,
)

VALUES = [3, None, 1, 8, None, 1]
STRATEGIES = ["mean", "median", "most_frequent", "constant"]
#: Forms that CategoricalImputer takes: numbers as categories.
CATEGORY = "pandas-integer-category"
NUMERIC = [form for form in forms("integer", "float") if form.name != CATEGORY]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("form", NUMERIC, ids=repr)
def test_container_matrix(form, strategy):
    X = form.frame({"a": VALUES, "b": [5, 6, 7, 8, 9, 9]}, rest=True)
    imputer = NumericImputer(strategy, columns=[0, 1], add_indicator=True)
    fitted = check_container_contract(imputer, X)
    out = fitted.transform(X)
    mean = 3 if "Int" in form.name or form.name == "pandas-arrow-int" else 3.25
    fill = {"mean": mean, "median": 2, "most_frequent": 1, "constant": 0}[strategy]
    filled = [fill if v is None else v for v in VALUES]
    assert plain(out)[:2] == [filled, [5, 6, 7, 8, 9, 9]]
    assert plain(out)[-1] == [v is None for v in VALUES]
    assert fitted.get_feature_names_out()[-1].startswith("missingindicator_")
    assert fitted.fill_values_[fitted.columns_[0]] == (3.25 if strategy == "mean" else fill)
    if form.container != "numpy":
        assert dtypes_of(out)["a"] == dtypes_of(X)["a"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("add_indicator", [False, True])
def test_the_result_is_that_of_simple_imputer(strategy, add_indicator):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, (200, 4)) / 4.0
    X[rng.random(X.shape) < 0.2] = np.nan
    X[:, 2] = 1.5
    new = np.where(rng.random((50, 4)) < 0.5, np.nan, rng.normal(size=(50, 4)))
    options = {"strategy": strategy, "add_indicator": add_indicator}
    ours, theirs = NumericImputer(**options).fit(X), SimpleImputer(**options).fit(X)
    np.testing.assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-15)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("Int64", [1, 2, None], 2),
        ("Int64", [2, 3, None], 2),
        ("Int64", [-2, -1, None], -2),
        ("UInt8", [254, 255, None], 254),
        ("Int64", [2**63 - 1, 2**63 - 1, None], 2**63 - 1),
        ("int64[pyarrow]", [3, 4, None], 4),
    ],
)
def test_integers_round_half_to_even(dtype, values, expected):
    X = pd.DataFrame({"a": pd.array(values, dtype=dtype)})
    out = NumericImputer().fit_transform(X)
    assert out["a"].dtype == dtype
    assert out["a"].tolist()[-1] == expected


@pytest.mark.parametrize("make", [pl.Series, pd.Series], ids=["polars", "pandas"])
def test_decimals_stay_decimals(make):
    pa = pytest.importorskip("pyarrow")
    dtype = pl.Decimal(10, 2) if make is pl.Series else pd.ArrowDtype(pa.decimal128(10, 2))
    column = make([Decimal("1.25"), None, Decimal("2.5")], dtype=dtype)
    X = type(column.to_frame())({"price": column})
    out = NumericImputer("mean").fit_transform(X)
    assert dtypes_of(out) == dtypes_of(X)
    assert plain(out) == [[Decimal("1.25"), Decimal("1.88"), Decimal("2.50")]]


def test_most_frequent_does_not_round_huge_integers():
    big = 2**60 + 1
    X = pd.DataFrame({"id": pd.array([big, big, 3, None], dtype="Int64")})
    assert NumericImputer("most_frequent").fit_transform(X)["id"].tolist()[-1] == big


def test_integers_in_fit_and_holes_in_transform():
    imputer = NumericImputer().fit(pd.DataFrame({"a": [1, 2]}))
    assert imputer.transform(pd.DataFrame({"a": [np.nan, 7]}))["a"].tolist() == [1.5, 7.0]


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "int64[pyarrow]"])
@pytest.mark.parametrize("now", ["Int64", "Float64", "float64", "float32", "object"])
def test_a_hole_among_others_is_filled_as_a_hole_alone(dtype, now):
    imputer = NumericImputer("mean").fit(pd.DataFrame({"a": pd.array([1, 2, 2, None], dtype)}))
    many = pd.DataFrame({"a": pd.Series([None, 7], dtype=now)})
    assert imputer.transform(many)["a"].tolist() == [2, 7]
    assert imputer.transform(many[:1])["a"].tolist() == [2]


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA], ids=repr)
def test_a_row_without_the_value_reaches_the_model_as_a_number(value):
    imputer = NumericImputer().fit(pd.DataFrame({"a": [1.0, 2.0, None], "s": ["x", "y", "z"]}))
    row = pd.DataFrame([{"a": value, "s": "x"}]).astype({"a": object})
    out = imputer.transform(row)
    assert out["a"].dtype == "float64"
    assert out["a"].tolist() == [1.5]
    out = imputer.transform(pl.DataFrame({"a": [None], "s": ["x"]}))
    assert out["a"].to_list() == [1.5]


def test_indicators_only_where_fit_had_holes():
    train = pd.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]})
    imputer = NumericImputer(add_indicator=True).fit(train)
    out = imputer.transform(pd.DataFrame({"a": [1.0, None], "b": [None, 2.0]}))
    assert list(out.columns) == ["a", "b", "missingindicator_a"]
    assert out["missingindicator_a"].dtype == bool
    with pytest.raises(ColumnsError, match="'missingindicator_a'"):
        NumericImputer(add_indicator=True).fit(train.assign(missingindicator_a=True))


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        ([None, np.nan], {}, "'a' is missing in all 2 rows.*strategy='constant'.*DropConstant"),
        ([np.inf, -np.inf], {"strategy": "mean"}, "mean of column 'a' is nan.*infinite"),
        (["x", "y"], {"columns": "a"}, "takes numeric columns; column 'a' is string"),
        ([True, False], {"columns": "a"}, "takes numeric columns; column 'a' is boolean"),
        (
            pd.array([1, None], dtype="Int64"),
            {"strategy": "constant", "fill_value": 0.5},
            "'a' of dtype Int64 cannot be filled with 0.5: it holds whole numbers",
        ),
        (
            pd.array([1, None], dtype="Int64"),
            {"strategy": "constant", "fill_value": np.inf},
            "whole numbers",
        ),
        (
            pd.array([1, None], dtype="UInt8"),
            {"strategy": "constant", "fill_value": 300},
            "cannot be filled with 300: it holds 0 to 255",
        ),
        (
            pd.array([1, None], dtype="Float32"),
            {"strategy": "constant", "fill_value": 1e300},
            "holds numbers up to 3.4e\\+38",
        ),
        ([1.0, None], {"strategy": "constant", "fill_value": np.nan}, "missing itself"),
        ([1.0, None], {"strategy": "constant", "fill_value": "0"}, "fill_value"),
        ([1.0, None], {"strategy": "mode"}, "strategy"),
        ([1.0, None], {"columns": "b"}, "no column 'b'"),
    ],
)
def test_refusals_name_the_column_and_the_way_out(column, options, message):
    with pytest.raises(ValueError, match=message):
        NumericImputer(**options).fit(pd.DataFrame({"a": column}))


def test_a_constant_is_refused_only_where_there_is_a_hole():
    imputer = NumericImputer("constant", fill_value=0.5)
    whole = pd.DataFrame({"a": [1, 2], "b": [1.0, None]})
    assert imputer.fit_transform(whole)["b"].tolist() == [1.0, 0.5]
    with pytest.raises(ColumnValuesError, match="'a' of dtype Int64"):
        imputer.transform(whole.assign(a=pd.array([1, None], dtype="Int64")))


def test_another_kind_in_transform_is_refused():
    imputer = NumericImputer().fit(pd.DataFrame({"a": [1.0, None]}))
    with pytest.raises(ColumnValuesError, match="column 'a' is string"):
        imputer.transform(pd.DataFrame({"a": ["1", None]}))


@parametrize_forms("string", "boolean", "datetime")
def test_columns_of_other_kinds_are_left_alone(form):
    values = {
        "string": ["x", None, "y"],
        "boolean": [True, None, False],
        "datetime": [pd.Timestamp("2024-01-01"), None, pd.Timestamp("2024-01-02")],
    }[form.kind]
    X = form.frame({"a": values})
    imputer = NumericImputer().fit(X)
    assert imputer.columns_ == []
    assert plain(imputer.transform(X)) == plain(X)
