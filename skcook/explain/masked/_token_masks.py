"""A vectorizer's matrix of one document under word masks, made from one reading of the document.

A vectorizer of scikit-learn counts the n-grams of a list of tokens. A mask takes tokens off that
list, so the counts under thousands of masks follow from the list, and no text is read again.
`skcook.text.TextVectorizer` does the same by methods of its own, which have the same names.
"""

import re
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from skcook.explain.masked._word_spans import split_by_rule

#: So many pairs of tokens are numbered by a table; more are sorted.
_TABLE_SIZE = 2**24


class TokenMasks(Protocol):
    """What reads a document once and counts it under any mask of its tokens."""

    def split_words(self, document: str) -> list[str]:
        """Return the tokens of a document, one per place."""

    def transform_masked(self, document: str, masks: np.ndarray) -> Any:
        """Return the matrix of a document under masks; masks (n_masks, n_tokens)."""


def token_masks(vectorizer: Any) -> TokenMasks | None:
    """Return what masks the tokens of a vectorizer; None if only the vectorizer itself can."""
    if hasattr(vectorizer, "transform_masked") and hasattr(vectorizer, "split_words"):
        try:
            # It says here whether it can: with its settings masks may not be exact.
            vectorizer.transform_masked("", np.ones((1, 0), bool))
        except ValueError:
            return None
        return vectorizer
    if not isinstance(vectorizer, CountVectorizer) or vectorizer.input != "content":
        return None
    if type(vectorizer).transform not in (CountVectorizer.transform, TfidfVectorizer.transform):
        return None
    if vectorizer.analyzer == "char_wb" and not _is_opaque(vectorizer):
        return _CountedPieces(vectorizer)
    return None if vectorizer.analyzer == "char" else _CountedTokens(vectorizer)


def split_as(vectorizer: Any, document: str) -> list[str] | None:
    """Return the tokens that a vectorizer finds in a document; None if it has no tokens."""
    if getattr(vectorizer, "analyzer", "word") in ("char", "char_wb"):
        return None
    if hasattr(vectorizer, "split_words"):
        return list(vectorizer.split_words(document))
    if not hasattr(vectorizer, "build_analyzer"):
        return None
    if _is_opaque(vectorizer):
        return list(vectorizer.build_analyzer()(document))
    tokens = vectorizer.build_tokenizer()(vectorizer.build_preprocessor()(document))
    stop_words = vectorizer.get_stop_words() or ()
    return [token for token in tokens if token not in stop_words]


def _is_opaque(vectorizer: Any) -> bool:
    """Tell whether a function of the user's own makes the terms, whatever they are made of."""
    made_by = getattr(type(vectorizer), "build_analyzer", None)
    return callable(vectorizer.analyzer) or made_by is not CountVectorizer.build_analyzer


class _CountedTokens:
    """A document for a CountVectorizer or a TfidfVectorizer."""

    def __init__(self, vectorizer: CountVectorizer):
        self.vectorizer = vectorizer
        self.ngram_range = (1, 1) if _is_opaque(vectorizer) else vectorizer.ngram_range

    def split_words(self, document: str) -> list[str]:
        """Return the tokens of a document."""
        return split_as(self.vectorizer, document) or []

    def transform_masked(self, document: str, masks: np.ndarray) -> sparse.csr_matrix:
        """Return the document's row under each mask."""
        vectorizer, masks = self.vectorizer, np.asarray(masks, dtype=bool)
        tokens, shape = self.split_words(document), (len(masks), len(vectorizer.vocabulary_))
        if self.ngram_range == (1, 1):
            counts = _word_counts(masks, tokens, vectorizer.vocabulary_)
        else:
            rows, columns = _term_places(masks, tokens, self.ngram_range, vectorizer.vocabulary_)
            counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        return _weighted(vectorizer, counts)


