"""Counting by numbers, against counting by hand."""

from collections import Counter

import numpy as np
import pytest

from skcook.text._ngrams import word_grams
from skcook.text.engine import _token_codes as codes
from skcook.text.engine._token_codes import TokenCodes, count_matrix, count_terms
from skcook.text.words._token_cache import Cache

DOCUMENTS = ["a b a c", "", "c", "b-c b", "a b a c", "-"]


def encode(documents, store=None):
    return (store or TokenCodes()).encode(documents, lambda some: (d.split() for d in some))


def by_document(terms):
    found = [Counter() for _ in range(terms.n_documents)]
    for row, term in zip(terms.rows.tolist(), terms.ids.tolist(), strict=True):
        found[row][terms.names[term]] += 1
    return found


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 2), (2, 4), (5, 5)])
@pytest.mark.parametrize("drop", ["", "b", "abc"])
def test_terms_are_those_counted_by_hand(ngram_range, drop):
    word = Cache(lambda token: "" if token in drop else token.upper())
    terms = count_terms(encode(DOCUMENTS), word=word, ngram_range=ngram_range)
    expected = [
        Counter(word_grams([t.upper() for t in d.split() if t not in drop], *ngram_range))
        for d in DOCUMENTS
    ]
    assert by_document(terms) == expected


@pytest.mark.parametrize(
    ("punctuation", "expected"),
    [("keep", ["b-c", "b"]), ("drop", ["bc", "b"]), ("space", ["b", "c", "b"])],
)
def test_punctuation_inside_tokens(punctuation, expected):
    terms = count_terms(encode(DOCUMENTS), punctuation=punctuation)
    assert by_document(terms)[3] == Counter(expected)
    assert by_document(terms)[5] == Counter(["-"] if punctuation == "keep" else [])


def test_the_matrix_has_sorted_indices_and_leaves_unknown_terms_out():
    terms = count_terms(encode(["b a b", "c", "a"]))
    columns = np.array([{"a": 1, "b": 0}.get(name, -1) for name in terms.names])
    matrix = count_matrix(terms, columns, 2)
    assert matrix.toarray().tolist() == [[2, 1], [0, 0], [0, 1]]
    assert matrix.has_sorted_indices
    assert matrix.dtype == np.int64
    assert matrix.indices.dtype == np.int32


def test_documents_seen_before_come_out_the_same():
    store = TokenCodes()
    first = encode(["a b", "c"], store)
    again = encode(["c", "a b", "d", "c"], store)
    assert [[again.tokens[c] for c in again.codes[i:j]] for i, j in [(0, 1), (1, 3), (3, 4)]] == [
        ["c"],
        ["a", "b"],
        ["d"],
    ]
    assert first.tokens == ["a", "b", "c"]
    assert encode(["c"], store).tokens == ["c"]  # only those that occur


def test_tokens_one_by_one():
    each = encode(["a b a"]).one_by_one()
    assert each.indptr.tolist() == [0, 1, 2, 3]
    assert [each.tokens[c] for c in each.codes] == ["a", "b", "a"]


def test_no_words_at_all():
    terms = count_terms(encode(["", ""]), ngram_range=(1, 3))
    assert terms.names == []
    assert count_matrix(terms, np.empty(0, np.int64), 0).shape == (2, 0)


@pytest.mark.parametrize("block", [1, 3, 10**6])
def test_counting_in_blocks_changes_nothing(block, monkeypatch):
    terms = count_terms(encode(["", "a b a", "", "c b c c", "a", ""]), ngram_range=(1, 2))
    columns = np.arange(len(terms.names)) - 1  # one term has no column
    monkeypatch.setattr(codes, "BLOCK", block)
    matrix = count_matrix(terms, columns, len(columns) - 1)
    expected = np.zeros((6, len(columns)))
    np.add.at(expected, (terms.rows, terms.ids), 1)
    assert (matrix.toarray() == expected[:, 1:]).all()
    assert matrix.has_canonical_format


@pytest.mark.parametrize("bound", ["MOST_CODES", "MOST_CHARACTERS"])
def test_what_is_remembered_of_documents_is_bounded(bound, monkeypatch):
    monkeypatch.setattr(codes, bound, 10)
    read = []

    def split(documents):
        read.extend(documents)
        return map(str.split, documents)

    store = TokenCodes()
    for _ in range(2):
        store.encode(["a b"], split)
    assert read == ["a b"]
    for _ in range(2):
        store.encode(["a b c d e f g h i j k"], split)
    assert read == ["a b", *["a b c d e f g h i j k"] * 2]
