"""A meta-estimator has the methods of the model inside it, and no others."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skcook.base import DelegatingMixin

X, Y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array(["a", "a", "b", "b"])
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


class Plain(DelegatingMixin, BaseEstimator):
    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        self.estimator_ = clone(self.estimator).fit(X, y)
        return self


class Chosen(Plain):
    """Knows its model after fit alone."""

    def fit(self, X, y):
        self.best_ = clone(self.estimator).fit(X, y)
        return self

    def _delegate(self):
        return self.best_

    def _delegates(self, method):
        return hasattr(self, "best_") and super()._delegates(method)


@pytest.mark.parametrize("model", [LogisticRegression(), LinearSVC(), Ridge()], ids=repr)
@pytest.mark.parametrize("method", METHODS)
def test_has_what_the_model_inside_has_before_fit_and_after(model, method):
    y = Y if method != "predict" or hasattr(model, "decision_function") else np.arange(4.0)
    meta = Plain(model)
    assert hasattr(meta, method) == hasattr(model, method)
    if hasattr(model, method):
        with pytest.raises(NotFittedError):
            getattr(meta, method)(X)
        np.testing.assert_array_equal(
            getattr(meta.fit(X, y), method)(X), getattr(clone(model).fit(X, y), method)(X)
        )


def test_a_model_that_is_chosen_in_fit():
    chosen = Chosen(LogisticRegression())
    assert not hasattr(chosen, "predict_proba")
    assert chosen.fit(X, Y).predict_proba(X).shape == (4, 2)


def test_the_score_is_that_of_the_model_inside():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring="neg_log_loss", cv=2)
    meta = Plain(search).fit(X, Y)
    assert meta.score(X, Y) == meta.estimator_.score(X, Y) < 0
    weights = [1.0, 0.0, 0.0, 0.0]
    plain = Plain(LogisticRegression()).fit(X, Y)
    assert plain.score(X, Y, sample_weight=weights) == plain.estimator_.score(X, Y, weights)
    assert not hasattr(Plain(StandardScaler()), "score")
