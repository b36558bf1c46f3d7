import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from xgboost import XGBClassifier, XGBRegressor

from skcook.exceptions import ColumnsError
from skcook.models import (
    EarlyStoppingClassifier,
    MonotonicClassifier,
    MonotonicRegressor,
    make_model,
    tabular_pipeline,
)

X = pd.DataFrame({"a": np.linspace(0, 1, 200), "b,": np.tile([0, 1], 100)})
Y = np.sin(X["a"] * 9)


@pytest.mark.parametrize("booster", [LGBMRegressor(verbose=-1), XGBRegressor(n_jobs=1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_prediction_goes_one_way(booster, sign):
    model = MonotonicRegressor(booster, directions={"a": sign}).fit(X, Y)
    assert (np.diff(model.predict(X.assign(**{"b,": 0}))) * sign >= -1e-6).all()
    assert model.feature_names_in_.tolist() == ["a", "b,"]


def test_weights_reach_the_booster():
    y = (Y > 0).astype(int)
    plain = MonotonicClassifier(HistGradientBoostingClassifier(), directions={"a": 1}).fit(X, y)
    heavy = MonotonicClassifier(HistGradientBoostingClassifier(), directions={"a": 1}).fit(
        X, y, sample_weight=np.where(y, 9.0, 1.0)
    )
    assert heavy.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()
    assert heavy.classes_.tolist() == [0, 1]


def test_words_are_labels_for_every_booster():
    y = np.where(Y > 0, "up", "down")
    model = MonotonicClassifier(XGBClassifier(n_jobs=1), directions={"a": -1}).fit(X, y)
    assert model.classes_.tolist() == ["down", "up"]
    assert set(model.predict(X)) == {"down", "up"}
    assert (np.diff(model.predict_proba(X.assign(**{"b,": 0}))[:, 1]) <= 1e-6).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: MonotonicRegressor(Ridge(), directions={"a": 1}).fit(X, Y),
            ValueError,
            "Ridge cannot be",
        ),
        (
            lambda: MonotonicRegressor(LGBMRegressor(), directions={"a": 2}).fit(X, Y),
            ValueError,
            "The direction of 'a' must be -1, 0 or 1; got 2",
        ),
        (
            lambda: MonotonicRegressor(LGBMRegressor(), directions={"q": 1}).fit(X, Y),
            ColumnsError,
            "No column 'q' reaches the model; there are 'a', 'b,'",
        ),
        (
            lambda: MonotonicRegressor(LGBMRegressor(), directions={"a": 1}).fit(X.to_numpy(), Y),
            TypeError,
            "give a frame of pandas or polars; got ndarray",
        ),
    ],
)
def test_bad_directions_say_what_to_do(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("settings", [{}, {"calibrate": "sigmoid"}, {"class_weight": "balanced"}])
@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_early_stopping_goes_inside(name, settings):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.random(300), "noise": rng.random(300)})
    y = (rng.random(300) < 0.2 + 0.6 * np.sin(4 * X["size"]) ** 2).astype(int)
    booster = make_model(name, "classification")
    inside = EarlyStoppingClassifier(booster, n_iter_no_change=5, random_state=0)
    model = tabular_pipeline(inside, monotonic={"size": 1}, **settings).fit(X, y)
    line = pd.DataFrame({"size": np.linspace(0, 1, 50), "noise": 0.5})
    rises = np.diff(model.predict_proba(line)[:, 1])
    assert rises.min() >= -1e-6
    assert rises.max() > 0
    around = EarlyStoppingClassifier(tabular_pipeline(name, monotonic={"size": 1}, **settings))
    with pytest.raises(ValueError, match="put the early stopping into it"):
        around.fit(X, y)
