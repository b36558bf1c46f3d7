"""Counting the words of text, with cleaning inside."""

from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.utils.validation import check_is_fitted

from skcook.base._document_terms import TermRows, plan_terms
from skcook.exceptions import PlanRefused
from skcook.text._documents import READING, TextInputMixin, column_names, read_columns
from skcook.text._word_masks import WordMasksMixin
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps
from skcook.text.engine._token_codes import (
    TokenCodes,
    check_ngram_range,
    count_matrix,
    count_terms,
    find_columns,
    fit_columns,
    make_character_analyzer,
    no_terms_message,
    read_vocabulary,
    terms_of_one,
)
from skcook.text.words._token_cache import SharedCachesMixin
from skcook.utils._sklearn import Interval, StrOptions, fit_context, leave_output, output_container


class TextVectorizer(
    WordMasksMixin, SharedCachesMixin, TextInputMixin, TransformerMixin, BaseEstimator
):
    r"""Turn text into counts or TF-IDF weights of its words.

    What scikit-learn's ``CountVectorizer`` and ``TfidfVectorizer`` do, with the settings of
    :class:`TextCleaner` inside: for the same tokens the numbers are the same. Documents are
    tokenized once into numbers; every cleaning setting is then a look-up over the distinct words,
    so that stemming costs a small part of what it does through a callback. Frames give one
    vocabulary per column.

    Parameters
    ----------
    weighting : {"tfidf", "count", "binary"}, default="tfidf"
        TF-IDF weights, counts, or 1 for each word that is there.
    analyzer : {"word", "char", "char_wb"}, default="word"
        Count words; or runs of characters, across words ("char") or inside each word with a space
        at both ends ("char_wb"), as scikit-learn does: for misspelt text, short text, and scripts
        without spaces. Characters are those of the cleaned document.
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Lengths of the n-grams that are counted, made of the words that cleaning leaves, or of
        characters.
    min_df : int or float, default=1
        Leave out terms in fewer documents: a number, or a share if a float.
    max_df : int or float, default=1.0
        Leave out terms in more documents.
    max_features : int, default=None
        Keep this many of the most frequent terms.
    vocabulary : list of str or dict of str to int, default=None
        The terms to count, or term -> column. None learns them; `min_df`, `max_df` and
        `max_features` choose among learned ones only.
    norm : {"l2", "l1"}, default="l2"
        Norm of each row of TF-IDF weights; None leaves them.
    smooth_idf : bool, default=True
        Count every term once more, as if in one more document.
    sublinear_tf : bool, default=False
        Use 1 + log(count).
    sparse_output : bool, default=True
        Return a sparse matrix. ``set_output("pandas" | "polars")`` needs False.
    lowercase, punctuation, stop_words, keep_words, stem, lemmatize, pos, tokenizer, language
        How documents are cleaned before their words are counted: the settings of
        :class:`TextCleaner`, described there. scikit-learn's tokens are those of
        ``tokenizer=r"\b\w\w+\b"``, which leaves out words of one letter.
    apostrophes, urls, html, emails, pii, numbers, emoji, mentions, hashtags
        More of them. scikit-learn's "don" and "t" are those of ``apostrophes="split"``.
    unicode_form, strip_accents, contractions
        And the last of them.
    missing : {"empty", "error"}, default="empty"
        A missing document has no words, or raises.
    non_string : {"error", "str"}, default="error"
        A number or date raises, or is written as text.
    encoding : str, default=None
        How bytes are read; None raises on bytes.

    Attributes
    ----------
    terms_ : list of list of str
        The terms of each column of documents, sorted.
    tfidf_ : list of TfidfTransformer
        The weights of each column of documents; empty unless ``weighting="tfidf"``.
    n_features_in_ : int
        Number of columns seen in ``fit``, if it saw a frame.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    TextCleaner : The cleaning alone; it describes the settings in full.

    Examples
    --------
    >>> from skcook.text import TextVectorizer
    >>> documents = ["Cats chase mice.", "The mice were chased", None]
    >>> vectorizer = TextVectorizer(weighting="count", stem="porter", stop_words="english")
    >>> vectorizer.fit_transform(documents).toarray()
    array([[1, 1, 1],
           [0, 1, 1],
           [0, 0, 0]])
    >>> vectorizer.get_feature_names_out()
    array(['cat', 'chase', 'mice'], dtype=object)

    A frame has one vocabulary per column:

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"title": ["Red fox"], "body": ["a fox"]})
    >>> list(TextVectorizer().fit(frame).get_feature_names_out())
    ['title__fox', 'title__red', 'body__a', 'body__fox']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        **READING,
        "weighting": [StrOptions({"tfidf", "count", "binary"})],
        "analyzer": [StrOptions({"word", "char", "char_wb"})],
        "ngram_range": [tuple],
        "vocabulary": ["array-like", set, frozenset, dict, str, None],
        "min_df": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="both")],
        "max_df": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="both")],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "norm": [StrOptions({"l1", "l2"}), None],
        "smooth_idf": ["boolean"],
        "sublinear_tf": ["boolean"],
        "sparse_output": ["boolean"],
    }

    def __init__(
        self,
        *,
        weighting="tfidf",
        analyzer="word",
        ngram_range=(1, 1),
        min_df=1,
        max_df=1.0,
        max_features=None,
        vocabulary=None,
        norm="l2",
        smooth_idf=True,
        sublinear_tf=False,
        sparse_output=True,
        lowercase=True,
        punctuation="keep",
        stop_words=None,
        keep_words=None,
        stem=None,
        lemmatize=None,
        pos="n",
        tokenizer="words",
        language="english",
        apostrophes="keep",
        urls="keep",
        html="keep",
        emails="keep",
        pii="keep",
        numbers="keep",
        emoji="keep",
        mentions="keep",
        hashtags="keep",
        unicode_form=None,
        strip_accents=None,
        contractions="keep",
        missing="empty",
        non_string="error",
        encoding=None,
    ):
        self.weighting = weighting
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.norm = norm
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf
        self.sparse_output = sparse_output
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
        self.urls = urls
        self.html = html
        self.emails = emails
        self.pii = pii
        self.numbers = numbers
        self.emoji = emoji
        self.mentions = mentions
        self.hashtags = hashtags
        self.unicode_form = unicode_form
        self.strip_accents = strip_accents
        self.contractions = contractions
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding

    def fit_transform(self, X, y=None):
        """Learn the vocabulary and return the documents as a matrix.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents: one column of them, or a frame whose columns are all text.
        y : None
            Not used.

        Returns
        -------
        X_out : sparse matrix, ndarray or frame of shape (n_documents, n_terms)
            The weights of the terms.
        """
        return self._output([self._weigh(i, counts) for i, counts in enumerate(self._fit(X))])

    def transform(self, X):
        """Return documents as a matrix.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents, in the form that ``fit`` saw. Words it did not see are left out.

        Returns
        -------
        X_out : sparse matrix, ndarray or frame of shape (n_documents, n_terms)
            The weights of the terms.
        """
        check_is_fitted(self)
        recipe = TextSteps(self)
        blocks = []
        for i, documents in enumerate(read_columns(self, X, reset=False)[0]):
            terms = self._count(recipe, self._encode(recipe, documents))
            blocks.append(self._weigh(i, self._known_counts(self.terms_[i], terms)))
        return self._output(blocks)

    def inverse_transform(self, X):
        """Return the terms of each document.

        Parameters
        ----------
        X : {sparse matrix, ndarray, DataFrame} of shape (n_documents, n_terms)
            Documents as ``transform`` gives them.

        Returns
        -------
        terms : list of ndarray of str
            The terms whose weight is not zero, in the order of the columns.

        Examples
        --------
        >>> from skcook.text import TextVectorizer
        >>> vectorizer = TextVectorizer().fit(["good film", "bad film"])
        >>> vectorizer.inverse_transform(vectorizer.transform(["a film, a good film"]))
        [array(['film', 'good'], dtype=object)]
        """
        names = self.get_feature_names_out()
        matrix = sparse.csr_matrix(X if sparse.issparse(X) else np.asarray(X))
        if matrix.shape[1] != len(names):
            raise ValueError(
                f"X has {matrix.shape[1]} columns; {type(self).__name__} gives {len(names)}, one "
                "per term."
            )
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return [names[row] for row in np.split(matrix.indices, matrix.indptr[1:-1])]

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of documents, for documents in an array.

        Returns
        -------
        feature_names_out : ndarray of str
            The terms; "column__term" if ``fit`` saw a frame.
        """
        check_is_fitted(self)
        return column_names(self, self.terms_, input_features)

    @property
    def _counts_words(self):
        return self.analyzer == "word"

    @property
    def vocabulary_(self):
        """Term -> column, as scikit-learn's vectorizers have it."""
        return {name: i for i, name in enumerate(self.get_feature_names_out())}

    @fit_context(prefer_skip_nested_validation=True)
    def _fit(self, X):
        """Learn, and return the counts of each column of documents."""
        check_ngram_range(self.ngram_range)
        recipe = TextSteps(self)
        columns, names = read_columns(self, X, reset=True)
        given = None if self.vocabulary is None else read_vocabulary(self.vocabulary)
        counts, all_terms, weights = [], [], []
        for i, documents in enumerate(columns):
            encoded = self._encode(recipe, documents)
            if self._counts_words:
                recipe.warn_of_stop_words(self.stop_words, encoded.tokens)
            found = self._count(recipe, encoded)
            if given is None:
                matrix, terms = fit_columns(
                    found,
                    self.min_df,
                    self.max_df,
                    self.max_features,
                    binary=self.weighting == "binary",
                )
            else:
                matrix, terms = self._known_counts(given, found), given
            if not terms:
                where = "" if names is None else f" in column {names[i]!r}"
                tokens = recipe.untagged(encoded.tokens)
                raise ValueError(no_terms_message(documents, tokens, where))
            counts.append(matrix)
            all_terms.append(terms)
            if self.weighting == "tfidf":
                weight = TfidfTransformer(
                    norm=self.norm, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
                )
                weights.append(weight.fit(matrix))
        self.terms_, self.tfidf_ = all_terms, weights
        return counts

    def _encode(self, recipe, documents):
        if self._counts_words:
            return recipe.encode(documents)
        analyze = make_character_analyzer(self.analyzer, self.ngram_range)
        return TokenCodes().encode(documents, lambda some: map(analyze, recipe.clean(some)))

    def _count(self, recipe, encoded):
        if self._counts_words:
            return recipe.count(encoded, self.ngram_range)
        return count_terms(encoded)

    def _known_counts(self, names, terms):
        columns = find_columns(terms.names, names, is_sorted=self.vocabulary is None)
        return count_matrix(terms, columns, len(names))

    def _make_terms(self):
        """Return the function from one document to its terms."""
        recipe = TextSteps(self)
        if not self._counts_words:
            analyze = make_character_analyzer(self.analyzer, self.ngram_range)
            return lambda document: analyze(next(iter(recipe.clean([document]))))
        return lambda document: terms_of_one(
            next(iter(recipe.tokens([document]))),
            word=recipe.word,
            punctuation=recipe.punctuation,
            ngram_range=self.ngram_range,
        )

    def _term_rows(self, i=0):
        """Return the rows of one column of documents, for a plan."""
        places = {term: place for place, term in enumerate(self.terms_[i])}
        return TermRows(
            self._make_terms,
            places,
            binary=self.weighting == "binary",
            weights=self.tfidf_[i] if self.weighting == "tfidf" else None,
            missing="" if self.missing == "empty" else None,
            plain_words=partial(self._plain_words, places),
        )

    def _plain_words(self, places):
        if not self._counts_words or self.punctuation != "keep":
            return None
        return TextSteps(self).plain_words(places, tuple(self.ngram_range))

    def _plan_columns(self, columns, plan):
        is_table = hasattr(self, "n_features_in_")
        if any(column.one_dimensional == is_table for column in columns):
            raise PlanRefused("TextVectorizer over another form of documents than in fit")
        made = []
        for i, column in enumerate(columns):
            rows = self._term_rows(i)
            made += plan_terms(rows, [column], "TextVectorizer", sparse_output=self.sparse_output)
        return made

    def _weigh(self, i, counts):
        if self.weighting == "tfidf":
            if counts.shape[0] == 0:
                return counts.astype(np.float64)
            return self.tfidf_[i].transform(counts, copy=False)
        if self.weighting == "binary":
            counts.data.fill(1)
        return counts

    def _output(self, blocks):
        container = output_container(self)
        # What scikit-learn is set to for all is no word about a sparse matrix: its own
        # vectorizers give one all the same.
        if self.sparse_output and container != "default" and not leave_output(self):
            raise ValueError(
                f"set_output(transform={container!r}) makes dense frames of "
                f"{sum(map(len, self.terms_))} columns: set sparse_output=False to have them, or "
                "set_output(transform='default') to have a sparse matrix."
            )
        matrix = blocks[0] if len(blocks) == 1 else sparse.hstack(blocks, format="csr")
        return matrix if self.sparse_output else matrix.toarray()
