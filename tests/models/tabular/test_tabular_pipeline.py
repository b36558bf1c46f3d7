import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skcook.datasets import load_penguins
from skcook.exceptions import ColumnValuesError
from skcook.models import AnyLabelsClassifier, make_model, model_names, tabular_pipeline
from skcook.preprocessing import NumericImputer, OneHotEncoder, OrdinalEncoder, TargetEncoder

STEPS = [
    "columns",
    "text",
    "dates",
    "constants",
    "numeric_imputer",
    "categorical_imputer",
    "scaler",
    "encoder",
    "model_columns",
    "model",
]


@pytest.fixture(scope="module")
def mixed():
    """Numbers, words, a category, booleans and dates with missing values, a constant, no value."""
    rng = np.random.default_rng(0)
    n = 240
    town = rng.choice(["north", "south", "west"], n)
    amount = rng.normal(size=n)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    y = (amount + (town == "north") * 2 + (day.month > 6) > 1).astype(int)
    X = pd.DataFrame(
        {
            "town": pd.Series(town).where(rng.random(n) > 0.1, None),
            "size": pd.Categorical(rng.choice(["s", "m"], n)),
            "member": rng.random(n) > 0.5,
            "amount": np.where(rng.random(n) > 0.05, amount, np.nan),
            "day": pd.Series(day).where(rng.random(n) > 0.05),
            "constant": 1.0,
            "empty": np.nan,
        }
    )
    return X, y


@pytest.mark.parametrize(
    ("name", "task"),
    [(n, t) for t in ("classification", "regression") for n in model_names(t)],
)
def test_every_model_takes_a_frame_as_it_comes(mixed, name, task):
    X, y = mixed
    pipeline = tabular_pipeline(make_model(name, task), task).fit(X[:160], y[:160])
    new = X[160:].assign(town=X["town"][160:].replace("west", "a town never seen"))
    assert len(pipeline.predict(new)) == 80
    assert pipeline.score(X[160:], y[160:]) > (0.65 if task == "classification" else 0.15)


@pytest.mark.parametrize("name", ["lightgbm", "logistic"])
def test_pandas_polars_and_numpy_predict_the_same(name):
    X, y = load_penguins(return_X_y=True)
    pipeline = tabular_pipeline(name)
    from_pandas = clone(pipeline).fit(X, y).predict_proba(X)
    from_polars = clone(pipeline).fit(pl.from_pandas(X), y).predict_proba(pl.from_pandas(X))
    array = X.to_numpy(dtype=object)
    from_numpy = clone(pipeline).fit(array, y).predict_proba(array)
    np.testing.assert_allclose(from_polars, from_pandas, rtol=1e-6)
    np.testing.assert_allclose(from_numpy, from_pandas, rtol=1e-6)


@pytest.mark.parametrize(
    ("model", "encoder"),
    [
        ("xgboost", OrdinalEncoder),
        ("random_forest", OrdinalEncoder),
        (HistGradientBoostingClassifier(), OrdinalEncoder),
        ("svm", OneHotEncoder),
        (GradientBoostingClassifier(), OneHotEncoder),
    ],
)
def test_the_models_tags_choose_the_family(model, encoder):
    pipeline = tabular_pipeline(model)
    assert isinstance(pipeline, Pipeline)
    assert [name for name, _ in pipeline.steps] == STEPS
    assert isinstance(pipeline["encoder"], encoder)
    assert (pipeline["scaler"] == "passthrough") == (encoder is OrdinalEncoder)


def test_steps_are_replaced_left_out_and_searched():
    X, y = load_penguins(return_X_y=True)
    pipeline = tabular_pipeline(
        "logistic", dates=None, constants=None, numeric_imputer=NumericImputer("mean")
    )
    assert pipeline["dates"] == "passthrough"
    assert pipeline["numeric_imputer"].strategy == "mean"
    grid = {
        "numeric_imputer__strategy": ["mean", "median"],
        "encoder": [OneHotEncoder(sparse_output=False), TargetEncoder()],
        "model__C": [1.0],
    }
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_score_ > 0.95


