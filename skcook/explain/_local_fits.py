"""The local model: a weighted ridge regression on few features, solved from its Gram matrix.

Everything LIME asks of a row's weighted sample (ranking the features, choosing some, fitting those,
the fit's R2) is a function of the products of its columns, so the sample is read once per row
however many features are asked for.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import lapack
from scipy.stats import t as student
from sklearn.linear_model import lars_path_gram
from threadpoolctl import ThreadpoolController

#: How the features of a local model may be chosen; "auto" is one of the others.
FEATURE_SELECTIONS = (
    "auto", "explained_variance", "highest_weights", "forward_selection", "lasso_path", "none",
)  # fmt: skip


@lru_cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread():
    """Return a context in which the linear algebra uses one thread.

    The matrices of a row are small: several threads would spend their time waiting for each other,
    and ``n_jobs`` has threads of its own.
    """
    return _libraries().limit(limits=1, user_api="blas")


def spread_of_blocks(influence: np.ndarray) -> np.ndarray:
    """Return the standard error of a sum from the parts that independent blocks add to it.

    Shapes: influence (n_blocks, ...).
    """
    n = len(influence)
    return widening(n) * np.sqrt(n / (n - 1) * (influence**2).sum(axis=0))


@lru_cache
def widening(n: int) -> float:
    """Return how much 1.96 standard errors of n independent draws are too few for 95 %."""
    return float(student.ppf(0.975, max(n - 1, 1)) / 1.959964)


@dataclass
class NormalEquations:
    """The weighted, centred products of a row's sample.

    Shapes: gram (d, d), cross (d,), mean (d,).
    """

    gram: np.ndarray
    cross: np.ndarray
    total: float
    mean: np.ndarray
    output_mean: float
    n_samples: int

    @classmethod
    def of(cls, raw: np.ndarray, n_samples: int) -> "NormalEquations":
        """Centre the products of the columns [features, 1, output]."""
        d = len(raw) - 2
        weight = raw[d, d]
        mean, output_mean = raw[:d, d] / weight, raw[d, d + 1] / weight
        return cls(
            raw[:d, :d] - weight * np.outer(mean, mean),
            raw[:d, d + 1] - weight * output_mean * mean,
            raw[d + 1, d + 1] - weight * output_mean**2,
            mean,
            output_mean,
            n_samples,
        )


def symmetric_from_upper(upper: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix of which BLAS and LAPACK give the upper half, zeros below."""
    full = upper + upper.T
    full.flat[:: len(full) + 1] *= 0.5
    return full


def ridge(
    equations: NormalEquations, columns: np.ndarray, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a ridge regression on some of the features.

    Shapes: columns (k,); returns coef (d,), factor (k, k).
    """
    gram = equations.gram[columns[:, None], columns]
    gram.flat[:: len(columns) + 1] += alpha
    # LAPACK itself: for small matrices the checks around it cost more than the solution.
    factor, _ = lapack.dpotrf(gram)
    inverse, _ = lapack.dpotri(factor)
    inverse = symmetric_from_upper(inverse)
    coef = np.zeros(len(equations.cross))
    coef[columns] = inverse @ equations.cross[columns]
    return coef, inverse


def r_squared(equations: NormalEquations, coef: np.ndarray) -> float:
    """Return the share of the output's weighted variance that the local model follows.

    A model that says the same everywhere is followed completely: 1.
    """
    total = equations.total
    if total <= 1e-20 * max(equations.output_mean**2, 1e-300) * equations.n_samples:
        return 1.0
    left = total + (coef @ equations.gram - 2 * equations.cross) @ coef
    return float(1 - left / total)


def select(equations: NormalEquations, k: int, method: str) -> np.ndarray:
    """Choose the features of the local model."""
    d = len(equations.cross)
    if method == "none" or k >= d:
        return np.arange(d)
    if method == "forward_selection":
        return np.sort(_forward(equations, k))
    if method == "lasso_path":
        return _lasso(equations, k)
    return np.sort(_strongest(equations, k, method))


def _strongest(equations: NormalEquations, k: int, method: str) -> np.ndarray:
    """Return the k features that a fit of all of them finds strongest."""
    gram = equations.gram.copy()
    gram.flat[:: len(gram) + 1] += 0.01
    coef = np.linalg.solve(gram, equations.cross)
    score = np.abs(coef) if method == "highest_weights" else coef**2 * equations.gram.diagonal()
    return np.argsort(-score, kind="stable")[:k]


def _forward(equations: NormalEquations, k: int) -> list[int]:
    """Add the feature that explains most of what is left, k times (by Gaussian elimination)."""
    gram, cross = equations.gram.copy(), equations.cross.copy()
    floor = 1e-10 * np.maximum(np.diag(equations.gram), 1e-300)
    free = np.ones(len(cross), dtype=bool)
    chosen: list[int] = []
    for _ in range(k):
        left = np.diag(gram)
        gain = np.where(free & (left > floor), cross**2 / np.maximum(left, floor), -1.0)
        best = int(np.argmax(gain))
        if not free[best]:
            best = int(np.flatnonzero(free)[0])
        chosen.append(best)
        free[best] = False
        if gain[best] > 0:
            row = gram[best] / gram[best, best]
            cross -= row * cross[best]
            gram -= np.outer(gram[:, best], row)
    return chosen


def _lasso(equations: NormalEquations, k: int) -> np.ndarray:
    """Take the last point of the lasso's path with at most k features."""
    _, _, path = lars_path_gram(
        equations.cross, equations.gram, n_samples=equations.n_samples, method="lasso"
    )
    for coef in path.T[::-1]:
        columns = np.flatnonzero(coef)
        if 0 < len(columns) <= k:
            return columns
    return np.argsort(-np.abs(equations.cross), kind="stable")[:1]
