"""The local model: a weighted ridge regression on few features, solved from its Gram matrix.

Everything LIME asks of a row's weighted sample (ranking the features, choosing some, fitting those,
the fit's R2) is a function of the products of its columns, so the sample is read once a row
however many features are asked for.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from sklearn.linear_model import lars_path_gram


@dataclass
class Products:
    """The weighted, centred products of a row's sample.

    Parameters
    ----------
    gram : ndarray of shape (d, d)
        Of the features with each other.
    cross : ndarray of shape (d,)
        Of the features with the model's output.
    total : float
        Of the output with itself.
    mean : ndarray of shape (d,)
        Weighted means of the features.
    output_mean : float
        Weighted mean of the output.
    n_samples : int
        Size of the sample.
    """

    gram: np.ndarray
    cross: np.ndarray
    total: float
    mean: np.ndarray
    output_mean: float
    n_samples: int

    @classmethod
    def of(cls, raw: np.ndarray, n_samples: int) -> "Products":
        """Centre the products of the columns [features, 1, output]."""
        d = len(raw) - 2
        weight = raw[d, d]
        mean = raw[:d, d] / weight
        output_mean = raw[d, d + 1] / weight
        return cls(
            raw[:d, :d] - weight * np.outer(mean, mean),
            raw[:d, d + 1] - weight * mean * output_mean,
            raw[d + 1, d + 1] - weight * output_mean**2,
            mean,
            output_mean,
            n_samples,
        )


def ridge(products: Products, columns: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit a ridge regression on some of the features.

    Parameters
    ----------
    products : Products
        The row's sample.
    columns : ndarray of int of shape (k,)
        The features.
    alpha : float
        Strength of the penalty.

    Returns
    -------
    coef : ndarray of shape (d,)
        Zero for the features left out.
    factor : ndarray of shape (k, k)
        The inverse of the penalised Gram matrix.
    """
    gram = products.gram[columns[:, None], columns]
    gram.flat[:: len(columns) + 1] += alpha
    # LAPACK itself: for small matrices the checks around it cost more than the solution.
    factor, _ = lapack.dpotrf(gram)
    inverse, _ = lapack.dpotri(factor)
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    coef = np.zeros(len(products.cross))
    coef[columns] = inverse @ products.cross[columns]
    return coef, inverse


def r_squared(products: Products, coef: np.ndarray) -> float:
    """Return the share of the output's weighted variance that the local model follows.

    A model that says the same everywhere is followed completely: 1.
    """
    floor = 1e-20 * max(products.output_mean**2, 1e-300) * products.n_samples
    if products.total <= floor:
        return 1.0
    left = products.total - 2 * coef @ products.cross + coef @ products.gram @ coef
    return float(1 - left / products.total)


def select(products: Products, k: int, method: str, at: np.ndarray) -> np.ndarray:
    """Choose the features of the local model.

    Parameters
    ----------
    products : Products
        The row's sample.
    k : int
        How many.
    method : {"none", "highest_weights", "explained_variance", "forward_selection", "lasso_path"}
        How.
    at : ndarray of shape (d,)
        Centred value of each feature at the row, for "highest_weights".

    Returns
    -------
    columns : ndarray of int
        At most `k` of them, sorted.
    """
    d = len(products.cross)
    if method == "none" or k >= d:
        return np.arange(d)
    if method == "forward_selection":
        return np.sort(_forward(products, k))
    if method == "lasso_path":
        return _lasso(products, k)
    gram = products.gram.copy()
    gram.flat[:: d + 1] += 0.01
    _, coef, _ = lapack.dposv(gram, products.cross)
    if method == "highest_weights":
        score = np.abs(coef * at)
    else:
        score = coef**2 * np.diag(products.gram)
    return np.sort(np.argsort(-score, kind="stable")[:k])


def _forward(products: Products, k: int) -> list[int]:
    """Add the feature that explains most of what is left, k times (by Gaussian elimination)."""
    gram, cross = products.gram.copy(), products.cross.copy()
    floor = 1e-10 * np.maximum(np.diag(products.gram), 1e-300)
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


def _lasso(products: Products, k: int) -> np.ndarray:
    """Take the last point of the lasso's path with at most k features."""
    _, _, path = lars_path_gram(
        products.cross, products.gram, n_samples=products.n_samples, method="lasso"
    )
    for coef in path.T[::-1]:
        columns = np.flatnonzero(coef)
        if 0 < len(columns) <= k:
            return columns
    return np.argsort(-np.abs(products.cross), kind="stable")[:1]
