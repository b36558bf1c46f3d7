"""A vectorizer's matrix of one document under word masks, made from one reading of the document.

A vectorizer of scikit-learn counts the n-grams of a list of tokens. A mask takes tokens off that
list, so the counts under thousands of masks follow from the list, and no text is read again.
`skcook.text.TextVectorizer` does the same by methods of its own, which have the same names.

A vectorizer of characters has no tokens, and several vectorizers side by side have each its own.
What is taken off then is a word of the rule, and what the vectorizers read is the text that is
left. That text is made of few short forms, whatever the mask: those are read, once each.
"""

import re
from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from itertools import chain, pairwise
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from skcook.base._document_terms import masked_counts
from skcook.explain.masked._word_spans import Words, split_by_rule

#: What counts the terms of texts, one row per text.
Count = Callable[[list[str]], sparse.csr_matrix]


def ruled_words(document: str) -> list[str]:
    """Return the words and the runs of other signs."""
    return split_by_rule(document, symbols=True)[0]


def left_texts(document: str, masks: np.ndarray) -> Iterator[str]:
    """Return the text that each mask leaves of a document."""
    words, spans = split_by_rule(document, symbols=True)
    return Words.of(document, words, list(spans), bag_of_words=False).texts(masks, "")


def forms_of(document: str, masks: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the forms that masks leave of what stands between spaces, and which each mask has.

    Shapes: masks (n_masks, n_words); returns chosen (n_masks, n_pieces).
    """
    spans = split_by_rule(document, symbols=True)[1]
    forms: list[str] = []
    columns = []
    first = 0
    for piece in re.finditer(r"\S+", document):
        inside = []
        while first < len(spans) and spans[first][0] < piece.end():
            inside.append(first)
            first += 1
        kept, form = _distinct(masks[:, inside])
        columns.append(form.reshape(len(masks)) + len(forms))
        forms += [_without(document, piece.span(), [spans[j] for j in inside], row) for row in kept]
    chosen = np.column_stack(columns) if columns else np.zeros((len(masks), 0), np.intp)
    return forms, chosen


def sum_forms(chosen: np.ndarray, counted: sparse.csr_matrix) -> sparse.csr_matrix:
    """Add up the counts of the forms that each mask has."""
    indptr = np.arange(len(chosen) + 1) * chosen.shape[1]
    ones = np.ones(chosen.size, counted.dtype)
    shape = len(chosen), counted.shape[0]
    counts = sparse.csr_matrix((ones, chosen.ravel(), indptr), shape=shape) @ counted
    # Its columns in order; benchmarks/bench_explain_text_image.py loses a third by a sort.
    return counts.tocsc().tocsr()


def _distinct(masks):
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


def count_pieces(count: Count, document: str, masks: np.ndarray) -> sparse.csr_matrix:
    """Count the characters' n-grams inside words ("char_wb") of a document under masks."""
    forms, chosen = forms_of(document, masks)
    return sum_forms(chosen, count([*forms, ""]))


def count_characters(
    count: Count, document: str, masks: np.ndarray, read: Callable[[str], str], most: int
) -> sparse.csr_matrix:
    """Count the n-grams of all characters ("char") of a document under masks.

    `count` takes what `read` makes of texts, and n-grams of at most `most` characters count. Those
    that begin in a word, or in the spaces before the next word that stays, depend on these and on
    the most - 1 characters that follow. Words are taken from the last to the first, and masks that
    have the same after a word share a form.
    """
    spans = split_by_rule(document, symbols=True)[1]
    edges = [0, *chain(*spans), len(document)]
    parts = [read(document[a:b]) for a, b in pairwise(edges)]
    words, gaps = ["", *parts[1::2]], parts[::2]
    if "\u03a3" in document or re.search(r"\s", "".join(words)):
        # What a sigma becomes depends on its word, and a space of a word on those beside it.
        return count([read(text) for text in left_texts(document, masks)])
    texts: dict[tuple[str, str], int] = {}
    # What follows: the word, and the characters from it on.
    after: dict[tuple[int, str], int] = {(len(words), ""): 0}
    states = [(len(words), "")]
    now = np.zeros(len(masks), np.intp)
    chosen = np.zeros((len(masks), len(words)), np.int32)
    for j in range(len(words) - 1, -1, -1):
        rows = np.flatnonzero(masks[:, j - 1]) if j else np.arange(len(masks))
        if not words[j] and j:
            rows = rows[:0]
        came, place = np.unique(now[rows], return_inverse=True)
        form, state = [], []
        for k, tail in (states[i] for i in came.tolist()):
            own = words[j] + re.sub(r"\s\s+", " ", "".join(gaps[j:k]))
            form.append(texts.setdefault((own, tail), len(texts) + 1))
            key = j, (own + tail)[: most - 1]
            if key not in after:
                after[key] = len(states)
                states.append(key)
            state.append(after[key])
        chosen[rows, j] = np.array(form, np.intp)[place]
        now[rows] = np.array(state, np.intp)[place]
    counted = count(["", *(own + tail for own, tail in texts)])
    counted -= count(["", *(tail for _, tail in texts)])
    counted.eliminate_zeros()
    return sum_forms(chosen, counted)


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
