"""From columns of ids, or histories, to codes and a sparse matrix; never to a dense one."""

import re
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from skcook.exceptions import ColumnsError, ColumnValuesError, SkcookWarning
from skcook.recommend.interactions._ids import as_series, check_ids, encode, lookup
from skcook.utils._columns import is_missing, kind_of, numeric_values
from skcook.utils._frames import is_frame, read_input, read_table
from skcook.utils._validation import did_you_mean, in_words

#: A date with a four-digit year, and perhaps a time.
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}.*)?\Z")
_ZONE = re.compile(r"[T ]\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)\Z")


#: Values of a scale of ratings at most: 1 to 10, or half stars.
_LONGEST_SCALE = 10


@dataclass(frozen=True)
class Pairs:
    """The user and the item column of an `X`, which is read as a table."""

    users: nw.Series
    items: nw.Series
    user_name: str
    item_name: str
    table: Any


def read_pairs(estimator, X, *, reset, two_are_enough=False):
    """Let `X` in and pick its user and its item column.

    Shapes: X (n_samples, n_features).
    """
    if sp.issparse(X):
        raise TypeError(
            f"X is a sparse matrix of shape {X.shape}; {type(estimator).__name__} takes pairs, one "
            "row per meeting of a user with an item. Make them of a user x item matrix M by: "
            "rows, columns = M.nonzero(); X = np.column_stack([rows, columns]); y = M[rows, "
            "columns].A1."
        )
    if two_are_enough and hasattr(estimator, "user_name_"):
        found = _two_columns(estimator, X)
        if found is not None:
            return found
    table = read_input(estimator, X, reset=reset)
    names = list(table.frame.columns)
    if estimator.user is None and estimator.item is None:
        _refuse_matrix(estimator, table)
    if len(names) < 2:
        raise ColumnsError(
            f"Found array with {len(names)} feature(s) (shape={table.frame.shape}) while a "
            f"minimum of 2 is required by {type(estimator).__name__}: X holds a column of users "
            "and a column of items."
        )
    user = column_name(estimator.user, 0, names, table.labels, "user")
    item = column_name(estimator.item, 1, names, table.labels, "item")
    if user == item:
        raise ColumnsError(f"user and item both name the column {user!r}; they must differ.")
    users, items = table.frame[user], table.frame[item]
    check_ids(users, f"Input X: the user column {user!r}")
    check_ids(items, f"Input X: the item column {item!r}")
    named = table.container != "numpy"
    return Pairs(users, items, user if named else "user", item if named else "item", table)


def _refuse_matrix(estimator, table):
    """Raise if a table is a user x item matrix, whose first two columns are no ids.

    A matrix has booleans alone, zeros and ones in more than ten columns, or mostly zeros and
    missing values, in the first two columns as well. Of one without gaps nothing is certain, so
    there is a warning alone: of more than ten columns of an array, or of ratings in every column.
    """
    columns = [table.frame[name] for name in table.frame.columns]
    kinds = {kind_of(column) for column in columns}
    if len(columns) < 3 or not kinds <= {"numeric", "boolean", "empty"}:
        return
    values = np.column_stack([numeric_values(column) for column in columns])
    empty = np.isnan(values) | (values == 0)
    is_wide = len(columns) > 10
    is_flags = is_wide and bool((empty | (values == 1)).all())
    is_thin = empty.mean() >= (0.5 if is_wide else 0.7) and empty[:, :2].mean() >= 0.25
    is_certain = kinds == {"boolean"} or is_flags or is_thin
    is_array = is_wide and table.container == "numpy"
    if not (is_certain or is_array or _are_ratings(values[~empty.any(axis=1)])):
        return
    message = (
        f"X of shape {values.shape} looks like a user x item matrix; {type(estimator).__name__} "
        "takes pairs, one row per meeting of a user with an item. Make them of a matrix M by: "
        "rows, columns = np.nonzero(np.nan_to_num(M)); X = np.column_stack([rows, columns]); "
        "y = M[rows, columns]. If its first two columns are ids all the same, say so by user=0, "
        "item=1."
    )
    if is_certain:
        raise ColumnValuesError(message)
    warnings.warn(message, SkcookWarning, stacklevel=6)


def _are_ratings(values):
    """Tell whether the rows without a gap hold ratings in every column, and no ids.

    Shapes: values (n_rows, n_columns).
    """
    scale = np.unique(values)
    # A scale is positive, or like and dislike.
    if not 2 <= len(scale) <= _LONGEST_SCALE or (scale[0] < 0 and len(scale) > 2):
        return False
    if values.shape[1] >= 5:
        return bool((np.ptp(values, axis=0) >= np.ptp(scale) / 2).all())
    is_used = all(len(np.unique(column)) == len(scale) for column in values.T)
    return is_used and len(values) >= 5 * len(scale) ** 2