def test_a_model_given_is_not_touched():
    model = HistGradientBoostingClassifier()
    pipeline = tabular_pipeline(model)
    assert pipeline["model"] is not model
    assert pipeline["model"].get_params() == model.get_params()


def test_one_column_does_not_become_thousands():
    X = pd.DataFrame({"name": [f"person {i}" for i in range(500)], "age": np.arange(500.0)})
    pipeline = tabular_pipeline("logistic").fit(X, X["age"] > 250)
    assert pipeline[:-1].transform(X).shape[1] <= 41


#: One column of each type of polars that holds a value; lists, structs and objects apart.
POLARS = """
import datetime as dt, decimal, sys
import numpy as np, polars as pl
from skcook.models import tabular_pipeline
n, day = range(40), dt.datetime(2024, 1, 1)
times = [day + dt.timedelta(hours=7 * k) for k in n]
FLOAT16 = [pl.Float16] if hasattr(pl, "Float16") else []  # of the newer versions
columns = {
    "Boolean": pl.Series([k % 3 == 0 for k in n]),
    "String": pl.Series([f"w{k % 5}" for k in n]),
    "Categorical": pl.Series([f"w{k % 5}" for k in n], dtype=pl.Categorical),
    "Enum": pl.Series(["a", "b"] * 20, dtype=pl.Enum(["a", "b"])),
    "Binary": pl.Series([b"a", bytes([255])] * 20),
    "Date": pl.Series([t.date() for t in times]),
    "Datetime": pl.Series(times),
    "zone": pl.Series(times).dt.replace_time_zone("Europe/Berlin"),
    "Duration": pl.Series([dt.timedelta(hours=k) for k in n]),
    "Time": pl.Series([dt.time(k % 24, 5) for k in n]),
    "Decimal": pl.Series([decimal.Decimal(k) / 4 for k in n]),
    "Null": pl.Series([None] * 40),
    "List": pl.Series([[k] for k in n]),
    "Array": pl.Series([[k, 1] for k in n], dtype=pl.Array(pl.Int8, 2)),
    "Struct": pl.Series([{"a": k} for k in n]),
    "Object": pl.Series([object() for k in n], dtype=pl.Object),
    "empty list": pl.Series([None] * 40, dtype=pl.List(pl.Int64)),
    **{
        str(t): pl.Series(list(n), dtype=t)
        for t in (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16,
                  pl.UInt32, pl.UInt64, pl.Float32, pl.Float64, *FLOAT16)
    },
}
for name, column in columns.items():
    with_missing = pl.select(pl.when(pl.int_range(40) % 7 != 0).then(column)).to_series()
    for values in [column] if name == "Object" else [column, with_missing]:
        X = pl.DataFrame({"c": values, "n": list(n)})
        for model in sys.argv[1:]:
            try:
                fitted = tabular_pipeline(model).fit(X, [0, 1] * 20)
                np.testing.assert_array_equal(fitted.predict(X[:1]), fitted.predict(X)[:1])
                fitted.predict(X[:1].with_columns(pl.lit(None).alias("c")))
                print("ok", name)
            except ValueError as exc:
                assert "'c'" in str(exc), exc
                print("refused", name)
"""


