"""A vectorizer's matrix of one document under word masks, made from one reading of the document.

A vectorizer of scikit-learn counts the n-grams of a list of tokens. A mask takes tokens off that
list, so the counts under thousands of masks follow from the list, and no text is read again.
`skcook.text.TextVectorizer` does the same by methods of its own, which have the same names.
"""

import re
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from skcook.explain.masked._word_spans import split_by_rule
from skcook.utils._masked_counts import masked_counts


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
    if getattr(vectorizer, "input", None) != "content":
        return None
    if getattr(type(vectorizer), "transform", None) is HashingVectorizer.transform:
        # Ones instead of counts are made after words that share a column were added up.
        is_exact = vectorizer.analyzer not in ("char", "char_wb") and not vectorizer.binary
        return _HashedTokens(vectorizer) if is_exact else None
    if not isinstance(vectorizer, CountVectorizer):
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

    def __init__(self, vectorizer: Any):
        self.vectorizer = vectorizer
        self.ngram_range = (1, 1) if _is_opaque(vectorizer) else vectorizer.ngram_range

    def split_words(self, document: str) -> list[str]:
        """Return the tokens of a document."""
        return split_as(self.vectorizer, document) or []

    def transform_masked(self, document: str, masks: np.ndarray) -> sparse.csr_matrix:
        """Return the document's row under each mask."""
        vectorizer, masks = self.vectorizer, np.asarray(masks, dtype=bool)
        known = vectorizer.vocabulary_

        def columns_of(terms: list[str]) -> np.ndarray:
            return np.array([known.get(term, -1) for term in terms], dtype=np.int64)

        counts = masked_counts(
            masks, self.split_words(document), self.ngram_range, columns_of, len(known), np.float64
        )
        return _weighted(vectorizer, counts)


class _HashedTokens(_CountedTokens):
    """A document for a HashingVectorizer, whose columns have signs."""

    def transform_masked(self, document: str, masks: np.ndarray) -> sparse.csr_matrix:
        """Return the document's row under each mask."""
        vectorizer, n = self.vectorizer, self.vectorizer.n_features
        hasher = FeatureHasher(
            n, input_type="string", alternate_sign=vectorizer.alternate_sign, dtype=np.float64
        )

        def columns_of(terms: list[str]) -> np.ndarray:
            hashed = hasher.transform([[term] for term in terms])
            return hashed.indices + n * (hashed.data < 0)

        masks = np.asarray(masks, dtype=bool)
        words = self.split_words(document)
        counts = masked_counts(masks, words, self.ngram_range, columns_of, 2 * n, np.float64)
        counts = counts[:, :n] - counts[:, n:]
        counts = counts.astype(vectorizer.dtype, copy=False)
        return counts if vectorizer.norm is None else normalize(counts, vectorizer.norm, copy=False)


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
            kept, form = _forms(masks[:, inside])
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


def _forms(masks):
    """Return the distinct rows of masks, and which one each row is."""
    if masks.shape[1] != 1:
        return np.unique(masks, axis=0, return_inverse=True)
    # Most pieces are one word: a sort of each takes half of all the time.
    return np.array([[False], [True]]), masks[:, 0].astype(np.intp)


def _without(document, span, spans, kept):
    """Return a stretch of a document without the spans that are not kept."""
    pieces, end = [], span[0]
    for (start, stop), stays in zip(spans, kept, strict=True):
        pieces.append(document[end : stop if stays else start])
        end = stop
    return "".join([*pieces, document[end : span[1]]])


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
