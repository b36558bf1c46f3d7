"""What users have liked by now: histories that came after ``fit``."""

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp

from skcook.exceptions import ColumnValuesError
from skcook.recommend.interactions._ids import as_series, check_ids, lookup
from skcook.utils._validation import in_words


def read_histories(history, users, items):
    """Return which of some users have a history, and these as a matrix of what they liked.

    Shapes: users (n_users,); returns given (n,), rows (n, n_items).
    """
    if history is None:
        return None
    if not isinstance(history, Mapping):
        raise TypeError(
            f"history is a {type(history).__name__}; a dict is expected: {{user: [items]}}."
        )
    place = {user: i for i, user in enumerate(users.tolist())}
    given, indptr, indices = [], [0], []
    for user, liked in history.items():
        if user not in place:
            raise ColumnValuesError(
                f"history has the user {user!r}, who is not among the users asked for: "
                f"{in_words(list(place), 5)}."
            )
        series = as_series(list(liked) if not isinstance(liked, str) else [liked], "history")
        check_ids(series, f"The history of {user!r}")
        found = lookup(items, series, "The history")[2]
        known = np.unique(found[found >= 0])
        given.append(place[user])
        indices.append(known)
        indptr.append(indptr[-1] + len(known))
    data = np.ones(indptr[-1], dtype=np.float32)
    columns = np.concatenate(indices) if indices else np.empty(0, dtype=np.int64)
    return np.array(given, dtype=np.int64), sp.csr_matrix(
        (data, columns, indptr), shape=(len(given), len(items))
    )


def stack_rows(above, below):
    """Put the rows of one matrix above those of another, both sparse or both dense."""
    if sp.issparse(above):
        return sp.vstack([above, below], format="csr")
    return np.vstack([above, below])
