"""The features of ids as matrices, for a recommender that learns from them."""

import numpy as np
import scipy.sparse as sp

from skcook.exceptions import ColumnValuesError
from skcook.recommend.interactions._ids import id_kind


def features_of(table, ids, column=None):
    """Return the features of ids, or those of one column; none for an id that it does not have.

    Shapes: ids (n,); returns features (n, n_features).
    """
    matrix = table.matrix if column is None else table.features_in(column)[1]
    blank = sp.csr_matrix((1, matrix.shape[1]), dtype=matrix.dtype)
    return sp.vstack([matrix, blank], format="csr")[table.rows_of(ids)]


def feature_matrix(table, ids, side):
    """Return the features of ids: those of a side table, if there is one, then each id its own.

    Shapes: ids (n,); returns features (n, n_features + n).
    """
    own = sp.identity(len(ids), dtype=np.float32, format="csr")
    if table is None:
        return own
    if (table.rows_of(ids) < 0).all():
        raise ColumnValuesError(
            f"None of the {len(ids)} {side}s of X is in the side table {side}_features: the "
            f"ids of X are {id_kind(ids)}, those of its column {table.id!r} "
            f"{id_kind(table.ids)}."
        )
    return sp.hstack([features_of(table, ids), own], format="csr", dtype=np.float32)


def feature_places(before, now, *, n_ids, side):
    """Return where the features of one side table, then those of `n_ids` ids, are in another."""
    old = [] if before is None else before.feature_names
    new = [] if now is None else now.feature_names
    place = {name: i for i, name in enumerate(new)}
    gone = [name for name in old if name not in place]
    if gone:
        raise ColumnValuesError(
            f"{side}_features lacks {len(gone)} feature(s) that were learned, such as "
            f"{gone[0]!r}. A new side table may add features, not drop them."
        )
    known = [place[name] for name in old]
    return np.concatenate([known, len(new) + np.arange(n_ids)]).astype(np.intp)
