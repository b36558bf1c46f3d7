"""Outliers come to the nearest limit; dtypes, missing values and other columns stay."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeRegressor

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing import NumericImputer, OutlierClipper
from tests._containers import check_container_contract, dtypes_of, forms, plain

WHOLE = [1, None, 2, 3, 4, 5, 100]


@pytest.mark.parametrize(
    "form", [f for f in forms("integer", "float") if "category" not in f.name], ids=repr
)
def test_the_contract(form):
    values = [1, None, 2, 3, 4, 5, 100]
    X = form.frame({"a": values}, rest=True)
    fitted = check_container_contract(OutlierClipper(columns=0), X)
    clipped = plain(fitted.transform(X))[0]
    # Quartiles 2.25 and 4.75, so that the whiskers end at -1.5 and 8.5.
    whole = "Int" in form.name or "int" in form.name.replace("of-integers", "")
    expected = 8 if whole and "objects" not in form.name else 8.5
    assert clipped == [1, None, 2, 3, 4, 5, expected]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(WHOLE, dtype="Int8"),
        pd.Series(WHOLE, dtype="float32"),
        pd.Series(WHOLE, dtype="Float32"),
        pl.Series(WHOLE, dtype=pl.UInt16),
        pl.Series(WHOLE, dtype=pl.Float32),
        pl.Series(WHOLE).cast(pl.Decimal(10, 2)),
    ],
    ids=lambda column: str(column.dtype),
)
def test_dtypes_are_kept(column):
    X = column.rename("a").to_frame()
    out = OutlierClipper(factor=0.1).fit_transform(X)
    assert dtypes_of(out) == dtypes_of(X)
    assert float(out["a"].max()) < 6


FLOATS = st.floats(allow_nan=True, width=32)


@settings(max_examples=50)
@given(st.lists(FLOATS, min_size=1), st.lists(FLOATS, min_size=1), st.sampled_from([0.0, 1.5]))
def test_everything_lies_within_the_limits(values, new, factor):
    clipper = OutlierClipper("quantile" if factor else "iqr", factor=factor)
    clipper.fit(pd.DataFrame({"a": values}))
    for library in (pd, pl):
        out = clipper.transform(library.DataFrame({"a": new}))["a"].to_numpy()
        assert (np.isnan(out) == np.isnan(new)).all()
        there = out[~np.isnan(out)]
        assert (there >= clipper.lower_["a"]).all()
        assert (there <= clipper.upper_["a"]).all()


def test_quantiles_sides_and_infinity():
    X = pd.DataFrame({"a": [-np.inf, *range(101), np.inf]})
    clipper = OutlierClipper("quantile", quantiles=(0.1, 0.9)).fit(X)
    assert (clipper.lower_, clipper.upper_) == ({"a": 10.0}, {"a": 90.0})
    out = clipper.transform(X)["a"]
    assert (out.min(), out.max()) == (10.0, 90.0)
    lower = OutlierClipper("quantile", side="lower").fit(X)
    assert lower.upper_ == {"a": np.inf}
    assert lower.transform(X)["a"].max() == np.inf
    upper = OutlierClipper("iqr", side="upper").fit(X)
    assert upper.lower_ == {"a": -np.inf}


def test_a_column_of_one_value_or_of_none_has_no_limits():
    X = pd.DataFrame({"one": [1.0, 1.0, 1.0, 1.0, 9.0], "none": [np.nan] * 5})
    pd.testing.assert_frame_equal(OutlierClipper().fit_transform(X), X)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"method": "sigma"}, "method"),
        ({"factor": -1}, "factor"),
        ({"method": "quantile", "quantiles": (0.1,)}, "two numbers from 0 to 1"),
        ({"method": "quantile", "quantiles": ("a", "b")}, "two numbers from 0 to 1"),
        ({"columns": "s"}, "takes numeric columns; column 's' is string"),
        ({"columns": "b"}, "takes numeric columns; column 'b' is boolean"),
    ],
    ids=str,
)
def test_refusals(arguments, match):
    X = pd.DataFrame({"a": [1.0, 2.0], "s": ["x", "y"], "b": [True, False]})
    with pytest.raises((ColumnValuesError, ValueError), match=match):
        OutlierClipper(**arguments).fit(X)


def test_a_search_chooses_the_factor():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.standard_cauchy(60)})
    pipe = make_pipeline(NumericImputer(), OutlierClipper(), DecisionTreeRegressor(max_depth=2))
    search = GridSearchCV(pipe, {"outlierclipper__factor": [1.5, 3.0]}, cv=2).fit(X, X["a"])
    assert search.best_params_["outlierclipper__factor"] in (1.5, 3.0)


def test_limits_between_two_whole_numbers_swap_no_values():
    X = pd.DataFrame({"a": [1, 2]})
    clipped = OutlierClipper("quantile", quantiles=(0.4, 0.6)).fit_transform(X)
    assert clipped["a"].tolist() == [2, 2]
