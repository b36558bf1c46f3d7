import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skcook.datasets import load_penguins
from skcook.models import make_model, model_names, tabular_pipeline
from skcook.preprocessing import NumericImputer, OneHotEncoder, OrdinalEncoder, TargetEncoder

STEPS = [
    "dates",
    "constants",
    "numeric_imputer",
    "categorical_imputer",
    "scaler",
    "encoder",
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


def test_an_unknown_name_lists_the_models():
    with pytest.raises(ValueError, match="Did you mean 'lightgbm'"):
        tabular_pipeline("lightgmb")
