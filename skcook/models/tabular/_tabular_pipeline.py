"""The preprocessing that a model needs, in front of it."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skcook.base._delegation import fit_weights
from skcook.models._boosters import booster_of
from skcook.models._recipes import check_task, make_model
from skcook.models.tabular._booster_wrappers import (
    AnyLabelsClassifier,
    MonotonicClassifier,
    MonotonicRegressor,
    monotonic_setting,
)
from skcook.models.tabular._column_cleaner import ColumnCleaner
from skcook.models.tabular._model_columns import ModelColumns
from skcook.models.tabular._text_features import TextFeatures
from skcook.preprocessing import (
    DateFeatures,
    DropConstant,
    NumericImputer,
    NumericScaler,
    OneHotEncoder,
    OrdinalEncoder,
)
from skcook.utils._sklearn import InvalidParameterError

#: Most columns that one-hot encoding makes of one; the rarest categories share the last.
MAX_CATEGORIES = 40


def tabular_pipeline(
    estimator="lightgbm",
    task="classification",
    *,
    drop=None,
    columns="auto",
    text="auto",
    dates="auto",
    constants="auto",
    numeric_imputer="auto",
    categorical_imputer="auto",
    scaler="auto",
    encoder="auto",
    class_weight=None,
    monotonic=None,
    calibrate=None,
):
    """Put the preprocessing that a model needs in front of it.

    The result is a plain :class:`~sklearn.pipeline.Pipeline` that takes a frame as it comes:
    numbers, categories, dates, durations, texts, ids and missing values together, in pandas, polars
    or numpy; a column that cannot be one value, such as a list, is refused by its name. Two
    families need different things, and scikit-learn's tags tell which one a model belongs to:

    - models that take missing values by themselves (trees and boosters) get dates as numbers and
      categories as ordinal codes, with missing values left for them to use;
    - all others (linear, nearest neighbours, support vectors) get missing numbers filled in with
      the median, numbers scaled, and categories, missing ones included, as columns of zeros and
      ones.

    Parameters
    ----------
    estimator : str or estimator, default="lightgbm"
        A name for `make_model`, or a model.
    task : {"classification", "regression"}, default="classification"
        The task of a model given by name.
    drop : str, list of str or int, slice, mask or callable, default=None
        Columns to leave out.
    columns, text, dates, constants, numeric_imputer, categorical_imputer, scaler, encoder : \
            "auto", transformer or None, default="auto"
        The steps before the model, in this order. A transformer replaces the one chosen, None
        leaves it out.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, for any classifier that weighs classes or rows.
    monotonic : dict of str to {-1, 0, 1}, default=None
        Columns with which the prediction may only rise (1) or fall (-1), by their names in the
        data; for boosters, trees and forests.
    calibrate : {"sigmoid", "isotonic", "temperature"}, bool or None, default=None
        Calibrate the probabilities of a classifier, by the predictions of a cross-validation
        (:class:`~sklearn.calibration.CalibratedClassifierCV`); True is "sigmoid".

    Returns
    -------
    pipeline : Pipeline
        With the steps `columns`, `text`, `dates`, `constants`, `numeric_imputer`,
        `categorical_imputer`, `scaler`, `encoder`, `model_columns` and `model`. A step left out is
        "passthrough", so that a search can put one there.

    Raises
    ------
    ValueError
        If the model cannot do what `class_weight`, `monotonic` or `calibrate` ask of it.

    See Also
    --------
    make_model : The model alone.
    ColumnCleaner, TextFeatures, ModelColumns : The steps `columns`, `text` and `model_columns`.
    EarlyStoppingClassifier : Goes around this pipeline, not into it.

    Notes
    -----
    XGBoost takes no labels but 0, 1, 2, ..., and its pipeline says so; for others put the pipeline
    into :class:`AnyLabelsClassifier` or :class:`EarlyStoppingClassifier`. A :class:`Leaderboard`
    does so by itself.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import tabular_pipeline
    >>> from skcook.preprocessing import NumericImputer, TargetEncoder
    >>> X, y = load_penguins(return_X_y=True)
    >>> pipeline = tabular_pipeline("logistic").fit(X, y)
    >>> pipeline.score(X, y) > 0.98
    True

    Every step can be replaced, and searched by its name:

    >>> search = GridSearchCV(
    ...     tabular_pipeline("logistic", numeric_imputer=NumericImputer("mean")),
    ...     {"encoder": [TargetEncoder(), "passthrough"], "model__C": [0.1, 1]},
    ...     error_score=0,
    ... )
    >>> sorted(search.param_grid)
    ['encoder', 'model__C']
    """
    check_task(task)
    model = make_model(estimator, task) if isinstance(estimator, str) else clone(estimator)
    tags = get_tags(model)
    if drop is not None and not (isinstance(columns, str) and columns == "auto"):
        raise ValueError("Give `drop` to your own step `columns`: the one it is for is replaced.")
    defaults = {
        "columns": ColumnCleaner(drop),
        "text": TextFeatures(),
        "dates": DateFeatures(),
        "constants": DropConstant(),
        "numeric_imputer": None,
        "categorical_imputer": None,
        "scaler": None,
        "encoder": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    }
    if not tags.input_tags.allow_nan:
        defaults["numeric_imputer"], defaults["scaler"] = NumericImputer(), NumericScaler()
        defaults["encoder"] = OneHotEncoder(
            sparse_output=False,
            handle_unknown="infrequent_if_exist",
            max_categories=MAX_CATEGORIES,
        )
    given = (columns, text, dates, constants, numeric_imputer, categorical_imputer, scaler, encoder)
    steps = []
    for (name, default), step in zip(defaults.items(), given, strict=True):
        if isinstance(step, str) and step == "auto":
            step = default
        steps.append((name, "passthrough" if step is None else step))
    model = _asked_for(model, class_weight, monotonic, calibrate)
    last_look = "passthrough"
    if not monotonic:
        last_look = ModelColumns(strings=tags.input_tags.string, target=_target_of(model))
    return Pipeline([*steps, ("model_columns", last_look), ("model", model)])


def _target_of(model: Any) -> str | None:
    """Return what a model learns, as `ModelColumns` calls it."""
    _, booster = booster_of(model)
    kind = get_tags(model).estimator_type
    if kind == "classifier":
        return "codes" if booster is not None and booster.wants_codes else "labels"
    return "numbers" if kind == "regressor" else None


def _asked_for(model: Any, class_weight: Any, monotonic: Any, calibrate: Any) -> Any:
    """Return the model with the weights, the directions and the calibration that were asked for."""
    is_classifier = get_tags(model).estimator_type == "classifier"
    asked = {"class_weight": class_weight, "calibrate": calibrate or None}
    wrong = [name for name, value in asked.items() if value is not None and not is_classifier]
    if wrong:
        raise ValueError(f"{wrong[0]} is for classifiers; {type(model).__name__} is none.")
    if class_weight is not None:
        if class_weight != "balanced" and not isinstance(class_weight, dict):
            raise InvalidParameterError(
                "The 'class_weight' parameter must be a dict, 'balanced' or None. "
                f"Got {class_weight!r} instead."
            )
        known = [name for name in model.get_params() if name.split("__")[-1] == "class_weight"]
        setting = min(known, key=len, default="")
        # A model around another may give it codes, which a dict of labels does not know.
        labels = [] if class_weight == "balanced" else list(class_weight)
        if setting == "class_weight" or (setting and labels == list(range(len(labels)))):
            model.set_params(**{setting: class_weight})
            class_weight = None
    if monotonic:
        monotonic_setting(model)
        held = MonotonicClassifier if is_classifier else MonotonicRegressor
        model = held(model, directions=monotonic)
    if class_weight is not None:
        fit_weights(model, ())
        model = AnyLabelsClassifier(model, class_weight=class_weight)
    if calibrate:
        if _target_of(model) == "codes":
            model = AnyLabelsClassifier(model)
        method = "sigmoid" if calibrate is True else calibrate
        model = CalibratedClassifierCV(model, method=method, ensemble=False)
    return model
