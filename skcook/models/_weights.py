"""Weights of rows, under the name by which a nested estimator takes them."""

import inspect
from typing import Any

from sklearn.pipeline import Pipeline

from skcook.utils._sklearn import routing_enabled


def fit_weights(estimator: Any, sample_weight: Any) -> dict[str, Any]:
    """Return the parameter of an estimator's ``fit`` that weighs its rows.

    Shapes: sample_weight (n_samples,).
    """
    if sample_weight is None:
        return {}
    path, inner = ["sample_weight"], estimator
    while not routing_enabled():
        taken = inspect.signature(inner.fit).parameters
        passes_on = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
        if "sample_weight" in taken:
            break
        if isinstance(inner, Pipeline):
            name, inner = inner.steps[-1]
            path.insert(-1, name)
        elif passes_on and hasattr(inner, "estimator"):
            inner = inner.estimator
        elif passes_on:
            break
        else:
            raise TypeError(f"{type(inner).__name__} cannot weigh its rows.")
    return {"__".join(path): sample_weight}
