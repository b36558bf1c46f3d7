"""The arithmetic of target encoding."""

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    ShuffleSplit,
    TimeSeriesSplit,
)

from skcook.preprocessing.encoders._crossfit import (
    Folds,
    Moments,
    cross_fitted,
    encodings_of_all,
    merged,
    moments,
    read_folds,
    shrunk,
)

RNG = np.random.default_rng(0)
N = 400
CODES = RNG.integers(0, 7, N)
TARGETS = {
    "indicator": (RNG.random(N) < 0.3).astype(float),
    "normal": RNG.normal(size=N),
    "far-from-zero": 1e6 + RNG.normal(size=N),
    "heavy-tailed": np.exp(5 * RNG.normal(size=N)),
    "constant": np.full(N, 2.5),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
def test_moments_are_those_of_numpy(y):
    is_indicator = set(np.unique(y)) == {0.0, 1.0}
    got = moments(CODES, y, 8, is_indicator=is_indicator)
    for code in range(7):
        part = y[np.equal(CODES, code)]
        assert got.count[code] == len(part)
        assert got.mean[code] == pytest.approx(part.mean(), rel=1e-13)
        assert got.ssd[code] == pytest.approx(part.var() * len(part), rel=1e-10, abs=1e-18)
    assert (got.count[7], got.mean[7], got.ssd[7]) == (0, 0, 0)


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
def test_merged_folds_are_those_of_their_rows(y):
    folds = np.arange(N) % 5
    parts = moments(folds, y, 5)
    others = merged(parts, 1 - np.eye(5))
    for fold in range(5):
        rest = y[folds != fold]
        assert others.count[fold] == len(rest)
        assert others.mean[fold] == pytest.approx(rest.mean(), rel=1e-13)
        assert others.ssd[fold] == pytest.approx(rest.var() * len(rest), rel=1e-10, abs=1e-18)


@pytest.mark.parametrize("smooth", ["auto", 0.0, 10.0], ids=str)
@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
def test_all_folds_at_once_are_one_fold_after_the_other(y, smooth):
    folds = Folds(np.arange(N) % 5, 5)
    train = [np.flatnonzero(folds.of_rows != fold) for fold in range(5)]
    one_by_one = Folds(folds.of_rows, 5, train)
    is_indicator = set(np.unique(y)) == {0.0, 1.0}
    got, expected = (
        cross_fitted(CODES, 7, y, which, smooth, is_indicator=is_indicator)
        for which in (folds, one_by_one)
    )
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_a_category_without_rows_gets_the_overall_mean():
    codes, y = np.array([0, 0, 2, 3]), np.array([1.0, 0.0, 1.0, 1.0])
    for smooth in ("auto", 0.0, 2.0):
        encodings = encodings_of_all(codes, 3, y, smooth, is_indicator=True)
        assert encodings[1] == 0.75
        assert encodings[3] == 0.75  # the row without a category counts for no category


def test_smoothing_is_the_formula_of_the_paper():
    of_category = Moments(np.array([4]), np.array([0.5]), np.array([1.0]))
    of_all = Moments(np.array(10), np.array(0.2), np.array(1.6))
    assert shrunk(of_category, of_all, 6.0)[0] == pytest.approx((4 * 0.5 + 6 * 0.2) / 10)
    weight = 0.16 * 4 / (0.16 * 4 + 1.0 / 4)
    assert shrunk(of_category, of_all, "auto")[0] == pytest.approx(
        weight * 0.5 + (1 - weight) * 0.2
    )


@pytest.mark.parametrize(
    ("cv", "is_complementary"),
    [
        (KFold(4), True),
        (GroupKFold(4), True),
        (PredefinedSplit(np.arange(20) % 3), True),
        (LeaveOneOut(), True),
        (type("Gap", (KFold,), {})(4), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_folds_are_read(cv, is_complementary):
    X, groups = np.zeros((20, 1)), np.arange(20) // 2 if isinstance(cv, GroupKFold) else None
    folds = read_folds(cv, X, np.zeros(20), groups=groups)
    assert (folds.train is None) == is_complementary
    for fold, (_, test) in enumerate(cv.split(X, groups=groups)):
        assert np.flatnonzero(folds.of_rows == fold).tolist() == test.tolist()
    assert folds.n_folds == cv.get_n_splits(X, groups=groups)


class Iterable:
    def __init__(self, splits):
        self.splits = splits

    def split(self, X, y):
        return iter(self.splits)


@pytest.mark.parametrize(
    "shorter",
    [lambda train: train[:-1], lambda train: np.append(train[:-1], train[0])],
    ids=["embargo", "bootstrap"],
)
def test_training_rows_that_are_not_the_other_folds_are_kept(shorter):
    even, odd = np.arange(0, 10, 2), np.arange(1, 10, 2)
    splits = [(shorter(odd), even), (shorter(even), odd)]
    folds = read_folds(Iterable(splits), None, np.zeros(10))
    assert [t.tolist() for t in folds.train] == [t.tolist() for t, _ in splits]
    y = RNG.normal(size=10)
    got = cross_fitted(np.zeros(10, dtype=int), 1, y, folds, 0.0, is_indicator=False)
    for train, test in splits:
        np.testing.assert_allclose(got[test], y[train].mean())


@pytest.mark.parametrize(
    "cv", [ShuffleSplit(3, random_state=0), TimeSeriesSplit(3), Iterable([])], ids=type
)
def test_rows_must_be_tested_once(cv):
    with pytest.raises(
        ValueError, match=f"exactly once with no overlap; those of {type(cv).__name__}"
    ):
        read_folds(cv, np.zeros((10, 1)), np.zeros(10))


def test_leave_one_out_needs_no_table_of_all_cells():
    codes, y = np.arange(600) % 300, RNG.normal(size=600)
    folds = Folds(np.arange(600), 600)
    got = cross_fitted(codes, 300, y, folds, 0.0, is_indicator=False)
    np.testing.assert_allclose(got, np.roll(y, 300))
