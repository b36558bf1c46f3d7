"""Weights of rows: the surrogate's Shapley values, and how sure they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import t as student

from skcook.explain.tabular._boosted_trees import PAIRS
from skcook.explain.tabular._surrogate import N_FITS, Surrogate

#: Pairs of paths, there and back, that lead logits through the sigmoid.
N_PATHS = 96
#: Numbers looked at in one go there.
CHUNK = 65536


@dataclass
class Local:
    """Weights of n rows.

    Shapes: weights, variances, own, noise (n, n_players), rest, prediction (n,). `own` are the
    weights on the scale on which the surrogate follows the model, `noise` the variance that
    leading them through the sigmoid adds, `slope` (n,) how much of the output's unit one of that
    scale is around the row.
    """

    weights: np.ndarray
    variances: np.ndarray
    own: np.ndarray
    noise: np.ndarray
    slope: np.ndarray
    rest: np.ndarray
    prediction: np.ndarray


class Weights:
    """Reads the weights of rows from a surrogate.

    Shapes: player (d,) tells whose column each is: its own, or its group's.
    """

    def __init__(self, surrogate: Surrogate, space: Any, player: np.ndarray, paths: np.ndarray):
        self.surrogate, self.space = surrogate, space
        self.n_players = int(player.max()) + 1
        of_term = player[np.concatenate([space.of_term, surrogate.steps[:, 0]])]
        self._of_term = of_term
        self._member = _one_hot(of_term, self.n_players)
        trees = surrogate.trees
        means, self._shapley, self._joint = trees.tables(player)
        self._players = player[trees.columns]
        self._of_fit = [surrogate.fit_of == k for k in range(N_FITS)]
        self._tree_member = [
            _one_hot(self._players[of_fit].ravel(), self.n_players) for of_fit in self._of_fit
        ]
        ends = np.stack([np.sort(self._players[:, list(pair)], axis=1) for pair in PAIRS], axis=1)
        key = ends[:, :, 0] * self.n_players + ends[:, :, 1]
        known = np.unique(key[ends[:, :, 0] != ends[:, :, 1]])
        #: The players of each pair that a tree asks about together.
        self.pairs = np.column_stack([known // self.n_players, known % self.n_players])
        self._pair_member = [
            (key[of_fit].ravel()[:, None] == known).astype(float) for of_fit in self._of_fit
        ]
        fit_means = [means[of_fit].sum() for of_fit in self._of_fit]
        self._tree_mean = float(np.mean(fit_means))
        self.center = surrogate.center + self._tree_mean
        self._coef = surrogate.coefs.mean(axis=0)
        share = np.bincount(player, surrogate.missed, self.n_players)
        self.missed = share / max(share.sum(), 1e-300)
        self.slope = 1.0
        if surrogate.floor:
            self.starts = self.follow(space.codes[paths], space.terms[paths])
            chance = expit(self.center + self.starts.sum(axis=1))
            self.slope = float((chance * (1 - chance)).mean())

    def terms(self, codes, terms):
        """Return all terms of rows, steps included."""
        steps = self.surrogate.steps
        flags = codes[:, steps[:, 0]] <= steps[:, 1]
        return np.hstack([terms, flags - self.surrogate.step_means])

    def parts(self, codes, terms, leaves=None) -> np.ndarray:
        """Return each fit's weights, on the scale on which the model is followed.

        Shapes: returns parts (2, n, n_players).
        """
        leaves = self.surrogate.trees.leaves(codes) if leaves is None else leaves
        out = np.stack([(terms * coef) @ self._member for coef in self.surrogate.coefs])
        for k, of_fit in enumerate(self._of_fit):
            out[k] += _looked_up(self._shapley[of_fit], leaves[of_fit]) @ self._tree_member[k]
        return out

    def follow(self, codes, terms) -> np.ndarray:
        """Return the weights of rows on the scale on which the model is followed."""
        return self.parts(codes, self.terms(codes, terms)).mean(axis=0)

    def value(self, codes, terms) -> np.ndarray:
        """Return what the surrogate says, in the output's own unit, without Shapley values."""
        value = self.surrogate.center + terms @ self._coef
        value += self.surrogate.trees.predict(codes) / N_FITS
        return expit(value) if self.surrogate.floor else value

    def explain(self, codes, terms, leaves, predictions, unseen=None) -> Local:
        """Return the weights of rows.

        Shapes: leaves (n_trees, n), predictions (n,); unseen maps (row, player) to the mean and the
        standard error of a measured effect, on the surrogate's scale.
        """
        surrogate = self.surrogate
        parts = self.parts(codes, self.terms(codes, terms), leaves)
        jack = (N_FITS - 1) / N_FITS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0)
        own = parts.mean(axis=0)
        noise, slope = np.zeros_like(own), np.ones(len(own))
        weights = own.copy()
        for (r, p), (effect, error) in (unseen or {}).items():
            weights[r, p], jack[r, p] = effect, error**2
        if surrogate.floor:
            scaled = weights
            chance = expit(self.center + scaled.sum(axis=1))
            weights, noise = through_sigmoid(self.center, scaled, self.starts)
            own = scaled
            slope = (self.slope + chance * (1 - chance)) / 2
            jack = jack * slope[:, None] ** 2 + noise
            # The paths begin at few rows: their mean is not quite that of all.
            gap = chance - surrogate.mean - weights.sum(axis=1)
            weights += gap[:, None] * _shares(noise + 1e-12 * scaled**2)
        rest = predictions - surrogate.mean - weights.sum(axis=1)
        q, around = self.missed, ((surrogate.error + rest**2) / 2)[:, None]
        variances = jack + q**2 * rest[:, None] ** 2 + q * (1 - q) * around
        for r, p in unseen or {}:
            variances[r, p] += rest[r] ** 2
        return Local(weights, variances, own, noise, slope, rest, predictions)

    def interactions(self, leaves) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects of pairs of players, on the scale on which the model is followed.

        Shapes: leaves (n_trees, n); returns effects and spreads (n, n_pairs), the spread being
        that between the fits.
        """
        found = np.stack(
            [
                _looked_up(self._joint[of_fit], leaves[of_fit]) @ self._pair_member[k]
                for k, of_fit in enumerate(self._of_fit)
            ]
        )
        return found.mean(axis=0), np.abs(found[0] - found[1]) / 2


def through_sigmoid(center: float, weights: np.ndarray, starts: np.ndarray):
    """Share out the sigmoid of a sum: Shapley values by paths from rows of the sample.

    Every path changes one player after the other from a row of the sample to the row, and its way
    back changes them in the reverse order. The model is not asked.

    Shapes: weights (n, p), starts (m, p); returns weights and variances (n, p).
    """
    (n, p), m = weights.shape, len(starts)
    rng = np.random.default_rng(0)
    orders = rng.permuted(np.tile(np.arange(p), (m, 1)), axis=1)
    weights, starts = weights.astype(np.float32), starts.astype(np.float32)
    total, squares = np.zeros((n, p)), np.zeros((n, p))
    at_once = max(CHUNK // max(n * p, 1), 1)
    for i in range(0, m, at_once):
        order, start = orders[i : i + at_once], starts[i : i + at_once]
        first = np.float32(center) + start.sum(axis=1)
        pair = np.zeros((n, len(order), p), np.float32)
        for way in (order, order[:, ::-1]):
            step = weights[:, way] - np.take_along_axis(start, way, axis=1)
            values = np.empty((n, len(order), p + 1), np.float32)
            values[:, :, 0] = first
            np.cumsum(step, axis=2, out=values[:, :, 1:])
            values[:, :, 1:] += first[:, None]
            with np.errstate(over="ignore"):
                np.exp(np.negative(values, out=values), out=values)
            values += 1
            np.reciprocal(values, out=values)
            pair += np.diff(values, axis=2)[
                :, np.arange(len(way))[:, None], np.argsort(way, axis=1)
            ]
        pair /= 2
        total += pair.sum(axis=1)
        squares += np.einsum("nkp,nkp->np", pair, pair)
    mean = total / m
    variances = np.maximum(squares / m - mean**2, 0) / max(m - 1, 1)
    return mean, variances * float(student.ppf(0.975, max(m - 1, 1)) / 1.959964) ** 2


def _shares(variances):
    """Share something out in proportion to variances, evenly where there are none."""
    total = variances.sum(axis=1, keepdims=True)
    even = 1 / variances.shape[1]
    return np.where(total > 0, variances / np.where(total > 0, total, 1), even)


def _looked_up(tables, leaves):
    """Return what tables say of leaves.

    Shapes: tables (n_trees, 8, 3), leaves (n_trees, n); returns (n, 3 n_trees).
    """
    found = tables[np.arange(len(tables))[:, None], leaves]
    return found.transpose(1, 0, 2).reshape(leaves.shape[1], -1)


def _one_hot(whose, n_players):
    return (whose[:, None] == np.arange(n_players)).astype(float)