def _two_columns(estimator, X):
    """Return the pairs of a frame that has the two columns of ids and no other, or None."""
    if not is_frame(X) or len(X.columns) != 2 or estimator.n_features_in_ == 2:
        return None
    table = read_table(X)
    names = [estimator.user_name_, estimator.item_name_]
    if set(table.frame.columns) != set(names):
        return None
    users, items = table.frame[names[0]], table.frame[names[1]]
    check_ids(users, f"Input X: the user column {names[0]!r}")
    check_ids(items, f"Input X: the item column {names[1]!r}")
    return Pairs(users, items, *names, table)


def column_name(wanted, default, names, labels, parameter):
    """Resolve a parameter that names a column."""
    if wanted is None:
        wanted = default
    if labels and wanted in labels:
        return names[labels.index(wanted)]
    if isinstance(wanted, int | np.integer) and -len(names) <= wanted < len(names):
        return names[wanted]
    if wanted in names:
        return wanted
    match = did_you_mean(wanted, names) if isinstance(wanted, str) else None
    raise ColumnsError(
        f"{parameter}={wanted!r}: there is no such column"
        + (f"; did you mean {match!r}?" if match else f". The columns: {', '.join(names)}.")
    )


def times_of(table, time):
    """Return the name of the column that tells when, and its times as an index that sorts.

    Numbers stay numbers; dates, and strings in ISO 8601, become times.

    Shapes: returns times (n_samples,).
    """
    name = column_name(time, None, list(table.frame.columns), table.labels, "time")
    series = table.frame[name]
    missing = is_missing(series)
    if missing.any():
        raise ColumnValuesError(
            f"The time column {name!r} holds {missing.sum()} missing value(s), the first in "
            f"row {int(missing.argmax())}."
        )
    if series.dtype.is_numeric():
        is_float = series.dtype.is_float()
        return name, pd.Index(numeric_values(series) if is_float else series.to_numpy())
    values = series.to_list()
    if any(isinstance(value, str) for value in values):
        return name, _times_of_strings(values, name)
    times = pd.Index(values)
    if hasattr(times, "to_timestamp"):  # periods begin at one
        times = times.to_timestamp()
    if times.dtype == object:
        with suppress(TypeError, ValueError):
            times = pd.DatetimeIndex(values)
    return name, times


def _times_of_strings(values, name):
    """Read times that are strings, or refuse those whose order their letters would not tell."""
    wrong = [value for value in values if not (isinstance(value, str) and _ISO.match(value))]
    if not wrong:
        in_utc = all(map(_ZONE.search, values))  # their zones may differ
        try:
            return pd.DatetimeIndex(pd.to_datetime(values, format="ISO8601", utc=in_utc))
        except ValueError:
            wrong = values
    raise ColumnValuesError(
        f"The time column {name!r} holds strings that are no times in ISO 8601, such as "
        f"{wrong[0]!r}: sorted as text, their order would be wrong. Convert them first, with "
        "pd.to_datetime(..., format=...) or .astype(float)."
    )


def read_target(y, n_rows):
    """Let `y` in: ratings, weights, or nothing.

    Shapes: y (n_rows,); returns y (n_rows,).
    """
    if y is None:
        return None
    try:
        y = check_array(y, ensure_2d=False, dtype=np.float64, ensure_all_finite=False)
    except (TypeError, ValueError) as exc:
        raise ColumnValuesError(f"y must be one number per row, or None; {exc}") from exc
    y = column_or_1d(y, warn=True)
    if len(y) != n_rows:
        check_consistent_length(np.empty(n_rows), y)
    wrong = ~np.isfinite(y)
    if wrong.any():
        raise ColumnValuesError(
            f"Input y contains NaN or infinity: {wrong.sum()} value(s), the first in row "
            f"{int(wrong.argmax())}. Drop those rows, or pass y=None if no rating is needed."
        )
    return y


def positives(y, n_rows, threshold):
    """Tell which pairs the user liked.

    Shapes: y (n_rows,); returns positive (n_rows,).
    """
    if y is None:
        return np.ones(n_rows, dtype=bool)
    return y > 0 if threshold is None else y >= threshold


