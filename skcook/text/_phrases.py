"""Phrases: words that stand together more often than chance has it."""

import re
from collections import Counter
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skcook.text._documents import DocumentTransformer
from skcook.text.engine._token_codes import TokenCodes, count_terms
from skcook.text.words._stop_words import resolve_stop_words
from skcook.text.words._tokenize import WORDS
from skcook.utils._sklearn import Interval, StrOptions

# A word, or one sign: a sign between two words keeps them from being a phrase.
_WORDS_AND_SIGNS = re.compile(rf"({WORDS.pattern}|\S)")
#: Connectors in a row at the most.
_MOST_CONNECTORS = 3
_ENGLISH_CONNECTORS = frozenset(
    ("a", "an", "the", "of", "at", "by", "for", "from", "in", "into", "on", "onto", "to")
    + ("with", "without", "and", "or")
)


class PhraseJoiner(DocumentTransformer):
    """Join words that form a phrase: "new york" becomes "new_york".

    Two words next to each other, with nothing but space between, are a phrase if they stand
    together often: `min_count` times at least, and ``score = (n_pair - min_count + 1) * n_words /
    (n_first * n_second)`` is above `threshold`, where ``n_words`` is the number of distinct words.
    Where two pairs share a word ("new york times"), the one of the higher score is joined. Words
    are compared in lower case. For longer phrases, put a second joiner behind the first, or give
    `connector_words` ("bank of america").

    Parameters
    ----------
    min_count : int, default=5
        Times that a pair must be there at least.
    threshold : float, default=10.0
        Score that a pair must have; the higher, the fewer phrases.
    sep : str, default="_"
        What joins the words.
    stop_words : None, str or list of str, default=None
        Words that are in no phrase: those of a language, or a list.
    connector_words : None, "english" or list of str, default=None
        Words that may stand between the two words of a phrase, and neither begin nor end one:
        "english" are articles, prepositions, and "and" and "or".
    missing : {"empty", "keep", "error"}, default="empty"
        A missing document becomes "", stays missing, or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read; None raises on bytes.
    columns : str, int, slice, list of str or callable, default=None
        The columns of a frame to change, which share their phrases; None takes those of text.

    Attributes
    ----------
    phrases_ : dict of str to float
        Each phrase, its words parted by a space, and its score, the best first.
    columns_ : list of str or None
        The columns that are changed; None if ``fit`` saw documents that are no frame.
    n_features_in_ : int
        Number of columns seen in ``fit``, if it saw a frame.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    References
    ----------
    T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean (2013), "Distributed Representations of
    Words and Phrases and their Compositionality", NeurIPS 26.

    Examples
    --------
    >>> from skcook.text import PhraseJoiner
    >>> documents = ["New York is big", "I love New York", "a new car", "York, not new York"]
    >>> joiner = PhraseJoiner(min_count=2, threshold=1.0).fit(documents)
    >>> joiner.phrases_
    {'new york': 1.125}
    >>> joiner.transform(["Was it new York? New, York!"])
    ['Was it new_York? New, York!']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **DocumentTransformer._parameter_constraints,
        "min_count": [Interval(Integral, 1, None, closed="left")],
        "threshold": [Interval(Real, 0, None, closed="left")],
        "sep": [str],
        "stop_words": ["array-like", set, frozenset, str, None],
        "connector_words": ["array-like", set, frozenset, StrOptions({"english"}), None],
    }

    def __init__(
        self,
        *,
        min_count=5,
        threshold=10.0,
        sep="_",
        stop_words=None,
        connector_words=None,
        missing="empty",
        non_string="error",
        encoding=None,
        columns=None,
    ):
        self.min_count = min_count
        self.threshold = threshold
        self.sep = sep
        self.stop_words = stop_words
        self.connector_words = connector_words
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding
        self.columns = columns

    def _start(self):
        resolve_stop_words(self.stop_words)  # raises on a language that is not there
        self._connectors()

    def _learn(self, columns):
        self.phrases_ = self._find_phrases([text for texts in columns for text in texts if text])

    def _connectors(self):
        if isinstance(self.connector_words, str):
            return _ENGLISH_CONNECTORS
        return resolve_stop_words(self.connector_words)

    def _find_phrases(self, documents):
        connectors = self._connectors()
        encoded = TokenCodes().encode(
            documents, lambda some: (_WORDS_AND_SIGNS.findall(text.lower()) for text in some)
        )
        counts = np.bincount(encoded.codes, minlength=len(encoded.tokens))
        count_of = {
            token: count
            for token, count in zip(encoded.tokens, counts.tolist(), strict=True)
            if WORDS.match(token)
        }
        pairs = _count_pairs(encoded, connectors)
        allowed = count_of.keys() - resolve_stop_words(self.stop_words) - connectors
        found = {}
        for pair, count in pairs.items():
            first, last = pair[0], pair[-1]
            if count >= self.min_count and first in allowed and last in allowed:
                score = (count - self.min_count + 1) * len(count_of)
                score /= count_of[first] * count_of[last]
                if score > self.threshold:
                    found[" ".join(pair)] = score
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _change(self, documents):
        connectors = self._connectors()
        return [document and self._join(document, connectors) for document in documents]

    def _join(self, document, connectors):
        """Join the phrases of a document; of those that share a word, the one of higher score."""
        pieces = _WORDS_AND_SIGNS.split(document)
        spaces, tokens = pieces[::2], [word.lower() for word in pieces[1::2]]
        found = []
        for start, stop, pair in _pairs(tokens, connectors):
            score = self.phrases_.get(" ".join(pair))
            if score is not None and all(spaces[start + 1 : stop]):
                found.append((-score, start, stop))
        taken = set()
        for _, start, stop in sorted(found):
            if taken.isdisjoint(range(start, stop)):
                taken.update(range(start, stop))
                spaces[start + 1 : stop] = [self.sep] * (stop - start - 1)
        pieces[::2] = spaces
        return "".join(pieces)


def _count_pairs(encoded, connectors):
    """Return how often each two words stand in a row, with connectors between them."""
    if not encoded.tokens:
        return {}
    if not connectors:
        found = count_terms(encoded, ngram_range=(2, 2))
        counts = np.bincount(found.ids, minlength=len(found.names)).tolist()
        return {tuple(name.split(" ")): n for name, n in zip(found.names, counts, strict=True)}
    tokens = [encoded.tokens[code] for code in encoded.codes.tolist()]
    begins = encoded.indptr.tolist()
    return Counter(
        pair
        for start, stop in pairwise(begins)
        for _, _, pair in _pairs(tokens[start:stop], connectors)
    )


def _pairs(tokens, connectors):
    """Give (start, stop, words) of each two words in a row, with connectors between them."""
    if not connectors:
        for i, pair in enumerate(pairwise(tokens)):
            yield i, i + 2, pair
        return
    last = None
    for i, token in enumerate(tokens):
        if token in connectors:
            continue
        if last is not None and i - last <= 1 + _MOST_CONNECTORS:
            yield last, i + 1, tuple(tokens[last : i + 1])
        last = i
