"""What to try for the settings of each recipe, as data for every search."""

from dataclasses import dataclass
from typing import Any

from scipy import stats
from sklearn.utils.validation import check_random_state

from skcook.models._recipes import check_task, recipe_name
from skcook.utils import import_optional
from skcook.utils._sklearn import InvalidParameterError


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


_FOREST = {
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
    "random_forest": _FOREST,
    "extra_trees": _FOREST,
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


def sample_settings(space: dict[str, Any], random_state: Any) -> dict[str, Any]:
    """Draw one value for each setting of a space of SciPy."""
    random = check_random_state(random_state)
    return {
        key: values[random.randint(len(values))]
        if isinstance(values, list)
        else values.rvs(random_state=random)
        for key, values in space.items()
    }


def _optuna() -> Any:
    return import_optional("optuna", feature='search_space(library="optuna")', extra="search")
