"""Counting words by whole numbers, and choosing which become columns.

Documents are tokenized once, into one long array of token numbers. What becomes of a token (stop
word, stem, ...) is then a look-up in an array over the distinct tokens, n-grams are pairs of
numbers, and the count matrix is one sparse construction: no Python code runs once per word.

>>> from skcook.text.engine._token_codes import TokenCodes, count_terms
>>> encoded = TokenCodes().encode(["a rose is a rose"], lambda docs: (doc.split() for doc in docs))
>>> encoded.codes.tolist(), encoded.tokens
([0, 1, 2, 0, 1], ['a', 'rose', 'is'])
>>> terms = count_terms(encoded, ngram_range=(2, 2))
>>> [terms.names[i] for i in terms.ids]
['a rose', 'rose is', 'is a', 'a rose']
"""

import threading
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from skcook.text.words._normalize import replace_punctuation
from skcook.utils._validation import in_words

#: What is kept of earlier documents at most: tokens, and characters.
MOST_CODES = 2**22
MOST_CHARACTERS = 2**25
#: Occurrences counted at a time.
BLOCK = 2**17


@dataclass(frozen=True)
class EncodedTokens:
    """Documents as numbers.

    Shapes: codes (n_tokens,), indptr (n_documents + 1,).
    """

    codes: np.ndarray
    indptr: np.ndarray
    tokens: list[str]

    def one_by_one(self):
        """Return each token as a document of its own."""
        return EncodedTokens(self.codes, np.arange(len(self.codes) + 1), self.tokens)


class _Numbers(dict):
    """Token -> its number, which is the next one for a token that was not seen before."""

    def __init__(self):
        super().__init__()
        self.tokens = []

    def __missing__(self, token):
        number = self[token] = len(self.tokens)
        self.tokens.append(token)
        return number


class TokenCodes:
    """Numbers tokens, and remembers the documents it has seen, within bounds."""

    def __init__(self):
        self._lock = threading.Lock()
        self._forget()

    def _forget(self):
        self._numbers = _Numbers()
        self._codes = array("i")
        self._indptr = array("q", [0])
        self._rows = {}
        self._n_characters = 0

    def encode(self, documents, tokens_of):
        """Encode documents."""
        with self._lock:
            rows = self._rows
            new = [document for document in dict.fromkeys(documents) if document not in rows]
            number, codes, indptr = self._numbers.__getitem__, self._codes, self._indptr
            try:
                for document, tokens in zip(new, tokens_of(new), strict=True):
                    codes.extend(map(number, tokens))
                    rows[document] = len(indptr) - 1
                    indptr.append(len(codes))
                    self._n_characters += len(document)
                wanted = np.fromiter(map(rows.__getitem__, documents), np.int64, len(documents))
                all_codes = np.frombuffer(codes, np.int32) if codes else np.empty(0, np.int32)
                found = _gather(all_codes, np.frombuffer(indptr, np.int64), wanted)
                encoded = _compact(*found, self._numbers.tokens)
                del all_codes
            except BaseException:
                self._forget()  # a document may be half written
                raise
            if len(codes) > MOST_CODES or self._n_characters > MOST_CHARACTERS:
                self._forget()
            return encoded


def _gather(codes, indptr, rows):
    """Return the codes of some rows, one after the other, and where each begins."""
    lengths = indptr[rows + 1] - indptr[rows]
    begins = np.concatenate([[0], np.cumsum(lengths)])
    if len(rows) and (np.diff(rows) == 1).all():  # as documents are that were not seen before
        return codes[indptr[rows[0]] : indptr[rows[-1] + 1]].copy(), begins
    index_type = np.int32 if max(len(codes), begins[-1]) < 2**31 else np.int64
    positions = np.arange(begins[-1], dtype=index_type)
    positions += np.repeat((indptr[rows] - begins[:-1]).astype(index_type), lengths)
    return codes[positions], begins


