"""The surrogate: what follows the model over the sample, and whose Shapley values are exact.

A ridge regression of ramps and flags comes first; steps that it leaves are found column by column;
boosted trees follow what is left. Two such fits, each without a quarter of the sample's blocks,
stop each other's trees and tell how far the surrogate is off; the surrogate is their mean.

Columns are drawn independently, so each part's Shapley values are known in closed form: a term's
is the term itself, a tree's is a table of its leaves.

Probabilities are followed on the scale of their logits where that is nearer to those held out.
There the parts are first added up, so the weights come from `through_sigmoid`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from skcook.explain.tabular._boosted_trees import MISSING, N_CODES, Grower, Trees

#: How often steps are looked for, how many at once, and what they must explain (in variances of
#: what is left: about twice the logarithm of the number of places where noise could look like one).
STEP_ROUNDS = 4
MAX_STEPS = 64
STEP_GAIN = 24.0
#: An error below this share of the output's spread is not followed further.
ENOUGH = 1e-3
N_FITS = 2
N_FOLDS = 4


@dataclass
class Surrogate:
    """What follows one output of a model.

    Shapes: steps (n_steps, 2) holds columns and codes, step_means (n_steps,), coefs (2, n_terms +
    n_steps), trees of both fits, `fit_of` (n_trees,) tells whose, missed (d,) is each column's
    share in what the surrogate misses, quiet (d,) tells whether it never changed an answer.
    `floor` is 0 where the output itself is followed, else its
    logit is, and probabilities are at least that.
    """

    mean: float
    sd: float
    center: float
    floor: float
    error: float
    steps: np.ndarray
    step_means: np.ndarray
    coefs: np.ndarray
    trees: Trees
    fit_of: np.ndarray
    missed: np.ndarray
    quiet: np.ndarray

    @property
    def r2(self) -> float:
        """Share of the output's variance that is followed, on rows held out."""
        return 1.0 - self.error / self.sd**2 if self.sd > 0 else 1.0

    def to_plain(self) -> dict[str, Any]:
        """Return everything as dicts, arrays and plain values."""
        return {**vars(self), "trees": dict(vars(self.trees))}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Surrogate":
        """Make a surrogate of what `to_plain` returned."""
        return cls(**{**plain, "trees": Trees(**plain["trees"])})


def fit_surrogate(space: Any, outputs: np.ndarray, fold: np.ndarray, bounded: bool) -> Surrogate:
    """Follow one output of the model over the sample.

    Shapes: outputs (n,), fold (n,); `bounded` tells that outputs are probabilities.
    """
    mean, sd = float(outputs.mean()), float(outputs.std())
    d = len(space.columns)
    if sd <= 1e-12 * max(abs(mean), 1e-300):
        return Surrogate(
            mean, 0.0, mean, 0.0, 0.0, np.zeros((0, 2), np.intp), np.zeros(0),
            np.zeros((N_FITS, len(space.of_term))), Trees.none(), np.zeros(0, np.intp),
            np.full(d, 1 / d), np.zeros(d, bool),
        )  # fmt: skip
    fit = _Additive(space, outputs, fold)
    floor = 0.0
    if bounded:
        wanted = 0.002 if ((outputs <= 0) | (outputs >= 1)).any() else 1e-9
        other = _Additive(space, to_scale(outputs, wanted), fold)
        if other.error(outputs, expit) < fit.error(outputs):
            fit, floor = other, wanted
    grower = Grower(space.codes, space.ordered)
    grown, fit_of, squares, n_held = [], [], 0.0, 0
    for k in range(N_FITS):
        held = fold == k
        left = fit.left(k)
        trees = grower.grow(left, held, (ENOUGH * fit.sd) ** 2)
        grown.append(trees)
        fit_of += [k] * len(trees)
        local = fit.y[held] + fit.center - left[held]
        local += trees.predict(space.codes[held])
        local = expit(local) if floor else local
        squares, n_held = squares + ((outputs[held] - local) ** 2).sum(), n_held + held.sum()
    parts = zip(*(vars(trees).values() for trees in grown), strict=True)
    trees = Trees(*(np.concatenate(part) for part in parts))
    return Surrogate(
        mean, sd, fit.center, floor, float(squares / n_held), fit.steps, fit.step_means,
        np.array(fit.coefs), trees, np.array(fit_of, np.intp), np.full(d, 1 / d),
        np.zeros(d, bool),
    )  # fmt: skip