def test_no_type_of_polars_ends_the_process():
    done = subprocess.run(
        [sys.executable, "-c", POLARS, "lightgbm", "logistic"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    refused = {line.partition(" ")[2] for line in done.stdout.splitlines() if line[0] == "r"}
    assert refused == {"List", "Array", "Struct", "Object"}


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b"])], ids=str)
def test_categories_in_the_place_of_numbers_are_refused_by_name(dtype):
    X = pl.DataFrame({"c": [1.0, 2.0] * 10, "n": range(20)})
    fitted = tabular_pipeline("lightgbm").fit(X, [0, 1] * 10)
    batch = pl.DataFrame({"c": pl.Series(["a", "b"], dtype=dtype), "n": [1, 2]})
    with pytest.raises(ColumnValuesError, match="Column 'c' holds categories"):
        fitted.predict(batch)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", ["lightgbm", "logistic"])
def test_durations_times_texts_and_mixtures_are_learned_from(library, name):
    rng = np.random.default_rng(0)
    n = 300
    good = rng.random(n) > 0.5
    wait = np.where(good, 10, 40) + rng.integers(0, 20, n)
    text = [f"{'lovely' if g else 'awful'} place number {rng.integers(9999)} to eat" for g in good]
    X = pd.DataFrame(
        {
            "wait": pd.to_timedelta(wait, unit="min"),
            "text": text,
            "id": [f"c-{k}" for k in range(n)],
            "n": rng.normal(size=n),
        }
    )
    X = pl.from_pandas(X) if library == "polars" else X
    for columns in (["wait", "n", "id"], ["text", "n", "id"]):
        pipeline = tabular_pipeline(name).fit(X[columns][:200], good[:200])
        assert pipeline.score(X[columns][200:], good[200:]) > 0.9
        assert list(pipeline["columns"].dropped_) == ["id"]


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_what_scikit_learn_is_set_to_give_changes_nothing(output):
    X, y = load_penguins(return_X_y=True)
    X = X.assign(
        took=pd.to_timedelta(np.arange(len(X)), unit="min"),
        text=[f"nice bird number {k} swims" for k in range(len(X))],
    )
    for name in ("lightgbm", "logistic"):
        expected = tabular_pipeline(name).fit(X, y).predict_proba(X)
        with sklearn.config_context(transform_output=output):
            found = tabular_pipeline(name).fit(X, y).predict_proba(X)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "logistic", "svm", "decision_tree"])
def test_class_weight_reaches_the_model(name):
    X, y = make_classification(400, 5, weights=[0.9], flip_y=0.2, random_state=0)
    plain = tabular_pipeline(name).fit(X, y)
    weighed = tabular_pipeline(name, class_weight={0: 1, 1: 20}).fit(X, y)
    if name == "svm":  # its probabilities are calibrated, on rows without weights
        assert weighed["model"].estimator.class_weight == {0: 1, 1: 20}
    else:
        assert weighed.predict(X).mean() > plain.predict(X).mean() + 0.05


@pytest.mark.parametrize("name", ["xgboost", "svm", "logistic"])
@pytest.mark.parametrize(
    "settings", [{"class_weight": {"no": 1, "yes": 20}}, {"calibrate": True}], ids=str
)
def test_words_are_labels_for_weights_and_calibration(name, settings):
    X, codes = make_classification(200, 5, weights=[0.8], flip_y=0.2, random_state=0)
    y = np.array(["no", "yes"])[codes]
    model = tabular_pipeline(name, **settings).fit(X, y)
    assert model.classes_.tolist() == ["no", "yes"]
    plain = tabular_pipeline(name).fit(X, codes)
    if "class_weight" in settings:
        assert (model.predict(X) == "yes").mean() > plain.predict(X).mean()


