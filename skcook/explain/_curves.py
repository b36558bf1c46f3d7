"""The default local model: curves learned once, scaled anew around every row.

LIME's usual picture of a number is "in the row's bin or not", which cannot follow even a linear
model well. Here each column first gets a *curve*: straight between the quartiles of a quantity, one
level for each value of a choice. All curves are fitted together, once, to the model's outputs on
the shared sample (an additive model); each has the average 0 over the background. Around a row, a
weighted ridge regression, LIME's own, then says how much of each curve holds there. A weight is
what the row's value adds, compared with the background's average::

    weight_j = scale_j(row) * curve_j(value)

so that intercept + sum of weights = local prediction, for numbers and words alike.

The standard errors follow the whole way: the sample comes in independent blocks; each block's
influence on curves, scales and averages is worked out, and their spread is the error (a
cluster-robust sandwich).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import blas, cho_factor, cho_solve
from scipy.stats import t as student
from threadpoolctl import ThreadpoolController

from skcook.explain._local import Products, r_squared, ridge, select

#: Rows weighed at once; bounds the memory to this many times the sample.
CHUNK = 64
#: At most this many values of a choice get a level of their own.
MAX_LEVELS = 32


@dataclass
class Fits:
    """Local models of n rows.

    Parameters
    ----------
    weights, std_errors : ndarray of shape (n, d)
        Of each column; zero where it was not chosen.
    chosen : ndarray of bool of shape (n, d)
        Which columns the local model uses.
    intercept, r2 : ndarray of shape (n,)
        Of the local model.
    """

    weights: np.ndarray
    std_errors: np.ndarray
    chosen: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray

    @classmethod
    def empty(cls, n: int, d: int) -> "Fits":
        """Make room for n rows."""
        return cls(
            np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d), bool), np.zeros(n), np.zeros(n)
        )


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

    Parameters
    ----------
    influence : ndarray of shape (n_blocks, ...)
        What each block adds to the error.

    Returns
    -------
    std_error : ndarray
        Enlarged for the small number of blocks, so that 1.96 of them make a 95 % interval.
    """
    return _factor(len(influence)) * np.sqrt((influence**2).sum(axis=0))


@lru_cache
def _factor(n_blocks: int) -> float:
    """Return how much a spread of few blocks must be enlarged."""
    return float(student.ppf(0.975, n_blocks - 1) / 1.959964 * np.sqrt(n_blocks / (n_blocks - 1)))


