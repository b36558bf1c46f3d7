"""Any labels for a classifier that accepts only the labels 0, 1, 2, ..."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import indexable
from sklearn.utils.class_weight import compute_sample_weight

from skcook.base._delegation import fit_weights
from skcook.models._boosters import WrapperMixin, booster_of
from skcook.models._fit_data import are_codes, learn_columns, read_target
from skcook.utils._sklearn import (
    CallbackSupportMixin,
    HasMethods,
    StrOptions,
    fit_context,
    fit_tasks,
    request_weights,
)

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
        X, y = indexable(X, y)
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
