"""The n-grams of one document counted under masks of its words, without a look at the text."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse

#: So many pairs of words are numbered by a table; more are sorted.
_TABLE_SIZE = 2**24


def masked_counts(
    masks: np.ndarray,
    words: Sequence[str],
    ngram_range: tuple[int, int],
    columns_of: Callable[[list[str]], np.ndarray],
    n_columns: int,
    dtype: type = np.int64,
) -> sparse.csr_matrix:
    """Count the n-grams of the words that each mask keeps; words are joined by a space.

    `columns_of` gives the column of each term, -1 for one without.

    Shapes: masks (n_masks, n_words); returns counts (n_masks, n_columns).
    """
    shape = len(masks), n_columns
    if ngram_range != (1, 1):
        rows, columns = _term_places(masks, words, ngram_range, columns_of)
        return sparse.csr_matrix((np.ones(len(rows), dtype), (rows, columns)), shape=shape)
    # benchmarks/bench_explain_text_image.py loses a quarter of a text's time without this.
    columns = columns_of(list(words))
    order = np.argsort(columns, kind="stable")[(columns < 0).sum() :]
    # In the order of the columns, so that what each row keeps is a row of the matrix as it is.
    kept, columns = masks.take(order, axis=1), columns[order].astype(np.int32)
    indices = np.broadcast_to(columns, kept.shape)[kept]
    indptr = np.concatenate([[0], np.cumsum(np.count_nonzero(kept, axis=1))])
    counts = sparse.csr_matrix((np.ones(len(indices), dtype), indices, indptr), shape=shape)
    if (np.diff(columns) == 0).any():
        counts.sum_duplicates()
    return counts


def _term_places(
    masks: np.ndarray,
    words: Sequence[str],
    ngram_range: tuple[int, int],
    columns_of: Callable[[list[str]], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row and the column of every known term, each as often as it is there."""
    low, high = ngram_range
    number: dict[str, int] = {}
    codes = np.array([number.setdefault(token, len(number)) for token in words], np.intp)
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
            column = columns_of(texts)[term]
            known = column >= 0
            found.append((row[start][known], column[known]))
    rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return rows, columns


def _longer(
    term: np.ndarray, token: np.ndarray, texts: list[str], names: list[str]
) -> tuple[np.ndarray, list[str]]:
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
