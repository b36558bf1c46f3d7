"""Counting the words of text, with cleaning inside."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.utils.validation import check_is_fitted

from skcook.text._ngrams import check_ngram_range
from skcook.text._text_columns import column_names, read_columns
from skcook.text._text_input import TextInputMixin, read_documents
from skcook.text.engine._text_steps import CONSTRAINTS, TextSteps
from skcook.text.engine._token_cache import MemoMixin
from skcook.text.engine._token_codes import TokenCodes, count_matrix, count_terms
from skcook.text.engine._vocabulary import (
    find_columns,
    fit_columns,
    no_terms_message,
    warn_of_stems,
)
from skcook.utils._sklearn import Interval, StrOptions, fit_context, output_container


class TextVectorizer(MemoMixin, TextInputMixin, TransformerMixin, BaseEstimator):
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
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Lengths of the n-grams that are counted, made of the words that cleaning leaves.
    min_df : int or float, default=1
        Leave out terms in fewer documents: a number, or a share if a float.
    max_df : int or float, default=1.0
        Leave out terms in more documents.
    max_features : int, default=None
        Keep this many of the most frequent terms.
    norm : {"l2", "l1"}, default="l2"
        Norm of each row of TF-IDF weights; None leaves them.
    smooth_idf : bool, default=True
        Count every term once more, as if in one more document.
    sublinear_tf : bool, default=False
        Use 1 + log(count).
    sparse_output : bool, default=True
        Return a sparse matrix. ``set_output("pandas" | "polars")`` needs False.
    lowercase : bool, default=True
        Count words in lower case.
    punctuation : {"keep", "drop", "space"}, default="keep"
        Punctuation inside tokens (and tokens of it, that NLTK's tokenizers make): keep, drop, or
        cut tokens there.
    stop_words : None, str or list of str, default=None
        Words to leave out: those of a language, or a list. Compared before stemming.
    keep_words : list of str, default=None
        Words to keep although they are stop words.
    stem : {"porter", "snowball"}, default=None
        Count stems.
    lemmatize : {"wordnet", "simplemma"}, default=None
        Count lemmas.
    pos : {"n", "v", "a", "r", "s", "auto"}, default="n"
        Part of speech for "wordnet"; "auto" asks NLTK's tagger.
    tokenizer : str, default="words"
        "words", "nltk", "tweet" or a regular expression; scikit-learn's is ``r"\b\w\w+\b"``, which
        leaves out words of one letter.
    language : str, default="english"
        Language of "snowball", "simplemma" and of the sentences of tokenizer="nltk".
    urls : str, default="keep"
        Links: "keep", "drop", or what to put there.
    html : str, default="keep"
        Tags, likewise.
    emails : str, default="keep"
        Addresses, likewise.
    numbers : str, default="keep"
        Numbers, likewise.
    emoji : str, default="keep"
        Emoji, likewise, or "name".
    mentions : str, default="keep"
        ``@name``, likewise.
    hashtags : str, default="keep"
        ``#topic``, likewise, or "word".
    strip_accents : {"unicode", "ascii"}, default=None
        Take the accents off letters.
    contractions : {"keep", "expand"}, default="keep"
        Write "don't" as "do not".
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
        "weighting": [StrOptions({"tfidf", "count", "binary"})],
        "ngram_range": [tuple],
        "min_df": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="both")],
        "max_df": [Interval(Integral, 1, None, closed="left"), Interval(Real, 0, 1, closed="both")],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "norm": [StrOptions({"l1", "l2"}), None],
        "smooth_idf": ["boolean"],
        "sublinear_tf": ["boolean"],
        "sparse_output": ["boolean"],
        "missing": [StrOptions({"empty", "error"})],
    }

    def __init__(
        self,
        *,
        weighting="tfidf",
        ngram_range=(1, 1),
        min_df=1,
        max_df=1.0,
        max_features=None,
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
        urls="keep",
        html="keep",
        emails="keep",
        numbers="keep",
        emoji="keep",
        mentions="keep",
        hashtags="keep",
        strip_accents=None,
        contractions="keep",
        missing="empty",
        non_string="error",
        encoding=None,
    ):
        self.weighting = weighting
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
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
        self.urls = urls
        self.html = html
        self.emails = emails
        self.numbers = numbers
        self.emoji = emoji
        self.mentions = mentions
        self.hashtags = hashtags
        self.strip_accents = strip_accents
        self.contractions = contractions
        self.missing = missing
        self.non_string = non_string
        self.encoding = encoding

    def fit(self, X, y=None):
        """Learn the vocabulary and the weights.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents: one column of them, or a frame whose columns are all text.
        y : None
            Not used.

        Returns
        -------
        self : object
            The fitted vectorizer.
        """
        self._fit(X)
        return self

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
        for i, documents in enumerate(self._read(X, reset=False).documents):
            terms = self._count(recipe, self._encode(recipe, documents))
            blocks.append(self._weigh(i, self._known_counts(i, terms)))
        return self._output(blocks)

    def split_words(self, document):
        """Return the words of a document, in the order of the masks of ``transform_masked``.

        Parameters
        ----------
        document : str
            One document.

        Returns
        -------
        words : list of str
            Its tokens, one a place: a word that is there twice is twice in the list.
        """
        document, recipe = self._one_document(document)
        return next(iter(recipe.split([document])))

    def transform_masked(self, document, masks):
        """Return a document under word masks: each row is the document without some words.

        The text is read once, so thousands of masks cost little more than one: this is what an
        explanation by perturbed texts asks for.

        Parameters
        ----------
        document : str
            One document.
        masks : array-like of bool of shape (n_masks, n_words)
            True where a word of ``split_words(document)`` stays. An n-gram is made of the words
            that stay next to each other once the others are gone.

        Returns
        -------
        X_out : sparse matrix, ndarray or frame of shape (n_masks, n_terms)
            What ``transform`` gives for the document with those words taken out.

        Raises
        ------
        ValueError
            If taking a word out can change what becomes of another, so that masks are not exact:
            with tokenizers of NLTK, other regular expressions than those of a run of letters, and
            settings that look at more than a word (`urls`, `numbers`, `contractions`, ...).

        Examples
        --------
        >>> from skcook.text import TextVectorizer
        >>> vectorizer = TextVectorizer(weighting="count").fit(["good film", "bad film"])
        >>> vectorizer.split_words("A good, good film")
        ['a', 'good', 'good', 'film']
        >>> vectorizer.transform_masked("A good, good film", [[1, 1, 1, 1], [1, 0, 1, 0]]).toarray()
        array([[0, 1, 2],
               [0, 0, 1]])
        """
        document, recipe = self._one_document(document)
        if len(self.terms_) != 1:
            raise ValueError(
                f"transform_masked takes one column of documents; fit saw {len(self.terms_)}."
            )
        recipe.check_local()
        encoded = self._encode(recipe, [document])
        masks = np.asarray(masks, dtype=bool)
        if masks.ndim != 2 or masks.shape[1] != len(encoded.codes):
            raise ValueError(
                f"masks has shape {masks.shape}; the document has {len(encoded.codes)} words, so "
                f"(n_masks, {len(encoded.codes)}) is expected. split_words(document) lists them."
            )
        terms = self._count(recipe, encoded.masked(masks))
        return self._output([self._weigh(0, self._known_counts(0, terms))])

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
    def vocabulary_(self):
        """Term -> column, as scikit-learn's vectorizers have it."""
        return {name: i for i, name in enumerate(self.get_feature_names_out())}

    @fit_context(prefer_skip_nested_validation=True)
    def _fit(self, X):
        """Learn, and return the counts of each column of documents."""
        check_ngram_range(self.ngram_range)
        recipe = TextSteps(self)
        columns = self._read(X, reset=True)
        counts, all_terms, weights = [], [], []
        for i, documents in enumerate(columns.documents):
            encoded = self._encode(recipe, documents)
            warn_of_stems(self.stop_words, recipe, encoded.tokens)
            matrix, terms = fit_columns(
                self._count(recipe, encoded),
                self.min_df,
                self.max_df,
                self.max_features,
                binary=self.weighting == "binary",
            )
            if not terms:
                name = "" if columns.names is None else f" in column {columns.names[i]!r}"
                raise ValueError(no_terms_message(documents, recipe.untagged(encoded.tokens), name))
            counts.append(matrix)
            all_terms.append(terms)
            if self.weighting == "tfidf":
                weight = TfidfTransformer(
                    norm=self.norm, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
                )
                weights.append(weight.fit(matrix))
        self.terms_, self.tfidf_ = all_terms, weights
        return counts

    def _read(self, X, *, reset):
        return read_columns(self, X, self._rules(), reset=reset)

    def _one_document(self, document):
        check_is_fitted(self)
        return read_documents([document], self._rules(), name="document")[0], TextSteps(self)

    def _encode(self, recipe, documents):
        codes = recipe.memo.get(("codes", *recipe.text_key), TokenCodes)
        return codes.encode(documents, recipe.tokens)

    def _count(self, recipe, encoded):
        return count_terms(
            encoded,
            word=recipe.word,
            punctuation=recipe.punctuation,
            ngram_range=self.ngram_range,
        )

    def _known_counts(self, i, terms):
        return count_matrix(terms, find_columns(terms, self.terms_[i]), len(self.terms_[i]))

    def _weigh(self, i, counts):
        if self.weighting == "tfidf":
            if counts.shape[0] == 0:
                return counts.astype(np.float64)
            return self.tfidf_[i].transform(counts, copy=False)
        if self.weighting == "binary":
            counts.data.fill(1)
        return counts

    def _output(self, blocks):
        if self.sparse_output and output_container(self) != "default":
            raise ValueError(
                f"set_output(transform={output_container(self)!r}) makes dense frames of "
                f"{sum(map(len, self.terms_))} columns: set sparse_output=False to have them, or "
                "set_output(transform='default') to have a sparse matrix."
            )
        matrix = blocks[0] if len(blocks) == 1 else sparse.hstack(blocks, format="csr")
        return matrix if self.sparse_output else matrix.toarray()
