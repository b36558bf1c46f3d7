"""The additive solver: LIME's limit for many rows, without a regression per row.

Columns are drawn independently and LIME's kernel is a product over columns. So with a sample
without end, a column's weight is the difference of two weighted averages: of the model's output
where the column has the row's state, and where it has not. `Additive` fits an additive model of
all states once, whose differences are known exactly, and a function of that model's value, whose
differences are known exactly too (`Saturation`). It adds the weighted difference of what both
leave over: three matrix products for all rows together. Same limit as LIME's own arithmetic, a
smaller error at equal sample size, another estimator.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from skcook.explain.tabular._bins import Bins
from skcook.explain.tabular._curves import Fits, spread_of_blocks
from skcook.explain.tabular._saturation import Saturation

#: Rows weighed at once.
CHUNK = 256


class Additive(Bins):
    """Local models from one additive model and weighted averages of what it leaves over.

    The parameters are those of `Bins`.
    """

    def __init__(self, columns, states, outputs, *, n_blocks, kernel_width, alpha=1.0):
        super().__init__(
            columns, states, outputs, n_blocks=n_blocks, kernel_width=kernel_width, alpha=alpha
        )
        self.decay = 1 / (2 * kernel_width**2)
        # Each state that is frequent enough gets a flag; -1 are the others.
        self.flag = []
        flags = []
        for j, counts in enumerate(self.counts):
            kept = np.flatnonzero(counts >= self.rare)
            flag = np.full(len(counts) + 1, -1)
            flag[kept] = np.arange(len(kept)) + len(flags)
            self.flag.append(flag)
            flags += [self.states[:, j] == state for state in kept]
        # The last row makes one matrix product give the sums over all samples too.
        self.flags_and_one = np.ones((len(flags) + 1, len(states)), dtype=np.float32)
        self.flags_and_one[:-1] = np.array(flags).reshape(len(flags), len(states))
        self.flags = self.flags_and_one[:-1].T
        self.share = self.flags.mean(axis=0, dtype=np.float64)
        self.column = np.repeat(
            np.arange(len(columns)), [int((flag >= 0).sum()) for flag in self.flag]
        )
        gram = (self.flags.T @ self.flags).astype(np.float64)
        gram -= len(states) * np.outer(self.share, self.share)
        gram.flat[:: len(gram) + 1] += alpha
        self.mean = outputs.mean(axis=0)
        centred = outputs - self.mean
        self.effect = cho_solve(cho_factor(gram), self.flags.T.astype(np.float64) @ centred)
        left = centred - (self.flags @ self.effect - self.share @ self.effect)
        self.saturation = [
            Saturation(self.flags, effect, self.share, self.column, len(columns), rest)
            for effect, rest in zip(self.effect.T, left.T, strict=True)
        ]
        left -= np.column_stack([function.values for function in self.saturation])
        self.left = left.astype(np.float32)

    def explain(self, cells, states, t: int, *, k: int, method: str, predictions) -> Fits:
        """Work out the local models of some rows; see `Bins.explain`.

        The features with the largest weights are chosen whatever `method` says: the columns are
        independent, so a weight does not depend on which others are chosen.
        """
        n, d = states.shape
        fits = Fits.empty(n, d)
        index = np.column_stack([flag[states[:, j]] for j, flag in enumerate(self.flag)])
        mean_effect = np.bincount(self.column, self.share * self.effect[:, t], minlength=d)
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            self._explain_chunk(fits, rows, index[rows], mean_effect, t, k)
        return fits

    def _explain_chunk(self, fits, rows, index, mean_effect, t, k) -> None:
        m, d = index.shape
        known = index >= 0
        at = np.where(known, index, 0)
        same = np.zeros((len(self.share), m), dtype=np.float32)
        same[at.T[known.T], np.nonzero(known.T)[1]] = 1
        w = self.flags @ same  # the number of columns that agree; then the kernel of the others
        w -= d
        w *= self.decay
        np.exp(w, out=w)
        remainder = w * self.left[:, [t]]

        # Of the additive model and of the function of its value, the differences are exact.
        share, effect = self.share[at], self.effect[at, t]
        other = (mean_effect - share * effect) / np.maximum(1 - share, 1e-12)
        weight = effect - other
        weight += self.saturation[t].differences(at, known, self.kernel[1])

        row = np.arange(m)[:, None]
        sums = (self.flags_and_one @ w).astype(np.float64)
        total = sums[-1][:, None]
        inside = np.maximum(sums[at, row], 1e-9)
        outside = np.maximum(total - inside, 1e-9)
        size = len(w) // self.n_blocks
        parts = np.empty((self.n_blocks, m, d))
        for b in range(self.n_blocks):
            block = slice(b * size, (b + 1) * size)
            sums = self.flags_and_one[:, block] @ remainder[block]
            part = sums[at, row]
            parts[b] = part / inside - (sums[-1][:, None] - part) / outside
        shift = parts.sum(axis=0)
        weight += shift
        errors = spread_of_blocks(parts - shift / self.n_blocks)

        near = inside / total
        penalty = total * near * (1 - near)
        shrink = np.where(known & (share < 1), penalty / (penalty + self.alpha), 0.0)
        weight, errors = weight * shrink, errors * shrink
        order = np.argsort(-np.abs(weight), axis=1, kind="stable")[:, :k]
        chosen = np.zeros((m, d), dtype=bool)
        np.put_along_axis(chosen, order, True, axis=1)
        weight, errors = np.where(chosen, weight, 0.0), np.where(chosen, errors, 0.0)

        y = self.outputs[:, t].astype(np.float32)
        average = (y @ w).astype(np.float64) / total[:, 0]
        variance = ((y - y.mean()) ** 2 @ w) / total[:, 0] - (average - y.mean()) ** 2
        explained = (weight**2 * near * (1 - near)).sum(axis=1)
        flat = variance <= 1e-12 * max(float(np.abs(y).max()) ** 2, 1e-300)
        fits.weights[rows], fits.std_errors[rows], fits.chosen[rows] = weight, errors, chosen
        fits.intercept[rows] = average - (weight * near).sum(axis=1)
        fits.r2[rows] = np.where(flat, 1.0, np.minimum(explained / np.where(flat, 1, variance), 1))
