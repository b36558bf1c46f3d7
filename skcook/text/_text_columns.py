"""Columns of documents: those of a frame, or the one that a sequence is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.exceptions import ColumnsError
from skcook.text._text_input import TextRules, checked, is_two_dimensional, read_documents
from skcook.utils._columns import is_object_column, kind_of
from skcook.utils._sklearn import check_feature_names_in
from skcook.utils._validation import read_input


@dataclass
class TextColumns:
    """Documents by column, as a vectorizer sees them."""

    documents: list[list[str]]
    names: list[str] | None = None

    def __len__(self) -> int:
        return len(self.documents[0])


def read_columns(estimator: Any, X: Any, rules: TextRules, *, reset: bool) -> TextColumns:
    """Read documents of one column or of several."""
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
        return TextColumns([documents])
    frame = read_input(estimator, X, reset=reset).frame
    names = list(frame.columns)
    return TextColumns([read_column(frame, column, rules) for column in names], names)


def read_column(frame, column, rules):
    """Read the documents of one column of a narwhals frame."""
    return checked(frame[column].to_list(), rules, f"Column {column!r}")


def holds_text(series, encoding=None):
    """Tell whether a column holds a string, or bytes that an encoding is given for."""
    kind = kind_of(series)
    if kind in ("string", "empty"):
        return kind == "string"
    wanted = str if encoding is None else (str, bytes)
    if kind == "categorical" or is_object_column(series):
        return any(isinstance(value, wanted) for value in series.unique().to_list())
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