class _CountedPieces:
    """A document for a vectorizer of the characters inside words ("char_wb").

    It reads what stands between two spaces by itself, so the few forms that masks leave of each
    such piece are counted once, and added up.
    """

    def __init__(self, vectorizer: CountVectorizer):
        self.vectorizer = vectorizer

    def split_words(self, document: str) -> list[str]:
        """Return the words and the runs of other signs."""
        return split_by_rule(document, symbols=True)[0]

    def transform_masked(self, document: str, masks: np.ndarray) -> sparse.csr_matrix:
        """Return the document's row under each mask."""
        masks = np.asarray(masks, dtype=bool)
        spans = split_by_rule(document, symbols=True)[1]
        forms: list[str] = []
        columns = []
        first = 0
        for piece in re.finditer(r"\S+", document):
            inside = []
            while first < len(spans) and spans[first][0] < piece.end():
                inside.append(first)
                first += 1
            kept, form = np.unique(masks[:, inside], axis=0, return_inverse=True)
            columns.append(form.reshape(len(masks)) + len(forms))
            forms += [
                _without(document, piece.span(), [spans[j] for j in inside], row) for row in kept
            ]
        # Plain counts, which a TfidfVectorizer weighs afterwards.
        counted = CountVectorizer.transform(self.vectorizer, [*forms, ""])
        indices = np.column_stack(columns) if columns else np.zeros((len(masks), 0), np.intp)
        indptr = np.arange(len(masks) + 1) * indices.shape[1]
        chosen = sparse.csr_matrix(
            (np.ones(indices.size, counted.dtype), indices.ravel(), indptr),
            shape=(len(masks), counted.shape[0]),
        )
        counts = chosen @ counted
        counts.sort_indices()
        return _weighted(self.vectorizer, counts)


def _without(document, span, spans, kept):
    """Return a stretch of a document without the spans that are not kept."""
    pieces, end = [], span[0]
    for (start, stop), stays in zip(spans, kept, strict=True):
        pieces.append(document[end : stop if stays else start])
        end = stop
    return "".join([*pieces, document[end : span[1]]])


def _word_counts(masks, tokens, vocabulary):
    """Count single words: a third of the cost of `_term_places`, for what most models count.

    benchmarks/bench_explain_text_image.py loses a quarter of a text's time without it.
    """
    column = np.array([vocabulary.get(token, -1) for token in tokens], dtype=np.int32)
    order = np.argsort(column, kind="stable")[(column < 0).sum() :]
    # In the order of the columns, so that what each row keeps is a row of the matrix as it is.
    kept, column = masks.take(order, axis=1), column[order]
    indices = np.broadcast_to(column, kept.shape)[kept]
    indptr = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    shape = (len(masks), len(vocabulary))
    counts = sparse.csr_matrix((np.ones(len(indices)), indices, indptr), shape=shape)
    if (np.diff(column) == 0).any():
        counts.sum_duplicates()
    return counts


def _term_places(masks, tokens, ngram_range, vocabulary):
    """Return the row and the column of every known term, each as often as it is there."""
    low, high = ngram_range
    number: dict[str, int] = {}
    codes = np.array([number.setdefault(token, len(number)) for token in tokens], np.intp)
    names = list(number)
    row, place = np.nonzero(masks)
    token = codes[place]
    start, term, texts = np.arange(len(row)), token, names
    found = []
    for n in range(1, high + 1):
        if n > 1:
            # An n-gram is one longer than the last where another token of its mask follows.
            start, term = (part[start + n - 1 < len(row)] for part in (start, term))
            follows = row[start + n - 1] == row[start]
            start, term = start[follows], term[follows]
            term, texts = _longer(term, token[start + n - 1], texts, names)
        if n >= low:
            column = np.array([vocabulary.get(text, -1) for text in texts], dtype=np.int64)[term]
            known = column >= 0
            found.append((row[start][known], column[known]))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def _longer(term, token, texts, names):
    """Give n-grams that are one token longer numbers of their own, and spell them."""
    pair = term * len(names) + token
    n_pairs = len(texts) * len(names)
    if n_pairs <= _TABLE_SIZE:
        number = np.zeros(n_pairs, np.int64)
        number[pair] = 1
        distinct = np.flatnonzero(number)
        number[distinct] = np.arange(len(distinct))
        code = number[pair]
    else:
        distinct, code = np.unique(pair, return_inverse=True)
    first, last = (part.tolist() for part in np.divmod(distinct, len(names)))
    return code, [f"{texts[i]} {names[j]}" for i, j in zip(first, last, strict=True)]


def _weighted(vectorizer, counts):
    """Return counts as the vectorizer gives them: as ones, or weighted."""
    if vectorizer.binary:
        counts.data.fill(1)
    counts = counts.astype(vectorizer.dtype, copy=False)
    if not isinstance(vectorizer, TfidfVectorizer):
        return counts
    if vectorizer.sublinear_tf:
        counts.data = np.log(counts.data) + 1
    if vectorizer.use_idf:
        counts.data *= vectorizer.idf_[counts.indices]
    return counts if vectorizer.norm is None else normalize(counts, vectorizer.norm, copy=False)
