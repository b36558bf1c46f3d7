import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcook.explain import TabularExplainer
from skcook.explain.tabular._curves import spread_of_blocks


def test_error_of_a_mean_from_its_blocks():
    # The error of the mean of n standard normals is 1 / sqrt(n); few blocks make it wider.
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2000, 8, 16))
    influence = values.sum(axis=2) / (8 * 16)
    inside = [abs(one.sum()) <= 1.96 * spread_of_blocks(one - one.mean()) for one in influence]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


def test_a_curve_follows_what_a_bin_cannot():
    X = pd.DataFrame({"x": np.linspace(-2, 2, 401), "y": np.linspace(0, 1, 401) ** 2})
    explainer = TabularExplainer(lambda X: X["x"].abs() + X["y"], random_state=0).fit(X)
    explained = explainer.explain(X[::50])
    assert min(item.r2 for item in explained) > 0.95
    truth = X["x"].abs() - X["x"].abs().mean()
    for item in explained:
        weight = next(f.weight for f in item.features if f.feature == "x")
        assert weight == pytest.approx(truth[50 * item.row], abs=0.15)


def test_a_narrow_kernel_sees_what_is_near():
    # What b does depends on a: an average over all says it does nothing.
    X = pd.DataFrame(np.random.default_rng(0).uniform(-1, 1, size=(2000, 2)), columns=["a", "b"])
    row = pd.DataFrame({"a": [0.9], "b": [0.9]})
    weights = {}
    for width in (0.5, 5.0):
        explainer = TabularExplainer(
            lambda X: X["a"] * X["b"], kernel_width=width, random_state=0
        ).fit(X)
        weights[width] = next(
            f.weight for f in explainer.explain(row)[0].features if f.feature == "b"
        )
    assert abs(weights[5.0]) < 0.15
    assert weights[0.5] > 0.4


@pytest.mark.parametrize(
    ("make", "at_least"),
    [
        (
            lambda: make_pipeline(
                StandardScaler(), LogisticRegression(l1_ratio=1, C=0.1, solver="liblinear")
            ),
            0.99,
        ),
        (lambda: DecisionTreeClassifier(max_depth=4, random_state=0), 0.97),
    ],
    ids=["lasso", "tree"],
)
def test_features_truly_used_are_chosen(cancer, make, at_least):
    X, rows, y, _ = train_test_split(*cancer, test_size=0.3, random_state=0)
    model = make().fit(X, y)
    rows = rows[:30]
    if hasattr(model, "tree_"):
        paths = model.decision_path(rows)
        used = [set(model.tree_.feature[paths[i].indices]) - {-2} for i in range(len(rows))]
    else:
        used = [set(np.flatnonzero(model[-1].coef_[0]))] * len(rows)
    explained = TabularExplainer(model, random_state=0).fit(X).explain(rows, targets=[1])
    recall = [
        len({int(f.feature[1:]) for f in item.features} & gold) / len(gold)
        for item, gold in zip(explained, used, strict=True)
    ]
    assert np.mean(recall) >= at_least


def test_far_outliers_do_not_break_the_kernel():
    X = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100.0) % 7})
    explainer = TabularExplainer(lambda X: X["a"], n_samples=256, random_state=0).fit(X)
    item = explainer.explain({"a": 1e12, "b": -1e12})[0]
    assert np.isfinite(item.weights).all()
    assert item.features[0].rule == "a > 74.25"