def _compact(codes, indptr, tokens):
    """Renumber the tokens that occur from 0, in the order they have."""
    if len(codes) < len(tokens):  # a few documents must not cost what all that were seen did
        distinct, codes = np.unique(codes, return_inverse=True)
        codes = codes.astype(np.int32)
    else:
        occurs = np.zeros(len(tokens), dtype=bool)
        occurs[codes] = True
        distinct = np.flatnonzero(occurs)
        if len(distinct) < len(tokens):
            codes = (np.cumsum(occurs, dtype=np.int32) - 1)[codes]
    return EncodedTokens(codes, indptr, [tokens[i] for i in distinct.tolist()])


@dataclass(frozen=True)
class Terms:
    """Every occurrence of a term.

    Shapes: ids (n_occurrences,), indptr (n_documents + 1,).
    """

    ids: np.ndarray
    indptr: np.ndarray
    names: list[str]

    @property
    def n_documents(self):
        """How many documents there are."""
        return len(self.indptr) - 1

    @property
    def rows(self):
        """The document of each occurrence."""
        return np.repeat(np.arange(self.n_documents), np.diff(self.indptr))


def count_terms(encoded, *, word=None, punctuation="keep", ngram_range=(1, 1), sep=" "):
    """Find the terms of encoded documents."""
    words = _map_words(encoded, word, punctuation)
    shortest, longest = ngram_range
    grams, found = words, []
    for n in range(1, longest + 1):
        if n > 1:
            grams = _longer_grams(grams, words, n, sep)
        if n >= shortest:
            found.append(grams)
    return _side_by_side(found)


def _longer_grams(grams, words, n, sep):
    """Return the n-grams of documents, from those of one word less."""
    n_words = np.diff(words.indptr)
    lengths = np.maximum(n_words - (n - 1), 0)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    # The last gram of a document has no word behind it, and goes on nowhere.
    goes_on = np.ones(len(grams.codes), dtype=bool)
    goes_on[grams.indptr[1:][np.diff(grams.indptr) > 0] - 1] = False
    last = np.ones(len(words.codes), dtype=bool)
    for i in range(n - 1):
        last[(words.indptr[:-1] + i)[n_words > i]] = False
    pairs = grams.codes[goes_on].astype(np.int64)
    pairs *= max(len(words.tokens), 1)
    pairs += words.codes[last]
    distinct, codes = np.unique(pairs, return_inverse=True)
    firsts, lasts = np.divmod(distinct, max(len(words.tokens), 1))
    names = [
        f"{grams.tokens[first]}{sep}{words.tokens[last]}"
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]
    return EncodedTokens(codes.astype(np.int32), indptr, names)


def _side_by_side(parts):
    """Put the terms of several lengths behind each other in every document."""
    if len(parts) == 1:
        return Terms(parts[0].codes, parts[0].indptr, parts[0].tokens)
    indptr = sum(part.indptr for part in parts)
    ids = np.empty(indptr[-1], dtype=np.int32)
    names = []
    begins = indptr[:-1].copy()
    for part in parts:
        lengths = np.diff(part.indptr)
        positions = np.arange(len(part.codes))
        positions += np.repeat(begins - part.indptr[:-1], lengths)
        ids[positions] = part.codes + np.int32(len(names))
        begins += lengths
        names += part.tokens
    return Terms(ids, indptr, names)


