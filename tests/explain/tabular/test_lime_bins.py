import numpy as np
import pytest
from lime.lime_tabular import LimeTabularExplainer

from skcook.explain import TabularExplainer


def ours(model, X, row, seeds, **options):
    out = np.zeros((len(seeds), X.shape[1]))
    for i, seed in enumerate(seeds):
        explainer = TabularExplainer(
            model, n_samples=1000, discretizer="quartile", n_features=None, random_state=seed,
            **{"sampling": "iid", **options},
        )  # fmt: skip
        item = explainer.fit(X).explain(row, targets=[1])[0]
        for feature in item.features:
            out[i, int(feature.feature[1:])] = feature.weight
    return out


def z_scores(a, b):
    spread = np.sqrt(a.var(0, ddof=1) / len(a) + b.var(0, ddof=1) / len(b))
    return (a.mean(0) - b.mean(0)) / spread


def test_lime_s_arithmetic_within_its_own_noise(cancer, logistic):
    X, _ = cancer
    row, seeds = X[:1], range(25)
    theirs = np.zeros((len(seeds), X.shape[1]))
    for i, seed in enumerate(seeds):
        explainer = LimeTabularExplainer(X, random_state=seed)
        found = explainer.explain_instance(
            row[0], logistic.predict_proba, num_features=X.shape[1], num_samples=1000
        )
        for j, weight in found.local_exp[1]:
            theirs[i, j] = weight
    z = z_scores(ours(logistic, X, row, seeds), theirs)
    assert 0.6 < np.sqrt((z**2).mean()) < 1.4
    sobol = ours(logistic, X, row, range(8), sampling="sobol")
    assert sobol.std(0).mean() < 0.9 * theirs.std(0).mean()


@pytest.mark.parametrize("k", [3, 12])
def test_selection_is_lime_s(cancer, logistic, k):
    X, _ = cancer
    explainer = TabularExplainer(
        logistic, n_samples=20_000, discretizer="quartile", n_features=k, random_state=0
    )
    item = explainer.fit(X).explain(X[:1], targets=[1])[0]
    theirs = LimeTabularExplainer(X, random_state=0).explain_instance(
        X[0], logistic.predict_proba, num_features=k, num_samples=20_000
    )
    assert len(item.features) == k
    shared = {int(f.feature[1:]) for f in item.features} & {j for j, _ in theirs.local_exp[1]}
    assert len(shared) >= k - 1 - k // 10
    assert item.r2 == pytest.approx(theirs.score, abs=0.02)
    assert item.intercept == pytest.approx(theirs.intercept[1], abs=0.05)
