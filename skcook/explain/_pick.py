"""Pick a few explanations that together show most of what a model looks at."""

import numpy as np


def pick_rows(importance: np.ndarray, n: int) -> list[int]:
    """Pick rows greedily so that the features they show weigh most together.

    Parameters
    ----------
    importance : ndarray of shape (n_rows, n_features)
        Absolute weights.
    n : int
        How many rows.

    Returns
    -------
    rows : list of int
        At most `n`, the one that covers most first.

    References
    ----------
    Ribeiro M. T., Singh S., Guestrin C. (2016), "Why should I trust you?", section 4 (SP-LIME).

    Examples
    --------
    >>> import numpy as np
    >>> from skcook.explain._pick import pick_rows
    >>> pick_rows(np.array([[2.0, 0, 0], [1, 0, 0], [0, 1, 1]]), 2)
    [2, 0]
    """
    shown = importance > 0
    gain = np.sqrt(importance.sum(axis=0))
    covered = np.zeros(importance.shape[1], dtype=bool)
    left = np.ones(len(importance), dtype=bool)
    rows: list[int] = []
    for _ in range(min(n, len(importance))):
        value = np.where(left, (shown & ~covered) @ gain, -1.0)
        best = int(np.argmax(value))
        rows.append(best)
        left[best] = False
        covered |= shown[best]
    return rows
