"""Documents in and out: lists, arrays, Series, columns of frames, and what each entry may be.

Two bases of the estimators stand at the end: of those that read documents, and of those that turn
documents into documents. What becomes of an entry that is no string, the settings `missing`,
`non_string` and `encoding` of an estimator say.
"""

import sys
import warnings
from abc import abstractmethod
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from skcook.base import BaseColumnTransformer
from skcook.exceptions import ColumnsError, SkcookWarning
from skcook.text.words._token_cache import SharedCachesMixin
from skcook.utils._columns import is_missing_value, is_object_column, kind_of
from skcook.utils._frames import container_of, read_input
from skcook.utils._optional import import_optional
from skcook.utils._sklearn import StrOptions, check_feature_names_in, fit_context, output_container
from skcook.utils._validation import in_words

#: The rules of the settings that say how entries are read.
READING: dict[str, list[Any]] = {
    "missing": [StrOptions({"empty", "error"})],
    "non_string": [StrOptions({"error", "str"})],
    "encoding": [str, None],
}
_HOW = "Pass a list of strings, a one-dimensional array, or a Series"


def is_two_dimensional(X):
    """Tell whether `X` is a frame or a two-dimensional array."""
    container = container_of(X)
    return container in ("pandas", "polars") or (container == "numpy" and X.ndim == 2)


