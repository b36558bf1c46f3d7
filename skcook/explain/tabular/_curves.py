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
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import t as student
from threadpoolctl import ThreadpoolController

from skcook.explain._local_fits import Products, r_squared, ridge_each, select_each
from skcook.explain.tabular._basis import Basis
from skcook.explain.tabular._gram_matrices import Grams

#: Rows weighed at once; bounds the memory to this many times the sample.
CHUNK = 64


@dataclass
class Fits:
    """Local models of n rows.

    Shapes: weights, std_errors (n, d), chosen (n, d), intercept, r2 (n,).
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

    Shapes: influence (n_blocks, ...).
    """
    return _factor(len(influence)) * np.sqrt((influence**2).sum(axis=0))


@lru_cache
def _factor(n_blocks: int) -> float:
    """Return how much a spread of few blocks must be enlarged."""
    return float(student.ppf(0.975, n_blocks - 1) / 1.959964 * np.sqrt(n_blocks / (n_blocks - 1)))


class Curves:
    """Curves over the shared sample, and local models on them.

    Shapes: cells (n_samples,), states (n_samples, d), outputs (n_samples, n_targets).
    """

    def __init__(self, columns, cells, states, outputs, *, n_blocks, kernel_width, alpha=1.0):
        self.columns = columns
        # A column at a time is compared with each row's.
        self.states = np.asfortranarray(states, dtype=np.int32)
        self.outputs = outputs
        self.n_blocks = n_blocks
        self.kernel_width = kernel_width
        self.alpha = alpha
        self.basis = Basis(columns, cells, states)
        self.group = self.basis.group
        self.member = (self.group[:, None] == np.arange(len(columns))).astype(float)
        self.place = self.basis.place(cells, states).astype(np.float32)
        self.place_squared = (self.place**2).sum(axis=1)
        terms = self.basis.evaluate(cells, states)
        self.term_mean = terms.mean(axis=0)
        terms -= self.term_mean
        self._fit_curves(terms)
        # Single precision is enough for what is only summed over the sample.
        self.terms = terms.astype(np.float32)
        self._by_target: dict[int, tuple[np.ndarray, ...]] = {}

    def _weights(self, place, states) -> np.ndarray:
        """Return how much each sample counts for each row, at most 1."""
        squared = (-2 * place).astype(np.float32) @ self.place.T
        squared += (place**2).sum(axis=1, dtype=np.float32)[:, None]
        squared += self.place_squared
        self.basis.add_different(squared, states.astype(np.int32), self.states)
        # Far from everything all weights would vanish; only their ratios count.
        squared -= squared.min(axis=1, keepdims=True)
        squared *= -0.5 / self.kernel_width**2
        return np.exp(squared, out=squared)

    def _fit_curves(self, terms) -> None:
        """Fit all curves together, and work out the influence of each block on them."""
        gram = terms.T @ terms
        gram.flat[:: len(gram) + 1] += self.alpha
        centred = self.outputs - self.outputs.mean(axis=0)
        factor = cho_factor(gram)
        self.coef = cho_solve(factor, terms.T @ centred)
        left = centred - terms @ self.coef
        blocks = zip(np.split(terms, self.n_blocks), np.split(left, self.n_blocks), strict=True)
        # (n_blocks, n_terms, n_targets)
        self.influence = np.stack([cho_solve(factor, b.T @ e) for b, e in blocks])

    def _target(self, t: int) -> tuple[np.ndarray, ...]:
        """Return what depends on a target, but on no row.

        The scale of its curves; the products of the terms with them; and the columns
        [curves, 1, output] over the sample that every row weighs anew, each curve with variance 1.
        """
        if t not in self._by_target:
            y = self.outputs[:, t]
            curves = (self.terms * self.coef[:, t]) @ self.member
            scale = curves.std(axis=0)
            flat = scale <= 1e-9 * max(y.std(), 1e-300)
            curves[:, flat] = 0.0
            scale[flat] = 1.0
            curves /= scale
            products = self.terms * curves.astype(np.float32)[:, self.group]
            # The outputs are centred so that single precision is enough.
            columns = np.column_stack([curves, np.ones(len(y)), y - y.mean()])
            columns = np.asfortranarray(columns, dtype=np.float32)
            self._by_target[t] = (scale, products, columns)
        return self._by_target[t]

    def estimable(self, states) -> np.ndarray:
        """Tell for which values the sample has enough of the same kind; see `Basis.estimable`."""
        return self.basis.estimable(states)

    def explain(self, cells, states, t: int, *, k: int, method: str, predictions=None) -> Fits:
        """Fit the local models of some rows.

        Shapes: cells (n,), states (n, d).
        """
        n = len(states)
        fits = Fits.empty(n, len(self.columns))
        terms = self.basis.evaluate(cells, states) - self.term_mean
        place = self.basis.place(cells, states)
        grams = Grams(self._target(t)[-1])
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            self._explain_chunk(
                fits, rows, grams, terms[rows], place[rows], states[rows], t, k, method
            )
        return fits

    def _explain_chunk(self, fits, rows, grams, terms, place, states, t, k, method) -> None:
        scale, _, _ = self._target(t)
        here = ((terms * self.coef[:, t]) @ self.member) / scale
        w = self._weights(place, states)
        products = Products.of(grams(w), len(self.outputs))
        chosen = select_each(products, k, method, here)
        a = ridge_each(products, chosen, self.alpha)
        base = products.output_mean - (products.mean * a).sum(axis=1)
        fits.chosen[rows] = chosen
        fits.r2[rows] = r_squared(products, a)
        fits.weights[rows] = a * here
        fits.intercept[rows] = base + self.outputs[:, t].mean()
        fits.std_errors[rows] = self._errors(w, terms, a, here, base, products, t)

    def _errors(self, w, terms, a, here, base, local, t) -> np.ndarray:
        """Return the standard errors of a chunk's weights."""
        scale, products, columns = self._target(t)
        m, d = a.shape
        curves, output = columns[:, :d], columns[:, d + 1]
        left = w * (output - base.astype(np.float32)[:, None] - a.astype(np.float32) @ curves.T)
        total = w.sum(axis=1, keepdims=True)
        mean = local.mean
        diagonal = np.diagonal(local.gram, axis1=1, axis2=2) + self.alpha
        term_mean = w @ self.terms / total
        overlap = w @ products - total * mean[:, self.group] * term_mean
        # From here on (n_blocks, m, d): what each block adds to curves, means and scales.
        change = self.influence[:, None, :, t]
        curve = (terms * change) @ self.member / scale
        turned = (overlap * change) @ self.member / scale
        curves = curves.reshape(self.n_blocks, -1, d)
        left = left.reshape(m, self.n_blocks, -1).transpose(1, 0, 2)
        score = left @ curves - left.sum(axis=2, keepdims=True) * mean
        shift = curves.sum(axis=1, keepdims=True) / len(self.terms)
        influence = a * (curve - shift) + here * (score - a * turned) / diagonal
        return np.where(a != 0, spread_of_blocks(influence), 0.0)
