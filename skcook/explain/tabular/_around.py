"""Local models on a sample drawn around each row, instead of one sample for all."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skcook.explain.tabular._bins import solve
from skcook.explain.tabular._curves import Fits, one_blas_thread


def fit_around(
    ask: Callable[[list[np.ndarray]], np.ndarray],
    sample: Any,
    kept: np.ndarray,
    cells: list[np.ndarray],
    t: int,
    predictions: np.ndarray,
    *,
    kernel_width: float,
    k: int,
    method: str,
) -> Fits:
    """Fit each row on samples that keep some of its values and draw the others anew.

    Shapes: kept (n_samples, d), cells (n,), predictions (n,).
    """
    d = kept.shape[1]
    fits = Fits.empty(len(predictions), d)
    kernel = np.exp(-np.arange(d + 1) / (2 * kernel_width**2))
    drawn = sample.cells()
    constant = [len(set(values.tolist())) == 1 for values in drawn]
    for r, prediction in enumerate(predictions):
        mixed, match = [], kept.copy(order="F")
        for j, values in enumerate(drawn):
            if constant[j] and values[:1].tolist() == cells[j][r : r + 1].tolist():
                match[:, j] = False  # its draws are the row's own value
            values = values.copy()
            values[kept[:, j]] = cells[j][r]
            mixed.append(values)
        y = ask(mixed)[:, t]
        with one_blas_thread():
            solve(
                fits, r, match, y, prediction, kernel, k=k, method=method, alpha=1.0,
                n_blocks=sample.n_blocks,
            )  # fmt: skip
    return fits
