"""LIME's own local model: whether a value lies in the row's bin, or is the row's level.

The sample does not depend on the row, only the comparison with it does. So the weights of LIME's
kernel, ``exp(-m / (2 * width**2))`` for m columns that differ, and the products of all columns,
are all that a row costs. `solve` works on any matrix of yes and no; `Bins` feeds it the comparison
of the shared sample's states with a row's, and `LimeMethod` explains rows by that.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas

from skcook.explain._local_fits import (
    NormalEquations,
    one_blas_thread,
    r_squared,
    ridge,
    select,
    spread_of_blocks,
    symmetric_from_upper,
)
from skcook.explain.tabular._questions import N_UNSEEN, unseen_answers, unseen_effects
from skcook.explain.tabular._table_methods import Found, spread_of


@dataclass
class LocalFits:
    """Local models of n rows.

    Shapes: weights, std_errors (n, d), chosen (n, d), intercept, r2 (n,).
    """

    weights: np.ndarray
    std_errors: np.ndarray
    chosen: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray

    @classmethod
    def empty(cls, n: int, d: int) -> "LocalFits":
        """Make room for n rows."""
        return cls(
            np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d), bool), np.zeros(n), np.zeros(n)
        )


def solve(fits, r, match, y, prediction, kernel, *, k, method, alpha, n_blocks) -> None:
    """Fit the local model of one row.

    Shapes: match (n_samples, d), y (n_samples,), kernel (d + 1,).
    """
    n, d = match.shape
    # Single precision for the products alone; the outputs are centred so that it is enough.
    middle = y.mean()
    same = match.view(np.uint8)
    root = np.sqrt(kernel[::-1]).astype(np.float32)[same.sum(axis=1, dtype=np.uint16)]
    weighted = np.empty((n, d + 2), dtype=np.float32, order="F")
    np.multiply(same, root[:, None], out=weighted[:, :d])
    weighted[:, d] = root
    np.multiply(root, y - middle, out=weighted[:, d + 1], casting="unsafe")
    raw = symmetric_from_upper(blas.ssyrk(1.0, weighted, trans=1).astype(np.float64))
    if prediction is not None:
        own = np.append(np.ones(d + 1), prediction - middle)
        # A column in which nothing matches says nothing, and the row must not speak for it.
        own[:d][raw.diagonal()[:d] == 0] = 0.0
        raw += np.outer(own, own)
    equations = NormalEquations.of(raw, n + 1)
    picked = select(equations, k, method, np.ones(d))
    coef, inverse = ridge(equations, picked, alpha)
    base = equations.output_mean - equations.mean @ coef
    fits.weights[r], fits.intercept[r] = coef, base + middle
    fits.chosen[r, picked] = True
    fits.r2[r] = r_squared(equations, coef)

    left = weighted[:, d + 1] - weighted @ np.append(coef, [base, 0]).astype(np.float32)
    left = left.reshape(n_blocks, -1, 1)
    parts = weighted.T.reshape(d + 2, n_blocks, -1).transpose(1, 0, 2) @ left
    score = parts[:, picked, 0] - parts[:, [d], 0] * equations.mean[picked]
    fits.std_errors[r, picked] = spread_of_blocks(score @ inverse)


class Bins:
    """Local models on the comparison of the shared sample's states with a row's.

    Shapes: states (n_samples, d), outputs (n_samples, n_targets).
    """

    def __init__(self, columns, states, outputs, *, n_blocks, kernel_width, alpha=1.0):
        self.outputs = outputs
        self.n_blocks = n_blocks
        self.alpha = alpha
        small = all(column.missing < 255 for column in columns)
        self.states = np.asfortranarray(states, dtype=np.uint8 if small else np.int32)
        self.rare = max(8, len(states) // 128)
        self.counts = [
            np.bincount(states[:, j], minlength=column.missing + 1)
            for j, column in enumerate(columns)
        ]
        d = len(columns)
        self.kernel = np.exp(-np.arange(d + 1) / (2 * kernel_width**2))

    def estimable(self, states) -> np.ndarray:
        """Tell for which values the sample has enough of the same kind.

        Shapes: states (n, d); returns enough (n, d).
        """
        seen = [counts[states[:, j]] >= self.rare for j, counts in enumerate(self.counts)]
        return np.column_stack(seen) & (states >= 0)

    def explain(self, states, t: int, *, k: int, method: str, predictions) -> LocalFits:
        """Fit the local models of some rows.

        Shapes: states (n, d), predictions (n,).
        """
        n, d = states.shape
        fits = LocalFits.empty(n, d)
        y = np.ascontiguousarray(self.outputs[:, t])
        match = np.empty(self.states.shape, dtype=bool, order="F")
        # LIME's row matches itself; one with a value that the sample has not, does not.
        unseen = (states < 0).any(axis=1)
        # A state of -1 wraps around in a small type; no column has 255 states there.
        rows = states.astype(self.states.dtype)
        for r in range(n):
            np.equal(self.states, rows[r], out=match)
            solve(
                fits,
                r,
                match,
                y,
                None if unseen[r] else predictions[r],
                self.kernel,
                k=k,
                method=method,
                alpha=self.alpha,
                n_blocks=self.n_blocks,
            )
        return fits


class LimeMethod:
    """LIME's own six steps, on the shared sample; see `Bins`."""

    def __init__(self, sample, outputs, *, kernel_width, feature_selection, most):
        self.sample, self.outputs, self.most = sample, outputs, most
        self.feature_selection = feature_selection
        self.output_sd = spread_of(outputs)
        self.bins = Bins(
            sample.columns, sample.states(), outputs,
            n_blocks=sample.n_blocks, kernel_width=kernel_width,
        )  # fmt: skip

    def explain(self, ask, rows, owners, k, refine):
        """Explain outputs of rows; see `TableMethod`."""
        method = self.feature_selection
        if method == "auto":
            method = "forward_selection" if k <= 6 else "highest_weights"
        unseen = ~self.bins.estimable(rows.states)
        answers = unseen_answers(
            ask, self.sample, unseen, self.sample.player, rows.cells, self.most
        )
        before = self.outputs[self.sample.pairs(N_UNSEEN)]
        out = {}
        for t, r in owners.items():
            with one_blas_thread():
                fits = self.bins.explain(
                    rows.states[r], t, k=k, method=method, predictions=rows.outputs[r, t]
                )
            place = {int(row): i for i, row in enumerate(r)}
            for (row, j), effect in unseen_effects(answers, before, t, 0.0).items():
                if row in place:
                    i = place[row]
                    fits.weights[i, j], fits.std_errors[i, j] = effect
                    fits.chosen[i, j] = True
            order = np.argsort(-np.abs(fits.weights) * fits.chosen, axis=1, kind="stable")
            chosen = fits.chosen & (np.argsort(order, axis=1) < k)
            local = fits.intercept + fits.weights.sum(axis=1)
            out[t] = Found(
                fits.weights, fits.std_errors, [np.flatnonzero(row) for row in chosen],
                fits.intercept, local, fits.r2, [()] * len(r), 0,
            )  # fmt: skip
        return out
