"""What is compared on a board, checked before the fits start: models, folds and metrics.

The folds keep classes in proportion and groups together, and put single rows into training.
"""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names, roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)

from skcook.models._recipes import RECIPES, make_model, model_names, search_space
from skcook.models.tabular._booster_wrappers import AnyLabelsClassifier, with_any_labels
from skcook.models.tabular._model_columns import with_plain_names
from skcook.models.tabular._tabular_pipeline import tabular_pipeline
from skcook.utils._sklearn import (
    request_weights,
    routing_enabled,
    scorer_function,
    with_function,
    with_labels,
    with_positive_class,
)
from skcook.utils._validation import did_you_mean, in_words

#: A support vector machine with a kernel takes minutes from here on; it runs when asked for.
SVM_ROWS = 10_000


def is_estimator(model: Any) -> bool:
    """Tell whether something is an instance of an estimator."""
    return hasattr(model, "fit") and not isinstance(model, type)


def board_models(given: Any, task: str, X: Any, y: np.ndarray) -> dict[str, Any]:
    """Return the models by name; an exception in place of one that cannot be built."""
    all_recipes = given is None
    if all_recipes:
        given = model_names(task)
    if not isinstance(given, dict):
        given = {name: name for name in given}
    if not given:
        raise ValueError("models is empty: name at least one, or leave it None for all.")
    models = {}
    for name, model in given.items():
        if isinstance(model, str):
            if all_recipes and model == "svm" and len(y) > SVM_ROWS:
                model = RuntimeError(
                    f"not run: it takes minutes for {len(y):,} rows; name it in `models` to run it"
                )
            else:
                model = _recipe(model, task)
        elif not is_estimator(model):
            what = "a class" if isinstance(model, type) else type(model).__name__
            raise TypeError(
                f"The model {name!r} is no estimator but {what}. Give an "
                f"instance, or one of the names {in_words(model_names(task))}."
            )
        if not isinstance(model, Exception):
            model = with_plain_names(model, X)
            if task == "classification":
                model = with_any_labels(model, y)
        models[str(name)] = model
    return models


def _recipe(name: str, task: str) -> Any:
    try:
        return request_weights(tabular_pipeline(make_model(name, task), task))
    except ImportError as exc:
        return exc


def board_spaces(
    models: dict[str, Any], given: Any, task: str, library: str
) -> dict[str, dict[str, Any]]:
    """Return what to try for the settings of each model that is a recipe, by its name."""
    spaces = {}
    for name, model in models.items():
        recipe = given.get(name) if isinstance(given, dict) else name
        if isinstance(recipe, str) and recipe in RECIPES and not isinstance(model, Exception):
            prefix = "model__"
            if isinstance(model, AnyLabelsClassifier):
                prefix = "estimator__model__"
            spaces[name] = search_space(recipe, task, prefix=prefix, library=library)
    return spaces


#: Most classes that a warning names.
SHOWN = 10

Folds = list[tuple[np.ndarray, np.ndarray]]


def splitter_of(cv: Any, task: str, seed: int | None, *, grouped: bool = False) -> Any:
    """Return the splitter of a number of folds; any other `cv` as it is."""
    if not isinstance(cv, Integral):
        return cv
    if task == "classification":
        kind = StratifiedGroupKFold if grouped else StratifiedKFold
    else:
        kind = GroupKFold if grouped else KFold
    return kind(cv, shuffle=True, random_state=seed)


def board_folds(cv: Any, task: str, seed: int | None, X: Any, y: np.ndarray, groups: Any) -> Folds:
    """Return the training and the test rows of each fold."""
    splitter = splitter_of(cv, task, seed, grouped=groups is not None)
    if not isinstance(cv, Integral):
        splitter = check_cv(cv, y, classifier=task == "classification")
        return list(splitter.split(X, y, groups))
    classes, counts = np.unique(y, return_counts=True)
    is_rare = counts < int(cv)
    too_many = classes.dtype.kind in "iuf" and len(classes) > max(20, len(y) / 5)
    if task == "classification" and is_rare.any() and too_many:
        raise ValueError(
            f"y holds {len(classes)} different numbers in {len(y)} rows, too many for classes: set "
            'task="regression", or use fewer folds than the rows of each class.'
        )
    if task == "regression" or not is_rare.any():
        return list(splitter.split(X, y, groups))
    rare = list(zip(classes[is_rare].tolist(), counts[is_rare], strict=True))
    more = f" and {len(rare) - SHOWN} more classes" if len(rare) > SHOWN else ""
    few = ", ".join(f"class {label!r} has {count}" for label, count in rare[:SHOWN])
    few = f"Fewer rows than the {cv} folds: {few}{more}."
    if is_rare.all():
        raise ValueError(f"{few} No class can be in every fold: merge classes, or use fewer folds.")
    warnings.warn(
        f"{few} Folds without one of these classes are scored by the others; a single row is in "
        "the training rows of every fold. Merge rare classes, or use fewer folds.",
        UserWarning,
        stacklevel=5,
    )
    alone = np.isin(y, classes[counts == 1]) if groups is None else np.zeros(len(y), dtype=bool)
    rest, alone = np.flatnonzero(~alone), np.flatnonzero(alone)
    groups = None if groups is None else np.asarray(groups)[rest]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class in y")
        return [
            (np.sort(np.concatenate([rest[train], alone])), rest[test])
            for train, test in splitter.split(rest, y[rest], groups)
        ]