def _map_words(encoded, word, punctuation):
    """Put in the place of each token what becomes of it: nothing, one word, or several."""
    if word is None and punctuation == "keep":
        return encoded
    words = encoded.tokens if word is None else list(map(word.__getitem__, encoded.tokens))
    numbers = _Numbers()
    if punctuation == "keep" and all(words):
        flat = np.fromiter(map(numbers.__getitem__, words), dtype=np.int32, count=len(words))
        return EncodedTokens(flat[encoded.codes], encoded.indptr, numbers.tokens)
    pieces = _pieces(words, None, punctuation)
    flat = np.array([numbers[piece] for some in pieces for piece in some], dtype=np.int32)
    if len(flat) == len(pieces) and all(pieces):
        return EncodedTokens(flat[encoded.codes], encoded.indptr, numbers.tokens)
    begins = np.concatenate([[0], np.cumsum([len(some) for some in pieces])]).astype(np.int32)
    codes, ends = _gather(flat, begins, encoded.codes)
    return EncodedTokens(codes, ends[encoded.indptr], numbers.tokens)


def _pieces(tokens, word, punctuation):
    """Return what becomes of each token: nothing, one word, or several."""
    tokens = tokens if word is None else map(word.__getitem__, tokens)
    if punctuation == "keep":
        return [(token,) if token else () for token in tokens]
    return [replace_punctuation(token, punctuation).split() for token in tokens]


def terms_of_one(tokens, *, word=None, punctuation="keep", ngram_range=(1, 1), sep=" "):
    """Return the terms of one document, those that `count_terms` finds."""
    words = tokens
    if word is not None or punctuation != "keep":
        words = [piece for some in _pieces(tokens, word, punctuation) for piece in some]
    shortest, longest = ngram_range
    if longest == 1:
        return words
    return [
        sep.join(words[i : i + n])
        for n in range(shortest, longest + 1)
        for i in range(len(words) - n + 1)
    ]


def count_matrix(terms, columns, n_columns):
    """Count terms.

    Shapes: columns (n_terms,); returns counts (n_documents, n_columns).
    """
    lengths, indices, counts = [np.zeros(1, np.int64)], [], []
    for first, stop in _blocks(terms.indptr):
        found = columns[terms.ids[terms.indptr[first] : terms.indptr[stop]]]
        rows = np.repeat(np.arange(stop - first), np.diff(terms.indptr[first : stop + 1]))
        keys = rows * n_columns + found
        distinct, times = _distinct(keys[found >= 0])
        rows, found = np.divmod(distinct, max(n_columns, 1))
        lengths.append(np.bincount(rows, minlength=stop - first))
        indices.append(found.astype(np.int32))
        counts.append(times)
    indptr = np.cumsum(np.concatenate(lengths))
    index_type = np.int32 if indptr[-1] < 2**31 else np.int64
    return sparse.csr_matrix(
        (_joined(counts, np.int64), _joined(indices, index_type), indptr.astype(index_type)),
        shape=(terms.n_documents, n_columns),
    )


def _blocks(indptr):
    """Cut rows into blocks of some entries, so that what is worked on at a time stays small."""
    first, n_rows = 0, len(indptr) - 1
    while first < n_rows:
        stop = int(np.searchsorted(indptr, indptr[first] + BLOCK, side="right")) - 1
        stop = min(max(stop, first + 1), n_rows)
        yield first, stop
        first = stop


def _joined(arrays, dtype):
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(0, dtype)


def _distinct(keys):
    """Return the distinct keys, sorted, and how often each occurs."""
    keys.sort()
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    return keys[begins], np.diff(np.append(begins, len(keys)))


def check_ngram_range(ngram_range):
    """Raise unless ``ngram_range`` is (min_n, max_n) with 1 <= min_n <= max_n."""
    valid = (
        len(ngram_range) == 2
        and all(isinstance(n, Integral) for n in ngram_range)
        and 1 <= ngram_range[0] <= ngram_range[1]
    )
    if not valid:
        raise ValueError(
            f"ngram_range must be (min_n, max_n) with 1 <= min_n <= max_n; got {ngram_range!r}."
        )


def make_character_analyzer(analyzer, ngram_range):
    """Return a function from a cleaned document to its n-grams of characters."""
    return CountVectorizer(
        analyzer=analyzer, ngram_range=ngram_range, lowercase=False
    ).build_analyzer()


