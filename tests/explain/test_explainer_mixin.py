import pickle

import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from skcook.explain import LimeExplainerMixin, TabularExplainer


class Logistic(LimeExplainerMixin, LogisticRegression):
    explainer_params = {"n_samples": 256, "random_state": 0}


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def test_fit_learns_the_background(iris):
    X, y = iris
    model = Logistic(max_iter=500).fit(X, y)
    expected = TabularExplainer(model, n_samples=256, random_state=0).fit(X).explain(X[:3])
    assert model.explain(X[:3]) == expected
    assert pickle.loads(pickle.dumps(model)).explain(X[:3]) == expected


def test_the_estimator_stays_what_it_is(iris):
    X, y = iris
    model = Logistic(max_iter=500)
    assert clone(model).get_params() == LogisticRegression(max_iter=500).get_params()
    ours = cross_val_score(model, X, y, cv=3)
    assert ours.tolist() == cross_val_score(LogisticRegression(max_iter=500), X, y, cv=3).tolist()


def test_no_background_yet(iris):
    X, y = iris
    with pytest.raises(NotFittedError, match="fit_explainer"):
        Logistic().explain(X)
    model = Logistic(max_iter=500)
    LogisticRegression.fit(model, X, y)
    assert len(model.fit_explainer(X).explain(X[:2])) == 2


def test_everything_that_a_table_explainer_has(iris):
    X, y = iris
    model = Logistic(max_iter=500).fit(X, y)
    (answer, *_) = model.what_would_change(X[:1], target=1)
    changed = X[:1].assign(**{c.feature: c.to for c in answer.changes})
    assert model.predict(changed)[0] == 1
    assert model.report(n_rows=10)["target"].tolist() == [0, 1, 2]
