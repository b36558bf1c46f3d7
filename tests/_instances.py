"""How each estimator is built for the common tests, and which checks it is excused from."""

from typing import Any

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from skcook.explain import TabularExplainer
from skcook.utils import all_estimators

_BOARD = {"tree": DecisionTreeClassifier(random_state=0), "bayes": GaussianNB()}
_STOPPING = {"max_iter": 30, "n_iter_no_change": 2, "validation_fraction": 0.2, "random_state": 0}

#: Constructor arguments of those that need some, or that are slow with their defaults.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "AnyLabelsClassifier": {"estimator": LogisticRegression()},
    "Leaderboard": {"models": _BOARD, "cv": 2, "verbose": 0},
    "EarlyStoppingClassifier": {
        "estimator": HistGradientBoostingClassifier(max_leaf_nodes=5),
        **_STOPPING,
    },
    "EarlyStoppingRegressor": {
        "estimator": HistGradientBoostingRegressor(max_leaf_nodes=5),
        **_STOPPING,
    },
    "ExplainedClassifier": {
        "estimator": LogisticRegression(C=1),
        "explainer": TabularExplainer(n_samples=64),
    },
    "MonotonicClassifier": {
        "estimator": HistGradientBoostingClassifier(max_iter=20),
    },
    "MonotonicRegressor": {
        "estimator": HistGradientBoostingRegressor(max_iter=20),
    },
    "ImageExplainer": {"estimator": len},
    "LookupJoiner": {"table": pd.DataFrame({"key": [0.5], "v": [1.5]}), "on": {0: "key"}},
    "ExplainedRegressor": {"estimator": Ridge(), "explainer": TabularExplainer(n_samples=64)},
    "ReviewedClassifier": {"estimator": LogisticRegression(C=1)},
    "ReviewedRegressor": {"estimator": Ridge()},
    "TabularExplainer": {"estimator": Ridge(), "n_samples": 64},
    "TextExplainer": {"estimator": len},
    "LightFMRecommender": {"n_components": 4, "epochs": 2},
}

#: Checks of scikit-learn that an estimator cannot pass, each with its reason.
_WEIGHTS_DRAW_ROWS = (
    "validation rows are drawn by their number, so a row given twice is drawn more often than a "
    "row of weight two; scikit-learn excuses its own HistGradientBoosting for the same reason"
)
EXPECTED_FAILED_CHECKS: dict[str, dict[str, str]] = {
    "EarlyStoppingClassifier": {
        "check_sample_weight_equivalence_on_dense_data": _WEIGHTS_DRAW_ROWS
    },
    "EarlyStoppingRegressor": {"check_sample_weight_equivalence_on_dense_data": _WEIGHTS_DRAW_ROWS},
    "LightFMRecommender": {
        "check_sample_weight_equivalence_on_dense_data": (
            "stochastic gradient descent takes one step per row, so a row given twice is two steps "
            "and a row of weight two one longer step; scikit-learn excuses its SGDClassifier for "
            "the same reason"
        )
    },
}


def instances() -> list[Any]:
    """Build one instance of every estimator."""
    return [cls(**ARGUMENTS.get(name, {})) for name, cls in all_estimators()]


def expected_failed_checks(estimator: Any) -> dict[str, str]:
    """Return the checks that an estimator is excused from."""
    return EXPECTED_FAILED_CHECKS.get(type(estimator).__name__, {})
