"""Trees walked all at once end in the leaves of scikit-learn, and add up in its order."""

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skcook.exceptions import PlanRefused
from skcook.plan import _trees


def _data(holes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)).astype(np.float32)
    if holes:
        X[rng.random(X.shape) < 0.2] = np.nan
    y = np.nan_to_num(X[:, 0] * X[:, 1]) + rng.normal(size=300)
    return X, y


FORESTS = [
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(7, random_state=0),
    ExtraTreesClassifier(7, random_state=0),
    DecisionTreeRegressor(random_state=0),
    RandomForestRegressor(7, random_state=0),
    ExtraTreesRegressor(7, random_state=0),
]


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "holes"])
@pytest.mark.parametrize("n", [1, 3, 300])
@pytest.mark.parametrize("model", FORESTS, ids=lambda m: type(m).__name__)
def test_forests_are_equal_to_the_last_bit(model, n, holes, monkeypatch):
    X, y = _data(holes)
    is_classifier = hasattr(model, "predict_proba")
    model.fit(X, np.digitize(y, [-0.5, 0.5]) if is_classifier else y)
    expected = model.predict_proba(X[:n]) if is_classifier else model.predict(X[:n])[:, None]
    np.testing.assert_array_equal(_trees.forest_of(model)(X[:n]), expected)
    monkeypatch.setattr(_trees, "MOST_STEPS", 0)
    np.testing.assert_array_equal(_trees.forest_of(model)(X[:n]), expected)


@pytest.mark.parametrize("n", [1, 3, 300])
@pytest.mark.parametrize("n_classes", [0, 2, 3], ids=["regressor", "two", "three"])
def test_histogram_boosting_is_equal_to_the_last_bit(n_classes, n, monkeypatch):
    X, y = _data(holes=True)
    X = X.astype(np.float64)
    if n_classes:
        model = HistGradientBoostingClassifier(max_iter=6, random_state=0)
        model.fit(X, np.digitize(y, [-0.5, 0.5][: n_classes - 1]))
        expected = model.decision_function(X[:n]).reshape(n, -1)
    else:
        model = HistGradientBoostingRegressor(max_iter=6, random_state=0).fit(X, y)
        expected = model.predict(X[:n])[:, None]
    np.testing.assert_array_equal(_trees.hist_boosting_of(model)(X[:n]), expected)
    monkeypatch.setattr(_trees, "MOST_STEPS", 0)
    np.testing.assert_array_equal(_trees.hist_boosting_of(model)(X[:n]), expected)


def test_a_forest_is_read_once_and_again_after_a_fit():
    X, y = _data(holes=False)
    model = RandomForestRegressor(5, random_state=0).fit(X, y)
    first = _trees.forest_of(model)
    assert _trees.forest_of(model).nodes is first.nodes
    model.fit(X, -y)
    again = _trees.forest_of(model)
    np.testing.assert_array_equal(again(X[:3])[:, 0], model.predict(X[:3]))
    model.set_params(warm_start=True, n_estimators=8).fit(X, -y)
    np.testing.assert_array_equal(_trees.forest_of(model)(X[:3])[:, 0], model.predict(X[:3]))


def test_a_forest_too_large_for_tables_has_no_plan(monkeypatch):
    X, y = _data(holes=False)
    model = RandomForestRegressor(5, random_state=0).fit(X, y)
    monkeypatch.setattr(_trees, "MOST_NODES", 100)
    with pytest.raises(PlanRefused, match="nodes"):
        _trees.forest_of(model)
