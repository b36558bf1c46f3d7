"""Documents out: in the container that they came in, or in a frame of one column."""

import sys

import numpy as np
import pandas as pd

from skcook.text._text_input import is_polars_series
from skcook.utils._optional import import_optional


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