@pytest.mark.parametrize(
    ("name", "y", "message"),
    [
        ("xgboost", ["a", "b"] * 20, "only the labels 0, 1, 2, .*'a', 'b': put the pipeline into"),
        ("xgboost", [1, 2] * 20, "only the labels 0, 1, 2, .*and y holds 1, 2"),
        ("lightgbm", [0.5, 1.5] * 20, 'numbers with fractions: set task="regression"'),
        ("knn", ["a", None] * 20, "20 of 40 targets are missing, the first in row 1"),
        ("knn", np.array([True, False] * 20, dtype=object), r"y.astype\('bool'\)"),
        ("xgboost", [0, 1] * 19, "inconsistent numbers of samples"),
        ("lightgbm", [0, 1] * 19, "inconsistent numbers of samples"),
    ],
)
def test_a_target_that_the_model_cannot_learn_is_refused(name, y, message):
    X = pd.DataFrame({"a": np.arange(40.0), "b": np.tile([0.0, 1], 20)})
    with pytest.raises(ValueError, match=message):
        tabular_pipeline(name).fit(X, y)
    if message.startswith("only"):
        assert AnyLabelsClassifier(tabular_pipeline(name)).fit(X, y).score(X, y) == 1


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "logistic"])
def test_columns_of_arrow(name):
    pytest.importorskip("pyarrow")
    y = np.tile([0, 1], 20)
    plain = pd.DataFrame({"a": np.arange(40.0) % 7, "b": np.arange(40) % 3, "c": y == 1})
    stored = plain.astype({"a": "double[pyarrow]", "b": "int8[pyarrow]", "c": "bool[pyarrow]"})
    expected = tabular_pipeline(name).fit(plain, y).predict_proba(plain)
    model = tabular_pipeline(name).fit(stored, y)
    np.testing.assert_allclose(model.predict_proba(stored), expected, rtol=1e-6)
    half = plain.assign(a=pd.array(plain["a"].astype("float16"), dtype="halffloat[pyarrow]"))
    np.testing.assert_allclose(model.predict_proba(half), expected, rtol=1e-6)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "random_forest"])
def test_monotonic_goes_by_raw_names(name, task):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"constant": 1, "day": pd.Timestamp("2024-01-01"), "size [m]": rng.random(400)}
    )
    y = np.sin(X["size [m]"] * 9) + rng.normal(size=400) * 0.1
    y = y > 0 if task == "classification" else y
    y = np.asarray(y, dtype=int) if task == "classification" else y
    grid = X.assign(**{"size [m]": np.linspace(0, 1, 400)})

    def steps(**settings):
        model = tabular_pipeline(name, task, **settings).fit(X, y)
        method = model.predict_proba if task == "classification" else model.predict
        return np.diff(np.asarray(method(grid)).reshape(400, -1)[:, -1])

    assert steps(monotonic={"size [m]": -1}).max() < 1e-6
    assert steps(monotonic={"size [m]": 1}).min() > -1e-6
    assert steps().min() < -0.01 < 0.01 < steps().max()


def test_calibrate_wraps_the_model():
    X, y = load_penguins(return_X_y=True)
    pipeline = tabular_pipeline("decision_tree", calibrate="isotonic").fit(X, y)
    assert pipeline["model"].method == "isotonic"
    np.testing.assert_allclose(pipeline.predict_proba(X).sum(axis=1), 1)
    assert tabular_pipeline("logistic", calibrate=True)["model"].method == "sigmoid"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tabular_pipeline("knn", class_weight="balanced"), TypeError, "cannot weigh"),
        (lambda: tabular_pipeline(class_weight="balance"), ValueError, "a dict, 'balanced' or"),
        (lambda: tabular_pipeline(class_weight=5), ValueError, "or None. Got 5 instead"),
        (lambda: tabular_pipeline("logistic", monotonic={"a": 1}), ValueError, "held to a dir"),
        (
            lambda: tabular_pipeline("linear", "regression", calibrate=True),
            ValueError,
            "calibrate is for classifiers; RidgeCV is none",
        ),
        (lambda: tabular_pipeline(drop=["a"], columns=None), ValueError, "your own step"),
        (lambda: tabular_pipeline(task="clustering"), ValueError, "'task' parameter"),
    ],
)
def test_what_cannot_be_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_drop_leaves_columns_out():
    X, y = load_penguins(return_X_y=True)
    pipeline = tabular_pipeline("decision_tree", drop=["island", "sex"]).fit(X, y)
    assert "island" not in pipeline[:-1].get_feature_names_out()
    with pytest.raises(ValueError, match="no column 'iland'; did you mean 'island'"):
        tabular_pipeline(drop="iland").fit(X, y)


def test_an_unknown_name_lists_the_models():
    with pytest.raises(ValueError, match="Did you mean 'lightgbm'"):
        tabular_pipeline("lightgmb")
