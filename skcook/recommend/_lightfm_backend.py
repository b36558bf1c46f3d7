"""The one place where LightFM is called.

LightFM works on row numbers and keeps, for each feature of users and of items, an embedding, a
bias, and what its learning schedule has accumulated for them. Here that is a dict of arrays, the
state, which goes in and comes out; the LightFM object lives no longer than the call. The features
go in as a matrix: those of a side table, then each id its own.
"""

import sys
import warnings

import numpy as np
import scipy.sparse as sp

from skcook.exceptions import ColumnValuesError, MissingDependencyError, SkcookWarning
from skcook.recommend.interactions._ids import id_kind
from skcook.recommend.interactions._side_table import features_of
from skcook.utils._optional import import_optional

_PARTS = ("embeddings", "biases")
_ACCUMULATORS = {
    "embeddings": ("embedding_gradients", "embedding_momentum"),
    "biases": ("bias_gradients", "bias_momentum"),
}
#: Embeddings are of the size of 1; beyond this, single-precision scores say nothing.
_DIVERGED = 1e6
#: The names of all arrays of a state, as LightFM calls them.
NAMES = [
    f"{side}_{name}"
    for side in ("user", "item")
    for part in _PARTS
    for name in (part, *_ACCUMULATORS[part])
]


def import_lightfm():
    """Import LightFM, or say how to install it."""
    with warnings.catch_warnings():
        # It warns on import if it was built without OpenMP, which matters for n_jobs > 1 alone.
        warnings.simplefilter("ignore")
        try:
            return import_optional("lightfm", feature="LightFMRecommender", extra="recommend")
        except MissingDependencyError as exc:
            raise MissingDependencyError(
                f"{exc}. Where no wheel of it works (Linux with Python 3.11, Windows, ARM), a C "
                'compiler builds it: pip install "lightfm-next>=1.19". Fitted models need none.'
            ) from exc


def train(
    settings, *, state, codes, values, weights, features, epochs, n_threads, random_state, verbose
):
    """Run some epochs."""
    lightfm = import_lightfm()
    if n_threads > 1 and "lightfm._lightfm_fast_openmp" not in sys.modules:
        warnings.warn(
            f"This LightFM was built without OpenMP: it runs one thread, not n_jobs={n_threads}.",
            SkcookWarning,
            stacklevel=2,
        )
    model = lightfm.LightFM(random_state=random_state, **settings)
    for name, array in (state or {}).items():
        setattr(model, name, np.array(array, dtype=np.float32, order="C"))
    shape = (features["user"].shape[0], features["item"].shape[0])
    interactions = sp.coo_matrix((values, codes), shape=shape)
    if weights is not None:
        weights = sp.coo_matrix((weights, codes), shape=shape)
    cause = None
    try:
        with np.errstate(all="ignore"):
            model.fit_partial(
                interactions,
                user_features=features["user"],
                item_features=features["item"],
                sample_weight=weights,
                epochs=epochs,
                num_threads=n_threads,
                verbose=verbose,
            )
        largest = max(np.abs(getattr(model, f"{side}_embeddings")).max() for side in features)
    except ValueError as exc:  # LightFM says that its parameters are no longer finite
        cause, largest = exc, np.inf
    if largest > _DIVERGED:
        raise ValueError(
            f"The fit diverged: its embeddings went up to {largest:g}. learning_rate="
            f"{settings['learning_rate']!r} is too large for these data"
            + ("" if weights is None else f", whose weights go up to {weights.data.max():g}")
            + ". Lower it, or scale the weights to about 1."
        ) from cause
    return {name: getattr(model, name) for name in NAMES}


def grow(state, n_features, places, *, n_components, schedule, random_state):
    """Make room for new features in a state."""
    grown = {}
    for side in ("user", "item"):
        n = n_features[side]
        for part in _PARTS:
            shape = (n, n_components) if part == "embeddings" else (n,)
            if part == "embeddings":
                first = (random_state.random_sample(shape) - 0.5) / n_components
            else:
                first = np.zeros(shape)
            gradients, momentum = _ACCUMULATORS[part]
            begin = 1.0 if schedule == "adagrad" else 0.0
            for name, array in (
                (part, first),
                (gradients, np.full(shape, begin)),
                (momentum, np.zeros(shape)),
            ):
                array = array.astype(np.float32)
                if f"{side}_{name}" in state:  # "adagrad" keeps no momentum
                    array[places[side]] = state[f"{side}_{name}"]
                grown[f"{side}_{name}"] = array
    return grown


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
