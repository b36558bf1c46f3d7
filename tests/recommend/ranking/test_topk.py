import numpy as np
import pytest
import scipy.sparse as sp

from skcook.recommend.ranking._topk import score_blocks, top_k


def problem(n, m, d, density, seed=0):
    rng = np.random.default_rng(seed)
    left = rng.normal(size=(n, d)).astype("f4")
    right = rng.normal(size=(m, d)).astype("f4")
    seen = sp.random(n, m, density, format="csr", random_state=seed).astype(bool)
    return left, right, seen


def by_sorting(left, right, k, seen):
    scores = left @ right.T
    if seen is not None:
        scores[seen.nonzero()] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(scores, order, axis=1)


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("m", [10, 127, 128, 129, 1280, 5000])
@pytest.mark.parametrize("excluded", [True, False], ids=["excluded", "all"])
def test_it_is_exact(m, k, excluded):
    left, right, seen = problem(37, m, 8, 0.2)
    seen = seen if excluded else None
    columns, scores = top_k(left, right, k, seen=seen, block_bytes=1 << 14)
    expected, expected_scores = by_sorting(left, right, k, seen)
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-5, atol=1e-5)
    finite = expected_scores > -np.inf
    assert (columns == expected)[finite].all()


@pytest.mark.parametrize("m", [20, 3000])
def test_rows_with_too_few_left_end_in_minus_infinity(m):
    left, right, _ = problem(2, m, 4, 0)
    seen = np.ones((2, m), dtype=bool)
    seen[0, [3, 7]] = False
    columns, scores = top_k(left, right, 5, seen=sp.csr_matrix(seen))
    assert set(columns[0, :2]) == {3, 7}
    assert np.isneginf(scores[0, 2:]).all()
    assert np.isneginf(scores[1]).all()


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("m", [30, 500, 3000])
def test_of_equal_scores_the_first_comes_first(m, k):
    rng = np.random.default_rng(0)
    left = rng.integers(-1, 2, size=(20, 1)).astype("f4")
    right = rng.integers(0, 4, size=(m, 1)).astype("f4")
    columns, _ = top_k(left, right, k)
    np.testing.assert_array_equal(columns, by_sorting(left, right, k, None)[0])


def test_nobody_asks():
    columns, scores = top_k(np.empty((0, 3), "f4"), np.ones((4, 3), "f4"), 2)
    assert columns.shape == scores.shape == (0, 2)


def test_no_more_scores_are_held_than_asked_for():
    left, right, _ = problem(100, 1000, 4, 0)
    sizes = [block.nbytes for *_, block in score_blocks(left, right, block_bytes=1 << 16)]
    assert max(sizes) <= 1 << 16
    assert sum(sizes) == 100 * 1024 * 4
