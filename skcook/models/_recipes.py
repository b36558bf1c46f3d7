"""The eight algorithms of the cookbooks, as a table of recipes, and what to try for their settings.

A recipe names a class of scikit-learn, XGBoost or LightGBM and the settings it starts from. What
`make_model` returns is that class itself, so everything known about it holds.
"""

import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any

from scipy import stats
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler

from skcook.utils import import_optional
from skcook.utils._sklearn import InvalidParameterError
from skcook.utils._validation import did_you_mean

TASKS = ("classification", "regression")

#: Every recipe takes these two; they are set where the model has a use for them.
_COMMON = {"n_jobs": 1, "random_state": 0}
_NO_EFFECT = {("LogisticRegression", "n_jobs")}

_FOREST = {"n_estimators": 200, "min_samples_leaf": 3, "max_features": 0.3}
_XGBOOST = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    "max_depth": 6,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "enable_categorical": True,
}
_LIGHTGBM = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    # Rows are only sampled when a frequency is given beside the fraction.
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
    "verbose": -1,
}


@dataclass(frozen=True)
class ModelPreset:
    """How one model is built for one task."""

    module: str
    cls: str
    settings: dict[str, Any] = field(default_factory=dict)

    def load(self) -> type:
        """Import the class; a booster that is not installed is named with its pip line."""
        if self.module.startswith("sklearn."):
            module = importlib.import_module(self.module)
        else:
            module = import_optional(self.module, feature=self.cls, extra="boost")
        return getattr(module, self.cls)


def _both(module: str, stem: str, settings: dict[str, Any]) -> dict[str, ModelPreset]:
    return {
        "classification": ModelPreset(module, f"{stem}Classifier", settings),
        "regression": ModelPreset(module, f"{stem}Regressor", settings),
    }


RECIPES: dict[str, dict[str, ModelPreset]] = {
    "xgboost": _both("xgboost", "XGB", _XGBOOST),
    "lightgbm": _both("lightgbm", "LGBM", _LIGHTGBM),
    "random_forest": _both("sklearn.ensemble", "RandomForest", _FOREST),
    "extra_trees": _both("sklearn.ensemble", "ExtraTrees", _FOREST),
    "logistic": {
        "classification": ModelPreset(
            "sklearn.linear_model", "LogisticRegression", {"max_iter": 1000}
        )
    },
    "linear": {
        "regression": ModelPreset(
            "sklearn.linear_model", "RidgeCV", {"alphas": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)}
        )
    },
    "decision_tree": _both("sklearn.tree", "DecisionTree", {"min_samples_leaf": 20}),
    "knn": _both("sklearn.neighbors", "KNeighbors", {"n_neighbors": 15}),
    "svm": {
        "classification": ModelPreset("sklearn.svm", "SVC", {"cache_size": 500}),
        "regression": ModelPreset("sklearn.svm", "SVR", {"cache_size": 500}),
    },
}


#: Other names that people know the models by, without case, spaces and underscores.
_ALIASES = {
    "xgb": "xgboost",
    "lgb": "lightgbm",
    "lgbm": "lightgbm",
    "gbdt": "lightgbm",
    "gradientboosting": "lightgbm",
    "histgradientboosting": "lightgbm",
    "rf": "random_forest",
    "et": "extra_trees",
    "lr": "logistic",
    "logreg": "logistic",
    "logisticregression": "logistic",
    "ridge": "linear",
    "ridgecv": "linear",
    "lasso": "linear",
    "elasticnet": "linear",
    "ols": "linear",
    "linearregression": "linear",
    "dt": "decision_tree",
    "tree": "decision_tree",
    "cart": "decision_tree",
    "kneighbors": "knn",
    "nearestneighbors": "knn",
    "neighbors": "knn",
    "svc": "svm",
    "svr": "svm",
    "supportvectormachine": "svm",
}


def model_names(task="classification"):
    """Name the models that `make_model` knows for a task.

    Parameters
    ----------
    task : {"classification", "regression"}, default="classification"
        The task.

    Returns
    -------
    names : list of str
        Their names.

    Examples
    --------
    >>> from skcook.models import model_names
    >>> model_names("regression")
    ['xgboost', 'lightgbm', 'random_forest', 'extra_trees', 'linear', 'decision_tree', 'knn', 'svm']
    """
    check_task(task)
    return [name for name, recipes in RECIPES.items() if task in recipes]


