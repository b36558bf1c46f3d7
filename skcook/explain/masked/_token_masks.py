"""A vectorizer's matrix of one document under word masks, made from one reading of the document.

A vectorizer of scikit-learn counts the n-grams of a list of tokens. A mask takes tokens off that
list, so the counts under thousands of masks follow from the list, and no text is read again.
`skcook.text.TextVectorizer` does the same by methods of its own, which have the same names.
"""

import re
from copy import copy
from functools import partial
from itertools import chain
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from skcook.explain.masked._piece_masks import (
    count_characters,
    count_pieces,
    forms_of,
    left_texts,
    ruled_words,
)
from skcook.utils._masked_counts import masked_counts

#: Patterns of a token that is the same whatever stands beyond the spaces around it.
_LOCAL = re.compile(
    r"(\(\?u\))?(\\b)?((\\w|\\S|\[(\\w|[A-Za-z0-9_'-])+\])([+*]|\{\d+,\d*\})?)+(\\b)?"
)
#: Tables of masks and tokens of more cells take more memory than the texts.
_MOST_CELLS = 2**27


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
    if not _is_known(vectorizer):
        return None
    if vectorizer.analyzer in ("char", "char_wb"):
        return _CountedCharacters(vectorizer) if _reads_by_rule(vectorizer) else None
    is_hashed = isinstance(vectorizer, HashingVectorizer)
    return _HashedTokens(vectorizer) if is_hashed else _CountedTokens(vectorizer)


def word_masks(vectorizer: Any) -> TokenMasks | None:
    """Return what masks words of the rule, which several vectorizers side by side share."""
    masks = token_masks(vectorizer)
    if masks is None or isinstance(masks, _CountedCharacters):
        return masks
    if _is_known(vectorizer):
        local = vectorizer.tokenizer is None and _LOCAL.fullmatch(vectorizer.token_pattern)
        if not local or not _reads_by_rule(vectorizer):
            return None
    return _TokensOfForms(masks)


def _is_known(vectorizer: Any) -> bool:
    """Tell whether it is a vectorizer of scikit-learn, and its counts can be added up."""
    transform = getattr(type(vectorizer), "transform", None)
    if getattr(vectorizer, "input", None) != "content":
        return False
    if transform is HashingVectorizer.transform:
        # Ones instead of counts are made after words that share a column were added up.
        return not vectorizer.binary
    return transform in (CountVectorizer.transform, TfidfVectorizer.transform)


def _reads_by_rule(vectorizer: Any) -> bool:
    """Tell whether no function of the user's own looks at a whole text."""
    settings = vectorizer.analyzer, vectorizer.preprocessor, vectorizer.strip_accents
    return not any(map(callable, settings)) and all(
        getattr(type(vectorizer), name) is getattr(CountVectorizer, name)
        for name in ("build_analyzer", "build_preprocessor", "build_tokenizer")
    )


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
            # The hasher refuses no texts at all.
            hashed = hasher.transform([*([term] for term in terms), []])
            return hashed.indices + n * (hashed.data < 0)

        masks = np.asarray(masks, dtype=bool)
        words = self.split_words(document)
        counts = masked_counts(masks, words, self.ngram_range, columns_of, 2 * n, np.float64)
        return _weighted(vectorizer, counts[:, :n] - counts[:, n:])


class _CountedCharacters:
    """A document for a vectorizer of characters, whose words are those of the rule."""

    def __init__(self, vectorizer: Any):
        self.vectorizer = vectorizer

    def split_words(self, document: str) -> list[str]:
        """Return the words and the runs of other signs."""
        return ruled_words(document)

    def transform_masked(self, document: str, masks: np.ndarray) -> sparse.csr_matrix:
        """Return the document's row under each mask."""
        vectorizer, masks = self.vectorizer, np.asarray(masks, dtype=bool)
        # Plain counts, which are weighted once they are added up.
        plain = copy(vectorizer)
        plain.binary, plain.norm, plain.dtype = False, None, np.float64
        kind = HashingVectorizer if isinstance(plain, HashingVectorizer) else CountVectorizer
        count = partial(kind.transform, plain)
        if vectorizer.analyzer == "char_wb":
            return _weighted(vectorizer, count_pieces(count, document, masks))
        read = vectorizer.build_preprocessor()
        plain.lowercase, plain.strip_accents = False, None
        most = vectorizer.ngram_range[1]
        return _weighted(vectorizer, count_characters(count, document, masks, read, most))


class _TokensOfForms:
    """A document for a vectorizer of tokens, whose masks are those of the rule's words.

    One text of all forms that masks leave is read; a mask keeps the tokens of the forms it has.
    """

    def __init__(self, masks: TokenMasks):
        self.masks = masks

    def split_words(self, document: str) -> list[str]:
        """Return the words and the runs of other signs."""
        return ruled_words(document)

    def transform_masked(self, document: str, masks: np.ndarray) -> Any:
        """Return the document's row under each mask."""
        masks = np.asarray(masks, dtype=bool)
        forms, chosen = forms_of(document, masks)
        tokens = [self.masks.split_words(form) for form in forms]
        together = " ".join(forms)
        lengths = [len(part) for part in tokens]
        if len(masks) * sum(lengths) > _MOST_CELLS or (
            [*chain(*tokens)] != self.masks.split_words(together)
        ):
            return self._read(document, masks)
        has = np.zeros((len(masks), len(forms)), bool)
        np.put_along_axis(has, chosen, True, axis=1)
        return self.masks.transform_masked(together, np.repeat(has, lengths, axis=1))

    def _read(self, document, masks):
        """Read the text that each mask leaves."""
        vectorizer = getattr(self.masks, "vectorizer", self.masks)
        return vectorizer.transform(list(left_texts(document, masks)))


def _weighted(vectorizer, counts):
    """Return counts as the vectorizer gives them: as ones, or weighted."""
    if vectorizer.binary:
        counts.data.fill(1)
    counts = counts.astype(vectorizer.dtype, copy=False)
    if isinstance(vectorizer, TfidfVectorizer):
        if vectorizer.sublinear_tf:
            counts.data = np.log(counts.data) + 1
        if vectorizer.use_idf:
            counts.data *= vectorizer.idf_[counts.indices]
    elif not isinstance(vectorizer, HashingVectorizer):
        return counts
    return counts if vectorizer.norm is None else normalize(counts, vectorizer.norm, copy=False)
