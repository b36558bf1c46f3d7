"""Metadata reaches the model inside every meta-estimator, from inside scikit-learn's own."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import AnyLabelsClassifier, MonotonicClassifier, tabular_pipeline
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


class HeldWeighed(Weighed):
    """The same with a setting for directions."""

    def __init__(self, monotonic_cst=None):
        self.monotonic_cst = monotonic_cst


def weighed():
    return HeldWeighed().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)


def in_a_pipeline():
    return make_pipeline(StandardScaler().set_fit_request(sample_weight=False), weighed())


def weights_seen(meta):
    """Return the weights that the model inside a fitted meta-estimator was fitted with."""
    while not hasattr(meta, "weight_"):
        meta = meta[-1] if hasattr(meta, "steps") else meta.estimator_
    return meta.weight_


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def explained(model):
    return ExplainedClassifier(model, explainer=TabularExplainer(n_samples=64))


every_wrapper = pytest.mark.parametrize(
    "wrap",
    [
        explained,
        ReviewedClassifier,
        AnyLabelsClassifier,
        lambda model: ReviewedClassifier(explained(AnyLabelsClassifier(model))),
    ],
    ids=["explained", "reviewed", "any_labels", "all"],
)


@pytest.mark.parametrize("inside", [weighed, in_a_pipeline])
@every_wrapper
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


@pytest.mark.parametrize("inside", [weighed, in_a_pipeline])
@every_wrapper
def test_weights_reach_the_model_inside_without_routing(wrap, inside):
    model = wrap(inside())
    with sklearn.config_context(enable_metadata_routing=False):
        model.fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(weights_seen(model), WEIGHT)


@pytest.mark.parametrize("enabled", [True, False])
def test_weights_reach_a_model_with_directions(enabled):
    model = MonotonicClassifier(weighed(), directions={"a": 1})
    with sklearn.config_context(enable_metadata_routing=enabled):
        np.testing.assert_array_equal(weights_seen(model.fit(X, Y, sample_weight=WEIGHT)), WEIGHT)
        # Calibration asks the signature of `fit` whether a model can weigh rows.
        calibrated = CalibratedClassifierCV(model, ensemble=False).fit(X, Y, sample_weight=WEIGHT)
        inner = calibrated.calibrated_classifiers_[0].estimator
        np.testing.assert_array_equal(weights_seen(inner), WEIGHT)


@pytest.mark.parametrize("enabled", [True, False])
def test_weights_of_classes_need_no_request(enabled):
    model = tabular_pipeline(HeldWeighed(), class_weight={"no": 1, "yes": 3}, monotonic={"a": 1})
    around = AnyLabelsClassifier(
        make_pipeline(StandardScaler(), Weighed()), class_weight={"no": 1, "yes": 3}
    )
    with sklearn.config_context(enable_metadata_routing=enabled):
        for fitted in (model.fit(X, Y), around.fit(X, Y)):
            np.testing.assert_array_equal(weights_seen(fitted), np.where(Y == "yes", 3, 1))
