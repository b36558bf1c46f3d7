import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier

from skcook.datasets import load_penguins
from skcook.models import AnyLabelsClassifier, MonotonicClassifier, tabular_pipeline
from skcook.models.tabular._booster_wrappers import with_any_labels

X, CODES = make_classification(100, 5, random_state=0)


@pytest.mark.parametrize(
    ("labels", "wrapped"),
    [([0, 1], False), ([1, 2], True), (["a", "b"], True), ([False, True], True), ([0, 2], True)],
)
def test_only_labels_that_xgboost_refuses_are_wrapped(labels, wrapped):
    y = np.array(labels)[CODES]
    model = with_any_labels(XGBClassifier(n_estimators=5, n_jobs=1), y)
    assert isinstance(model, AnyLabelsClassifier) == wrapped
    model = clone(model).fit(X, y)
    assert set(model.predict(X)) == set(labels)
    assert model.classes_.tolist() == labels
    assert model.predict_proba(X).shape == (100, 2)


def test_other_classifiers_stay_as_they_are():
    model = LogisticRegression()
    assert with_any_labels(model, np.array(["a", "b"])) is model


def test_a_pipeline_and_its_parameters_of_fit():
    X, y = load_penguins(return_X_y=True)
    model = AnyLabelsClassifier(tabular_pipeline("xgboost"))
    assert model.fit(X, y).score(X, y) > 0.98
    assert model.feature_names_in_.tolist() == list(X.columns)
    weights = (y != "Gentoo").astype(float)
    model.fit(X, y, model__sample_weight=weights)
    assert "Gentoo" not in model.predict(X)


def test_weights_of_another_length_are_refused():
    for make in (AnyLabelsClassifier, MonotonicClassifier):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            make(XGBClassifier()).fit(X, CODES, sample_weight=[1, 2, 3])


def test_metadata_routing():
    y = np.array(["no", "yes"])[CODES]
    with sklearn.config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight=True)
        model = AnyLabelsClassifier(inner).fit(X, y, sample_weight=CODES + 0.1)
    plain = LogisticRegression().fit(X, y, sample_weight=CODES + 0.1)
    np.testing.assert_allclose(model.decision_function(X), plain.decision_function(X))


def test_it_has_the_methods_of_what_it_wraps():
    assert not hasattr(AnyLabelsClassifier(LinearSVC()), "predict_proba")
    assert not hasattr(AnyLabelsClassifier(XGBClassifier()), "decision_function")
