"""Which metrics a leaderboard shows, and whether they fit the task."""

import warnings
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names

from skcook.utils._sklearn import scorer_function, with_positive_class
from skcook.utils._validation import did_you_mean, shown

DEFAULTS = {
    "binary": ["roc_auc", "average_precision", "accuracy", "neg_log_loss"],
    "multiclass": ["roc_auc_ovr", "balanced_accuracy", "accuracy", "neg_log_loss"],
    "regression": ["r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"],
}


def resolve_metrics(scoring: Any, task: str, y: np.ndarray) -> dict[str, Any]:
    """Return the scorers by name, the one that ranks first.

    Shapes: y (n_samples,).
    """
    if scoring is None:
        scoring = DEFAULTS[_kind(task, y)]
    if isinstance(scoring, str):
        scoring = [scoring]
    elif callable(scoring):
        scoring = {getattr(scoring, "__name__", "score"): scoring}
    if not isinstance(scoring, dict):
        scoring = {metric: metric for metric in scoring}
    if not scoring:
        raise ValueError("scoring is empty: name at least one metric, or leave it None.")
    scorers = {name: _scorer(metric) for name, metric in scoring.items()}
    if task == "classification":
        classes = np.unique(y)
        # Whether a metric fits, two rows of each class tell as well as all of them.
        y = np.repeat(classes, 2)
        if len(classes) == 2:
            # The second one, as everywhere in scikit-learn; without this, words have no positive
            # class.
            scorers = {
                name: with_positive_class(scorer, classes[1]) for name, scorer in scorers.items()
            }
    for name, scorer in scorers.items():
        _check_fits(name, scorer, task, y)
    return scorers


def _scorer(metric: Any) -> Any:
    if not isinstance(metric, str):
        return check_scoring(scoring=metric) if callable(metric) else _refuse(metric)
    if metric not in get_scorer_names():
        match = did_you_mean(metric, get_scorer_names())
        raise ValueError(
            f"There is no metric {metric!r}. "
            + (f"Did you mean {match!r}? " if match else "")
            + "sklearn.metrics.get_scorer_names() lists them."
        )
    return get_scorer(metric)


def _refuse(metric: Any) -> None:
    raise ValueError(f"A metric is a name or a callable; got {metric!r}.")


def _check_fits(name: str, scorer: Any, task: str, y: np.ndarray) -> None:
    """Score a model that knows the target's distribution only, to see whether it can be scored."""
    family = getattr(scorer_function(scorer), "__module__", "")
    if task == "classification" and family == "sklearn.metrics._regression":
        raise ValueError(f"The metric {name!r} is for regression. {_advice(task, y)}")
    dummy = DummyClassifier() if task == "classification" else DummyRegressor()
    X = np.zeros((len(y), 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = scorer(dummy.fit(X, y), X, y)
    except (AttributeError, TypeError, ValueError) as exc:
        raise ValueError(
            f"The metric {name!r} does not fit this target: {exc}. {_advice(task, y)}"
        ) from exc
    if not np.isscalar(score):
        raise ValueError(f"The metric {name!r} gave {type(score).__name__}, not one number.")


def _advice(task: str, y: np.ndarray) -> str:
    return f"For {task}: {shown(DEFAULTS[_kind(task, y)])}."


def _kind(task: str, y: np.ndarray) -> str:
    if task == "regression":
        return "regression"
    return "binary" if len(np.unique(y)) == 2 else "multiclass"
