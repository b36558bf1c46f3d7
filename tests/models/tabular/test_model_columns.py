import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from skcook.exceptions import ColumnValuesError
from skcook.models import FeatureImportanceDisplay, ModelColumns, tabular_pipeline

HOSTILE = [
    "weight [kg]",
    "a,b",
    "a_b",
    "a b",
    "x: y",
    "<1",
    '"{}"',
    "",
    "naïve",
    "a\nb",
    "a" * 9999,
]
N = 40
Y = np.arange(N) % 2


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "logistic"])
def test_every_name_works_and_importances_keep_it(library, name):
    values = np.random.default_rng(0).normal(size=(N, len(HOSTILE)))
    X = library.DataFrame({column: values[:, place] for place, column in enumerate(HOSTILE)})
    model = tabular_pipeline(name).fit(X, Y)
    assert model.predict(X).shape == (N,)
    display = FeatureImportanceDisplay.from_estimator(model)
    assert display.feature_names.tolist() == HOSTILE


@pytest.mark.parametrize("booster", [XGBClassifier(n_estimators=2), LGBMClassifier(verbose=-1)])
def test_labels_that_are_pairs_are_positions_for_the_model(booster):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2)))
    X.columns = pd.MultiIndex.from_tuples([("a", "low"), ("a", "high")])
    assert make_pipeline(ModelColumns(), booster).fit(X, Y).predict(X).shape == (N,)


def test_plain_names_stay_as_they_are():
    X = pd.DataFrame({"a": [1.0, 2.0], "Größe_2.b-c": [3, 4]})
    step = ModelColumns().fit(X)
    assert step.transform(X) is X
    assert step.plain_names_ == {}


@pytest.mark.parametrize("X", [np.eye(3), sparse.csr_array(np.eye(3)), [[1, 2], [3, 4]]])
def test_what_is_no_frame_passes(X):
    out = ModelColumns().fit(X).transform(X)
    np.testing.assert_array_equal(
        out.toarray() if sparse.issparse(out) else out,
        np.asarray(X.toarray() if sparse.issparse(X) else X),
    )


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pl.Series([dt.timedelta(1)] * N), "duration"),
        (pl.Series([dt.time(1)] * N), "object"),
        (pl.Series([[1]] * N), "object"),
        (pl.Series(["a"] * N), "string .*an encoder"),
        (pl.Series([dt.date(2024, 1, 1)] * N), "datetime .*DateFeatures"),
    ],
    ids=str,
)
def test_what_no_model_takes_is_refused_by_name(column, message):
    with pytest.raises(ColumnValuesError, match=rf"Column 'c \[m\]' is {message}"):
        ModelColumns().fit(pl.DataFrame({"c [m]": column}))


@pytest.mark.parametrize("booster", [LGBMClassifier(verbose=-1), XGBClassifier(n_jobs=1)])
@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "c"])], ids=str)
def test_categories_of_polars_mean_the_same_in_every_batch(booster, dtype):
    X = pl.DataFrame({"c": pl.Series(["b", "c"] * 20, dtype=dtype), "n": [0.0] * N})
    if isinstance(booster, XGBClassifier):
        booster.set_params(enable_categorical=True)
    model = make_pipeline(ModelColumns(), booster).fit(X, Y)
    assert model.predict(X).tolist() == Y.tolist()
    assert model.predict(X[1:2]).tolist() == [1]


def test_numbers_of_odd_types_become_floats():
    X = pl.DataFrame(
        {
            "wide": pl.Series([2, 3], dtype=pl.Int128),
            "decimal": pl.Series(["1.5", None]).cast(pl.Decimal(10, 2)),
            "empty": pl.Series([None, None]),
        }
    )
    out = ModelColumns().fit_transform(X)
    assert out.dtypes == [pl.Float64] * 3
    assert out["decimal"].to_list()[0] == 1.5


def test_a_later_batch_is_empty_or_what_fit_saw():
    names = ModelColumns().fit(pd.DataFrame({"a": [1.5, 2.0]}))
    empty = names.transform(pd.DataFrame({"a": pd.to_datetime([None, None])}))
    assert empty["a"].isna().all()
    assert empty["a"].dtype == np.float64
    with pytest.raises(ColumnValuesError, match=r"'a' is string .*; in fit it held numbers or cat"):
        names.transform(pd.DataFrame({"a": ["1.5", "n/a"]}))


@pytest.mark.parametrize("target", ["labels", "codes", "numbers"])
def test_a_target_is_looked_at_where_that_is_asked(target):
    X = pd.DataFrame({"a": [1.5, 2.0]})
    ModelColumns().fit(X, ["a", None])
    ModelColumns(target=target).fit(X, [0, 1])
    with pytest.raises(ValueError, match="1 of 2 targets are missing"):
        ModelColumns(target=target).fit(X, ["a", None])
    if target != "labels":
        with pytest.raises(ValueError, match=r"takes only the labels 0, 1|predicts numbers"):
            ModelColumns(target=target).fit(X, ["a", "b"])
    with pytest.raises(ValueError, match="'target' parameter of ModelColumns"):
        ModelColumns(target="words").fit(X, [0, 1])


def test_strings_are_let_through_where_the_model_takes_them():
    X = pd.DataFrame({"c": ["a", "b"]})
    assert ModelColumns(strings=True).fit_transform(X) is X


def test_it_stands_before_a_booster_of_a_pipeline_once():
    from skcook.models.tabular._model_columns import with_plain_names

    pipeline = make_pipeline(StandardScaler(), LGBMClassifier())
    once = with_plain_names(pipeline, None)
    assert [name for name, _ in once.steps] == ["standardscaler", "model_columns", "lgbmclassifier"]
    assert with_plain_names(once, None) is once
    assert len(pipeline) == 2


@pytest.mark.filterwarnings("ignore:X has feature names:UserWarning")
def test_a_frame_after_an_array_is_taken():
    frame = pd.DataFrame(np.eye(3), columns=["a", "b", "c"])
    assert ModelColumns().fit(np.eye(3)).transform(frame).shape == (3, 3)
