"""Numbers about texts: how long, how loud, how varied."""

import re
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skcook.text._documents import READING, TextInputMixin, column_names, read_columns
from skcook.text.words._normalize import is_punctuation
from skcook.text.words._tokenize import WORDS
from skcook.utils._sklearn import StrOptions
from skcook.utils._validation import did_you_mean

_SENTENCE_ENDS = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]++(?=\s|\Z)")


class _Kinds(dict):
    """Code of a character -> what it counts as, for ``str.translate``."""

    def __missing__(self, code):
        character = chr(code)
        if character.isupper():
            kind = "U"
        elif character.isalpha():
            kind = "l"
        elif character.isdigit():
            kind = "d"
        elif is_punctuation(character):
            kind = "p"
        else:
            kind = " "
        self[code] = kind
        return kind


_KINDS = _Kinds()


def _share(part, whole):
    return part / whole if whole else 0.0


class _Text:
    """A document, read once for all the numbers about it."""

    def __init__(self, document):
        self.document = document
        self.words = WORDS.findall(document)
        kinds = document.translate(_KINDS)
        self.n_upper = kinds.count("U")
        self.n_letters = self.n_upper + kinds.count("l")
        self.n_digits = kinds.count("d")
        self.n_punctuation = kinds.count("p")

    @property
    def n_sentences(self):
        ends = len(_SENTENCE_ENDS.findall(self.document))
        open_end = self.document.rstrip()[-1:]
        return ends + bool(open_end and not _SENTENCE_ENDS.match(open_end))


_FEATURES = {
    "n_characters": lambda text: len(text.document),
    "n_words": lambda text: len(text.words),
    "n_unique_words": lambda text: len(set(map(str.lower, text.words))),
    "n_sentences": lambda text: text.n_sentences,
    "n_lines": lambda text: len(text.document.splitlines()),
    "mean_word_length": lambda text: _share(sum(map(len, text.words)), len(text.words)),
    "uppercase_share": lambda text: _share(text.n_upper, text.n_letters),
    "digit_share": lambda text: _share(text.n_digits, len(text.document)),
    "punctuation_share": lambda text: _share(text.n_punctuation, len(text.document)),
    "n_exclamations": lambda text: text.document.count("!"),
    "n_questions": lambda text: text.document.count("?"),
}


class TextStats(TextInputMixin, TransformerMixin, BaseEstimator):
    """Turn texts into numbers about them: lengths, shares of capitals, digits and punctuation.

    Parameters
    ----------
    features : list of str, default=None
        Which numbers; None takes all: "n_characters", "n_words", "n_unique_words" (in lower case),
        "n_sentences" (ended by ``.``, ``!``, ``?`` before a space, or by the end), "n_lines",
        "mean_word_length", "uppercase_share" (of letters), "digit_share", "punctuation_share" (of
        characters), "n_exclamations", "n_questions".
    missing : {"nan", "empty", "error"}, default="nan"
        A missing text gives NaN, counts as "", or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read; None raises on bytes.

    Attributes
    ----------
    features_ : list of str
        The numbers that are given.
    n_features_in_ : int
        Number of columns seen in ``fit``, if it saw a frame.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    Examples
    --------
    >>> from skcook.text import TextStats
    >>> stats = TextStats(features=["n_words", "uppercase_share"])
    >>> stats.fit_transform(["HELP me", "all is well", None])
    array([[2.  , 0.66666667],
           [3.  , 0.  ],
           [ nan,  nan]])
    >>> stats.set_output(transform="pandas").fit_transform(["HELP me"])
       n_words  uppercase_share
    0      2.0         0.666667
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **READING,
        "features": ["array-like", None],
        "missing": [StrOptions({"nan", "empty", "error"})],
    }

    def __init__(self, features=None, *, missing="nan", non_string="error", encoding=None):
        self.features = features
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding

    def _fit(self, X):
        features = list(_FEATURES) if self.features is None else list(self.features)
        for name in features:
            if name not in _FEATURES:
                match = did_you_mean(str(name), list(_FEATURES))
                raise ValueError(
                    f"features has no {name!r}"
                    + (f"; did you mean {match!r}?" if match else f". It has: {list(_FEATURES)}.")
                )
        read_columns(self, X, reset=True)
        self.features_ = features

    def transform(self, X):
        """Return the numbers.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents, in the form that ``fit`` saw.

        Returns
        -------
        X_out : ndarray or frame of float64 of shape (n_documents, n_features_out)
            The numbers of each document; those of each column of a frame side by side.
        """
        check_is_fitted(self)
        measures = [_FEATURES[name] for name in self.features_]
        blocks = []
        for documents in read_columns(self, X, reset=False)[0]:
            block = np.full((len(documents), len(measures)), np.nan)
            for i, document in enumerate(documents):
                if document is not None:
                    text = _Text(document)
                    block[i] = [measure(text) for measure in measures]
            blocks.append(block)
        return np.hstack(blocks)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of documents, where ``fit`` saw none.

        Returns
        -------
        feature_names_out : ndarray of str
            The names of the numbers; "column__number" if ``fit`` saw a frame.
        """
        check_is_fitted(self)
        names = [self.features_] * getattr(self, "n_features_in_", 1)
        return column_names(self, names, input_features)