def fit_columns(terms, min_df, max_df, max_features, *, binary=False):
    """Choose the columns of a count matrix, by scikit-learn's rules, and make it.

    Shapes: returns counts (n_documents, n_columns).
    """
    names = sorted(set(terms.names))
    counts = count_matrix(terms, _positions(terms.names, names), len(names))
    if binary:
        counts.data.fill(1)
    least = min_df if isinstance(min_df, Integral) else min_df * terms.n_documents
    most = max_df if isinstance(max_df, Integral) else max_df * terms.n_documents
    if most < least:
        raise ValueError(
            f"max_df={max_df!r} is {most:g} documents and min_df={min_df!r} is {least:g}: no term "
            "can be in between."
        )
    frequencies = np.bincount(counts.indices, minlength=len(names))
    kept = (frequencies >= least) & (frequencies <= most)
    if max_features is not None and kept.sum() > max_features:
        totals = np.bincount(counts.indices, weights=counts.data, minlength=len(names))
        # The same sort as scikit-learn's, so that ties fall the same way.
        best = (-totals[kept].astype(np.int64)).argsort()[:max_features]
        chosen = np.zeros(len(names), dtype=bool)
        chosen[np.flatnonzero(kept)[best]] = True
        kept = chosen
    if not kept.all():
        names = [name for name, keep in zip(names, kept.tolist(), strict=True) if keep]
        counts = counts[:, np.flatnonzero(kept)]
    return counts, names


def find_columns(terms, names, *, is_sorted=True):
    """Return the column of each term, -1 where it has none."""
    if len(terms) * 16 > len(names) or not is_sorted:
        return _positions(terms, names)
    # For the few words of a request, a dict of all names is far more work than to look them up.
    columns = np.full(len(terms), -1, dtype=np.int64)
    for i, name in enumerate(terms):
        column = bisect_left(names, name)
        if column < len(names) and names[column] == name:
            columns[i] = column
    return columns


def read_vocabulary(vocabulary):
    """Return the terms of a given vocabulary, in the order of their columns."""
    if isinstance(vocabulary, str):
        raise ValueError(
            f"vocabulary is the string {vocabulary!r}; a list of terms is expected. "
            f"Use [{vocabulary!r}]."
        )
    if isinstance(vocabulary, dict):
        columns = sorted(vocabulary.values())
        if columns != list(range(len(columns))):
            raise ValueError(
                "vocabulary must give each term a column of its own, 0 to "
                f"{len(columns) - 1}; got the columns {in_words(columns, limit=10)}."
            )
        terms = sorted(vocabulary, key=vocabulary.__getitem__)
    else:
        is_set = isinstance(vocabulary, set | frozenset)
        terms = sorted(vocabulary) if is_set else list(vocabulary)
    if not terms:
        raise ValueError("vocabulary is empty; give at least one term, or None to learn them.")
    wrong = [term for term in terms if not isinstance(term, str)]
    if wrong:
        raise ValueError(f"vocabulary must hold strings; got {in_words(wrong, limit=3)}.")
    seen = set()
    twice = sorted({term for term in terms if term in seen or seen.add(term)})
    if twice:
        raise ValueError(f"vocabulary holds {in_words(twice, limit=5)} more than once.")
    return terms


def _positions(terms, names):
    position = dict(zip(names, range(len(names)), strict=True))
    return np.array([position.get(name, -1) for name in terms], dtype=np.int64)


def no_terms_message(documents, tokens, where):
    """Say why no terms are left of documents."""
    if not tokens:
        return (
            f"The {len(documents)} documents{where} hold no words that the tokenizer finds; they "
            f"begin with {in_words(documents, limit=3)}."
        )
    return (
        f"No terms are left of the {len(tokens)} distinct words{where}, such as "
        f"{in_words(tokens, limit=5)}: stop_words, punctuation, ngram_range, min_df and "
        "max_df leave none. Loosen one of them."
    )
