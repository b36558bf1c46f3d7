"""Which outputs of which models are explained, and what they are called."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, StackingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier

from skcook.explain import ExplainedClassifier, ExplainedRegressor, TabularExplainer

A, B = make_classification(
    200, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0
)
SMALL = {"n_samples": 256, "refine": False, "random_state": 0}


def explained(model, X=A, rows=8, y=None, **options):
    return TabularExplainer(model, **SMALL).fit(X, y).explain(X[:rows], **options)


def test_predicted_is_what_a_threshold_predicts():
    y = (B > 0).astype(int)
    model = FixedThresholdClassifier(LogisticRegression(), threshold=0.95).fit(A, y)
    predicted = model.predict(A[:60])
    assert (predicted != model.predict_proba(A[:60]).argmax(axis=1)).any()
    assert [item.target for item in explained(model, rows=60)] == predicted.tolist()


class Booster:
    """An object that predicts and is no estimator of scikit-learn."""

    def predict(self, X):
        return X[:, 0] - 2 * X[:, 1]


def test_an_object_that_only_predicts():
    item = explained(Booster())[0]
    assert item.target is None
    assert item.local_prediction == pytest.approx(item.prediction, abs=0.05)


def test_several_outputs_are_named():
    Y = pd.DataFrame({"sold": B > 0, "size": B})
    model = MultiOutputClassifier(RandomForestClassifier(5, random_state=0)).fit(A, Y)
    found = explained(model, rows=1, y=Y)
    assert [item.target for item in found] == ["sold", "size = 0", "size = 1", "size = 2"]
    proba = model.predict_proba(A[:1])
    assert found[0].prediction == proba[0][0, 1]
    assert [item.prediction for item in found[1:]] == proba[1][0].tolist()


@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(5, random_state=0), OneVsRestClassifier(LogisticRegression())],
    ids=["forest", "one versus rest"],
)
def test_many_labels(model):
    X, Y = make_multilabel_classification(60, 5, n_classes=3, random_state=0)
    found = explained(model.fit(X, Y), X, rows=1, y=pd.DataFrame(Y, columns=list("abc")))
    assert [item.target for item in found] == ["a", "b", "c"]


def test_outputs_of_a_regression_are_named():
    Y = pd.DataFrame({"low": A[:, 0], "high": -A[:, 1]})
    model = LinearRegression().fit(A, Y)
    assert [item.target for item in explained(model, rows=1, y=Y)] == ["low", "high"]
    model = ExplainedRegressor(LinearRegression(), explainer=TabularExplainer(**SMALL)).fit(A, Y)
    assert [item.target for item in model.explain(A[:1])] == ["low", "high"]


def test_a_cluster_is_explained_by_being_in_it():
    model = KMeans(3, n_init=1, random_state=0).fit(A)
    found = explained(model)
    assert [item.target for item in found] == model.predict(A[:8]).tolist()
    assert {item.prediction for item in found} == {1.0}
    mixture = GaussianMixture(2, random_state=0).fit(A)
    assert [item.target for item in explained(mixture)] == mixture.predict(A[:8]).tolist()


def test_a_clusterer_of_its_own_rows_alone_is_refused():
    with pytest.raises(TypeError, match="DBSCAN has no predict"):
        explained(DBSCAN().fit(A))


def test_stacking_with_its_default_last_model():
    parts = [("a", LogisticRegression()), ("b", RandomForestClassifier(3, random_state=0))]
    model = ExplainedClassifier(
        StackingClassifier(parts, cv=2), explainer=TabularExplainer(**SMALL)
    ).fit(A, B)
    assert model.explain(A[:1])[0].target in (0, 1, 2)
    model = ExplainedRegressor(
        StackingRegressor([("a", Ridge())], cv=2), explainer=TabularExplainer(**SMALL)
    ).fit(A, B)
    assert len(model.explain(A[:2])) == 2


def test_the_likeliest_classes():
    model = LogisticRegression().fit(A, B)
    found = explained(model, rows=2, top=2)
    proba = model.predict_proba(A[:2])
    assert [item.target for item in found] == np.argsort(-proba, axis=1)[:, :2].ravel().tolist()
    wrapped = ExplainedClassifier(FrozenEstimator(model), explainer=TabularExplainer(**SMALL))
    assert len(wrapped.fit(A, B).explain(A[:2], top=2, n_features=1)) == 4
    with pytest.raises(ValueError, match="top must be a whole number of at least 1; got 0"):
        explained(model, top=0)


def test_how_many_features_are_shown_is_an_argument():
    model = LogisticRegression().fit(A, B)
    explainer = TabularExplainer(model, **SMALL).fit(A)
    assert [len(item.features) for item in explainer.explain(A[:2], n_features=2)] == [2, 2]
    assert explainer.explain(A[:1], n_features=2)[0].n_others == 2
    assert len(explainer.explain(A[:1])[0].features) == 4
    with pytest.raises(ValueError, match="n_features"):
        explainer.explain(A[:1], n_features=0)


@pytest.mark.parametrize("unit", [2.0**660, 2.0**330, 2.0**-330, 2.0**-660])
@pytest.mark.parametrize("method", ["surrogate", "lime"])
def test_outputs_of_any_size_have_the_same_weights(unit, method):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)), columns=["a", "b"])

    def explain(unit):
        explainer = TabularExplainer(
            lambda F: unit * (F["a"] * (1 + F["b"])), method=method, n_samples=512, random_state=0
        ).fit(X)
        return explainer.explain(X[:1])[0], explainer.report(n_rows=4)

    (plain, known), (item, report) = explain(1.0), explain(unit)
    assert item.weights / unit == pytest.approx(plain.weights, rel=1e-4)
    assert item.std_errors / unit == pytest.approx(plain.std_errors, rel=1e-4)
    assert item.note is None or plain.note is not None
    assert item.r2 == pytest.approx(plain.r2)
    assert [pair.weight / unit for pair in item.interactions] == pytest.approx(
        [pair.weight for pair in plain.interactions]
    )
    assert (report["deletion"] / unit).tolist() == pytest.approx(known["deletion"].tolist())
    assert report["large_rest"].tolist() == known["large_rest"].tolist()
    assert str(item)
