"""The terms of single documents: as weighted rows, and counted under masks of the words.

The vectorizers count many documents by passes over arrays, of which one document pays every one.
`TermRows` looks the terms of a document up in a dict and weighs them in scikit-learn's order of
operations, so that the numbers are those of the vectorizer to the last bit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from skcook.base._flow import Calculated, DoubtError, FlowColumn, parts
from skcook.exceptions import ExportRefused, PlanRefused

#: A vocabulary of more terms has no plan: one row of it is a matrix.
MOST_TERMS = 200_000

#: More documents at once take the vectorizer's passes less time (`bench_plan.py`, "Vectorizer").
MOST_DOCUMENTS = 64

MakeTerms = Callable[[], Callable[[str], Iterable[str]]]

#: What words are made of, and what is another in lower case beyond ASCII, as classes of a regular
#: expression that RE2, JavaScript and Python's Unicode tables agree on.
LETTERS = r"\p{L}\p{N}_"
CAPITALS = "\\p{Lu}\\p{Lt}\u2160-\u216f\u24b6-\u24cf"


@dataclass(frozen=True)
class PlainWords:
    """How an export finds the terms of a text, which it can where a regular expression does.

    `pattern` finds the words in the text, after ASCII letters became small if `lowercase`; `terms`
    are the words and the words joined by spaces that count, with their columns; `texts` matches
    the texts for which all of that is right.
    """

    pattern: str
    texts: str
    terms: Mapping[str, int]
    ngram_range: tuple[int, int] = (1, 1)
    lowercase: bool = True


def texts_without(characters: str) -> str:
    """Return the pattern of texts that have none of some characters beyond ASCII's letters."""
    return f"(?:[A-Z_]|[^{characters}])*" if characters else ""


class TermRows:
    """The rows that a fitted vectorizer makes of documents.

    Parameters
    ----------
    make_terms : callable
        Returns the function from a document to its terms. Called once, and again after unpickling.
    columns : mapping of str to int
        The vocabulary.
    binary : bool, default=False
        Whether a term counts once.
    weights : TfidfTransformer or None, default=None
        Fitted weights.
    missing : str or None, default=None
        The document in the place of a missing one; None leaves that to the pipeline.
    dtype : str, default="float64"
        The dtype of the rows.
    plain_words : callable, default=None
        Returns `PlainWords` for an export, or None if there are none.
    """

    def __init__(
        self,
        make_terms: MakeTerms,
        columns: Mapping[str, int],
        *,
        binary: bool = False,
        weights: Any = None,
        missing: str | None = None,
        dtype: str = "float64",
        plain_words: Callable[[], PlainWords | None] | None = None,
    ) -> None:
        self.make_terms, self.columns, self.plain_words = make_terms, columns, plain_words
        self.binary, self.missing, self.dtype = binary, missing, np.dtype(dtype)
        self.idf = getattr(weights, "idf_", None)
        self.norm = getattr(weights, "norm", None)
        self.sublinear = getattr(weights, "sublinear_tf", False)
        self._terms: Any = None

    def __call__(self, documents: Sequence[Any]) -> np.ndarray:
        """Return dense rows.

        Shapes: returns (n_documents, n_terms).
        """
        if len(documents) > MOST_DOCUMENTS:
            raise DoubtError
        out = np.zeros((len(documents), len(self.columns)), self.dtype)
        for i, document in enumerate(documents):
            places, values = self._row(document)
            out[i, places] = values
        return out

    def csr(self, documents: Sequence[Any]) -> sparse.csr_matrix:
        """Return the same rows as a sparse matrix."""
        rows = [self._row(document) for document in documents]
        indptr = np.cumsum([0, *(len(places) for places, _ in rows)])
        places, values = (np.concatenate(some) for some in zip(*rows, strict=True))
        return sparse.csr_matrix((values, places, indptr), shape=(len(rows), len(self.columns)))

    def _row(self, document: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns of the terms of a document, in order, and their weights."""
        document = self.missing if document is None else document
        if type(document) is not str:
            raise DoubtError
        terms = self._terms
        if terms is None:
            terms = self._terms = self.make_terms()
        counts: Counter[Any] = Counter(map(self.columns.get, terms(document)))
        counts.pop(None, None)
        places = np.array(sorted(counts), dtype=np.int32)
        values = np.array([1 if self.binary else counts[j] for j in places.tolist()], self.dtype)
        if self.sublinear:
            np.log(values, values)
            values += 1.0
        if self.idf is not None:
            values *= self.idf[places]
        if self.norm is not None and len(values):
            # One after the other, as in scikit-learn's loop: np.sum adds in pairs.
            size = np.abs(values) if self.norm == "l1" else values * values
            total = np.add.accumulate(size, dtype=np.float64)[-1]
            values /= total if self.norm == "l1" else np.sqrt(total)
        return places, values

    def traced(self, text: Any) -> Any:
        """Return the same as arithmetic on counts of words, for an export."""
        words = self.plain_words() if self.plain_words else None
        if words is None:
            raise ExportRefused(
                "Words can be exported where a regular expression finds them: of scikit-learn's "
                "vectorizers, those with analyzer='word' and the usual token_pattern; a "
                "TextVectorizer with tokenizer='words' and no cleaning but lower case."
            )
        if words.texts:
            text.graph.doubt(text.matches(words.texts).equals(False))
        values = text.term_counts(words, len(self.columns))
        if self.binary:
            values = (values > 0.0).cast("float64")
        if self.sublinear:
            values = (values > 0.0).where(values.least(1.0).apply("Log") + 1.0, 0.0)
        if self.idf is not None:
            values = values * np.asarray(self.idf, dtype=np.float64)[None]
        if self.norm is not None:
            total = values.apply("Abs").sum() if self.norm == "l1" else (values * values).sum()
            total = total if self.norm == "l1" else total.apply("Sqrt")
            values = values / total.equals(0.0).where(1.0, total)
        return values

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_terms": None}


def plan_terms(
    rows: TermRows, columns: Sequence[FlowColumn], who: str, *, sparse_output: bool = True
) -> list[FlowColumn]:
    """Return the columns that a vectorizer makes of one column of documents."""
    if len(columns) != 1 or columns[0].kind != "text":
        raise PlanRefused(f"{who} over {len(columns)} columns, or no text, has no plan")
    width = len(rows.columns)
    if width > MOST_TERMS:
        raise PlanRefused(f"{who} knows {width} terms; a plan takes {MOST_TERMS}")
    dtype = "float32" if rows.dtype == np.float32 else "float64"
    block = Calculated((columns[0],), rows, width, dtype)
    names = [f"{columns[0].name}_{k}" for k in range(width)]
    return parts(block, names, dtype=dtype, nullable=False, sparse=sparse_output)


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
