from itertools import combinations

import numpy as np

from skcook.explain.result._submodular_pick import pick_rows


def test_a_row_that_repeats_is_picked_last():
    importance = np.array([[3.0, 0, 0, 0], [3, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1.5]])
    assert pick_rows(importance, 4) == [0, 2, 3, 1]


def test_greedy_is_within_its_bound():
    rng = np.random.default_rng(0)
    importance = rng.random((8, 6)) * (rng.random((8, 6)) < 0.3)
    gain = np.sqrt(importance.sum(axis=0))
    shown = importance / importance.max(axis=0)

    def covered(rows):
        return (shown[list(rows)].max(axis=0) * gain).sum()

    best = max(covered(rows) for rows in combinations(range(8), 3))
    assert covered(pick_rows(importance, 3)) >= (1 - 1 / np.e) * best
