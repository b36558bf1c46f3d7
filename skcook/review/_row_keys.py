"""Rows found by what is in them, so that a correction holds in every order and every fold."""

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._columns import is_missing, is_missing_value, kind_of, numeric_values
from skcook.utils._frames import is_frame, read_table


def row_keys(X: Any) -> list[str]:
    """Name rows by what is in them: a correction finds them in every order and every fold.

    Parameters
    ----------
    X : {DataFrame, array} of shape (n_rows, n_columns), or a sequence of texts
        The rows.

    Returns
    -------
    keys : list of str
        One short hash per row: the same for pandas, polars and numpy, and the same for rows that
        hold the same values in the same order.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.review import row_keys
    >>> first, second = row_keys(pd.DataFrame({"age": [31, 45]}))
    >>> row_keys(pd.DataFrame({"age": [45.0]})) == [second]
    True
    """
    if hasattr(X, "tocsr"):
        X = X.toarray()
    if is_frame(X) or getattr(X, "ndim", 1) == 2:
        frame = read_table(X).frame
        columns = [_cells(frame[name]) for name in frame.columns]
        return [_key(list(row)) for row in zip(*columns)]
    return [_key([None if is_missing_value(value) else value]) for value in X]


def _cells(series: Any) -> list[Any]:
    """Return a column's values in one spelling: 3 and 3.0 are the same, and a date is its text."""
    kind, missing = kind_of(series), is_missing(series)
    if kind == "numeric":
        values: list[Any] = numeric_values(series).tolist()
    elif kind == "boolean":
        values = [None if v != v or v is None else bool(v) for v in _plain(series, missing)]
    elif kind == "datetime":
        values = [None if v is None else _utc(v) for v in _plain(series, missing)]
    else:
        values = _plain(series, missing)
    return [None if absent else value for value, absent in zip(values, missing)]


def _plain(series: Any, missing: np.ndarray) -> list[Any]:
    values = series.to_native()
    values = values.astype(object) if isinstance(values, pd.Series) else values.to_list()
    return [None if absent else value for value, absent in zip(values, missing)]


def _utc(value: Any) -> str:
    stamp = pd.Timestamp(value)
    return str((stamp.tz_convert("UTC") if stamp.tzinfo else stamp).isoformat())


def _key(values: list[Any]) -> str:
    text = json.dumps(values, default=str, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=12, person=b"skcook.row"
    )
    return digest.hexdigest()
