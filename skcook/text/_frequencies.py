"""How often words occur, overall and by group, with pictures."""

import math
from contextlib import suppress
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skcook.text._documents import READING, TextInputMixin, read_documents
from skcook.text._word_plots import bars_height, plot_bars, plot_cloud, plot_groups
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps
from skcook.text.engine._token_codes import check_ngram_range
from skcook.text.words._token_cache import SharedCachesMixin
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
    "apostrophes",
)


class WordFrequencies(SharedCachesMixin, TextInputMixin, BaseEstimator):
    """Count how often each word, or n-gram, occurs; overall, and by group.

    With ``weighting="c-tfidf"``, terms are ranked by what is typical of a group rather than
    frequent in it. N-grams never cross from one document into the next. For links, tags, accents
    and the like, clean the documents first with :class:`TextCleaner`.

    Parameters
    ----------
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Words in the shortest and in the longest n-grams.
    weighting : {"count", "c-tfidf"}, default="count"
        How the terms of a group are weighed: by how often they occur, or by that share times
        ``log(1 + A / f)``, where ``A`` is the mean number of words of a group and ``f`` how often
        the term occurs in all of them. "c-tfidf" needs labels in ``fit``.
    lowercase, punctuation, stop_words, keep_words, stem, lemmatize, pos, tokenizer, language
        How documents are cleaned before their words are counted: the settings of
        :class:`TextCleaner`, described there. Here `punctuation` is "drop" by default.
    apostrophes : {"keep", "split"}, default="keep"
        For tokenizer="words": "don't" is one word, or two.
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
    groups_ : list
        The labels, as they were given: sorted where they can be, categories in their order.
    group_frequencies_ : dict of label to dict of str to int or float
        The same for the documents of each label, if ``fit`` was given labels; weights, the largest
        first, with "c-tfidf".
    n_documents_ : int
        Number of documents.

    References
    ----------
    M. Grootendorst (2022), "BERTopic: Neural topic modeling with a class-based TF-IDF procedure",
    arXiv 2203.05794.

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

    What is typical of a group, rather than frequent in it:

    >>> typical = WordFrequencies(weighting="c-tfidf").fit(documents, ["+", "-", "+"])
    >>> typical.top(1, group="-")[0][0]
    'a'
    """

    _counts_words = True

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: CONSTRAINTS[name] for name in _SETTINGS},
        **READING,
        "ngram_range": [tuple],
        "weighting": [StrOptions({"count", "c-tfidf"})],
    }

    def __init__(
        self,
        *,
        ngram_range=(1, 1),
        weighting="count",
        lowercase=True,
        punctuation="drop",
        stop_words=None,
        keep_words=None,
        stem=None,
        lemmatize=None,
        pos="n",
        tokenizer="words",
        language="english",
        apostrophes="keep",
        missing="empty",
        non_string="error",
        encoding=None,
    ):
        self.ngram_range = ngram_range
        self.weighting = weighting
        self.lowercase = lowercase
        self.punctuation = punctuation
        self.stop_words = stop_words
        self.keep_words = keep_words
        self.stem = stem
        self.lemmatize = lemmatize
        self.pos = pos
        self.tokenizer = tokenizer
        self.language = language
        self.apostrophes = apostrophes
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
        documents = read_documents(self, X)
        recipe = TextSteps(self)
        terms = recipe.count(recipe.encode(documents), self.ngram_range)
        self.frequencies_ = _ranked(terms.names, terms.ids)
        self.groups_, self.terms_of_groups_ = [], []
        if y is not None:
            self.groups_, codes = _groups(documents, y)
            code_of = codes[terms.rows]
            self.terms_of_groups_ = [
                _ranked(terms.names, terms.ids[code_of == code])
                for code in range(len(self.groups_))
            ]
        if self.weighting == "c-tfidf":
            if not self.groups_:
                raise ValueError(
                    "weighting='c-tfidf' weighs the terms of groups; give labels: "
                    "fit(documents, labels)."
                )
            self.terms_of_groups_ = _typical(self.terms_of_groups_, self.frequencies_)
        self.n_documents_ = len(documents)
        return self

    @property
    def group_frequencies_(self):
        """The terms of each label."""
        return dict(zip(self.groups_, self.terms_of_groups_, strict=True))

    def top(self, n=10, group=None):
        """Return the most frequent terms.

        Parameters
        ----------
        n : int, default=10
            How many.
        group : object, default=None
            A label; None counts all documents.

        Returns
        -------
        terms : list of (str, int or float)
            Terms and how often they occur, or their weights.
        """
        return list(self._of(group).items())[:n]

    def to_frame(self):
        """Return the frequencies as a frame.

        Returns
        -------
        frame : pandas DataFrame
            One row per term, with the columns "term", "count" and "share" (of all occurrences), and
            "group" before them if ``fit`` was given labels: labels of one type keep it. With
            "c-tfidf", "weight" instead of count and share.
        """
        check_is_fitted(self)
        if not self.groups_:
            return _frame(self.frequencies_)
        weigh = _frame if self.weighting == "count" else _frame_of_weights
        frame = pd.concat(map(weigh, self.terms_of_groups_), ignore_index=True)
        codes = np.repeat(np.arange(len(self.groups_)), list(map(len, self.terms_of_groups_)))
        labels = pd.Series(self.groups_).take(codes).reset_index(drop=True)
        frame.insert(0, "group", labels)
        return frame

    def plot(self, kind="bar", *, n_words=None, group=None, ax=None, random_state=0, **options):
        """Draw the most frequent terms.

        Parameters
        ----------
        kind : {"bar", "cloud"}, default="bar"
            Bars, or a word cloud, where size stands for frequency (needs wordcloud).
        n_words : int, default=None
            How many terms; None draws 20 bars, or a cloud of 100 terms.
        group : object, default=None
            A label; None draws every group beside the others, or all documents if there are none.
        ax : matplotlib Axes, default=None
            Where to draw one picture; None makes a figure.
        random_state : int, default=0
            Seed of the cloud's places and colours.
        **options
            Further arguments of ``wordcloud.WordCloud``: ``font_path`` (a font that has the script
            of the words), ``width`` and ``height`` in pixels, ``background_color``, ``colormap``,
            ``mask``, ``max_font_size``, ...

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

        Warns
        -----
        SkcookWarning
            If the cloud's font lacks a letter, which is drawn as a box then.
        """
        if kind not in ("bar", "cloud"):
            raise ValueError(f"kind must be 'bar' or 'cloud'; got {kind!r}.")
        if options and kind == "bar":
            raise TypeError(
                f"{', '.join(options)}: bars take no further arguments; a cloud does. Give ax= for "
                "the size, and change the Axes that come back."
            )
        check_is_fitted(self)
        if n_words is None:
            n_words = 20 if kind == "bar" else 100
        elif n_words < 1:
            raise ValueError(f"n_words must be at least 1; got {n_words}.")

        def draw(frequencies, ax):
            if kind == "bar":
                by = "occurrences" if self.weighting == "count" or by_all else "weight (c-TF-IDF)"
                return plot_bars(frequencies[:n_words], ax, by)
            return plot_cloud(frequencies[:n_words], ax, random_state, **options)

        by_all = group is None and not (self.groups_ and ax is None)
        if group is None and self.groups_ and ax is None:
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
        of_groups = self.group_frequencies_
        if group not in of_groups:
            names = [label for label in of_groups if isinstance(label, str)]
            match = did_you_mean(group, names) if isinstance(group, str) else None
            raise ValueError(
                f"There is no group {group!r}"
                + (f"; did you mean {match!r}?" if match else f". There are: {self.groups_}.")
                + ("" if of_groups else " Give labels to fit: fit(documents, labels).")
            )
        return of_groups[group]