def pairs_matrix(rows, columns, shape):
    """Return a boolean CSR matrix, True at each pair, with sorted indices and without repeats.

    Shapes: rows, columns (n,).
    """
    # One sort of 64-bit keys costs less than scipy's scatter and its sort of each row.
    keys = rows.astype(np.int64) * shape[1] + columns
    keys.sort()
    first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    keys = keys[first]
    starts = np.arange(shape[0] + 1, dtype=np.int64) * shape[1]
    indptr = np.searchsorted(keys, starts)
    indices = keys - np.repeat(starts[:-1], np.diff(indptr))
    return sp.csr_matrix((np.ones(len(keys), dtype=bool), indices, indptr), shape=shape)


@dataclass(frozen=True)
class EncodedPairs:
    """Interactions as codes, and all that follows from them before anything is learned."""

    users: np.ndarray
    items: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray
    seen: sp.csr_matrix
    liked: sp.csr_matrix
    counts: np.ndarray


def encode_pairs(pairs, liked, fitted=None):
    """Give codes to the ids of ``fit`` or ``partial_fit``."""
    known = (None, None) if fitted is None else (fitted.user_ids_, fitted.item_ids_)
    users, user_ids = encode(pairs.users, known[0], f"The user column {pairs.user_name!r}")
    items, item_ids = encode(pairs.items, known[1], f"The item column {pairs.item_name!r}")
    shape = (len(user_ids), len(item_ids))
    seen = pairs_matrix(users, items, shape)
    is_all = bool(liked.all())
    liked_pairs = seen if is_all else pairs_matrix(users[liked], items[liked], shape)
    counts = np.bincount(items[liked], minlength=shape[1]).astype(np.float32)
    if fitted is not None:
        seen = _joined(seen, fitted.seen_)
        liked_pairs = _joined(liked_pairs, fitted.liked_)
        counts[: len(known[1])] += fitted.item_counts_
    return EncodedPairs(users, items, user_ids, item_ids, seen, liked_pairs, counts)


def _joined(now, before):
    """Return the pairs of both matrices; the first one may be larger."""
    before = before.copy()
    before.resize(now.shape)
    both = (now + before).astype(bool)
    both.sort_indices()
    return both


def read_histories(history, users, items):
    """Return which of some users have a history, and these as a matrix of what they liked.

    The matrix holds 1 for the item that a user liked last, 2 for the one before, and so on.

    Shapes: users (n_users,); returns given (n,), rows (n, n_items).
    """
    if history is None:
        return None
    if not isinstance(history, Mapping):
        raise TypeError(
            f"history is a {type(history).__name__}; a dict is expected: {{user: [items]}}."
        )
    place = {user: i for i, user in enumerate(users.tolist())}
    given, indptr, indices, ranks = [], [0], [], []
    for user, liked in history.items():
        if user not in place:
            raise ColumnValuesError(
                f"history has the user {user!r}, who is not among the users asked for: "
                f"{in_words(list(place), 5)}."
            )
        if liked is None:
            raise TypeError(f"The history of {user!r} is None; a list of items is expected.")
        series = as_series(list(liked) if not isinstance(liked, str) else [liked], "history")
        check_ids(series, f"The history of {user!r}")
        codes, _, places = lookup(items, series, "The history")
        found = places[codes][::-1]
        newest, first = np.unique(found[found >= 0], return_index=True)
        given.append(place[user])
        indices.append(newest)
        ranks.append(np.argsort(np.argsort(first)) + 1.0)
        indptr.append(indptr[-1] + len(newest))
    data = np.concatenate([np.empty(0, np.float32), *ranks], dtype=np.float32)
    columns = np.concatenate([np.empty(0, np.int64), *indices])
    return np.array(given, dtype=np.int64), sp.csr_matrix(
        (data, columns, indptr), shape=(len(given), len(items))
    )


def rows_at(matrix, places):
    """Return rows of a sparse matrix, and one without entries for each place of -1.

    Shapes: matrix (m, width), places (n,); returns rows (n, width).
    """
    if matrix.shape[0] == 0:
        return sp.csr_matrix((len(places), matrix.shape[1]), dtype=matrix.dtype)
    rows = matrix[np.maximum(places, 0)]
    if (places < 0).any():
        rows.data[np.repeat(places < 0, np.diff(rows.indptr))] = 0
        rows.eliminate_zeros()
    return rows


def beside(matrix, *columns):
    """Put columns at the right of a matrix, sparse or dense.

    Shapes: matrix (n, width), columns (n,); returns wider (n, width + n_columns).
    """
    if sp.issparse(matrix):
        return sp.hstack([matrix, np.column_stack(columns)], format="csr", dtype=np.float32)
    return np.column_stack([matrix, *columns]).astype(np.float32, copy=False)


def stack_rows(above, below):
    """Put the rows of one matrix above those of another, both sparse or both dense."""
    if sp.issparse(above):
        return sp.vstack([above, below], format="csr")
    return np.vstack([above, below])
