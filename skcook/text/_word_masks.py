"""One document under many masks of its words: what an explanation by perturbed texts asks for."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skcook.base._document_terms import masked_counts
from skcook.text._documents import read_documents
from skcook.text.engine._text_steps import TextSteps
from skcook.text.engine._token_codes import find_columns


class WordMasksMixin:
    """Gives a vectorizer ``split_words`` and ``transform_masked``."""

    def split_words(self, document):
        """Return the words of a document, in the order of the masks of ``transform_masked``.

        Parameters
        ----------
        document : str
            One document.

        Returns
        -------
        words : list of str
            Its tokens, one per place: a word that is there twice is twice in the list.
        """
        document, recipe = self._one_document(document)
        self._check_words("split_words")
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
            settings that look at more than a word (`urls`, `numbers`, `contractions`, ...); or if
            the terms are runs of characters.

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
        self._check_words("transform_masked")
        if len(self.terms_) != 1:
            raise ValueError(
                f"transform_masked takes one column of documents; fit saw {len(self.terms_)}."
            )
        recipe.check_local()
        encoded = recipe.encode([document])
        masks = np.asarray(masks, dtype=bool)
        if masks.ndim != 2 or masks.shape[1] != len(encoded.codes):
            raise ValueError(
                f"masks has shape {masks.shape}; the document has {len(encoded.codes)} words, so "
                f"(n_masks, {len(encoded.codes)}) is expected. split_words(document) lists them."
            )
        names = self.terms_[0]
        words = recipe.count(encoded.one_by_one(), (1, 1))

        def columns_of(terms):
            return find_columns(terms, names, is_sorted=self.vocabulary is None)

        counts = masked_counts(
            masks.take(words.rows, axis=1),
            [words.names[i] for i in words.ids.tolist()],
            self.ngram_range,
            columns_of,
            len(names),
            np.float64 if self.weighting == "tfidf" else np.int64,
        )
        return self._output([self._weigh(0, counts)])

    def _one_document(self, document):
        check_is_fitted(self)
        return read_documents(self, [document], name="document")[0], TextSteps(self)

    def _check_words(self, method):
        if not self._counts_words:
            raise ValueError(
                f"{method} is for words; analyzer={self.analyzer!r} counts runs of characters, in "
                "which one word reaches into the next. Use transform."
            )
