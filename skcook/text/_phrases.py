"""Phrases: words that stand together more often than chance has it."""

import re
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skcook.text._documents import DocumentTransformer
from skcook.text.engine._token_codes import TokenCodes, count_terms
from skcook.text.words._stop_words import resolve_stop_words
from skcook.text.words._tokenize import WORDS
from skcook.utils._sklearn import Interval, StrOptions

# A word, or one sign: a sign between two words keeps them from being a phrase.
_WORDS_AND_SIGNS = re.compile(rf"{WORDS.pattern}|\S")
_SPACED_WORDS = re.compile(rf"(\s*)({WORDS.pattern}|\S)")


class PhraseJoiner(DocumentTransformer):
    """Join words that form a phrase: "new york" becomes "new_york".

    Two words next to each other, with nothing but space between, are a phrase if they stand
    together often: ``score = (n_pair - min_count) * n_words / (n_first * n_second)`` is above
    `threshold`, where ``n_words`` is the number of distinct words. Words are compared in lower
    case. For phrases of three words, put a second joiner behind the first.

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
    >>> joiner = PhraseJoiner(min_count=1, threshold=1.0).fit(documents)
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
        "missing": [StrOptions({"empty", "keep", "error"})],
        "non_string": [StrOptions({"error", "str"})],
        "encoding": [str, None],
    }

    def __init__(
        self,
        *,
        min_count=5,
        threshold=10.0,
        sep="_",
        stop_words=None,
        missing="empty",
        non_string="error",
        encoding=None,
        columns=None,
    ):
        self.min_count = min_count
        self.threshold = threshold
        self.sep = sep
        self.stop_words = stop_words
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding
        self.columns = columns

    def _start(self):
        resolve_stop_words(self.stop_words)  # raises on a language that is not there

    def _learn(self, columns):
        self.phrases_ = self._find_phrases([text for texts in columns for text in texts if text])

    def _find_phrases(self, documents):
        encoded = TokenCodes().encode(
            documents, lambda some: (_WORDS_AND_SIGNS.findall(text.lower()) for text in some)
        )
        if not encoded.tokens:
            return {}
        counts = np.bincount(encoded.codes, minlength=len(encoded.tokens))
        count_of = {
            token: count
            for token, count in zip(encoded.tokens, counts.tolist(), strict=True)
            if WORDS.match(token)
        }
        allowed = count_of.keys() - resolve_stop_words(self.stop_words)
        pairs = count_terms(encoded, ngram_range=(2, 2))
        found = {}
        for name, count in zip(
            pairs.names, np.bincount(pairs.ids, minlength=len(pairs.names)).tolist(), strict=True
        ):
            if count < self.min_count:
                continue
            first, second = name.split(" ")
            if first in allowed and second in allowed:
                score = (count - self.min_count) * len(count_of)
                score /= count_of[first] * count_of[second]
                if score > self.threshold:
                    found[name] = score
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _change(self, documents):
        return [document and self._join(document) for document in documents]

    def _join(self, document):
        pieces, previous, end = [], None, 0
        for match in _SPACED_WORDS.finditer(document):
            space, word = match.groups()
            end = match.end()
            # A word that ended a phrase cannot begin another one.
            if previous is not None and space and f"{previous} {word.lower()}" in self.phrases_:
                pieces += (self.sep, word)
                previous = None
            else:
                pieces += (space, word)
                previous = word.lower()
        pieces.append(document[end:])
        return "".join(pieces)