def make_model(name, task="classification", **params):
    """Build a model by its name, with settings that are a good start.

    The result is a plain estimator of scikit-learn, XGBoost or LightGBM. It uses one thread and a
    fixed seed unless told otherwise: threads that outnumber the free cores make the boosters many
    times slower, not faster.

    Parameters
    ----------
    name : str
        "xgboost", "lightgbm", "random_forest", "extra_trees", "decision_tree", "knn", "svm", and
        "logistic" (classification) or "linear" (regression: a ridge that finds its own penalty).
    task : {"classification", "regression"}, default="classification"
        The task.
    **params : dict
        Settings of the model that replace those of the recipe. Every model takes `n_jobs`
        (default 1) and `random_state` (default 0); those that have no use for one ignore it. The
        support vector classifier is calibrated to give probabilities: settings of
        ``CalibratedClassifierCV`` (`method`, `cv`, `ensemble`) go there, all others to ``SVC``.
        The support vector regressor learns a target scaled to a deviation of one.

    Returns
    -------
    model : estimator
        The model, not fitted.

    Raises
    ------
    ValueError
        If there is no model of that name for the task.
    TypeError
        If the model has no such setting. The boosters take any, and warn of unknown ones in fit.
    MissingDependencyError
        If the model is a booster that is not installed.

    See Also
    --------
    tabular_pipeline : The same with the preprocessing that the model needs.

    Examples
    --------
    >>> from skcook.models import make_model
    >>> make_model("random_forest", max_depth=5)
    RandomForestClassifier(max_depth=5, max_features=0.3, min_samples_leaf=3, n_estimators=200,
                           n_jobs=1, random_state=0)
    >>> make_model("forest")
    Traceback (most recent call last):
        ...
    ValueError: There is no model 'forest' for classification. Choose one of: xgboost, lightgbm,
    random_forest, extra_trees, logistic, decision_tree, knn, svm.
    """
    check_task(task)
    recipe = RECIPES[recipe_name(name, task)][task]
    if name != "svm":
        return _build(recipe.load(), recipe.settings, params)
    # What goes to the wrapper; all else goes to the machine inside.
    of_wrapper = ("method", "cv", "ensemble") if task == "classification" else ()
    outer = {k: v for k, v in params.items() if k in of_wrapper}
    machine = _build(
        recipe.load(), recipe.settings, {k: v for k, v in params.items() if k not in outer}
    )
    if task == "regression":
        return TransformedTargetRegressor(machine, transformer=StandardScaler())
    # SVC gives no probabilities of its own that would be worth having; its own way to them is
    # deprecated in scikit-learn 1.9.
    if "n_jobs" in params:
        outer["n_jobs"] = params["n_jobs"]
    return _build(CalibratedClassifierCV, {"estimator": machine, "ensemble": False}, outer)


def check_task(task: Any) -> None:
    """Raise if `task` is not one of the two."""
    if task not in TASKS:
        raise InvalidParameterError(
            f"The 'task' parameter must be 'classification' or 'regression'. Got {task!r} instead."
        )


def recipe_name(name: Any, task: str) -> str:
    """Return the name of a recipe for a task, or raise with the name that was probably meant."""
    if isinstance(name, str) and task in RECIPES.get(name, {}):
        return name
    names = model_names(task)
    meant = _meant(name) if isinstance(name, str) else None
    if meant is None:
        why = ""
    elif meant in names:
        why = f"Did you mean {meant!r}?"
    else:
        other = next(other for other in TASKS if other != task)
        why = f"{meant!r} is for {other}: set task={other!r}, or choose another model."
    text = f"There is no model {name!r} for {task}. {why}".rstrip()
    raise ValueError(f"{text} Choose one of: {', '.join(names)}.")


def _meant(name: str) -> str | None:
    """Return the recipe that a name stands for: as it is, as a class, in short, or misspelt."""
    if name in RECIPES:
        return name
    plain = "".join(filter(str.isalnum, name.lower()))
    stem = plain.removesuffix("classifier").removesuffix("regressor")
    known = {"".join(filter(str.isalnum, recipe)): recipe for recipe in RECIPES} | _ALIASES
    match = stem if stem in known else did_you_mean(stem, [key for key in known if len(key) > 3])
    return known[match] if match else None


def _build(cls: type, settings: dict[str, Any], params: dict[str, Any]) -> Any:
    known = cls().get_params(deep=False)
    # scikit-learn 1.8 made `n_jobs` of LogisticRegression a name without effect.
    useful = {key for key in _COMMON if key in known and (cls.__name__, key) not in _NO_EFFECT}
    params = {key: value for key, value in params.items() if key in useful or key not in _COMMON}
    unknown = [key for key in params if key not in known]
    # The boosters take more settings than they list.
    if unknown and not _takes_any(cls):
        match = did_you_mean(unknown[0], list(known))
        raise TypeError(
            f"{cls.__name__} has no setting {unknown[0]!r}. "
            + (f"Did you mean {match!r}? " if match else "")
            + f"Its settings: {', '.join(sorted(known))}."
        )
    common = {key: value for key, value in _COMMON.items() if key in useful}
    return cls(**common | settings | params)


def _takes_any(cls: type) -> bool:
    parameters = inspect.signature(cls).parameters.values()
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)


