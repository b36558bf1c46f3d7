"""What the guide says of the Adult census holds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skcook.models import EarlyStoppingClassifier, Leaderboard, make_model, tabular_pipeline

pytestmark = [pytest.mark.realdata, pytest.mark.slow]

COOKBOOK = {
    "n_estimators": 500,
    "max_depth": 8,
    "learning_rate": 0.05,
    "subsample": 0.7,
    "colsample_bytree": 0.7,
}


@pytest.fixture(scope="module")
def adult(data_home):
    X = pd.read_csv(
        data_home / "adult.data", header=None, skipinitialspace=True, na_values="?"
    ).set_axis([f"c{i}" for i in range(14)] + ["income"], axis=1)
    return X, X.pop("income")


@pytest.mark.parametrize(
    ("booster", "least"),
    [
        (lambda: make_model("xgboost", **COOKBOOK, eval_metric="auc"), 0.926),
        (lambda: make_model("lightgbm", **COOKBOOK, metric="auc"), 0.925),
        (lambda: HistGradientBoostingClassifier(learning_rate=0.05, random_state=0), 0.926),
    ],
    ids=["xgboost", "lightgbm", "sklearn"],
)
def test_early_stopping_is_as_good_as_stopping_on_the_test_rows(adult, booster, least):
    X_train, X_test, y_train, y_test = train_test_split(*adult, test_size=0.3, random_state=1)
    model = EarlyStoppingClassifier(tabular_pipeline(booster()), random_state=0)
    model.fit(X_train, y_train)
    assert roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]) >= least
    assert 100 < model.n_iter_ < 500


def test_the_order_of_the_board_is_stable_over_seeds(adult):
    models = {
        "tree": "decision_tree",
        "logistic": "logistic",
        "booster": "lightgbm",
        "forest": tabular_pipeline(make_model("random_forest", n_estimators=50)),
    }
    orders = [
        Leaderboard(models=models, cv=2, scoring="roc_auc", random_state=seed, verbose=0)
        .fit(*adult)
        .leaderboard_["model"]
        .tolist()
        for seed in range(3)
    ]
    assert orders == [["booster", "forest", "logistic", "tree"]] * 3


def test_a_board_on_raw_rows_with_missing_words(adult):
    X, y = (part[:2000] for part in adult)
    assert X.isna().any().any()
    board = Leaderboard(models=["xgboost", "logistic"], cv=2, verbose=0).fit(X, y)
    assert board.leaderboard_["roc_auc"].min() > 0.85
    assert set(np.unique(board.predict(X))) == {"<=50K", ">50K"}