def _ranked(names, ids):
    counts = {}
    for name, count in zip(names, np.bincount(ids, minlength=len(names)).tolist(), strict=True):
        if count:
            counts[name] = counts.get(name, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _groups(documents, y):
    """Return the distinct labels, and the number of each document's.

    Shapes: codes (n_documents,).
    """
    check_consistent_length(documents, y)
    values = y.to_list() if hasattr(y, "to_list") else list(y)
    for i, label in enumerate(values):
        if np.ndim(label) == 0 and pd.isna(label):
            raise ValueError(
                f"The label at position {i} is missing ({label!r}). Fill it, or drop its document."
            )
    values = [label.item() if isinstance(label, np.generic) else label for label in values]
    distinct = list(dict.fromkeys(values))
    categories = getattr(getattr(y, "cat", y), "categories", ())
    order = {label: i for i, label in enumerate(categories)}
    with suppress(TypeError):  # labels of several types stay in the order in which they came
        distinct.sort(key=order.__getitem__ if order else None)
    code_of = {label: code for code, label in enumerate(distinct)}
    return distinct, np.array([code_of[label] for label in values], dtype=np.int64)


def _typical(of_groups, frequencies):
    """Weigh the terms of each group by c-TF-IDF, the largest first."""
    n_words = [sum(counts.values()) for counts in of_groups]
    mean = sum(n_words) / max(len(n_words), 1)
    return [
        dict(
            sorted(
                (
                    (term, count / total * math.log1p(mean / frequencies[term]))
                    for term, count in counts.items()
                ),
                key=lambda item: (-item[1], item[0]),
            )
        )
        for counts, total in zip(of_groups, n_words, strict=True)
    ]


def _frame_of_weights(weights):
    return pd.DataFrame(
        {"term": list(weights), "weight": np.array(list(weights.values()), dtype=np.float64)}
    )


def _frame(frequencies):
    counts = np.array(list(frequencies.values()), dtype=np.int64)
    return pd.DataFrame(
        {"term": list(frequencies), "count": counts, "share": counts / max(counts.sum(), 1)}
    )
