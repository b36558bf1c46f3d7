import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from skcook.explain._local_fits import NormalEquations, r_squared, ridge, select


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(400, 8))
    Z[:, 1] = Z[:, 0] + 0.1 * rng.normal(size=400)
    y = 3 * Z[:, 0] - 2 * Z[:, 3] + 0.5 * Z[:, 5] + 0.1 * rng.normal(size=400)
    w = rng.random(400)
    M = np.column_stack([Z, np.ones(400), y])
    return Z, y, w, NormalEquations.of((M * w[:, None]).T @ M, 400)


def test_ridge_is_scikit_learn_s(problem):
    Z, y, w, equations = problem
    columns = np.array([0, 3, 6])
    theirs = Ridge(alpha=1.0).fit(Z[:, columns], y, sample_weight=w)
    coef, _ = ridge(equations, columns, 1.0)
    assert coef[columns] == pytest.approx(theirs.coef_)
    assert equations.output_mean - equations.mean @ coef == pytest.approx(theirs.intercept_)
    assert r_squared(equations, coef) == pytest.approx(theirs.score(Z[:, columns], y, w))


def test_a_constant_output_is_followed_completely():
    M = np.column_stack(
        [np.random.default_rng(0).normal(size=(50, 2)), np.ones(50), np.full(50, 7)]
    )
    equations = NormalEquations.of(M.T @ M, 50)
    coef, _ = ridge(equations, np.arange(2), 1.0)
    assert r_squared(equations, coef) == 1.0
    assert coef == pytest.approx([0, 0], abs=1e-9)


def test_forward_selection_is_the_plain_greedy_one(problem):
    Z, y, w, equations = problem
    chosen = []
    for _ in range(3):
        scores = {
            j: LinearRegression().fit(Z[:, [*chosen, j]], y, w).score(Z[:, [*chosen, j]], y, w)
            for j in range(8)
            if j not in chosen
        }
        chosen.append(max(scores, key=scores.get))
    assert select(equations, 3, "forward_selection").tolist() == sorted(chosen)


@pytest.mark.parametrize(
    "method",
    ["highest_weights", "explained_variance", "forward_selection", "lasso_path"],
)
def test_used_features_are_found(problem, method):
    equations = problem[3]
    picked = select(equations, 3, method)
    assert 3 in picked
    assert {0, 1} & set(picked)
    assert len(picked) <= 3


def test_features_that_never_vary_are_chosen_last():
    rng = np.random.default_rng(0)
    Z = np.column_stack([np.zeros(100), rng.normal(size=100), np.zeros(100)])
    M = np.column_stack([Z, np.ones(100), Z[:, 1]])
    equations = NormalEquations.of(M.T @ M, 100)
    for method in ("highest_weights", "forward_selection", "explained_variance"):
        assert 1 in select(equations, 2, method)


def test_all_features_if_asked(problem):
    assert select(problem[3], 8, "forward_selection").tolist() == list(range(8))
    assert select(problem[3], 2, "none").tolist() == list(range(8))
