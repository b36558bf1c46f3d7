"""LIME's own local model: whether a value lies in the row's bin, or is the row's level.

The sample does not depend on the row, only the comparison with it does. So the weights of LIME's
kernel, ``exp(-m / (2 * width**2))`` for m columns that differ, and the products of all columns,
are all that a row costs.
"""

import numpy as np
from scipy.linalg import blas

from skcook.explain._local_fits import (
    NormalEquations,
    r_squared,
    ridge,
    select,
    spread_of_blocks,
    symmetric_from_upper,
)
from skcook.explain.tabular._questions import N_UNSEEN, unseen_answers, unseen_effects
from skcook.explain.tabular._table_methods import Found, TableMethod

#: Strength of LIME's ridge penalty.
ALPHA = 1.0


class LimeMethod(TableMethod):
    """LIME's own six steps, on the shared sample."""

    def __init__(self, sample, outputs, *, kernel_width, feature_selection, most):
        super().__init__(sample, outputs, most)
        self.feature_selection = feature_selection
        states, n_states = sample.states(), [column.missing + 1 for column in sample.columns]
        # A state of -1 wraps around in a small type; no column has 255 states there.
        small = max(n_states) <= 255
        self.states = np.asfortranarray(states, dtype=np.uint8 if small else np.int32)
        rare = max(8, len(states) // 128)
        self.is_common = [
            np.bincount(column, minlength=n) >= rare
            for column, n in zip(states.T, n_states, strict=True)
        ]
        self.kernel = np.exp(-np.arange(len(n_states) + 1) / (2 * kernel_width**2))

    def _explain(self, ask, rows, owners, k, refine):
        method = self.feature_selection
        if method == "auto":
            method = "forward_selection" if k <= 6 else "highest_weights"
        sample, states = self.sample, rows.states
        common = [one[states[:, j]] for j, one in enumerate(self.is_common)]
        unseen = ~np.column_stack(common) | (states < 0)
        answers = unseen_answers(ask, sample, unseen, rows.cells, self.most)
        before = self.outputs[sample.pairs(N_UNSEEN)]
        found = {}
        for t, r in owners.items():
            fits = self._fit(states[r], t, rows.outputs[r, t], k=k, method=method)
            weights, errors, chosen, intercept, r2 = fits
            place = {int(row): i for i, row in enumerate(r)}
            for (row, j), effect in unseen_effects(answers, before, t, 0.0).items():
                if row in place:
                    i = place[row]
                    weights[i, j], errors[i, j] = effect
                    chosen[i, j] = True
            order = np.argsort(-np.abs(weights) * chosen, axis=1, kind="stable")
            chosen &= np.argsort(order, axis=1) < k
            found[t] = Found(
                weights, errors, [np.flatnonzero(row) for row in chosen],
                intercept, intercept + weights.sum(axis=1), r2, [()] * len(r), 0,
            )  # fmt: skip
        return found

    def _fit(self, states, t, predictions, *, k, method):
        """Fit the local models of n rows; return their arrays, (n, d) and (n,)."""
        n, d = states.shape
        weights, errors, chosen = np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d), bool)
        intercept, r2 = np.zeros(n), np.zeros(n)
        y = np.ascontiguousarray(self.outputs[:, t])
        match = np.empty(self.states.shape, dtype=bool, order="F")
        # LIME's row matches itself; one with a value that the sample has not, does not.
        unseen = (states < 0).any(axis=1)
        for r, row in enumerate(states.astype(self.states.dtype)):
            np.equal(self.states, row, out=match)
            own = None if unseen[r] else predictions[r]
            coef, picked, error, intercept[r], r2[r] = self._fit_row(match, y, own, k, method)
            weights[r], errors[r, picked], chosen[r, picked] = coef, error, True
        return weights, errors, chosen, intercept, r2

    def _fit_row(self, match, y, prediction, k, method):
        """Fit the local model of one row; match (n_samples, d), y (n_samples,)."""
        n, d = match.shape
        # Single precision for the products alone; the outputs are centred so that it is enough.
        middle = y.mean()
        same = match.view(np.uint8)
        root = np.sqrt(self.kernel[::-1]).astype(np.float32)[same.sum(axis=1, dtype=np.uint16)]
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
        picked = select(equations, k, method)
        coef, inverse = ridge(equations, picked, ALPHA)
        base = equations.output_mean - equations.mean @ coef

        left = weighted[:, d + 1] - weighted @ np.append(coef, [base, 0]).astype(np.float32)
        n_blocks = self.sample.n_blocks
        left = left.reshape(n_blocks, -1, 1)
        parts = weighted.T.reshape(d + 2, n_blocks, -1).transpose(1, 0, 2) @ left
        score = parts[:, picked, 0] - parts[:, [d], 0] * equations.mean[picked]
        error = spread_of_blocks(score @ inverse)
        return coef, picked, error, base + middle, r_squared(equations, coef)
