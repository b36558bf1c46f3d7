"""Boosters whose predictions only rise, or only fall, with a column."""

from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.pipeline import Pipeline

from skcook.exceptions import ColumnsError
from skcook.models._boosters import WrapperMixin, booster_of
from skcook.models._fit_data import learn_columns
from skcook.models._labels import with_any_labels
from skcook.models.tabular._model_columns import ModelColumns
from skcook.utils._frames import is_frame
from skcook.utils._sklearn import HasMethods, fit_context
from skcook.utils._validation import did_you_mean, in_words


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
