"""How often words occur, overall and by group, with pictures."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skcook.text._ngrams import check_ngram_range
from skcook.text._text_input import TextInputMixin, read_documents
from skcook.text._word_plots import bars_height, plot_bars, plot_cloud, plot_groups
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps
from skcook.text.engine._token_cache import MemoMixin
from skcook.text.engine._token_codes import TokenCodes, count_terms
from skcook.utils._sklearn import StrOptions, fit_context
from skcook.utils._validation import did_you_mean

_SETTINGS = (
    "lowercase",
    "punctuation",
    "stop_words",
    "keep_words",
    "stem",
    "lemmatize",
    "pos",
    "tokenizer",
    "language",
    "non_string",
    "encoding",
)


class WordFrequencies(MemoMixin, TextInputMixin, BaseEstimator):
    """Count how often each word, or n-gram, occurs; overall, and by group.

    N-grams never cross from one document into the next. For links, tags, accents and the like,
    clean the documents first with :class:`TextCleaner`.

    Parameters
    ----------
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Words in the shortest and in the longest n-grams.
    lowercase : bool, default=True
        Count words in lower case.
    punctuation : {"keep", "drop", "space"}, default="drop"
        Punctuation inside tokens, and tokens of punctuation.
    stop_words : None, str or list of str, default=None
        Words to leave out: those of a language, such as "english", or a list.
    keep_words : list of str, default=None
        Words to count although they are stop words.
    stem : {"porter", "snowball"}, default=None
        Count stems.
    lemmatize : {"wordnet", "simplemma"}, default=None
        Count lemmas.
    pos : {"n", "v", "a", "r", "s", "auto"}, default="n"
        Part of speech for "wordnet"; "auto" asks NLTK's tagger.
    tokenizer : str, default="words"
        "words", "nltk", "tweet" or a regular expression, as in :class:`TextCleaner`.
    language : str, default="english"
        Language of "snowball", "simplemma" and of the sentences of tokenizer="nltk".
    missing : {"empty", "error"}, default="empty"
        A missing document has no words, or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read; None raises on bytes.

    Attributes
    ----------
    frequencies_ : dict of str to int
        How often each term occurs, the most frequent first.
    group_frequencies_ : dict of str to dict of str to int
        The same for the documents of each label, if ``fit`` was given labels.
    n_documents_ : int
        Number of documents.

    Examples
    --------
    >>> from skcook.text import WordFrequencies
    >>> documents = ["Good film, good cast", "A bad film", "good!"]
    >>> words = WordFrequencies(stop_words="english").fit(documents, ["+", "-", "+"])
    >>> words.frequencies_
    {'good': 3, 'film': 2, 'bad': 1, 'cast': 1}
    >>> words.group_frequencies_["-"]
    {'bad': 1, 'film': 1}
    >>> words.to_frame().head(2)
      group  term  count  share
    0     +  good      3    0.6
    1     +  cast      1    0.2
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: CONSTRAINTS[name] for name in _SETTINGS},
        "ngram_range": [tuple],
        "missing": [StrOptions({"empty", "error"})],
    }

    def __init__(
        self,
        *,
        ngram_range=(1, 1),
        lowercase=True,
        punctuation="drop",
        stop_words=None,
        keep_words=None,
        stem=None,
        lemmatize=None,
        pos="n",
        tokenizer="words",
        language="english",
        missing="empty",
        non_string="error",
        encoding=None,
    ):
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.punctuation = punctuation
        self.stop_words = stop_words
        self.keep_words = keep_words
        self.stem = stem
        self.lemmatize = lemmatize
        self.pos = pos
        self.tokenizer = tokenizer
        self.language = language
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Count.

        Parameters
        ----------
        X : list, tuple, ndarray or Series
            The documents.
        y : array-like of shape (n_documents,), default=None
            A label for each document, to count by group as well.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        check_ngram_range(self.ngram_range)
        documents = read_documents(X, self._rules())
        recipe = TextSteps(self)
        encoded = recipe.memo.get(("codes", *recipe.text_key), TokenCodes).encode(
            documents, recipe.tokens
        )
        terms = count_terms(
            encoded,
            word=recipe.word,
            punctuation=self.punctuation,
            ngram_range=self.ngram_range,
        )
        self.frequencies_ = _ranked(terms.names, terms.ids)
        self.group_frequencies_ = {}
        if y is not None:
            labels = _labels(documents, y)
            group_of = np.asarray(labels, dtype=object)[terms.rows]
            for label in sorted(set(labels)):
                self.group_frequencies_[label] = _ranked(terms.names, terms.ids[group_of == label])
        self.n_documents_ = len(documents)
        return self

    def top(self, n=10, group=None):
        """Return the most frequent terms.

        Parameters
        ----------
        n : int, default=10
            How many.
        group : str, default=None
            A label; None counts all documents.

        Returns
        -------
        terms : list of (str, int)
            Terms and how often they occur.
        """
        return list(self._of(group).items())[:n]

    def to_frame(self):
        """Return the frequencies as a frame.

        Returns
        -------
        frame : pandas DataFrame
            One row a term, with the columns "term", "count" and "share" (of all occurrences), and
            "group" before them if ``fit`` was given labels.
        """
        check_is_fitted(self)
        if not self.group_frequencies_:
            return _frame(self.frequencies_)
        parts = []
        for label, frequencies in self.group_frequencies_.items():
            part = _frame(frequencies)
            part.insert(0, "group", label)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def plot(self, kind="bar", *, n_words=None, group=None, ax=None, random_state=0):
        """Draw the most frequent terms.

        Parameters
        ----------
        kind : {"bar", "cloud"}, default="bar"
            Bars, or a word cloud, where size stands for frequency (needs wordcloud).
        n_words : int, default=None
            How many terms; None draws 20 bars, or a cloud of 100 terms.
        group : str, default=None
            A label; None draws every group beside the others, or all documents if there are none.
        ax : matplotlib Axes, default=None
            Where to draw one picture; None makes a figure.
        random_state : int, default=0
            Seed of the cloud's places and colours.

        Returns
        -------
        axes : matplotlib Axes, or ndarray of them
            One for each group if several are drawn.

        Raises
        ------
        MissingDependencyError
            If matplotlib, or for a cloud wordcloud, is not installed.
        ValueError
            If there is nothing to draw, or the group or the kind does not exist.
        """
        if kind not in ("bar", "cloud"):
            raise ValueError(f"kind must be 'bar' or 'cloud'; got {kind!r}.")
        check_is_fitted(self)
        n_words = n_words or (20 if kind == "bar" else 100)

        def draw(frequencies, ax):
            if kind == "bar":
                return plot_bars(frequencies[:n_words], ax)
            return plot_cloud(frequencies[:n_words], ax, random_state)

        if group is None and self.group_frequencies_ and ax is None:
            groups = {name: list(f.items()) for name, f in self.group_frequencies_.items()}
            size = (5.0, bars_height(n_words)) if kind == "bar" else (5.2, 3.3)
            return plot_groups(groups, draw, size)
        frequencies = list(self._of(group).items())
        if not frequencies:
            raise ValueError("There are no words to draw.")
        return draw(frequencies, ax)

    def _of(self, group):
        check_is_fitted(self)
        if group is None:
            return self.frequencies_
        label = str(group)
        if label not in self.group_frequencies_:
            known = list(self.group_frequencies_)
            match = did_you_mean(label, known)
            raise ValueError(
                f"There is no group {label!r}"
                + (f"; did you mean {match!r}?" if match else f". There are: {known}.")
                + ("" if known else " Give labels to fit: fit(documents, labels).")
            )
        return self.group_frequencies_[label]


def _ranked(names, ids):
    counts = {}
    for name, count in zip(names, np.bincount(ids, minlength=len(names)).tolist(), strict=True):
        if count:
            counts[name] = counts.get(name, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _labels(documents, y):
    labels = list(y)
    check_consistent_length(documents, labels)
    for i, label in enumerate(labels):
        if np.ndim(label) == 0 and pd.isna(label):
            raise ValueError(
                f"The label at position {i} is missing ({label!r}). Fill it, or drop its document."
            )
    return [str(label) for label in labels]


def _frame(frequencies):
    counts = np.array(list(frequencies.values()), dtype=np.int64)
    return pd.DataFrame(
        {"term": list(frequencies), "count": counts, "share": counts / max(counts.sum(), 1)}
    )
