"""What the transformers have in common that turn documents into documents."""

import warnings
from abc import abstractmethod

import narwhals.stable.v2 as nw
import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from skcook.base import BaseColumnTransformer
from skcook.exceptions import SkcookWarning
from skcook.text._text_containers import (
    TextRules,
    check_same_kind,
    forget_columns,
    holds_text,
    is_two_dimensional,
    read_column,
    read_documents,
    write_column,
    write_like,
)
from skcook.text.words._token_cache import SharedCachesMixin
from skcook.utils._sklearn import fit_context, output_container


class DocumentTransformer(SharedCachesMixin, BaseColumnTransformer):
    """Base class of the transformers from documents to documents.

    One column of documents (a list, an array, a Series) comes out in its own container; of a frame,
    the columns of text are changed and the others pass through. A subclass learns from, and
    changes, the documents of one column.
    """

    _default_kinds = frozenset({"string"})

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from documents.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents: one column of them, or a frame with columns of text.
        y : None
            Not used.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        self._start()
        if _is_table(X):
            return super().fit(X, y)
        forget_columns(self)
        self._learn([read_documents(X, self._rules())])
        self.columns_ = None
        return self

    def fit_transform(self, X, y=None):
        """Learn from documents and change them.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents: one column of them, or a frame with columns of text.
        y : None
            Not used.

        Returns
        -------
        X_out : same container as `X`
            What ``fit(X).transform(X)`` returns.
        """
        return self.fit(X, y).transform(X)

    def transform(self, X):
        """Change documents.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents, in the form that ``fit`` saw.

        Returns
        -------
        X_out : same container as `X`
            The changed documents; a Series keeps its index and name, a frame its other columns.
        """
        check_is_fitted(self)
        is_table = _is_table(X)
        check_same_kind(self, X, is_table)
        if is_table:
            return super().transform(X)
        documents = self._change(read_documents(X, self._rules()))
        container = output_container(self)
        if container != "default":
            (name,) = self.get_feature_names_out()
            return write_column(X, documents, name, container)
        return write_like(X, documents)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, where ``fit`` saw none.

        Returns
        -------
        feature_names_out : ndarray of str
            The names of the columns; "text" for documents that are no frame.
        """
        check_is_fitted(self)
        if self.columns_ is not None:
            return super().get_feature_names_out(input_features)
        return np.asarray(["text"] if input_features is None else input_features, dtype=object)

    # What a subclass gives.

    def _start(self):
        """Check the settings, before any data is read."""

    def _learn(self, columns):
        """Learn from the documents of each column; None where one is missing."""

    @abstractmethod
    def _change(self, documents):
        """Return one column of documents, changed; None stays None."""

    # What the base class asks for.

    def _rules(self):
        return TextRules(self.missing, self.non_string, self.encoding)

    def _read_fit(self, X):
        table = super()._read_fit(X)
        if self.columns is None:
            self.columns_ = [
                name for name in table.frame.columns if holds_text(table.frame[name], self.encoding)
            ]
            if not self.columns_:
                warnings.warn(
                    f"{type(self).__name__}: no column of X holds text, so nothing is changed. "
                    f"Its columns: {', '.join(table.frame.columns)}.",
                    SkcookWarning,
                    stacklevel=4,
                )
        return table

    def _fit_columns(self, frame, y):
        self._learn([read_column(frame, name, self._rules()) for name in frame.columns])

    def _transform_columns(self, frame):
        columns = {}
        for name in frame.columns:
            documents = self._change(read_column(frame, name, self._rules()))
            native = write_like(frame[name], documents)
            columns[name] = [nw.from_native(native, series_only=True)]
        return columns


def _is_table(X):
    """Tell whether `X` has rows and columns, in any form that scikit-learn takes."""
    if is_two_dimensional(X) or sparse.issparse(X):
        return True
    if isinstance(X, list):
        return len(X) > 0 and isinstance(X[0], list | np.ndarray)
    is_other_array = hasattr(X, "__array__") and not hasattr(X, "to_list")
    return is_other_array and np.asarray(X).ndim == 2
