"""CategoricalImputer: scikit-learn's values, every container's dtypes, categories kept."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.impute import SimpleImputer

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing import CategoricalImputer
from tests._containers import MISSING, check_container_contract, dtypes_of, parametrize_forms, plain

VALUES = {
    "string": ["b", None, "a", "b", None, "a"],
    "boolean": [True, None, False, True, None, False],
}


@parametrize_forms("string", "boolean")
def test_container_matrix(form):
    values = VALUES[form.kind]
    X = form.frame({"a": values, "full": values[::2] * 2}, rest=True)
    fitted = check_container_contract(CategoricalImputer(columns=[0], add_indicator=True), X)
    out = fitted.transform(X)
    smallest = min(v for v in values if v is not None)
    assert plain(out)[0] == [smallest if v is None else v for v in values]
    assert plain(out)[-1] == [v is None for v in values]
    if form.container != "numpy":
        assert dtypes_of(out)["a"] == dtypes_of(X)["a"]


@parametrize_forms("string", "boolean")
def test_container_matrix_of_a_constant(form):
    values = VALUES[form.kind]
    fill = {"string": "new", "boolean": False}[form.kind]
    X = form.frame({"a": values})
    imputer = CategoricalImputer("constant", fill_value=fill)
    fitted = check_container_contract(imputer, X)
    assert plain(fitted.transform(X))[0] == [fill if v is None else v for v in values]


def test_categories_may_be_numbers():
    X = pd.DataFrame({"a": pd.Categorical([7, None, 5, 7, None, 5])})
    out = CategoricalImputer().fit_transform(X)
    assert out["a"].tolist() == [7, 5, 5, 7, 5, 5]
    assert out["a"].dtype == X["a"].dtype
    out = CategoricalImputer("constant", fill_value=0).fit_transform(X)
    assert out["a"].tolist() == [7, 0, 5, 7, 0, 5]
    assert out["a"].cat.categories.tolist() == [5, 7, 0]


@pytest.mark.parametrize("ordered", [False, True])
def test_the_categories_gain_the_value_with_or_without_holes(ordered):
    dtype = pd.CategoricalDtype(["low", "high"], ordered=ordered)
    holes = pd.DataFrame({"a": pd.Series(["low", None], dtype=dtype)})
    full = pd.DataFrame({"a": pd.Series(["low", "high"], dtype=dtype)})
    expected = pd.CategoricalDtype(["low", "high", "?"], ordered=ordered)
    for train in (holes, full):
        imputer = CategoricalImputer("constant", fill_value="?").fit(train)
        assert imputer.transform(holes)["a"].dtype == expected
        assert imputer.transform(full)["a"].dtype == expected
        assert imputer.transform(full[:0])["a"].dtype == expected


def test_an_enum_gains_the_value_with_or_without_holes():
    holes = pl.DataFrame({"a": pl.Series(["low", None], dtype=pl.Enum(["low", "high"]))})
    imputer = CategoricalImputer("constant", fill_value="?").fit(holes)
    for X in (holes, holes[:1], holes[:0]):
        assert imputer.transform(X)["a"].dtype == pl.Enum(["low", "high", "?"])
    assert imputer.transform(holes)["a"].to_list() == ["low", "?"]
    assert CategoricalImputer().fit_transform(holes).schema == holes.schema


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
@pytest.mark.parametrize("add_indicator", [False, True])
def test_the_result_is_that_of_simple_imputer(strategy, add_indicator):
    rng = np.random.default_rng(0)
    X = rng.choice(["x", "y", "zz", ""], (100, 3)).astype(object)
    X[rng.random(X.shape) < 0.3] = np.nan
    X[:, 1] = "same"
    options = {"strategy": strategy, "add_indicator": add_indicator}
    ours, theirs = CategoricalImputer(**options), SimpleImputer(**options)
    assert plain(ours.fit_transform(X)) == plain(theirs.fit_transform(X))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_every_missing_value_is_one(missing):
    X = pd.DataFrame({"a": pd.Series(["x", missing, "x", "y"], dtype=object)})
    out = CategoricalImputer().fit_transform(X)
    assert out["a"].tolist() == ["x", "x", "x", "y"]
    assert out["a"].dtype == object


def test_empty_and_hostile_strings_are_values():
    hostile = ["", "nan", "None", "\x00", "'; DROP TABLE", "é" * 10_000, "", None]
    X = pd.DataFrame({"a": hostile})
    out = CategoricalImputer(add_indicator=True).fit_transform(X)
    assert out["a"].tolist() == [*hostile[:-1], ""]
    assert out["missingindicator_a"].sum() == 1


def test_a_row_without_the_value_reaches_the_model_as_a_string():
    imputer = CategoricalImputer().fit(pd.DataFrame({"a": ["x", "x", None]}))
    out = imputer.transform(pd.DataFrame([{"a": None}]))
    assert out["a"].dtype == "str"
    assert out["a"].tolist() == ["x"]
    assert imputer.transform(pl.DataFrame({"a": [None]}))["a"].to_list() == ["x"]


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        (["x", None], {"strategy": "median"}, "strategy"),
        (["x", None], {"fill_value": 0, "strategy": "constant"}, "of dtype str.*holds strings"),
        (
            pd.array([True, None], dtype="boolean"),
            {"strategy": "constant"},
            "'a' of dtype boolean cannot be filled with 'missing_value': it holds True and False",
        ),
        (
            pd.Categorical([1, None]),
            {"strategy": "constant"},
            "cannot be filled with 'missing_value': it holds categories of integer",
        ),
        (
            pd.Categorical([1, None]),
            {"strategy": "constant", "fill_value": 0.5},
            "it holds categories of integer",
        ),
        (["x", None], {"fill_value": np.nan, "strategy": "constant"}, "missing itself"),
        ([None, None], {}, "'a' is missing in all 2 rows.*most frequent.*strategy='constant'"),
        (pd.Series([None, None], dtype="str"), {}, "'a' is missing in all 2 rows"),
        (pd.Categorical([None, None]), {}, "'a' is missing in all 2 rows"),
        ([1.0, 2.0], {"columns": ["a"]}, "column 'a' is numeric"),
    ],
)
def test_refusals_name_the_column_and_the_way_out(column, options, message):
    with pytest.raises(ValueError, match=message):
        CategoricalImputer(**options).fit(pd.DataFrame({"a": column}))


def test_a_column_of_nothing_takes_a_constant():
    imputer = CategoricalImputer("constant", fill_value="none")
    out = imputer.fit_transform(pd.DataFrame({"a": [None, None]}))
    assert out["a"].tolist() == ["none", "none"]
    out = imputer.fit_transform(pl.DataFrame({"a": [None, None]}))
    assert out["a"].to_list() == ["none", "none"]
    assert out["a"].dtype == pl.String
    with pytest.raises(ColumnValuesError, match="all 2 rows"):
        CategoricalImputer().fit(pl.DataFrame({"a": [None, None]}))


def test_categories_that_are_intervals_are_filled_with_the_most_frequent():
    X = pd.DataFrame({"size": pd.cut([1, 2, 9, np.nan], 2)})
    imputer = CategoricalImputer().fit(X)
    assert imputer.fill_values_ == {"size": "(0.992, 5.0]"}
    filled = imputer.transform(X)["size"]
    assert filled.dtype == X["size"].dtype
    assert filled.tolist() == [X["size"][0], X["size"][0], X["size"][2], X["size"][0]]
    with pytest.raises(ColumnValuesError, match="categories of interval"):
        CategoricalImputer("constant", fill_value="large").fit(X)
