import numpy as np
import pytest

from skcook.explain import TabularExplainer


def table(model, X, rows, **options):
    explainer = TabularExplainer(model, discretizer="quartile", n_features=None, **options).fit(X)
    explained = explainer.explain(rows, targets=[1])
    frame = explained.to_frame()
    wide = [frame.pivot(index="row", columns="feature", values=v) for v in ("weight", "std_error")]
    return *(w.to_numpy() for w in wide), explained


def test_same_limit_as_the_regressions(cancer, logistic):
    X, _ = cancer
    options = {"n_samples": 2**15, "random_state": 0}
    normal, e1, a = table(logistic, X, X[:6], **options)
    additive, e2, b = table(logistic, X, X[:6], solver="additive", **options)
    z = (normal - additive) / np.sqrt(e1**2 + e2**2)
    assert np.sqrt((z**2).mean()) < 1.5
    assert [i.r2 for i in a] == pytest.approx([i.r2 for i in b], abs=0.03)
    assert [i.intercept for i in a] == pytest.approx([i.intercept for i in b], abs=0.02)


def test_smaller_error_from_independent_points(cancer, logistic):
    X, _ = cancer
    spread = {}
    for solver in ("normal", "additive"):
        weights = [
            table(logistic, X, X[:3], n_samples=1000, sampling="iid", solver=solver, random_state=s)
            for s in range(8)
        ]
        spread[solver] = np.std([w for w, _, _ in weights], axis=0).mean()
    assert spread["additive"] < 0.8 * spread["normal"]


def test_its_errors_cover_its_limit(cancer, logistic):
    X, _ = cancer
    truth, _, _ = table(logistic, X, X[:4], n_samples=2**16, solver="additive", random_state=99)
    covered = []
    for seed in range(5):
        weight, error, _ = table(
            logistic, X, X[:4], n_samples=1024, solver="additive", random_state=seed
        )
        covered.append(abs(weight - truth) <= 1.96 * error)
    assert 0.88 <= np.mean(covered) <= 0.995
