"""A vectorizer's matrix of one document under masks of words that are not its own tokens.

A vectorizer of characters has no tokens, and several vectorizers side by side have each its own.
What is taken off then is a word of the rule, and what the vectorizers read is the text that is
left. That text is made of few short forms, whatever the mask: those are read, once each.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain, pairwise

import numpy as np
from scipy import sparse

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
