"""Plans of joins, cleaned columns, corrected rows and several outputs."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import FeatureAgglomeration
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

from skcook import plan
from skcook import preprocessing as prep
from skcook.artifacts import Schema
from skcook.exceptions import PlanRefused
from skcook.models import tabular_pipeline
from skcook.review import ReviewedClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
N = 80


def compiled(model, X, y):
    model.fit(X, y)
    schema = Schema.capture(X, model)
    return plan.compile(model, schema, X), schema


def assert_planned(model, X, y):
    """Compare a plan, pickled, with its model over all rows: at once and one by one."""
    quick, schema = compiled(model, X, y)
    quick = pickle.loads(pickle.dumps(quick))
    whole = schema.parse_rows(schema.to_records(X))
    singles = [schema.parse_rows([record]) for record in schema.to_records(X[:15])]
    for method in quick.methods:
        for rows in (whole, *singles):
            # Not `run`, which would ask the pipeline in doubt.
            got, expected = (
                quick._answers.methods[method](rows.data),
                getattr(model, method)(rows.frame),
            )
            if isinstance(expected, list):
                got, expected = np.hstack(got), np.hstack(expected)
            assert got.dtype == expected.dtype
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
            else:
                np.testing.assert_array_equal(got, expected)


def encoded(*steps):
    return make_pipeline(
        *steps[:-1],
        prep.DateFeatures(),
        prep.NumericImputer("mean"),
        prep.CategoricalImputer(),
        prep.OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
        steps[-1],
    )


# Several outputs.

CLASSIFIERS = {
    "forest": lambda: encoded(RandomForestClassifier(4, random_state=0)),
    "trees": lambda: encoded(ExtraTreesClassifier(4, random_state=0)),
    "tree": lambda: encoded(DecisionTreeClassifier(max_depth=3, random_state=0)),
    "each": lambda: MultiOutputClassifier(encoded(LogisticRegression())),
    "each at the end": lambda: encoded(MultiOutputClassifier(LogisticRegression())),
}


@pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_classifiers_of_several_outputs_have_plans(make, penguins):
    X, y = penguins
    # Three species and two sexes: outputs of different numbers of classes.
    Y = np.column_stack([y, X["sex"].fillna("male")])
    assert_planned(make(), X.drop(columns="sex"), Y)


REGRESSORS = {
    "forest": lambda: encoded(RandomForestRegressor(4, random_state=0)),
    "tree": lambda: encoded(ExtraTreeRegressor(random_state=0)),
    "ridge": lambda: encoded(Ridge()),
    "each": lambda: MultiOutputRegressor(encoded(Ridge())),
    "chain": lambda: encoded(RegressorChain(Ridge())),
}


@pytest.mark.parametrize("make", REGRESSORS.values(), ids=REGRESSORS)
def test_regressors_of_several_outputs_have_plans(make, penguins):
    X = penguins[0].dropna()
    targets = ["bill_depth_mm", "flipper_length_mm"]
    assert_planned(make(), X.drop(columns=targets), X[targets].to_numpy(float))


def test_many_rows_of_several_outputs_go_through_the_forest_itself(penguins, monkeypatch):
    monkeypatch.setattr("skcook.plan._trees.MOST_STEPS", 1)
    test_classifiers_of_several_outputs_have_plans(CLASSIFIERS["forest"], penguins)


# Corrected rows.

CORRECTIONS = {
    "a column held": {"kind": "drop", "feature": "body_mass_g"},
    "words held": {"kind": "drop", "feature": "island"},
    "levels merged": {
        "kind": "merge", "feature": "island", "detail": {"levels": ["Dream"], "into": "Biscoe"},
    },
    "a level banned": {"kind": "ban", "feature": "island", "detail": {"levels": ["Dream"]}},
}  # fmt: skip


@pytest.mark.parametrize("correction", CORRECTIONS.values(), ids=CORRECTIONS)
def test_a_corrected_model_has_a_plan(correction, penguins):
    model = encoded(RandomForestClassifier(4, random_state=0))
    model = ReviewedClassifier(model, corrections=[correction])
    assert_planned(model, *penguins)


def test_a_corrected_model_of_texts_has_a_plan():
    texts = [f"{a} film {b}" for a in ("good", "Bad", "dull") for b in ("good.", "long", "end")]
    inner = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model = ReviewedClassifier(inner, corrections=[{"kind": "word", "feature": "good"}])
    assert_planned(model, texts, np.arange(9) % 2)


def test_a_column_that_is_held_at_a_time_has_no_plan():
    X = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=9), "n": np.arange(9.0)})
    model = ReviewedClassifier(
        encoded(LogisticRegression()), corrections=[{"kind": "drop", "feature": "day"}]
    )
    with pytest.raises(PlanRefused, match="'day' is held at a time"):
        compiled(model, X, np.arange(9) % 2)


# Joins.


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"city": rng.choice(["a", "b", "c", "d", None], N), "n": rng.normal(size=N)})
    X["id"] = rng.integers(0, 5, N)
    return X, np.arange(N) % 2


TABLE = pd.DataFrame(
    {
        "city": ["a", "b", "c"],
        "whole": [1, 2, 3],
        "holes": [1.5, None, 3.0],
        "nullable": pd.array([1, None, 4], dtype="Int64"),
        "single": np.array([1.1, 2.2, 3.3], dtype="float32"),
        "level": pd.Categorical(["x", "y", None]),
        "name": ["A", None, "C"],
    }
)


@pytest.mark.parametrize("column", [*TABLE.columns[1:], None])
def test_a_join_has_a_plan(column, rows):
    join = prep.LookupJoiner(TABLE, on="city", columns=column)
    assert_planned(encoded(join, RandomForestClassifier(4, random_state=0)), *rows)


def test_a_join_by_numbers_has_a_plan(rows):
    table = pd.DataFrame({"id": [0, 1, 2, 3], "w": [0.5, 0.1, 0.3, 0.7], "z": list("abcd")})
    assert_planned(encoded(prep.LookupJoiner(table, on="id"), LogisticRegression()), *rows)


def test_joins_without_a_plan_say_why(rows):
    table = pd.DataFrame({"id": [0, 1], "city": ["a", "b"], "w": [0.5, 0.1]})
    model = encoded(prep.LookupJoiner(table, on=["id", "city"]), LogisticRegression())
    with pytest.raises(PlanRefused, match="LookupJoiner by several keys"):
        compiled(model, *rows)
    table = pd.DataFrame({"id": [0, 1], "day": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    model = encoded(prep.LookupJoiner(table, on="id"), LogisticRegression())
    with pytest.raises(PlanRefused, match="LookupJoiner joins 'day' of datetime"):
        compiled(model, *rows)


# Columns of every type.


@pytest.mark.parametrize("name", ["random_forest", "logistic"])
def test_columns_of_every_type_have_a_plan(name):
    rng = np.random.default_rng(0)
    day = dt.date(2024, 1, 1)
    X = pd.DataFrame(
        {
            "mixed": np.array(["a", 1, 2.0, None] * (N // 4), dtype=object),
            "wait": pd.to_timedelta(rng.integers(0, 10**9, N) * 1001, unit="us"),
            "day": [day + dt.timedelta(days=i) for i in range(N)],
            "numbers": np.array([1, 2.5, None, 4] * (N // 4), dtype=object),
        }
    )
    X.loc[2, "wait"] = None
    model = tabular_pipeline(name)
    if name == "random_forest":
        model.set_params(model__n_estimators=4)
    assert_planned(model, X, rng.integers(0, 2, N))


def test_dates_and_durations_of_polars_have_a_plan():
    start = dt.datetime(2024, 1, 1, 5, 3)  # noqa: DTZ001 - the zone is a column of its own
    X = pl.DataFrame(
        {
            "day": [start.date() + dt.timedelta(days=i) for i in range(N)],
            "at": [start + dt.timedelta(hours=7 * i) for i in range(N)],
            "wait": [dt.timedelta(seconds=1.5 * i) for i in range(N)],
        }
    ).with_columns(zone=pl.col("at").dt.replace_time_zone("Europe/Berlin", ambiguous="earliest"))
    model = tabular_pipeline("random_forest").set_params(model__n_estimators=4)
    assert_planned(model, X, np.arange(N) % 2)


def test_a_union_weighs_its_parts():
    X = pd.DataFrame({"a": [1.0, 2.0, 5.0, 3.0], "b": [0.5, 1.0, 0.0, 7.0]})
    union = FeatureUnion(
        [("standard", StandardScaler()), ("range", MinMaxScaler())],
        transformer_weights={"standard": 0.3},
    )
    assert_planned(make_pipeline(union, Ridge()), X, [1.0, 2.0, 5.0, 3.5])


@pytest.fixture(scope="module")
def skrub():
    return pytest.importorskip("skrub")


def of_skrub():
    """Return a table of what a TableVectorizer cleans: null strings, blanks, levels, dates."""
    rng = np.random.default_rng(0)
    words = rng.choice(["a", "b", "\u00e9", "N/A", "?", "nan", " ", "\u2003\t"], N)
    table = pd.DataFrame(
        {
            "number": np.where(rng.random(N) < 0.9, rng.normal(size=N) * 1e5, np.nan),
            "count": rng.integers(0, 2**40, N),
            "small": pd.array(rng.integers(0, 9, N), dtype="Int64"),
            "word": words,
            "old": pd.Series(rng.choice(["u", "v"], N), dtype=object).mask(words == "a", None),
            "level": pd.Categorical(rng.choice(["x", "y"], N), ["x", "y", "never"]),
            "flag": rng.random(N) > 0.5,
            "at": pd.date_range("1960-01-01 01:02:03.000004", periods=N, freq="137h", unit="us"),
            "same": 1.0,
        }
    )
    table.loc[3, "at"] = None
    return table


VECTORIZED = {
    "as it is": lambda skrub: {},
    "codes": lambda skrub: {
        "low_cardinality": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    },
    "encoder of skcook": lambda skrub: {
        "low_cardinality": prep.OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    },
    "columns dropped": lambda skrub: {"drop_if_constant": True, "drop_null_fraction": 0.05},
    "scaled, without dates": lambda skrub: {"numeric": StandardScaler(), "datetime": "drop"},
    "every part of dates": lambda skrub: {
        "datetime": skrub.DatetimeEncoder(
            resolution="nanosecond", add_weekday=True, add_day_of_year=True
        )
    },
    "columns of their own": lambda skrub: {
        "specific_transformers": [(StandardScaler(), ["count"]), ("drop", ["word"])]
    },
}


@pytest.mark.parametrize("name", VECTORIZED)
def test_a_table_vectorizer_has_a_plan(skrub, name):
    X = of_skrub()
    step = skrub.TableVectorizer(**VECTORIZED[name](skrub))
    is_null = ~X["word"].isin(["a", "b", "\u00e9"])
    y = np.arange(N) % 7 + 9 * is_null + (X["at"] > "1960-09") + X["small"]
    model = HistGradientBoostingRegressor(max_iter=9, min_samples_leaf=3)
    assert_planned(make_pipeline(step, model), X, y.to_numpy(float))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_of_a_table_vectorizer_have_a_plan(skrub, unit):
    waits = (of_skrub()["at"].diff() / 3).astype(f"timedelta64[{unit}]")
    X = of_skrub().assign(wait=waits)
    model = HistGradientBoostingRegressor(max_iter=9, min_samples_leaf=3)
    y = waits.dt.total_seconds().fillna(0.0).to_numpy()
    assert_planned(make_pipeline(skrub.TableVectorizer(), model), X, y)


def test_a_table_vectorizer_before_a_linear_model_agrees_in_single_precision(skrub):
    X, y = of_skrub(), np.arange(N) % 2
    steps = (skrub.TableVectorizer(), SimpleImputer(), StandardScaler(), LogisticRegression())
    model = make_pipeline(*steps)
    quick, schema = compiled(model, X, y)
    rows = schema.parse_rows(schema.to_records(X))
    got, expected = quick.run("predict_proba", rows), model.predict_proba(rows.frame)
    assert got.dtype == expected.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_what_a_table_vectorizer_warns_of_goes_to_the_pipeline(skrub):
    X = of_skrub()
    quick, _ = compiled(
        make_pipeline(skrub.TableVectorizer(), HistGradientBoostingRegressor(max_iter=2)),
        X, np.arange(N) % 2,
    )  # fmt: skip
    row = {**X.iloc[0].to_dict(), "word": "new", "at": "1960-02-01T00:00:00", "small": 3}
    with pytest.warns(UserWarning, match="unknown categories"):
        quick.predict([row])


NOT_VECTORIZED = {
    "StringEncoder": lambda skrub: (
        {"cardinality_threshold": 2, "high_cardinality": skrub.StringEncoder(2)},
        {},
    ),
    "MinHashEncoder": lambda skrub: (
        {"cardinality_threshold": 2, "high_cardinality": skrub.MinHashEncoder()},
        {},
    ),
    "ToCategorical": lambda skrub: ({"low_cardinality": skrub.ToCategorical()}, {}),
    "periodic_encoding": lambda skrub: (
        {"datetime": skrub.DatetimeEncoder(periodic_encoding="circular")},
        {},
    ),
    "without a zone": lambda skrub: ({}, {"at": of_skrub()["at"].dt.tz_localize("UTC")}),
    "as dates": lambda skrub: ({}, {"at": of_skrub()["at"].dt.strftime("%Y-%m-%d")}),
    "holds text": lambda skrub: ({}, {"word": of_skrub()["count"].astype(str)}),
    "makes strings of": lambda skrub: ({}, {"level": pd.Categorical([1, 2] * (N // 2))}),
}


@pytest.mark.parametrize("why", NOT_VECTORIZED)
def test_what_a_table_vectorizer_does_beyond_is_refused_by_name(skrub, why):
    parameters, columns = NOT_VECTORIZED[why](skrub)
    X = of_skrub().assign(**columns)
    model = HistGradientBoostingRegressor(max_iter=2)
    with pytest.raises(PlanRefused, match=why):
        compiled(make_pipeline(skrub.TableVectorizer(**parameters), model), X, np.arange(N) % 2)


@pytest.mark.parametrize("drop", ["if_binary", "first", None])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_a_one_hot_encoder_of_any_dtype_has_a_plan(drop, dtype):
    X = of_skrub()[["word"]]
    encoder = OneHotEncoder(drop=drop, dtype=dtype, sparse_output=False, handle_unknown="ignore")
    assert_planned(make_pipeline(encoder, DecisionTreeClassifier(max_depth=3)), X, np.arange(N) % 2)


# Steps of scikit-learn that make numbers of numbers.

OF_NUMBERS = {
    "logarithm": FunctionTransformer(np.log1p),
    "clipped": MaxAbsScaler(clip=True),
    "clusters": FeatureAgglomeration(),
    "projection": GaussianRandomProjection(2, random_state=0),
    "tree places": RandomTreesEmbedding(3, random_state=0),
    "units": BernoulliRBM(2, n_iter=2, random_state=0),
}


@pytest.mark.parametrize("step", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_any_step_that_makes_numbers_of_numbers_has_a_plan(step, penguins):
    X = penguins[0].select_dtypes("number").dropna()
    assert_planned(make_pipeline(step, Ridge()), X, X["body_mass_g"].to_numpy(float))


def test_names_pass_through_a_function_of_numpy(penguins):
    X = penguins[0].select_dtypes("number").dropna()
    scaled = make_column_transformer((StandardScaler(), ["body_mass_g"]), remainder="passthrough")
    model = make_pipeline(FunctionTransformer(np.sqrt), scaled, Ridge())
    assert_planned(model, X, X["bill_length_mm"].to_numpy(float))


def test_a_row_that_a_step_refuses_gets_the_words_of_the_step(penguins):
    X = penguins[0].select_dtypes("number").dropna()
    model = make_pipeline(SplineTransformer(extrapolation="error"), Ridge())
    model.fit(X, X["body_mass_g"])
    quick = plan.compile(model, Schema.capture(X, model), X)
    row = X.iloc[0].to_dict()
    assert quick.predict([row]).tolist() == model.predict(X[:1]).tolist()
    with pytest.raises(ValueError, match="beyond the limits of the knots"):
        quick.predict([{**row, "body_mass_g": 1e6}])


@pytest.mark.parametrize(
    "model",
    [OneVsRestClassifier(LogisticRegression()), OneVsOneClassifier(LogisticRegression())],
    ids=["rest", "pairs"],
)
def test_models_of_models_say_nothing_of_the_names_of_columns(model, penguins):
    X = penguins[0].select_dtypes("number").dropna()
    # Warnings are errors here: an array has no names, and the members know some.
    assert_planned(model, X, penguins[1][X.index])


@pytest.mark.parametrize("order", [["c", "b", "a"], ["b", "c"]], ids=["other order", "without one"])
def test_a_column_transformer_takes_its_columns_by_name(order):
    X = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [4.0, 1, 3, 2], "c": list("xyxy")})
    parts = ColumnTransformer([("b", StandardScaler(), ["b"]), ("c", OneHotEncoder(), ["c"])])
    model = make_pipeline(parts, LogisticRegression()).fit(X, [0, 1, 0, 1])
    rows = X[order]
    quick = plan.compile(model, Schema.capture(rows), rows)
    found = quick.predict_proba(rows.to_dict("records"))
    np.testing.assert_allclose(found, model.predict_proba(rows), rtol=1e-12)
