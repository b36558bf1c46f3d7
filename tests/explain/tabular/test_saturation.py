import itertools

import numpy as np
import pytest

from skcook.explain.tabular._saturation import Saturation

SHARES = [np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4]), np.array([0.25, 0.25, 0.4])]
EFFECTS = [np.array([-2.0, 0.5, 3.0]), np.array([1.0, -1.5]), np.array([0.3, -2.0, 1.0])]
CLOSENESS = 0.7


@pytest.fixture
def setting():
    """Three columns; a tenth of the last one has no flag."""
    states = np.array(list(itertools.product(range(3), range(2), range(4))))
    shares = [*SHARES[:2], np.append(SHARES[2], 0.1)]
    mass = np.prod([share[states[:, j]] for j, share in enumerate(shares)], axis=0)
    flags = np.hstack(
        [states[:, [j]] == np.arange(len(share)) for j, share in enumerate(SHARES)]
    ).astype(float)
    effect, share = np.concatenate(EFFECTS), np.concatenate(SHARES)
    column = np.repeat([0, 1, 2], [3, 2, 3])
    left = np.tanh(flags @ effect)
    left -= left.mean()
    return states, mass, flags, Saturation(flags, effect, share, column, 3, left), left


def test_differences_are_those_of_all_possible_rows(setting):
    states, mass, _, function, _ = setting
    rows = np.array([[0, 0, 0], [2, 1, 2], [1, 0, 3]])
    known = rows != np.array([9, 9, 3])
    at = np.where(known, rows + np.array([0, 3, 5]), 0)
    found = function.differences(at, known, CLOSENESS)
    for row, known_one, differences in zip(rows, known, found, strict=True):
        same = (states == row) & known_one
        weight = mass * CLOSENESS ** (~same).sum(axis=1)
        for j in range(3):
            if not known_one[j]:
                assert differences[j] == 0
                continue
            inside, outside = weight * same[:, j], weight * ~same[:, j]
            expected = inside @ function.values / inside.sum()
            expected -= outside @ function.values / outside.sum()
            assert differences[j] == pytest.approx(expected, abs=1e-10)


def test_the_function_follows_what_is_left(setting):
    _, _, flags, _, left = setting
    many = np.repeat(np.arange(len(flags)), 200)
    effect, share = np.concatenate(EFFECTS), np.concatenate(SHARES)
    column = np.repeat([0, 1, 2], [3, 2, 3])
    function = Saturation(flags[many], effect, share, column, 3, left[many])
    assert np.var(left[many] - function.values) < 0.01 * np.var(left)


def test_nothing_left_and_no_effect_give_no_differences():
    flags = np.eye(2)[np.arange(40) % 2]
    function = Saturation(flags, np.zeros(2), np.full(2, 0.5), np.zeros(2, int), 1, np.zeros(40))
    assert function.differences(np.zeros((1, 1), int), np.ones((1, 1), bool), 0.5) == 0
