"""The preprocessing that a model needs, in front of it."""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skcook.models._recipes import make_model
from skcook.preprocessing import (
    DateFeatures,
    DropConstant,
    NumericImputer,
    NumericScaler,
    OneHotEncoder,
    OrdinalEncoder,
)

#: Most columns that one-hot encoding makes of one; the rarest categories share the last.
MAX_CATEGORIES = 40


def tabular_pipeline(
    estimator="lightgbm",
    task="classification",
    *,
    dates="auto",
    constants="auto",
    numeric_imputer="auto",
    categorical_imputer="auto",
    scaler="auto",
    encoder="auto",
):
    """Put the preprocessing that a model needs in front of it.

    The result is a plain :class:`~sklearn.pipeline.Pipeline` that takes a frame as it comes:
    numbers, categories, dates and missing values together, in pandas, polars or numpy. Two
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
    dates, constants, numeric_imputer, categorical_imputer, scaler, encoder : "auto", transformer \
            or None, default="auto"
        The steps before the model, in this order. A transformer replaces the one chosen, None
        leaves it out.

    Returns
    -------
    pipeline : Pipeline
        With the steps `dates`, `constants`, `numeric_imputer`, `categorical_imputer`, `scaler`,
        `encoder` and `model`. A step left out is "passthrough", so that a search can put one
        there.

    See Also
    --------
    make_model : The model alone.
    EarlyStoppingClassifier : Goes around this pipeline, not into it.

    Notes
    -----
    XGBoost takes no labels but 0, 1, 2, ...; for others put the pipeline into
    :class:`AnyLabelsClassifier` or :class:`EarlyStoppingClassifier`. A :class:`Leaderboard` does so
    by itself.

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
    model = make_model(estimator, task) if isinstance(estimator, str) else clone(estimator)
    if get_tags(model).input_tags.allow_nan:
        chosen = {
            "encoder": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        }
    else:
        chosen = {
            "numeric_imputer": NumericImputer(),
            "scaler": NumericScaler(),
            "encoder": OneHotEncoder(
                sparse_output=False,
                handle_unknown="infrequent_if_exist",
                max_categories=MAX_CATEGORIES,
            ),
        }
    given = {
        "dates": (dates, DateFeatures()),
        "constants": (constants, DropConstant()),
        "numeric_imputer": (numeric_imputer, None),
        "categorical_imputer": (categorical_imputer, None),
        "scaler": (scaler, None),
        "encoder": (encoder, None),
    }
    steps = []
    for name, (step, default) in given.items():
        if isinstance(step, str) and step == "auto":
            step = chosen.get(name, default)
        steps.append((name, "passthrough" if step is None else step))
    return Pipeline([*steps, ("model", model)])