def to_scale(outputs: np.ndarray, floor: float) -> np.ndarray:
    """Return outputs on the scale on which they are followed: themselves, or their logits."""
    return logit(np.clip(outputs, floor, 1 - floor)) if floor else outputs


class _Additive:
    """A ridge regression with steps, fitted without each fold."""

    def __init__(self, space, y, fold):
        self.center, self.sd = float(y.mean()), float(y.std())
        self.y = y - self.center
        self.space, self.fold = space, fold
        self.steps = np.zeros((0, 2), np.intp)
        self.step_means = np.zeros(0)
        self.terms = space.terms
        self.gram = self.terms.T @ self.terms
        self._find_steps()
        self.coefs = []
        cross = self.terms.T @ self.y
        for k in range(N_FITS):
            out = self.terms[fold == k]
            gram, rows = self.gram - out.T @ out, len(y) - len(out)
            self.coefs.append(self._solve(gram, cross - out.T @ self.y[fold == k], rows))

    def left(self, k):
        """Return what the fit without fold k leaves of all rows."""
        return self.y - self.terms @ self.coefs[k]

    def error(self, outputs, link=lambda v: v):
        """Return the mean squared error on the rows held out."""
        squares = [
            (outputs[self.fold == k] - link(self.center + (self.y - self.left(k))[self.fold == k]))
            ** 2
            for k in range(N_FITS)
        ]
        return np.concatenate(squares).mean()

    @staticmethod
    def _solve(gram, cross, n):
        gram = gram.copy()
        gram.flat[:: len(gram) + 1] += 1e-3 * n**0.5
        return np.linalg.solve(gram, cross) if len(gram) else cross

    def _find_steps(self):
        """Add steps where they explain more than noise would, fit again, and look again."""
        codes, y = self.space.codes, self.y
        quantities = np.flatnonzero(self.space.ordered)
        counts = [
            np.bincount(codes[:, j], minlength=N_CODES)[:MISSING].cumsum() for j in quantities
        ]
        for _ in range(STEP_ROUNDS):
            left = y - self.terms @ self._solve(self.gram, self.terms.T @ y, len(y))
            variance = left.var()
            if variance < 1e-10 * self.sd**2:
                break
            found = []
            for j, count in zip(quantities, counts, strict=True):
                sums = np.bincount(codes[:, j], left, N_CODES)[:MISSING].cumsum()
                found += [(gain, j, at) for gain, at in _segments(sums, count, variance)]
            known = set(map(tuple, self.steps.tolist()))
            best = sorted(found, reverse=True)[:MAX_STEPS]
            new = sorted({(int(j), at) for _, j, at in best} - known)
            if not new:
                break
            self._add(np.array(new, np.intp))

    def _add(self, steps):
        new = (self.space.codes[:, steps[:, 0]] <= steps[:, 1]).astype(float)
        means = new.mean(axis=0)
        new -= means
        across, own = self.terms.T @ new, new.T @ new
        self.gram = np.block([[self.gram, across], [across.T, own]])
        self.terms = np.hstack([self.terms, new])
        self.steps = np.vstack([self.steps, steps])
        self.step_means = np.append(self.step_means, means)


def _segments(sums, counts, variance):
    """Cut a column where its residuals change most, and each side again: gains and codes.

    Shapes: sums (n_codes,), counts (n_codes,), both cumulated.
    """
    found = []
    open_parts = [(0, int(np.searchsorted(counts, counts[-1])) + 1)]
    while open_parts and len(found) < 8:
        start, stop = open_parts.pop(0)
        sum0, count0 = (sums[start - 1], counts[start - 1]) if start else (0.0, 0)
        low, n_low = sums[start : stop - 1] - sum0, counts[start : stop - 1] - count0
        total, n = sums[stop - 1] - sum0, counts[stop - 1] - count0
        n_high = n - n_low
        fair = (n_low >= 8) & (n_high >= 8)
        if not fair.any():
            continue
        gain = low**2 / np.maximum(n_low, 1) + (total - low) ** 2 / np.maximum(n_high, 1)
        gain = np.where(fair, gain - total**2 / max(n, 1), 0.0)
        at = int(gain.argmax())
        if gain[at] > STEP_GAIN * variance:
            found.append((gain[at], start + at))
            open_parts += [(start, start + at + 1), (start + at + 1, stop)]
    return found
