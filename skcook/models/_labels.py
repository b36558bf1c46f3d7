"""Any labels for a classifier that knows 0, 1, 2, ... alone."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.models._target import learn_columns, read_target
from skcook.models.stopping._boosters import booster_of, input_tags
from skcook.utils._sklearn import HasMethods, fit_context, routing_enabled


def _inner_has(method: str):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class AnyLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Give any labels to a classifier that knows 0, 1, 2, ... alone.

    XGBoost is such a classifier. The wrapped one learns codes; its predictions become labels
    again.

    Parameters
    ----------
    estimator : estimator
        A classifier, or a Pipeline that ends in one.

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

    _parameter_constraints = {"estimator": [HasMethods(["fit", "predict"])]}

    def __init__(self, estimator):
        self.estimator = estimator

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **fit_params):
        """Fit the classifier to the codes of the labels.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data, as the wrapped classifier takes it.
        y : array-like of shape (n_samples,)
            The labels.
        **fit_params : dict
            Parameters of the wrapped classifier's ``fit``.

        Returns
        -------
        self : object
            The fitted classifier.
        """
        X, y = indexable(X, y)
        y = read_target(y, "classification", who=type(self).__name__)
        if routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.estimator_ = clone(self.estimator).fit(X, codes, **fit_params)
        learn_columns(self, X, self.estimator_)
        return self

    def predict(self, X):
        """Predict the class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The labels.
        """
        check_is_fitted(self)
        return self.classes_[self.estimator_.predict(X)]

    @available_if(_inner_has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_inner_has("decision_function"))
    def decision_function(self, X):
        """Score each class.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the wrapped classifier gives.
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def get_metadata_routing(self):
        """Tell where the metadata of ``fit`` goes.

        Returns
        -------
        routing : MetadataRouter
            Everything goes to the wrapped classifier.
        """
        return MetadataRouter(owner=self).add(
            estimator=self.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = input_tags(self.estimator)
        return tags


def with_any_labels(estimator, y):
    """Wrap a classifier that could not take the labels `y`.

    Shapes: y (n_samples,).
    """
    _, booster = booster_of(estimator)
    if booster is None or not booster.wants_codes:
        return estimator
    classes = np.unique(y)
    if classes.dtype.kind in "iu" and np.array_equal(classes, np.arange(len(classes))):
        return estimator
    return AnyLabelsClassifier(estimator)
