"""Which terms become columns."""

import numpy as np
import pytest

from skcook.text.engine._token_codes import TokenCodes, count_terms, find_columns, fit_columns


def terms_of(*documents):
    return count_terms(TokenCodes().encode(list(documents), lambda some: map(str.split, some)))


@pytest.mark.parametrize(
    ("min_df", "max_df", "max_features", "names"),
    [
        (1, 1.0, None, ["a", "b", "c", "d"]),
        (2, 1.0, None, ["a", "b"]),
        (0.6, 1.0, None, ["a", "b"]),
        (1, 2, None, ["b", "c", "d"]),
        (1, 0.5, None, ["c", "d"]),
        (1, 1.0, 2, ["a", "d"]),
        (3, 3, 5, ["a"]),
        (3, 1.0, None, ["a"]),
    ],
)
def test_limits(min_df, max_df, max_features, names):
    counts, kept = fit_columns(terms_of("a b a", "a b", "a c d d d"), min_df, max_df, max_features)
    assert kept == names
    assert counts.shape == (3, len(names))


def test_binary_counts_count_documents():
    terms = terms_of("d d d b", "b", "a")
    counts, names = fit_columns(terms, 1, 1.0, 1, binary=True)
    assert (names, counts.toarray().tolist()) == (["b"], [[1], [1], [0]])
    assert fit_columns(terms, 1, 1.0, 1)[1] == ["d"]


def test_find_columns():
    terms = terms_of("b x a")
    assert find_columns(terms.names, ["a", "b"]).tolist() == [1, -1, 0]
    assert np.issubdtype(find_columns(terms_of("").names, ["a"]).dtype, np.integer)


@pytest.mark.parametrize("n_names", [0, 1, 3, 5000])
def test_terms_find_their_column_however_many_names_there_are(n_names):
    names = sorted(f"w{i}" for i in range(n_names))
    terms = terms_of("w3 w0 zz w4999 aa")
    expected = [names.index(name) if name in names else -1 for name in terms.names]
    assert find_columns(terms.names, names).tolist() == expected
