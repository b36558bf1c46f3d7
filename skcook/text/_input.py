"""Documents in, documents out: lists, arrays, Series and columns of frames."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._frames import container_of
from skcook.utils._optional import import_optional
from skcook.utils._sklearn import check_feature_names_in
from skcook.utils._validation import read_input, shown


@dataclass(frozen=True)
class TextRules:
    """What to do with entries that are no strings.

    Parameters
    ----------
    missing : {"empty", "keep", "error"}
        A missing entry becomes "", stays None, or raises.
    non_string : {"error", "str"}
        A number, date or the like raises, or is written as text.
    encoding : str or None
        How bytes are read; None raises on bytes.
    """

    missing: str = "empty"
    non_string: str = "error"
    encoding: str | None = None


_HOW = "Pass a list of strings, a one-dimensional array, or a Series"


def is_two_dimensional(X):
    """Tell whether `X` is a frame or a two-dimensional array."""
    container = container_of(X)
    return container in ("pandas", "polars") or (container == "numpy" and X.ndim == 2)


def is_polars_series(X):
    """Tell whether `X` is a polars Series, without importing polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(X, polars.Series)


def read_documents(X, rules, *, name="X"):
    """Read one column of documents.

    Parameters
    ----------
    X : list, tuple, ndarray of shape (n_documents,), Series of pandas or polars
        The documents. A frame, or a two-dimensional array, of one column counts as that column.
    rules : TextRules
        What to do with entries that are no strings.
    name : str, default="X"
        What to call the documents in an error.

    Returns
    -------
    documents : list of str or None
        The documents; None where one is missing and ``rules.missing`` is "keep".

    Raises
    ------
    ValueError
        If `X` is one string, or holds something that the rules do not allow; the entry is named.
    TypeError
        If `X` is no sequence of documents.
    """
    return _checked(_values_of(X, name), rules, name)


def _values_of(X, name):
    if isinstance(X, str | bytes):
        raise ValueError(
            f"{name} is one {type(X).__name__}, {shown([X])}; a sequence of documents is expected. "
            "Put it in a list: [text]."
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
        return _values_of(X[:, 0] if isinstance(X, np.ndarray) else first_column(X), name)
    kind = type(X).__name__
    if isinstance(X, np.ndarray):
        kind = f"an array of {X.ndim} dimensions"
    elif hasattr(X, "__next__"):
        kind = f"a {kind}, which can be read only once"
    raise TypeError(f"{name} must be a sequence of documents; got {kind}. {_HOW}.")


def first_column(X):
    """Return the first column of a frame."""
    return X.iloc[:, 0] if container_of(X) == "pandas" else X.to_series(0)


def _checked(values, rules, name):
    if not set(map(type, values)) <= {str}:
        values = [_as_text(value, i, rules, name) for i, value in enumerate(values)]
    return list(values)


def _as_text(value, i, rules, name):
    if isinstance(value, str):
        return str(value)
    if _is_missing(value):
        if rules.missing == "error":
            raise ValueError(
                f"{name} has a missing document at position {i} ({value!r}). "
                "Drop it, or set missing='empty'."
            )
        return "" if rules.missing == "empty" else None
    if isinstance(value, bytes | bytearray | memoryview):
        if rules.encoding is None:
            raise ValueError(
                f"{name} holds bytes at position {i}: {shown([bytes(value)[:40]])}. "
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
            f"{name} holds a {type(value).__name__} at position {i}: {shown([value])}; a document "
            "is one string. Join words with ' '.join(words)."
        )
    if rules.non_string == "error":
        raise ValueError(
            f"{name} holds {shown([value])} of {type(value).__name__} at position {i}; a document "
            "is a string. Convert it, or set non_string='str'."
        )
    return str(value)


def _is_missing(value):
    return np.ndim(value) == 0 and bool(pd.isna(value))


def read_words(X, rules, tokenizer):
    """Read documents as lists of words; a document that is a list of words is taken as it is.

    Parameters
    ----------
    X : list, tuple, ndarray or Series
        The documents: strings, or lists of strings.
    rules : TextRules
        What to do with entries that are neither.
    tokenizer : object
        Has ``many(documents)``.

    Returns
    -------
    words : list of list of str or None
        The words of each document; None where one is missing and ``rules.missing`` is "keep".
    """
    values = list(_values_of(X, "X"))
    ready = {i: list(value) for i, value in enumerate(values) if _is_words(value)}
    texts = [_as_text(value, i, rules, "X") for i, value in enumerate(values) if i not in ready]
    tokens = iter(tokenizer.many([text for text in texts if text is not None]))
    words = (None if text is None else next(tokens) for text in texts)
    return [ready[i] if i in ready else next(words) for i in range(len(values))]


def _is_words(value):
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def write_like(X, documents):
    """Return documents in the container that they came in.

    Parameters
    ----------
    X : list, tuple, ndarray, Series
        The documents as they came.
    documents : list of str, of lists of str, or of None
        The new ones, as many.

    Returns
    -------
    documents : same container as `X`
        With the index, the name and, where it can hold text, the dtype of `X`.
    """
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
    """Return documents as a frame of one column.

    Parameters
    ----------
    X : list, tuple, ndarray, Series
        The documents as they came; a pandas Series gives its index.
    documents : list of str or None
        The new ones.
    name : str
        Name of the column.
    container : {"pandas", "polars"}
        Library of the frame.

    Returns
    -------
    frame : DataFrame
        The frame.
    """
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


@dataclass
class Columns:
    """Documents by column, as a vectorizer sees them.

    Parameters
    ----------
    documents : list of list of str
        One list a column.
    names : list of str or None
        Their names; None for documents that are no column of a frame.
    """

    documents: list[list[str]]
    names: list[str] | None = None

    def __len__(self) -> int:
        return len(self.documents[0])


def read_columns(estimator: Any, X: Any, rules: TextRules, *, reset: bool) -> Columns:
    """Read documents of one column or of several.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`, is compared with them
        otherwise.
    X : documents, frame or two-dimensional array
        Each column of a frame is a column of documents.
    rules : TextRules
        What to do with entries that are no strings.
    reset : bool
        True in ``fit``.

    Returns
    -------
    columns : Columns
        The documents.
    """
    if not reset:
        check_same_kind(estimator, X, is_two_dimensional(X))
    if not is_two_dimensional(X):
        if reset:
            forget_columns(estimator)
        documents = read_documents(X, rules)
        if reset and not documents:
            raise ValueError(
                f"X holds no documents; {type(estimator).__name__} needs at least one."
            )
        return Columns([documents])
    frame = read_input(estimator, X, reset=reset).frame
    names = list(frame.columns)
    return Columns([read_column(frame, column, rules) for column in names], names)


def read_column(frame, column, rules):
    """Read the documents of one column of a narwhals frame."""
    return _checked(frame[column].to_list(), rules, f"Column {column!r}")


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
    """Name the output of an estimator that makes several columns of each column of documents.

    Parameters
    ----------
    estimator : estimator
        Fitted by way of `read_columns`.
    names : list of list of str
        The names for each column of documents.
    input_features : array-like of str, default=None
        Names of the columns of documents, where ``fit`` saw none.

    Returns
    -------
    names_out : ndarray of str
        The names as they are for documents that are no frame, else "column__name".
    """
    if not hasattr(estimator, "n_features_in_"):
        flat = names[0]
    else:
        columns = check_feature_names_in(estimator, input_features)
        flat = [f"{c}__{name}" for c, some in zip(columns, names, strict=True) for name in some]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out
