"""Pick a few explanations that together show most of what a model looks at."""

import numpy as np


def pick_rows(importance: np.ndarray, n: int) -> list[int]:
    """Pick rows greedily so that together they show the weightiest features at their largest.

    This is SP-LIME's greedy pick, with one change: a feature counts as shown in proportion to its
    largest weight among the rows picked, so that rows which all show every feature differ.

    Shapes: importance (n_rows, n_features).
    """
    gain = np.sqrt(importance.sum(axis=0))
    largest = importance.max(axis=0, initial=0.0)
    shown = importance / np.where(largest > 0, largest, 1.0)
    covered = np.zeros(importance.shape[1])
    left = np.ones(len(importance), dtype=bool)
    rows: list[int] = []
    for _ in range(min(n, len(importance))):
        value = np.where(left, np.maximum(shown - covered, 0.0) @ gain, -1.0)
        best = int(np.argmax(value))
        rows.append(best)
        left[best] = False
        covered = np.maximum(covered, shown[best])
    return rows
