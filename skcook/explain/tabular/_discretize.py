"""Where the bins of a quantity end."""

from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

PERCENTS = {"quartile": [25, 50, 75], "decile": [10, 20, 30, 40, 50, 60, 70, 80, 90]}


def edges_of(
    name: str, values: np.ndarray, discretizer: Any, y: np.ndarray | None = None
) -> np.ndarray:
    """Return the edges between the bins of a quantity."""
    if isinstance(discretizer, dict):
        if name in discretizer:
            edges = np.unique(np.asarray(discretizer[name], dtype=float))
            if not np.isfinite(edges).all():
                raise ValueError(f"The edges of column {name!r} must be finite numbers.")
            return edges
        discretizer = None
    present = ~np.isnan(values)
    if not present.any():
        return np.zeros(0)
    if discretizer == "entropy":
        if y is None:
            raise ValueError(
                'discretizer="entropy" cuts columns where the classes differ: give `y` to fit.'
            )
        tree = DecisionTreeClassifier(criterion="entropy", max_depth=3, random_state=0)
        tree.fit(values[present, None], y[present])
        edges = np.unique(tree.tree_.threshold[tree.tree_.feature >= 0])
        return edges if len(edges) else np.array([np.median(values[present])])
    return np.unique(np.percentile(values[present], PERCENTS[discretizer or "quartile"]))
