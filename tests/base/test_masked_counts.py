import numpy as np
import pytest

from skcook.base import _document_terms
from skcook.base._document_terms import masked_counts

WORDS = ["a", "b", "a", "zzz", "c", "b"]
TERMS = ["a", "a b", "b", "b a", "c", "c b"]


def columns_of(terms):
    return np.array([TERMS.index(term) if term in TERMS else -1 for term in terms], np.int64)


@pytest.mark.parametrize("table_size", [1, 2**24])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 2), (1, 3)])
def test_counts_are_those_of_the_words_that_stay(ngram_range, table_size, monkeypatch):
    monkeypatch.setattr(_document_terms, "_TABLE_SIZE", table_size)
    numbers = np.arange(2 ** len(WORDS))
    masks = (numbers[:, None] >> np.arange(len(WORDS)) & 1).astype(bool)
    counts = masked_counts(masks, WORDS, ngram_range, columns_of, len(TERMS))
    assert counts.dtype == np.int64
    assert counts.has_canonical_format
    expected = np.zeros(counts.shape, int)
    for row, mask in zip(expected, masks, strict=True):
        kept = [word for word, stays in zip(WORDS, mask, strict=True) if stays]
        for n in range(ngram_range[0], ngram_range[1] + 1):
            for i in range(len(kept) - n + 1):
                term = " ".join(kept[i : i + n])
                if term in TERMS:
                    row[TERMS.index(term)] += 1
    assert np.array_equal(counts.toarray(), expected)


def test_no_words():
    counts = masked_counts(np.ones((3, 0), bool), [], (1, 2), columns_of, len(TERMS), np.float64)
    assert counts.shape == (3, len(TERMS))
    assert counts.dtype == np.float64
