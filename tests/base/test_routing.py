"""Metadata reaches the model inside every meta-estimator, from inside scikit-learn's own."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import AnyLabelsClassifier
from skcook.review import ReviewedClassifier

N = 60
X = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2)), columns=["a", "b"])
Y = np.where(X["a"] > 0, "yes", "no")
WEIGHT = np.linspace(1, 2, N)


class Weighed(ClassifierMixin, BaseEstimator):
    """A classifier that keeps the weights that it was fitted with."""

    def fit(self, X, y, sample_weight=None):
        self.inner_ = LogisticRegression().fit(X, y)
        self.classes_, self.n_features_in_ = self.inner_.classes_, X.shape[1]
        self.weight_ = sample_weight
        return self

    def predict(self, X):
        return self.inner_.predict(X)

    def predict_proba(self, X):
        return self.inner_.predict_proba(X)


def weighed():
    return Weighed().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)


def in_a_pipeline():
    return make_pipeline(StandardScaler().set_fit_request(sample_weight=False), weighed())


def weights_seen(meta):
    """Return the weights that the model inside a fitted meta-estimator was fitted with."""
    inner = meta.estimator_
    return (inner[-1] if hasattr(inner, "steps") else inner).weight_


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize("inside", [weighed, in_a_pipeline])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: ExplainedClassifier(model, explainer=TabularExplainer(n_samples=64)),
        ReviewedClassifier,
        AnyLabelsClassifier,
    ],
    ids=["explained", "reviewed", "any_labels"],
)
def test_weights_reach_the_model_inside(wrap, inside):
    np.testing.assert_array_equal(
        weights_seen(wrap(inside()).fit(X, Y, sample_weight=WEIGHT)), WEIGHT
    )
    found = cross_validate(
        wrap(inside()), X, Y, cv=2, params={"sample_weight": WEIGHT}, return_estimator=True
    )
    for model in found["estimator"]:
        assert set(weights_seen(model)) < set(WEIGHT)
    search = GridSearchCV(wrap(inside()), {}, cv=2).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(weights_seen(search.best_estimator_), WEIGHT)


@pytest.mark.parametrize("wrap", [ExplainedClassifier, ReviewedClassifier, AnyLabelsClassifier])
def test_metadata_that_the_model_inside_did_not_ask_for_is_refused(wrap):
    with pytest.raises(ValueError, match="not explicitly set as requested"):
        wrap(Weighed()).fit(X, Y, sample_weight=WEIGHT)