class Curves:
    """Curves over the shared sample, and local models on them.

    Parameters
    ----------
    columns : list of Column
        The background.
    cells : list of ndarray of shape (n_samples,)
        The sample's values of the quantities; ignored for choices.
    states : ndarray of int of shape (n_samples, d)
        The sample's states.
    outputs : ndarray of shape (n_samples, n_targets)
        What the model said of the sample.
    n_blocks : int
        Number of independent blocks in the sample.
    kernel_width : float
        Width of the kernel.
    alpha : float
        Strength of the ridge penalty.
    """

    def __init__(self, columns, cells, states, outputs, *, n_blocks, kernel_width, alpha=1.0):
        self.columns = columns
        self.states = states
        self.outputs = outputs
        self.n_blocks = n_blocks
        self.kernel_width = kernel_width
        self.alpha = alpha
        n = len(outputs)
        rare = max(8, n // 128)
        self.kept: list[np.ndarray] = []
        for j, column in enumerate(columns):
            counts = np.bincount(states[:, j], minlength=column.missing + 1)
            if column.is_quantity:
                kept = [column.missing] if counts[-1] >= rare else []
            else:
                kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
                kept = kept[counts[kept] >= rare]
            self.kept.append(np.asarray(kept, dtype=np.intp))
        self._sorted = [np.sort(c[~np.isnan(c)]) if c is not None else None for c in cells]
        basis = self._basis(cells, states)
        sizes = [part.shape[1] for part in basis]
        self.group = np.repeat(np.arange(len(columns)), sizes)
        self.member = (self.group[:, None] == np.arange(len(columns))).astype(float)
        basis = np.hstack(basis) if sum(sizes) else np.zeros((n, 0))
        self.basis_mean = basis.mean(axis=0)
        self.basis = basis - self.basis_mean
        self.place = self._place(cells, states)
        self._fit_curves()
        self._by_target: dict[int, tuple[np.ndarray, ...]] = {}

    def _basis(self, cells, states) -> list[np.ndarray]:
        """Return each column's building blocks, evaluated at cells."""
        parts = []
        for j, column in enumerate(self.columns):
            flags = [states[:, j] == state for state in self.kept[j]]
            if column.is_quantity and column.scale > 0:
                low, high = self._sorted[j][[0, -1]]
                v = np.clip(cells[j], low, high)
                knots = column.edges[(column.edges > low) & (column.edges < high)]
                lines = [(v - column.center) / column.scale]
                lines += [np.maximum(v - knot, 0) / column.scale for knot in knots]
                flags = [np.where(np.isnan(v), 0.0, line) for line in lines] + flags
            parts.append(np.array(flags, dtype=float).reshape(len(flags), len(states)).T)
        return parts

    def _place(self, cells, states) -> np.ndarray:
        """Return where rows lie, as coordinates whose euclidean distance the kernel uses.

        A quantity counts by its rank in the sample, with the variance of a standardised column,
        and a missing one as a coordinate of its own. Choices are compared in `_distances`.
        """
        coordinates = []
        for j, column in enumerate(self.columns):
            if not column.is_quantity:
                continue
            missing = np.isnan(cells[j])
            known = self._sorted[j]
            middle = np.searchsorted(known, cells[j], "left") + np.searchsorted(
                known, cells[j], "right"
            )
            rank = np.where(missing, 0.5, middle / (2 * max(len(known), 1)))
            coordinates += [np.sqrt(12) * rank, missing.astype(float)]
        return np.array(coordinates).reshape(len(coordinates), len(states)).T

    def _distances(self, place, states) -> np.ndarray:
        """Return the squared distance of each row to each sample."""
        squared = (
            (place**2).sum(axis=1)[:, None] + (self.place**2).sum(axis=1) - 2 * place @ self.place.T
        )
        np.maximum(squared, 0, out=squared)
        for j, column in enumerate(self.columns):
            if not column.is_quantity:
                squared += states[:, j][:, None] != self.states[:, j]
        return squared

    def _fit_curves(self) -> None:
        """Fit all curves together, and work out the influence of each block on them."""
        gram = self.basis.T @ self.basis
        gram.flat[:: len(gram) + 1] += self.alpha
        centred = self.outputs - self.outputs.mean(axis=0)
        factor = cho_factor(gram)
        self.coef = cho_solve(factor, self.basis.T @ centred)
        left = centred - self.basis @ self.coef
        blocks = zip(
            np.split(self.basis, self.n_blocks), np.split(left, self.n_blocks), strict=True
        )
        # (n_blocks, n_basis, n_targets)
        self.influence = np.stack([cho_solve(factor, b.T @ e) for b, e in blocks])

    def _target(self, t: int) -> tuple[np.ndarray, ...]:
        """Return the curves of one target over the sample, each with variance 1."""
        if t not in self._by_target:
            curves = (self.basis * self.coef[:, t]) @ self.member
            scale = curves.std(axis=0)
            flat = scale <= 1e-9 * max(self.outputs[:, t].std(), 1e-300)
            curves[:, flat] = 0.0
            scale[flat] = 1.0
            curves = curves / scale
            self._by_target[t] = (curves, scale, self.basis * curves[:, self.group])
        return self._by_target[t]

    def estimable(self, states) -> np.ndarray:
        """Tell for which values the sample has enough of the same kind.

        Parameters
        ----------
        states : ndarray of int of shape (n, d)
            The rows' states.

        Returns
        -------
        enough : ndarray of bool of shape (n, d)
            False for values that the background has not, or seldom.
        """
        enough = np.empty(states.shape, dtype=bool)
        for j, column in enumerate(self.columns):
            enough[:, j] = np.isin(states[:, j], self.kept[j])
            if column.is_quantity:
                enough[:, j] |= (states[:, j] != column.missing) & (states[:, j] >= 0)
        return enough

    def explain(self, cells, states, t: int, *, k: int, method: str, predictions=None) -> Fits:
        """Fit the local models of some rows.

        Parameters
        ----------
        cells : list of ndarray of shape (n,)
            The rows' values.
        states : ndarray of int of shape (n, d)
            Their states.
        t : int
            The target.
        k : int
            How many features each explanation uses.
        method : str
            How they are chosen; see `select`.
        predictions : ndarray, default=None
            Not used.

        Returns
        -------
        fits : Fits
            The local models.
        """
        n = len(states)
        fits = Fits.empty(n, len(self.columns))
        basis = np.hstack(self._basis(cells, states)) - self.basis_mean
        place = self._place(cells, states)
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            self._explain_chunk(fits, rows, basis[rows], place[rows], states[rows], t, k, method)
        return fits

    def _explain_chunk(self, fits, rows, basis, place, states, t, k, method) -> None:
        curves, scale, product = self._target(t)
        n, d = curves.shape
        y = self.outputs[:, t]
        here = ((basis * self.coef[:, t]) @ self.member) / scale
        w = np.exp(self._distances(place, states) / (-2 * self.kernel_width**2))
        # Far from everything all weights would vanish; only their ratios count.
        w /= w.max(axis=1, keepdims=True)
        total = w.sum(axis=1, keepdims=True)

        # Single precision for the products alone; the outputs are centred so that it is enough.
        middle = y.mean()
        columns = np.asfortranarray(
            np.column_stack([curves, np.ones(n), y - middle]), dtype=np.float32
        )
        weighted = np.empty_like(columns)
        m = len(w)
        root = np.sqrt(w).astype(np.float32)
        a, mean, diagonal, base = (
            np.zeros((m, d)), np.zeros((m, d)), np.ones((m, d)), np.zeros(m),
        )  # fmt: skip
        for r in range(m):
            np.multiply(columns, root[r][:, None], out=weighted)
            raw = blas.ssyrk(1.0, weighted, trans=1).astype(np.float64)
            products = Products.of(np.triu(raw) + np.triu(raw, 1).T, n)
            picked = select(products, k, method, here[r])
            a[r], _ = ridge(products, picked, self.alpha)
            mean[r], base[r] = products.mean, products.output_mean
            diagonal[r] = np.diag(products.gram) + self.alpha
            fits.chosen[rows.start + r, picked] = True
            fits.r2[rows.start + r] = r_squared(products, a[r])
        base += middle - (mean * a).sum(axis=1)
        fits.weights[rows] = a * here
        fits.intercept[rows] = base
        fits.std_errors[rows] = self._errors(
            w, total, curves, scale, product, y, basis, a, mean, here, diagonal, base, t
        )

    def _errors(
        self, w, total, curves, scale, product, y, basis, a, mean, here, diagonal, base, t
    ) -> np.ndarray:
        """Return the standard errors of a chunk's weights."""
        left = w * (y - base[:, None] - a @ curves.T)
        basis_mean = w @ self.basis / total
        overlap = w @ product - total * mean[:, self.group] * basis_mean
        size = len(y) // self.n_blocks
        influence = np.empty((self.n_blocks, *a.shape))
        for b in range(self.n_blocks):
            block = slice(b * size, (b + 1) * size)
            change = self.influence[b, :, t]
            curve = (basis * change) @ self.member / scale
            turned = (overlap * change) @ self.member / scale
            score = left[:, block] @ curves[block]
            score -= left[:, block].sum(axis=1, keepdims=True) * mean
            shift = curves[block].sum(axis=0) / len(y)
            influence[b] = a * (curve - shift) + here * (score - a * turned) / diagonal
        return np.where(a != 0, spread_of_blocks(influence), 0.0)
