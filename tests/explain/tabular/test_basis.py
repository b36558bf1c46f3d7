import numpy as np
import pandas as pd
import pytest

from skcook.explain.tabular._basis import MAX_LEVELS, Basis
from skcook.explain.tabular._perturbations import Sample


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    n = 400
    number = rng.normal(size=n)
    number[:100] = np.nan
    return pd.DataFrame(
        {
            "number": number,
            "constant": np.full(n, 7.0),
            "word": rng.choice(["a", "b"], n),
            "many": [f"text {i}" for i in range(n)],
        }
    )


def make(frame):
    sample = Sample.draw(
        frame, None, n_samples=1024, discretizer=None, sampling="sobol", max_background=None,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    states = sample.states()
    return sample, Basis(sample.columns, sample.values, states), sample.values, states


def test_terms_by_column(frame):
    _, basis, _, _ = make(frame)
    # A line, three quartiles and "missing"; a constant has none; two words; no text is frequent.
    assert np.bincount(basis.group, minlength=4).tolist() == [5, 0, 2, 0]


def test_terms_follow_a_straight_line_and_are_flat_beyond(frame):
    sample, basis, cells, states = make(frame)
    known = np.flatnonzero(~np.isnan(cells[0]))
    terms = basis.evaluate(cells, states)[known][:, basis.group == 0]
    fit, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(known)), terms]), cells[0][known])
    mine = np.column_stack([np.ones(len(known)), terms]) @ fit
    assert mine == pytest.approx(cells[0][known], abs=1e-9)
    ends = np.array([cells[0][known].max(), 1e9])
    rows = [ends, np.full(2, 7.0), np.zeros(2), np.zeros(2)]
    row_states = np.zeros((2, 4), dtype=int)
    first, second = basis.evaluate(rows, row_states)
    assert first == pytest.approx(second)
    assert not basis.evaluate([np.full(1, np.nan), *(r[:1] for r in rows[1:])], row_states[:1])[
        0, :4
    ].any()
    assert sample.columns[0].is_quantity


def test_levels_are_limited():
    frame = pd.DataFrame({"word": np.repeat([f"w{i}" for i in range(50)], 20)})
    rng = np.random.default_rng(0)
    sample = Sample.draw(
        frame, None, n_samples=8192, discretizer=None, sampling="sobol", max_background=None,
        rng=rng,
    )  # fmt: skip
    assert len(Basis(sample.columns, sample.values, sample.states()).group) == MAX_LEVELS


def test_estimable_are_the_frequent_values(frame):
    _, basis, _, _ = make(frame)
    states = np.array([[0, 0, 0, 0], [4, 0, 1, -1], [-1, -1, -1, -1]])
    assert basis.estimable(states).tolist() == [
        [True, True, True, False],
        [True, True, True, False],
        [False, False, False, False],
    ]


def test_place_and_differences(frame):
    _, basis, cells, states = make(frame)
    place = basis.place(cells, states)
    assert place.shape == (1024, 4)
    rank = place[:, 0][~np.isnan(cells[0])]
    assert rank.std() == pytest.approx(1, abs=0.02)
    assert set(place[np.isnan(cells[0]), 2]) == {1.0}
    squared = np.full((3, 3), 0.5)
    basis.add_different(squared, states[:3], states[:3])
    assert squared.tolist() == [[0.5 + sum(a[2:] != b[2:]) for b in states[:3]] for a in states[:3]]
