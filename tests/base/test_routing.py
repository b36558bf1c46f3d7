"""Metadata reaches the model inside every meta-estimator, from inside scikit-learn's own."""

from inspect import signature

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import MetadataRequest, MetadataRouter

from skcook.datasets import make_interactions
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import AnyLabelsClassifier, MonotonicClassifier, tabular_pipeline
from skcook.recommend import LightFMRecommender, ranking_scorer
from skcook.review import ReviewedClassifier
from tests._instances import instances

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


class Keeps(ClassifierMixin, BaseEstimator):
    """A classifier that keeps its weights, whatever the rows are."""

    def fit(self, X, y, sample_weight=None):
        self.weight_ = sample_weight
        return self


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


@pytest.mark.parametrize("estimator", instances(), ids=lambda made: type(made).__name__)
def test_what_fit_takes_can_be_asked_for(estimator):
    """By the estimator itself, or by the model inside it."""
    names = {"sample_weight", "groups"} & signature(estimator.fit).parameters.keys()
    requests = estimator.get_metadata_routing()
    if isinstance(requests, MetadataRouter):
        mapped = {mapping.router for _, mapping in requests}
        own = requests._self_request
        requests = [inside for inside in (own, *mapped) if isinstance(inside, MetadataRequest)]
    else:
        requests = [requests]
    assert names <= {name for request in requests for name in request.fit.requests}


WORDS = ["good film", "bad film", "a good one"] * (N // 3)
TRANSFORMERS = [model for model in instances() if hasattr(model, "transform")]


@pytest.mark.parametrize("step", TRANSFORMERS, ids=lambda made: type(made).__name__)
def test_weights_go_past_every_transformer(step):
    """From a pipeline to its last step, whether the transformer reads numbers or texts."""
    taken = WORDS if type(step).__module__ == "skcook.text" else X
    model = make_pipeline(step, Keeps().set_fit_request(sample_weight=True))
    model.fit(taken, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(model[-1].weight_, WEIGHT)


def test_weights_reach_a_recommender():
    data = make_interactions(n_users=40, random_state=0).frame
    weight = np.where(data["item"].isin(data["item"].unique()[:10]), 1.0, 0.1)
    model = LightFMRecommender(4, epochs=2, random_state=0).set_fit_request(sample_weight=True)
    search = GridSearchCV(model, {}, cv=2, scoring=ranking_scorer()).fit(
        data, None, sample_weight=weight
    )
    alone = clone(model).fit(data, sample_weight=weight).predict(data)
    np.testing.assert_array_equal(search.best_estimator_.predict(data), alone)
    assert (clone(model).fit(data).predict(data) != alone).any()


@pytest.mark.parametrize("enabled", [True, False])
def test_weights_of_classes_need_no_request(enabled):
    model = tabular_pipeline(HeldWeighed(), class_weight={"no": 1, "yes": 3}, monotonic={"a": 1})
    around = AnyLabelsClassifier(
        make_pipeline(StandardScaler(), Weighed()), class_weight={"no": 1, "yes": 3}
    )
    with sklearn.config_context(enable_metadata_routing=enabled):
        for fitted in (model.fit(X, Y), around.fit(X, Y)):
            np.testing.assert_array_equal(weights_seen(fitted), np.where(Y == "yes", 3, 1))