@dataclass(frozen=True)
class _Number:
    """A range of numbers, even on a scale or on its logarithm."""

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def scipy(self) -> Any:
        if self.integer:
            return stats.randint(int(self.low), int(self.high) + 1)
        if self.log:
            return stats.loguniform(self.low, self.high)
        return stats.uniform(self.low, self.high - self.low)

    def optuna(self) -> Any:
        optuna = _optuna()
        if self.integer:
            return optuna.distributions.IntDistribution(int(self.low), int(self.high))
        return optuna.distributions.FloatDistribution(self.low, self.high, log=self.log)


@dataclass(frozen=True)
class _Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def scipy(self) -> Any:
        return list(self.values)

    def optuna(self) -> Any:
        return _optuna().distributions.CategoricalDistribution(self.values)


def _log(low: float, high: float) -> _Number:
    return _Number(low, high, log=True)


def _integer(low: int, high: int) -> _Number:
    return _Number(low, high, integer=True)


_FOREST_SPACE = {
    "n_estimators": _integer(100, 400),
    "max_features": _Number(0.1, 1.0),
    "min_samples_leaf": _integer(1, 20),
    "max_depth": _Choice((None, 8, 16)),
}
_SVM = {"C": _log(0.01, 100), "gamma": _log(1e-4, 1)}
_SPACES: dict[str, dict[str, Any]] = {
    "xgboost": {
        "n_estimators": _integer(50, 500),
        "learning_rate": _log(0.01, 0.3),
        "max_depth": _integer(2, 10),
        "min_child_weight": _log(0.1, 30),
        "subsample": _Number(0.5, 1.0),
        "colsample_bytree": _Number(0.4, 1.0),
        "reg_alpha": _log(1e-4, 10),
        "reg_lambda": _log(1e-2, 30),
    },
    "lightgbm": {
        "n_estimators": _integer(50, 500),
        "learning_rate": _log(0.01, 0.3),
        "num_leaves": _integer(4, 128),
        "min_child_samples": _integer(3, 80),
        "subsample": _Number(0.5, 1.0),
        "colsample_bytree": _Number(0.4, 1.0),
        "reg_alpha": _log(1e-4, 10),
        "reg_lambda": _log(1e-4, 30),
    },
    "random_forest": _FOREST_SPACE,
    "extra_trees": _FOREST_SPACE,
    "logistic": {"C": _log(1e-3, 100)},
    "linear": {"fit_intercept": _Choice((True, False))},
    "decision_tree": {
        "max_depth": _Choice((None, 3, 5, 8, 12)),
        "min_samples_leaf": _integer(1, 80),
        "ccp_alpha": _log(1e-6, 1e-2),
    },
    "knn": {
        "n_neighbors": _integer(1, 60),
        "weights": _Choice(("uniform", "distance")),
        "p": _Choice((1, 2)),
    },
    "svm": _SVM,
}
#: Where the machine is inside a wrapper.
_INSIDE = {("svm", "classification"): "estimator__", ("svm", "regression"): "regressor__"}

LIBRARIES = ("scipy", "optuna")


def search_space(name, task="classification", *, prefix="", library="scipy"):
    """Give the settings of a recipe that are worth a search, and what to try for each.

    Parameters
    ----------
    name : str
        The name of a recipe, as `make_model` takes it.
    task : {"classification", "regression"}, default="classification"
        The task.
    prefix : str, default=""
        Put before each name: ``"model__"`` for a pipeline of `tabular_pipeline`.
    library : {"scipy", "optuna"}, default="scipy"
        Whose distributions: those of SciPy, and lists, for ``RandomizedSearchCV``,
        ``HalvingRandomSearchCV`` and ``ParameterSampler`` of scikit-learn; those of Optuna for
        ``OptunaSearchCV`` and ``study.ask``.

    Returns
    -------
    space : dict of str to distribution
        One distribution, or list of values, for each setting.

    Raises
    ------
    ValueError
        If there is no model of that name for the task.
    MissingDependencyError
        If Optuna is asked for and is not installed.

    See Also
    --------
    Leaderboard : Searches by itself with ``search="random"`` or ``"optuna"``.

    Examples
    --------
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import search_space, tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> space = search_space("decision_tree", prefix="model__")
    >>> sorted(space)
    ['model__ccp_alpha', 'model__max_depth', 'model__min_samples_leaf']
    >>> search = RandomizedSearchCV(
    ...     tabular_pipeline("decision_tree"), space, n_iter=3, cv=3, random_state=0
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.8)
    True
    >>> search_space("forest")
    Traceback (most recent call last):
        ...
    ValueError: There is no model 'forest' for classification. Choose one of: xgboost, lightgbm,
    random_forest, extra_trees, logistic, decision_tree, knn, svm.
    """
    check_task(task)
    if library not in LIBRARIES:
        raise InvalidParameterError(
            f"The 'library' parameter must be 'scipy' or 'optuna'. Got {library!r} instead."
        )
    name = recipe_name(name, task)
    prefix += _INSIDE.get((name, task), "")
    return {f"{prefix}{key}": getattr(of, library)() for key, of in _SPACES[name].items()}


def _optuna() -> Any:
    return import_optional("optuna", feature='search_space(library="optuna")', extra="search")