DEFAULTS = {
    "binary": ["roc_auc", "average_precision", "accuracy", "neg_log_loss"],
    "multiclass": ["roc_auc_ovr", "balanced_accuracy", "accuracy", "neg_log_loss"],
    "regression": ["r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"],
}


def resolve_metrics(scoring: Any, task: str, y: np.ndarray, refit: Any) -> dict[str, Any]:
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
    families = {name: getattr(scorer_function(s), "__module__", "") for name, s in scorers.items()}
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
        scorers = {
            name: with_labels(_of_present_classes(scorer, classes), classes)
            for name, scorer in scorers.items()
        }
    for name, scorer in scorers.items():
        _check_fits(name, scorer, families[name], task, y)
    if not isinstance(refit, str):
        return scorers
    if refit not in scorers:
        raise ValueError(f"refit={refit!r} is none of the metrics: {in_words(list(scorers))}.")
    return {refit: scorers[refit], **scorers}


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
    scorer = get_scorer(metric)
    return scorer.set_score_request(sample_weight=True) if routing_enabled() else scorer


def _refuse(metric: Any) -> None:
    raise ValueError(f"A metric is a name or a callable; got {metric!r}.")


def _check_fits(name: str, scorer: Any, family: str, task: str, y: np.ndarray) -> None:
    """Score a model that knows the target's distribution only, to see whether it can be scored."""
    if task == "classification" and family == "sklearn.metrics._regression":
        raise ValueError(f"The metric {name!r} is for regression. {_advice(task, y)}")
    dummy = DummyClassifier() if task == "classification" else DummyRegressor()
    X = np.zeros((len(y), 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = scorer(dummy.fit(X, y), X, y)
    except Exception as exc:
        if not family.startswith("sklearn."):
            return  # A metric of one's own may need real rows, and is tried on them.
        raise ValueError(
            f"The metric {name!r} does not fit this target: {exc}. {_advice(task, y)}"
        ) from exc
    if not np.isscalar(score):
        raise ValueError(f"The metric {name!r} gave {type(score).__name__}, not one number.")


def _advice(task: str, y: np.ndarray) -> str:
    return f"For {task}: {in_words(DEFAULTS[_kind(task, y)])}."


def _kind(task: str, y: np.ndarray) -> str:
    if task == "regression":
        return "regression"
    return "binary" if len(np.unique(y)) == 2 else "multiclass"


def _of_present_classes(scorer: Any, classes: np.ndarray) -> Any:
    """Let a ranking metric have a value, or a reason, where the test rows lack a class."""
    function = scorer_function(scorer)
    name = getattr(function, "__name__", "")
    if name not in ("roc_auc_score", "average_precision_score"):
        return scorer

    def present(y_true, y_score, **params):
        found = np.unique(y_true)
        absent = np.setdiff1d(classes, found)
        if not len(absent):
            return function(y_true, y_score, **params)
        if name != "roc_auc_score" or len(found) < 2:
            raise ValueError(
                f"The test rows of this fold have no row of class {in_words(absent.tolist())}."
            )
        return _auc_of(found, y_true, y_score[:, np.isin(classes, found)], **params)

    return with_function(scorer, present)


def _auc_of(found: np.ndarray, y_true: np.ndarray, y_score: np.ndarray, **params: Any) -> float:
    """Return the area under the curve of the classes that the rows have."""
    params.pop("labels", None)
    if params.get("multi_class") == "ovr":
        params.pop("multi_class")
        average = params.pop("average", "macro")
        areas = [
            roc_auc_score(y_true == label, y_score[:, place], **params)
            for place, label in enumerate(found)
        ]
        shares = [np.mean(y_true == label) for label in found] if average == "weighted" else None
        return float(np.average(areas, weights=shares))
    if len(found) == 2:
        params.pop("multi_class", None)
        params.pop("average", None)
        return roc_auc_score(y_true == found[1], y_score[:, 1] - y_score[:, 0], **params)
    total = y_score.sum(axis=1, keepdims=True)
    even = np.full_like(y_score, 1 / len(found))
    shares = np.divide(y_score, total, out=even, where=total > 0)
    return roc_auc_score(y_true, shares, labels=found, **params)
