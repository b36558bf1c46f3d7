"""What stands around a booster that cannot take its data or its columns as they come.

`AnyLabelsClassifier` gives it codes for labels, `MonotonicClassifier` and `MonotonicRegressor` the
directions of its columns by their names.
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import indexable
from sklearn.utils.class_weight import compute_sample_weight

from skcook.base._delegation import fit_weights
from skcook.exceptions import ColumnsError
from skcook.models._boosters import WrapperMixin, booster_of
from skcook.models._fit_data import are_codes, learn_columns, read_target
from skcook.models.tabular._model_columns import ModelColumns
from skcook.utils._frames import is_frame
from skcook.utils._sklearn import (
    CallbackSupportMixin,
    HasMethods,
    StrOptions,
    fit_context,
    fit_tasks,
    request_weights,
)
from skcook.utils._validation import did_you_mean, in_words

#: Fewer rows of a class may all lie in one fold.
RARE = 20


class AnyLabelsClassifier(CallbackSupportMixin, WrapperMixin, ClassifierMixin, BaseEstimator):
    """Give any labels to a classifier that accepts only the labels 0, 1, 2, ...

    XGBoost is such a classifier. The wrapped one learns codes; its predictions become labels
    again.

    Parameters
    ----------
    estimator : estimator
        A classifier, or a Pipeline that ends in one.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, given to the classifier as weights of the rows: for XGBoost, which
        has no such setting. "balanced" weighs each class by the inverse of its share.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier, which knows the classes as 0, 1, 2, ...
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns seen in ``fit``, if known.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` was a frame.

    See Also
    --------
    EarlyStoppingClassifier : Takes any labels too, and finds the number of rounds.
    Leaderboard : Wraps a classifier in this class where it has to.

    Examples
    --------
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import AnyLabelsClassifier, tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> AnyLabelsClassifier(tabular_pipeline("xgboost")).fit(X, y).predict(X[:2]).tolist()
    ['Adelie', 'Adelie']
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"])],
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(self, estimator, *, class_weight=None):
        self.estimator = estimator
        self.class_weight = class_weight

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, *, sample_weight=None, **fit_params):
        """Fit the classifier to the codes of the labels.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, as the wrapped classifier takes it.
        y : array-like of shape (n_samples,)
            The labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for the wrapped classifier's ``fit``.
        **fit_params : dict
            Parameters of the wrapped classifier's ``fit``.

        Returns
        -------
        self : object
            The fitted classifier.
        """
        X, y, sample_weight = indexable(X, y, sample_weight)
        y = read_target(y, "classification", who=type(self).__name__)
        fit_params = self._routed(sample_weight, fit_params)
        estimator = clone(self.estimator)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.class_weight is not None:
            request_weights(estimator)
            weights = compute_sample_weight(self.class_weight, y)
            for name, of_class in fit_weights(estimator, weights).items():
                given = fit_params.get(name)
                fit_params[name] = of_class if given is None else of_class * np.asarray(given)
        with fit_tasks(self, X, y) as task, task("fit to codes", estimator):
            self.estimator_ = estimator.fit(X, codes, **fit_params)
        learn_columns(self, X, self.estimator_)
        return self

    def score(self, X, y, sample_weight=None):
        """Return the accuracy of `predict`.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_rows, n_columns)
            The rows.
        y : array-like of shape (n_rows,)
            Their labels.
        sample_weight : array-like of shape (n_rows,), default=None
            How often each row counts.

        Returns
        -------
        score : float
            The share of rows that are predicted right.
        """
        # The model inside knows codes, and y holds labels.
        return ClassifierMixin.score(self, X, y, sample_weight)

    def _passed_back(self, y):
        return self.classes_[y]

    def _plan_answers(self, plan):
        return plan(self.estimator_).relabelled(self.classes_)


def with_any_labels(estimator, y):
    """Wrap a classifier that could not take the labels `y`, nor those of a part of the rows.

    Shapes: y (n_samples,).
    """
    inner = estimator
    while not isinstance(inner, AnyLabelsClassifier):
        inner, booster = booster_of(inner)
        if booster is not None:
            return _wrapped_for(estimator, y) if booster.wants_codes else estimator
        if not hasattr(inner, "estimator"):
            break
        inner = inner.estimator
    return estimator


def _wrapped_for(estimator, y):
    classes, counts = np.unique(y, return_counts=True)
    # Rows of a rare class may all be left out of a fold, and 0, 2 are no codes. XGBoost forgets
    # whether 0 and 1 were booleans or floats.
    is_taken = classes.dtype.kind in "iu" and are_codes(classes) and counts.min() > RARE
    return estimator if is_taken else AnyLabelsClassifier(estimator)


class _BaseMonotonic(WrapperMixin, BaseEstimator):
    """What monotonic classifiers and regressors have in common."""

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"])],
        "directions": [dict, None],
    }

    def __init__(self, estimator, *, directions=None):
        self.estimator = estimator
        self.directions = directions

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, *, sample_weight=None, **fit_params):
        """Fit the booster with the directions of its columns.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            The data.
        y : array-like of shape (n_samples,)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for the booster's ``fit``.
        **fit_params : dict
            Parameters of the booster's ``fit``.

        Returns
        -------
        self : object
            The fitted model.
        """
        if not is_frame(X) and self.directions:
            raise TypeError(
                "Directions name columns, and X has none: give a frame of pandas or polars; got "
                f"{type(X).__name__}."
            )
        X, y, sample_weight = indexable(X, y, sample_weight)
        booster = clone(self.estimator)
        setting = monotonic_setting(booster)
        if self.directions:
            booster.set_params(**{setting: _signs(self.directions, list(X.columns))})
        if isinstance(self, ClassifierMixin):
            booster = with_any_labels(booster, y)
        # Directions go by the real names, the booster may see others.
        columns = ModelColumns()
        booster.fit(columns.fit_transform(X, y), y, **self._routed(sample_weight, fit_params))
        self.estimator_ = Pipeline([("columns", columns), ("model", booster)])
        if hasattr(booster, "classes_"):
            self.classes_ = booster.classes_
        learn_columns(self, X, self.estimator_)
        return self


class MonotonicClassifier(ClassifierMixin, _BaseMonotonic):
    """A classifier whose predictions only rise, or only fall, with some columns.

    XGBoost, LightGBM and HistGradientBoosting take such directions by the place of a column; here
    they go by its name. `tabular_pipeline` makes one of ``monotonic={"age": 1}``.

    Parameters
    ----------
    estimator : estimator
        ``XGBClassifier``, ``LGBMClassifier``, ``HistGradientBoostingClassifier``, or a tree or
        forest of scikit-learn.
    directions : dict of str to {-1, 0, 1}, default=None
        1 for each column with which the probability of the second class may only rise, -1 where it
        may only fall.

    Attributes
    ----------
    estimator_ : Pipeline
        The columns under names that the booster takes, and the fitted booster.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names.

    See Also
    --------
    MonotonicRegressor : The same for regression.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from skcook.models import MonotonicClassifier
    >>> X = pd.DataFrame({"age [y]": range(100)})
    >>> y = [0] * 40 + [1] * 30 + [0] * 10 + [1] * 20
    >>> model = MonotonicClassifier(HistGradientBoostingClassifier(), directions={"age [y]": 1})
    >>> model = model.fit(X, y)
    >>> bool((pd.Series(model.predict_proba(X)[:, 1]).diff().dropna() >= 0).all())
    True
    >>> MonotonicClassifier(HistGradientBoostingClassifier(), directions={"age": 1}).fit(X, y)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnsError: No column 'age' reaches the model; there are 'age [y]'. A
    column that is constant, or of which a step makes several, has no direction.
    """


class MonotonicRegressor(RegressorMixin, _BaseMonotonic):
    """A regressor whose predictions only rise, or only fall, with some columns.

    XGBoost, LightGBM and HistGradientBoosting take such directions by the place of a column; here
    they go by its name. `tabular_pipeline` makes one of ``monotonic={"age": 1}``.

    Parameters
    ----------
    estimator : estimator
        ``XGBRegressor``, ``LGBMRegressor``, ``HistGradientBoostingRegressor``, or a tree or forest
        of scikit-learn.
    directions : dict of str to {-1, 0, 1}, default=None
        1 for each column with which the prediction may only rise, -1 where it may only fall.

    Attributes
    ----------
    estimator_ : Pipeline
        The columns under names that the booster takes, and the fitted booster.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names.

    See Also
    --------
    MonotonicClassifier : The same for classification.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from skcook.models import MonotonicRegressor
    >>> X = pd.DataFrame({"size": range(100)})
    >>> y = [value % 30 for value in range(100)]
    >>> model = MonotonicRegressor(HistGradientBoostingRegressor(), directions={"size": -1})
    >>> model = model.fit(X, y)
    >>> bool((pd.Series(model.predict(X)).diff().dropna() <= 0).all())
    True
    """


def monotonic_setting(model: Any) -> str:
    """Return the name of the setting that takes directions, or raise."""
    _, booster = booster_of(model)
    if booster is not None:
        return booster.monotonic
    if "monotonic_cst" in model.get_params(deep=False):
        return "monotonic_cst"
    inner = getattr(model, "estimator", None)
    if hasattr(inner, "get_params") and not isinstance(inner, Pipeline):
        return f"estimator__{monotonic_setting(inner)}"
    raise ValueError(
        f"{type(model).__name__} cannot be held to a direction. XGBoost, LightGBM, "
        "HistGradientBoosting, and scikit-learn's trees and forests can."
    )


def _signs(directions: dict[str, int], names: list[str]) -> tuple[int, ...]:
    for name, sign in directions.items():
        if sign not in (-1, 0, 1):
            raise ValueError(f"The direction of {name!r} must be -1, 0 or 1; got {sign!r}.")
        if name not in names:
            match = did_you_mean(str(name), names)
            hint = f"did you mean {match!r}?" if match else f"there are {in_words(names)}."
            raise ColumnsError(
                f"No column {name!r} reaches the model; {hint} A column that is constant, or of "
                "which a step makes several, has no direction."
            )
    return tuple(directions.get(name, 0) for name in names)
