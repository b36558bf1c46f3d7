import numpy as np
import pytest

from skcook.explain.tabular._tabular_background import (
    UNSEEN,
    draw_in_bins,
    draw_states,
    draw_values,
    learn_column,
    uniforms,
)

RNG = np.random.default_rng(0)


def quantity(values, edges=()):
    return learn_column("x", np.array(values, float), np.array(edges, float))


def choice(values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return learn_column("x", cells, np.zeros(0))


def test_states_of_a_quantity():
    column = quantity([1, 2, 3, 4, np.nan], [2, 3])
    assert column.states(np.array([0, 2, 2.5, 9, np.nan])).tolist() == [0, 0, 1, 2, 3]
    assert column.shares.tolist() == [0.4, 0.2, 0.2, 0.2]


def test_states_of_a_choice():
    column = choice(["b", "a", "b", None])
    assert column.levels == ["b", "a"]
    cells = np.array(["a", "b", None, "z"], dtype=object)
    assert column.states(cells).tolist() == [1, 0, 2, UNSEEN]


def test_true_is_not_one():
    column = choice([True, 1, 1])
    assert column.levels == [1, True]
    assert column.states(np.array([True, 1], dtype=object)).tolist() == [1, 0]


def test_missing_where_none_was_is_novel():
    assert quantity([1, 2]).states(np.array([np.nan])).tolist() == [UNSEEN]
    assert choice(["a"]).states(np.array([None], dtype=object)).tolist() == [UNSEEN]


@pytest.mark.parametrize("sampling", ["sobol", "iid"])
def test_states_are_drawn_with_their_frequency(sampling):
    column = choice(["a"] * 5 + ["b"] * 3 + [None] * 2)
    u = uniforms(8000, 1, sampling=sampling, n_blocks=8, rng=np.random.default_rng(0))[:, 0]
    states, rest = draw_states(column, u)
    assert np.bincount(states) / len(states) == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
    assert rest.mean() == pytest.approx(0.5, abs=0.02)
    assert 0 <= rest.min() <= rest.max() <= 1


def test_values_drawn_are_values_seen():
    cells = np.array([1.0, np.nan, 7.0, 7.0])
    drawn = draw_values(cells, RNG.random(4000))
    assert set(drawn[~np.isnan(drawn)]) == {1.0, 7.0}
    assert np.isnan(drawn).mean() == pytest.approx(0.25, abs=0.03)


def test_a_bin_of_one_value_gives_that_value():
    # lime gives 0 here: the z-score of the value, not the value.
    column = quantity([1] * 10 + [2] * 5 + [3] * 5, [1, 2])
    states, rest = draw_states(column, RNG.random(1000))
    assert set(draw_in_bins(column, states, rest)) == {1.0, 2.0, 3.0}


def test_a_constant_column_stays_constant():
    column = quantity([5.0] * 4, [5.0])
    states, rest = draw_states(column, RNG.random(100))
    assert set(draw_in_bins(column, states, rest)) == {5.0}
    assert column.scale == 0


def test_draws_in_bins_have_their_mean_and_limits():
    values = RNG.normal(size=4000)
    column = quantity(values, np.percentile(values, [25, 50, 75]))
    states, rest = draw_states(column, RNG.random(20_000))
    drawn = draw_in_bins(column, states, rest)
    assert (column.states(drawn) == states).mean() > 0.999
    for b in range(1, 3):
        assert drawn[states == b].mean() == pytest.approx(column.mean[b], abs=0.02)


def test_sobol_blocks_are_balanced_and_independent():
    u = uniforms(512, 3, sampling="sobol", n_blocks=8, rng=np.random.default_rng(1))
    blocks = u.reshape(8, 64, 3)
    for block in blocks:
        counts = np.bincount((block[:, 0] * 16).astype(int), minlength=16)
        assert (counts == 4).all()
    assert len({tuple(block[0]) for block in blocks}) == 8
