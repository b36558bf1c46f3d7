"""The models of a board by name, and their settings to try."""

from typing import Any

import numpy as np

from skcook.models._labels import AnyLabelsClassifier, with_any_labels
from skcook.models._recipes import RECIPES, make_model, model_names
from skcook.models._search_space import search_space
from skcook.models.tabular._model_columns import with_plain_names
from skcook.models.tabular._tabular_pipeline import tabular_pipeline
from skcook.utils._sklearn import request_weights
from skcook.utils._validation import in_words

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
