import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skcook.explain import (
    ExplainedClassifier,
    ExplainedRegressor,
    TabularExplainer,
    TextExplainer,
)

EXPLAINER = TabularExplainer(n_samples=256, random_state=0)


def test_it_predicts_as_the_estimator_does(forest, penguins):
    X, y = penguins
    model = ExplainedClassifier(FrozenEstimator(forest), explainer=EXPLAINER).fit(X, y)
    assert np.array_equal(model.predict_proba(X), forest.predict_proba(X))
    assert np.array_equal(model.predict(X), forest.predict(X))
    assert model.score(X, y) == forest.score(X, y)
    assert model.classes_.tolist() == forest.classes_.tolist()
    assert model.feature_names_in_.tolist() == list(X.columns)
    assert model.n_features_in_ == 6
    expected = TabularExplainer(forest, n_samples=256, random_state=0).fit(X).explain(X[:3])
    assert model.explain(X[:3]) == expected


@pytest.mark.parametrize(
    ("kind", "scoring"),
    [(ExplainedClassifier, "neg_log_loss"), (ExplainedRegressor, "neg_mean_squared_error")],
)
def test_a_search_is_scored_by_its_own_scoring(kind, scoring):
    X, y = pd.DataFrame({"a": np.arange(8.0)}), np.array([0, 1, 1, 0, 0, 1, 1, 1])
    tree = DecisionTreeClassifier if kind is ExplainedClassifier else DecisionTreeRegressor
    search = GridSearchCV(tree(max_depth=1), {"max_depth": [1]}, scoring=scoring, cv=2)
    model = kind(search, explainer=EXPLAINER).fit(X, y)
    assert model.score(X, y) == model.estimator_.score(X, y) < 0


def test_a_frozen_estimator_is_kept_and_another_cloned(forest, penguins):
    X, y = penguins
    frozen = FrozenEstimator(forest)
    kept = ExplainedClassifier(frozen, explainer=EXPLAINER).fit(X, y)
    assert kept.estimator_.estimator is forest
    assert ExplainedClassifier(forest, explainer=EXPLAINER).fit(X, y).estimator_ is not forest


def test_has_what_the_estimator_has():
    assert not hasattr(ExplainedClassifier(LinearSVC()), "predict_proba")
    assert hasattr(ExplainedClassifier(LinearSVC()), "decision_function")
    assert hasattr(ExplainedClassifier(LogisticRegression()), "predict_proba")
    assert is_classifier(ExplainedClassifier(LogisticRegression()))
    assert is_regressor(ExplainedRegressor(Ridge()))


def test_search_over_the_estimator_and_the_explainer(cancer):
    X, y = cancer
    model = ExplainedClassifier(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)), explainer=EXPLAINER
    )
    grid = {"estimator__logisticregression__C": [0.01, 1], "explainer__n_samples": [64]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert search.best_estimator_.explainer_.n_samples == 64
    assert len(search.best_estimator_.explain(X[:2])) == 2
    assert clone(search.best_estimator_).get_params()["explainer__n_samples"] == 64


def test_a_fitted_search_is_explained(cancer):
    X, y = cancer
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        {"logisticregression__C": [0.1, 1]},
        cv=2,
    ).fit(X, y)
    model = ExplainedClassifier(FrozenEstimator(search), explainer=EXPLAINER).fit(X, y)
    assert model.explain(X[:1])[0].target == search.predict(X[:1])[0]


def test_it_lives_in_files(forest, penguins, tmp_path):
    X, y = penguins
    model = ExplainedClassifier(FrozenEstimator(forest), explainer=EXPLAINER).fit(X, y)
    expected = model.explain(X[:3])
    assert pickle.loads(pickle.dumps(model)).explain(X[:3]) == expected
    skops.io.dump(model, tmp_path / "model.skops")
    unknown = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    assert not [name for name in unknown if name.split(".")[0] in ("pandas", "polars", "builtins")]
    assert {name for name in unknown if name.startswith("skcook")} == {
        "skcook.explain.ExplainedClassifier",
        "skcook.explain.TabularExplainer",
    }
    assert skops.io.load(tmp_path / "model.skops", trusted=unknown).explain(X[:3]) == expected


def test_regressor():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = ExplainedRegressor(Ridge(), explainer=EXPLAINER).fit(X, y)
    item = model.explain(X[:1])[0]
    assert item.target is None
    assert item.prediction == pytest.approx(model.predict(X[:1])[0])


def test_not_fitted():
    with pytest.raises(NotFittedError):
        ExplainedClassifier(LogisticRegression()).explain([[1.0]])


def test_only_tables_are_changed():
    texts = ["good film", "bad film"] * 10
    model = ExplainedClassifier(
        make_pipeline(CountVectorizer(), LogisticRegression()), explainer=TextExplainer()
    )
    for one in (model, model.fit(texts, [1, 0] * 10)):
        assert not hasattr(one, "what_would_change")
        assert not hasattr(one, "report")
    table = ExplainedClassifier(LogisticRegression())
    assert hasattr(table, "what_would_change")
    with pytest.raises(NotFittedError):
        table.report()
