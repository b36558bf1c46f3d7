import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from skcook.exceptions import ColumnsError, ColumnValuesError, SkcookWarning
from skcook.recommend import PopularityRecommender
from skcook.recommend.interactions._pairs import encode_pairs, positives, read_pairs, read_target

FRAME = pd.DataFrame({"when": [1, 2, 3], "who": ["a", "b", "a"], "what": [10, 10, 20]})
NAMED = {"user": "who", "item": "what"}


def read(X, **params):
    return read_pairs(PopularityRecommender(**params), X, reset=True)


@pytest.mark.parametrize(
    ("X", "params"),
    [
        (FRAME, {"user": "who", "item": "what"}),
        (FRAME, {"user": 1, "item": -1}),
        (pl.from_pandas(FRAME), {"user": "who", "item": "what"}),
        (FRAME[["who", "what", "when"]], {}),
        (FRAME[["who", "what"]].to_numpy(), {}),
        (FRAME[["who", "what"]].to_numpy().tolist(), {}),
        (FRAME.set_axis([0, 1, 2], axis=1), {"user": 1, "item": 2}),
    ],
    ids=["names", "positions", "polars", "first-two", "array", "list", "labels"],
)
def test_the_two_columns_are_found(X, params):
    pairs = read(X, **params)
    assert pairs.users.to_list() == ["a", "b", "a"]
    assert pairs.items.to_list() == [10, 10, 20]


@pytest.mark.parametrize(
    ("X", "params", "error", "message"),
    [
        (FRAME[["who"]], {}, ColumnsError, r"1 feature\(s\).*minimum of 2"),
        (FRAME, {"user": "whom"}, ColumnsError, "user='whom'.*did you mean 'who'"),
        (FRAME, {"user": "who", "item": "who"}, ColumnsError, "both name the column 'who'"),
        (FRAME.iloc[:0], {}, ValueError, r"0 sample\(s\)"),
        (FRAME.assign(who=["a", None, "a"]), NAMED, ColumnValuesError, "'who'.*row 1"),
        (sp.csr_matrix((3, 2)), {}, TypeError, "[Ss]parse"),
        (pd.Series([1, 2]), {}, ValueError, "2-dim|2D"),
    ],
    ids=["one-column", "no-such-column", "same-column", "empty", "missing-id", "sparse", "series"],
)
def test_bad_input_is_named(X, params, error, message):
    with pytest.raises(error, match=message):
        read(X, **params)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, np.nan, 2], "1 value.*row 1.*y=None"),
        ([1, 2, np.inf], "infinity.*row 2"),
        (["good", "bad", "good"], "y must be one number per row"),
        ([1, 2], "inconsistent numbers"),
    ],
    ids=["nan", "inf", "words", "short"],
)
def test_bad_targets_are_named(y, message):
    with pytest.raises(ValueError, match=message):
        read_target(y, 3)


@pytest.mark.parametrize(
    ("y", "threshold", "expected"),
    [
        (None, None, [True, True, True]),
        ([0.5, 0, -1], None, [True, False, False]),
        ([3, 4, 5], 4, [False, True, True]),
        ([-2, 0, 1], -1, [False, True, True]),
    ],
    ids=["no-y", "above-0", "threshold", "negative-threshold"],
)
def test_what_counts_as_liked(y, threshold, expected):
    assert positives(read_target(y, 3), 3, threshold).tolist() == expected


def test_who_met_what_is_boolean_sorted_and_without_repeats():
    pairs = read([[1, 7], [1, 5], [1, 7], [2, 5]])
    encoded = encode_pairs(pairs, np.array([True, True, True, False]))
    assert encoded.seen.dtype == bool
    assert encoded.seen.nnz == 3
    assert encoded.seen.has_sorted_indices
    assert encoded.seen.toarray().tolist() == [[True, True], [False, True]]
    assert encoded.counts.tolist() == [2, 1]


def test_a_million_by_a_million_ids_take_memory_by_rows_not_by_cells():
    rng = np.random.default_rng(0)
    X = rng.integers(10**12, size=(1000, 2))
    X[:, 0] = np.arange(1000)
    X = np.vstack([X, [[10**6, 10**6]]])
    encoded = encode_pairs(read(X), np.ones(1001, dtype=bool))
    assert encoded.seen.shape == (1001, 1001)
    wide = pd.DataFrame({"u": np.arange(10**6), "i": np.arange(10**6)[::-1]})
    seen = encode_pairs(read(wide), np.ones(10**6, dtype=bool)).seen
    assert seen.shape == (10**6, 10**6)
    assert seen.data.nbytes + seen.indices.nbytes + seen.indptr.nbytes < 16e6


MATRIX = np.zeros((20, 15))
MATRIX[np.arange(20), np.arange(20) % 15] = 4
MATRIX[np.arange(20), 3 * np.arange(20) % 15] = 1
STARS = np.random.default_rng(0).integers(1, 6, (40, 6))


@pytest.mark.parametrize(
    "X",
    [
        MATRIX,
        MATRIX > 0,
        (MATRIX > 0).astype(int).tolist(),
        np.where(MATRIX == 0, np.nan, MATRIX),
        pd.DataFrame(MATRIX, columns=[f"item {i}" for i in range(15)]),
        pl.DataFrame((MATRIX > 0).astype(int)),
        np.eye(5)[:, :4],
    ],
    ids=["ratings", "boolean", "list", "NaN", "pandas", "polars", "narrow"],
)
def test_a_dense_matrix_is_not_read_as_pairs(X):
    with pytest.raises(ColumnValuesError, match=r"looks like a user x item matrix.*np.nonzero"):
        PopularityRecommender().fit(X)


@pytest.mark.parametrize(
    "X",
    [
        STARS,
        pd.DataFrame(STARS / 2, columns=list("abcdef")),
        np.repeat(STARS, 4, axis=0)[:, :3],
        np.random.default_rng(0).poisson(90, (40, 12)),
    ],
    ids=["stars", "half stars", "three items", "counts"],
)
def test_a_matrix_without_gaps_is_told(X):
    with pytest.warns(SkcookWarning, match=r"looks like a user x item matrix.*np.nonzero"):
        PopularityRecommender().fit(X)
    PopularityRecommender(user=0, item=1).fit(X)


@pytest.mark.parametrize("n_rows", [4, 40, 400])
def test_pairs_with_small_numbers_beside_them_are_pairs(n_rows):
    rng = np.random.default_rng(0)
    users, items = rng.integers(1, 9, n_rows), rng.integers(1, 8, n_rows)
    stars, flags = rng.integers(1, 6, n_rows), rng.integers(0, 2, (2, n_rows))
    hours = rng.integers(0, 24, n_rows)
    for X in ([users, items, stars], [users, items, stars, hours], [users, items, stars, *flags]):
        PopularityRecommender().fit(np.column_stack(X))


def test_what_the_error_says_makes_pairs_of_a_matrix():
    rows, columns = np.nonzero(np.nan_to_num(MATRIX))
    model = PopularityRecommender().fit(np.column_stack([rows, columns]), MATRIX[rows, columns])
    assert model.seen_.toarray().sum() == (MATRIX > 0).sum()


def test_pairs_with_flags_are_pairs_and_named_columns_always():
    flags = np.tile([0, 1, 0], (12, 1))
    pairs = np.column_stack([np.arange(12) % 4, np.arange(12) % 5, flags])
    assert len(PopularityRecommender().fit(pairs).user_ids_) == 4
    assert len(PopularityRecommender(user=0, item=1).fit(MATRIX).user_ids_) == 2