def is_polars_series(X):
    """Tell whether `X` is a polars Series, without importing polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(X, polars.Series)


def read_documents(estimator, X, *, name="X"):
    """Read one column of documents.

    Shapes: X (n_documents,).
    """
    return _as_texts(_values_of(X, name), estimator, name)


def _values_of(X, name):
    if isinstance(X, str | bytes):
        raise ValueError(
            f"{name} is one {type(X).__name__}, {in_words([X])}; a sequence of documents is "
            "expected. Put it in a list: [text]."
        )
    if isinstance(X, list | tuple):
        return X
    if isinstance(X, pd.Series | pd.Index) or is_polars_series(X):
        return X.to_list()
    if isinstance(X, np.ndarray) and X.ndim == 1:
        return X.tolist() if X.dtype.kind in "OUS" else list(X)
    if is_two_dimensional(X):
        if X.shape[1] != 1:
            columns = "" if isinstance(X, np.ndarray) else f": {', '.join(map(str, X.columns))}"
            raise ColumnsError(
                f"{name} has {X.shape[1]} columns{columns}; documents are one column. "
                "Choose it: frame['text']."
            )
        if isinstance(X, np.ndarray):
            return _values_of(X[:, 0], name)
        return _values_of(X.iloc[:, 0] if container_of(X) == "pandas" else X.to_series(0), name)
    kind = type(X).__name__
    if isinstance(X, np.ndarray):
        kind = f"an array of {X.ndim} dimensions"
    elif hasattr(X, "__next__"):
        kind = f"a {kind}, which can be read only once"
    raise TypeError(f"{name} must be a sequence of documents; got {kind}. {_HOW}.")


def _as_texts(values, rules, name):
    """Return values as a list of strings, or raise on what the settings do not allow."""
    if not set(map(type, values)) <= {str}:
        values = [_as_text(value, i, rules, name) for i, value in enumerate(values)]
    return list(values)


def _as_text(value, i, rules, name):
    if isinstance(value, str):
        return str(value)
    if is_missing_value(value):
        if rules.missing == "error":
            raise ValueError(
                f"{name} has a missing document at position {i} ({value!r}). "
                "Drop it, or set missing='empty'."
            )
        return "" if rules.missing == "empty" else None
    if isinstance(value, bytes | bytearray | memoryview):
        if rules.encoding is None:
            raise ValueError(
                f"{name} holds bytes at position {i}: {in_words([bytes(value)[:40]])}. "
                "Say how to read them, such as encoding='utf-8'."
            )
        try:
            return bytes(value).decode(rules.encoding)
        except UnicodeDecodeError as exc:
            raise ValueError(
                f"{name}: the bytes at position {i} are not {rules.encoding}: {exc}."
            ) from exc
        except LookupError as exc:
            raise ValueError(
                f"encoding={rules.encoding!r} is no encoding that Python knows."
            ) from exc
    if isinstance(value, list | tuple | set | dict | np.ndarray):
        raise ValueError(
            f"{name} holds a {type(value).__name__} at position {i}: {in_words([value])}; a "
            "document is one string. Join words with ' '.join(words)."
        )
    if rules.non_string == "error":
        raise ValueError(
            f"{name} holds {in_words([value])} of {type(value).__name__} at position {i}; a "
            "document is a string. Convert it, or set non_string='str'."
        )
    return str(value)


def read_words(estimator, X, tokenizer):
    """Read documents as lists of words; a document that is a list of words is taken as it is."""
    values = list(_values_of(X, "X"))
    ready = {i: list(value) for i, value in enumerate(values) if _is_words(value)}
    texts = [_as_text(value, i, estimator, "X") for i, value in enumerate(values) if i not in ready]
    tokens = iter(tokenizer.many([text for text in texts if text is not None]))
    words = (None if text is None else next(tokens) for text in texts)
    return [ready[i] if i in ready else next(words) for i in range(len(values))]


def _is_words(value):
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def read_columns(estimator, X, *, reset):
    """Read documents of one column or of several; return them by column, and the names if any."""
    if not reset:
        check_same_kind(estimator, X, is_two_dimensional(X))
    if is_two_dimensional(X):
        frame = read_input(estimator, X, reset=reset).frame
        return [_read_column(estimator, frame, name) for name in frame.columns], frame.columns
    if reset:
        forget_columns(estimator)
    documents = read_documents(estimator, X)
    if reset and not documents:
        raise ValueError(f"X holds no documents; {type(estimator).__name__} needs at least one.")
    return [documents], None


def _read_column(estimator, frame, name):
    """Read the documents of one column of a narwhals frame."""
    return _as_texts(frame[name].to_list(), estimator, f"Column {name!r}")


def holds_text(series, encoding=None):
    """Tell whether a column holds a string, or bytes that an encoding is given for."""
    kind = kind_of(series)
    if kind in ("string", "empty"):
        return kind == "string"
    wanted = str if encoding is None else (str, bytes)
    if kind == "categorical" or is_object_column(series):
        # Values of an object column may be lists, which have no distinct ones.
        values = series.unique() if kind == "categorical" else series
        return any(isinstance(value, wanted) for value in values.to_list())
    return encoding is not None and "binary" in str(series.dtype).lower()


def forget_columns(estimator):
    """Forget the columns of an earlier ``fit``, before one on documents that are no frame."""
    for attribute in ("n_features_in_", "feature_names_in_"):
        if hasattr(estimator, attribute):
            delattr(estimator, attribute)


def check_same_kind(estimator, X, is_table):
    """Raise if documents came where ``fit`` saw a table, or the other way round."""
    n_columns = getattr(estimator, "n_features_in_", None)
    name = type(estimator).__name__
    if n_columns is not None and not is_table:
        raise ColumnsError(
            f"{name} was fitted on a table of {n_columns} column(s); got {type(X).__name__}, one "
            "column of documents. Pass a frame with the same columns. "
            "Reshape your data with reshape(-1, 1) if it is an array of one column."
        )
    if n_columns is None and is_table:
        raise ColumnsError(
            f"{name} was fitted on one column of documents; got a table of {np.shape(X)[1]} "
            "column(s). Choose the column of documents: frame['text']."
        )


def column_names(estimator, names, input_features=None):
    """Name the output of an estimator that makes several columns of each column of documents."""
    if not hasattr(estimator, "n_features_in_"):
        flat = names[0]
    else:
        columns = check_feature_names_in(estimator, input_features)
        flat = [f"{c}__{name}" for c, some in zip(columns, names, strict=True) for name in some]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out


def write_like(X, documents):
    """Return documents in the container that they came in."""
    if isinstance(X, tuple):
        return tuple(documents)
    if isinstance(X, pd.Series):
        dtype = _dtype_for_text(X.dtype) if _all_text(documents) else np.dtype(object)
        return pd.Series(documents, index=X.index, name=X.name, dtype=dtype)
    if is_polars_series(X):
        polars = sys.modules["polars"]
        inner = polars.String if _all_text(documents) else polars.List(polars.String)
        return polars.Series(X.name, documents, dtype=inner)
    if isinstance(X, np.ndarray):
        if X.dtype.kind == "U" and set(map(type, documents)) == {str}:
            return np.array(documents, dtype=str)
        out = np.empty(len(documents), dtype=object)
        for i, document in enumerate(documents):  # a list would be spread over the array
            out[i] = document
        return out
    return documents


def write_column(X, documents, name, container):
    """Return documents as a frame of one column."""
    if container == "pandas":
        index = X.index if isinstance(X, pd.Series) else None
        return pd.DataFrame({name: pd.Series(documents, index=index, dtype="str")})
    polars = import_optional("polars", feature='set_output(transform="polars")', extra="all")
    return polars.DataFrame({name: documents}, schema={name: polars.String})


def _all_text(documents):
    return not any(isinstance(document, list) for document in documents)


def _dtype_for_text(dtype):
    """Return the dtype of a column of text that stood in a column of `dtype`."""
    if dtype == np.dtype(object) or isinstance(dtype, pd.StringDtype):
        return dtype
    if isinstance(dtype, pd.ArrowDtype) and pd.api.types.is_string_dtype(dtype):
        return dtype
    return "str"


class TextInputMixin:
    """Gives an estimator that reads documents its ``fit`` and its tags."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from documents.

        Parameters
        ----------
        X : list, tuple, ndarray, Series or frame
            The documents: one column of them, or a frame whose columns are all text; for
            :class:`WordNGrams`, a column of strings or of lists of words.
        y : None
            Not used.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._fit(X)
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.allow_nan = True
        return tags


class DocumentTransformer(SharedCachesMixin, BaseColumnTransformer):
    """Base class of the transformers from documents to documents.

    One column of documents (a list, an array, a Series) comes out in its own container; of a frame,
    the columns of text are changed and the others pass through. A subclass learns from, and
    changes, the documents of one column.
    """

    _default_kinds = frozenset({"string"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        **READING,
        "missing": [StrOptions({"empty", "keep", "error"})],
    }

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
        self._learn([read_documents(self, X)])
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
        documents = self._change(read_documents(self, X))
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
        self._learn([_read_column(self, frame, name) for name in frame.columns])

    def _transform_columns(self, frame):
        columns = {}
        for name in frame.columns:
            documents = self._change(_read_column(self, frame, name))
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
