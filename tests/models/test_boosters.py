import subprocess
import sys

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_regression
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from skcook.models._boosters import BOOSTERS, ValidationRows, booster_of, input_tags


@pytest.mark.parametrize(
    "model", [XGBClassifier(), LGBMClassifier()], ids=lambda m: type(m).__name__
)
def test_the_family_is_found_at_the_end_of_pipelines(model):
    for estimator in (model, make_pipeline(StandardScaler(), make_pipeline("passthrough", model))):
        last, booster = booster_of(estimator)
        assert last is model
        assert booster in BOOSTERS.values()


def test_other_models_have_no_booster():
    assert booster_of(make_pipeline(StandardScaler(), RandomForestClassifier()))[1] is None


@pytest.mark.parametrize(
    "model",
    [
        XGBRegressor(n_estimators=300, learning_rate=0.5, n_jobs=1),
        LGBMRegressor(n_estimators=300, learning_rate=0.5, n_jobs=1, verbose=-1),
        HistGradientBoostingRegressor(max_iter=300, learning_rate=0.5),
    ],
    ids=lambda m: type(m).__name__,
)
def test_the_round_found_is_the_best_of_the_curve(model):
    X, y = make_regression(400, 8, noise=50, random_state=0)
    _, booster = booster_of(model)
    stopped = booster.stop(
        model,
        ValidationRows(X[:300], y[:300], None),
        ValidationRows(X[300:], y[300:], None),
        15,
        {},
    )
    curve = stopped.curves["validation"][stopped.metric]
    assert stopped.n_rounds == int(np.argmin(curve)) + 1
    assert len(curve) == stopped.n_rounds + 15
    assert len(stopped.curves["train"][stopped.metric]) == len(curve)


def test_looking_up_the_family_imports_no_library():
    code = (
        "from skcook.models._boosters import booster_of; import sys;"
        "from sklearn.svm import SVC; booster_of(SVC());"
        "print({'xgboost', 'lightgbm'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("first", "takes"), [(StandardScaler(), True), (PolynomialFeatures(), False)], ids=str
)
def test_the_first_step_tells_whether_missing_values_are_taken(first, takes):
    for estimator in (make_pipeline(first, XGBClassifier()), make_pipeline(make_pipeline(first))):
        assert input_tags(estimator).allow_nan is takes
    assert input_tags(make_pipeline("passthrough", first, XGBClassifier())).allow_nan is takes
