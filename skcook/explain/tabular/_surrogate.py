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

from skcook.explain._local_fits import widening
from skcook.explain.tabular._boosted_trees import MISSING, N_CODES, PAIRS, Grower, Trees

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

    def added(self, paths: Any, codes: np.ndarray, terms: np.ndarray, own: np.ndarray):
        """Return what the movers of paths to a row add to what the surrogate says.

        Where it follows logits, the sums of the players' weights stand for what it says.

        Shapes: codes (d,), terms (n_terms,), own (n_players,); returns added (n, n_steps).
        """
        space, starts = self.space, paths.starts
        members = _one_hot(paths.whose, paths.n_steps)
        if self.surrogate.floor:
            one_way = starts[: len(starts) // 2]  # the way back begins at the same rows
            begin = np.tile(self.follow(space.codes[one_way], space.terms[one_way]), (2, 1))
            order = np.argsort(paths.places, axis=1)
            steps = np.take_along_axis((own - begin) @ members, order, axis=1)
            said = expit(self.center + begin.sum(axis=1)[:, None] + steps.cumsum(axis=1))
            start = expit(self.center + begin.sum(axis=1))
            return paths.added(said[:, :-1], start, said[:, -1])
        change = self.terms(codes[None], terms[None]) - self.terms(
            space.codes[starts], space.terms[starts]
        )
        added = change * self._coef @ (self._member @ members)
        mover = paths.whose[self._players]
        trees = self.surrogate.trees
        return added + trees.added(codes, space.codes[starts], mover, paths.places) / N_FITS

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
    return mean, variances * widening(m) ** 2


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
