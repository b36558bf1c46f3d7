"""Any labels for a classifier that knows 0, 1, 2, ... alone."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skcook.models._boosters import booster_of


class LabelCodes(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Give a classifier codes for labels, and its predictions their labels back.

    XGBoost takes no other labels than 0, 1, 2, ...; on a leaderboard it meets classifiers that
    take any.

    Parameters
    ----------
    estimator : estimator
        The classifier.
    """

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """Fit the classifier to the codes of the labels."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.estimator_ = clone(self.estimator).fit(X, codes)
        return self

    def predict(self, X):
        """Predict labels."""
        check_is_fitted(self)
        return self.classes_[self.estimator_.predict(X)]

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))
    def predict_proba(self, X):
        """Predict probabilities, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def with_any_labels(estimator, y):
    """Wrap a classifier that could not take the labels `y`.

    Parameters
    ----------
    estimator : estimator
        A classifier.
    y : ndarray of shape (n_samples,)
        The labels.

    Returns
    -------
    estimator : estimator
        The same, or a `LabelCodes` around it.
    """
    _, booster = booster_of(estimator)
    if booster is None or not booster.wants_codes:
        return estimator
    classes = np.unique(y)
    if classes.dtype.kind in "iu" and np.array_equal(classes, np.arange(len(classes))):
        return estimator
    return LabelCodes(estimator)
