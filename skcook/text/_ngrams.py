"""Word n-grams: runs of words that stand next to each other."""

from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skcook.text._documents import READING, TextInputMixin, read_words, write_like
from skcook.text.engine._token_codes import check_ngram_range
from skcook.text.words._tokenize import make_tokenizer
from skcook.utils._sklearn import StrOptions


def word_grams(words, min_n=1, max_n=2, *, sep=" "):
    """Return the n-grams of a list of words.

    Parameters
    ----------
    words : list of str
        The words of one document, in their order.
    min_n : int, default=1
        Words in the shortest n-grams.
    max_n : int, default=2
        Words in the longest.
    sep : str, default=" "
        What stands between the words of an n-gram.

    Returns
    -------
    grams : list of str
        The n-grams, the shortest first, each length in the order of the words.

    Raises
    ------
    ValueError
        If `words` is a string, or the lengths are not 1 <= min_n <= max_n.

    Examples
    --------
    >>> from skcook.text import word_grams
    >>> word_grams(["to", "be", "or"], 2, 3)
    ['to be', 'be or', 'to be or']
    """
    if isinstance(words, str):
        raise ValueError(
            f"words is the string {words[:40]!r}; a list of words is expected: words.split()."
        )
    check_ngram_range((min_n, max_n))
    words = list(words)
    grams = []
    for n in range(min_n, max_n + 1):
        grams.extend(map(sep.join, zip(*(words[i:] for i in range(n)), strict=False)))
    return grams


class WordNGrams(TextInputMixin, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Turn each document into the list of its word n-grams.

    An n-gram never crosses from one document into the next. To count n-grams, use
    ``TextVectorizer(ngram_range=...)``, which does not write them out.

    Parameters
    ----------
    ngram_range : tuple (min_n, max_n), default=(1, 2)
        Words in the shortest and in the longest n-grams.
    sep : str, default=" "
        What stands between the words of an n-gram.
    lowercase : bool, default=True
        Write words in lower case.
    tokenizer : str, default="words"
        "words", "nltk", "tweet" or a regular expression, as in :class:`TextCleaner`. A document
        that is a list of words is taken as it is.
    language : str, default="english"
        Language of the sentences of tokenizer="nltk".
    apostrophes : {"keep", "split"}, default="keep"
        For tokenizer="words": "don't" is one word, or two.
    missing : {"empty", "keep", "error"}, default="empty"
        A missing document has no n-grams, stays missing, or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read; None raises on bytes.

    Attributes
    ----------
    is_fitted_ : bool
        True: there is nothing to learn.

    See Also
    --------
    word_grams : The same for the words of one document.

    Examples
    --------
    >>> from skcook.text import WordNGrams
    >>> WordNGrams(ngram_range=(2, 2), sep="_").fit_transform(["New York is big", "new"])
    [['new_york', 'york_is', 'is_big'], []]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **READING,
        "ngram_range": [tuple],
        "sep": [str],
        "lowercase": ["boolean"],
        "tokenizer": [str],
        "language": [str],
        "apostrophes": [StrOptions({"keep", "split"})],
        "missing": [StrOptions({"empty", "keep", "error"})],
    }

    def __init__(
        self,
        *,
        ngram_range=(1, 2),
        sep=" ",
        lowercase=True,
        tokenizer="words",
        language="english",
        apostrophes="keep",
        missing="empty",
        non_string="error",
        encoding=None,
    ):
        self.ngram_range = ngram_range
        self.sep = sep
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.language = language
        self.apostrophes = apostrophes
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding

    def _fit(self, X):
        check_ngram_range(self.ngram_range)
        self._words(X)
        self.is_fitted_ = True

    def transform(self, X):
        """Return the n-grams of documents.

        Parameters
        ----------
        X : list, tuple, ndarray or Series
            The documents: strings, or lists of words.

        Returns
        -------
        X_out : same container as `X`, of lists of str
            The n-grams of each document.
        """
        check_is_fitted(self)
        shortest, longest = self.ngram_range
        grams = [
            None if words is None else word_grams(words, shortest, longest, sep=self.sep)
            for words in self._words(X)
        ]
        return write_like(X, grams)

    def get_feature_names_out(self, input_features=None):
        """Name the column of the output.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        feature_names_out : ndarray of str
            ``["ngrams"]``.
        """
        check_is_fitted(self)
        return np.asarray(["ngrams"], dtype=object)

    def _words(self, X):
        tokenizer = make_tokenizer(self.tokenizer, self.language, self.apostrophes)
        documents = read_words(self, X, tokenizer)
        if not self.lowercase:
            return documents
        return [words and [word.lower() for word in words] for words in documents]
