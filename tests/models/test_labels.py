import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

from skcook.models._labels import LabelCodes, with_any_labels

X, CODES = make_classification(100, 5, random_state=0)


@pytest.mark.parametrize(
    ("labels", "wrapped"),
    [([0, 1], False), ([1, 2], True), (["a", "b"], True), ([False, True], True), ([0, 2], True)],
)
def test_only_labels_that_xgboost_refuses_are_wrapped(labels, wrapped):
    y = np.array(labels)[CODES]
    model = with_any_labels(XGBClassifier(n_estimators=5, n_jobs=1), y)
    assert isinstance(model, LabelCodes) == wrapped
    model = clone(model).fit(X, y)
    assert set(model.predict(X)) == set(labels)
    assert model.classes_.tolist() == labels
    assert model.predict_proba(X).shape == (100, 2)


def test_other_classifiers_stay_as_they_are():
    model = LogisticRegression()
    assert with_any_labels(model, np.array(["a", "b"])) is model
