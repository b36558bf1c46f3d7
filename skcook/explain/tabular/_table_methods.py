"""How a row of a table is explained: what every way has in common, and the shared surrogate."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from skcook.explain._local_fits import one_blas_thread
from skcook.explain.result._reasons import Interaction
from skcook.explain.tabular._questions import (
    N_UNSEEN,
    Refiner,
    missed_shares,
    quiet_columns,
    unseen_answers,
    unseen_effects,
)
from skcook.explain.tabular._shared_sample import Space
from skcook.explain.tabular._surrogate import N_FOLDS, N_PATHS, Surrogate, Weights, fit_surrogate

Ask = Callable[[list[np.ndarray]], np.ndarray]

#: ``refine="auto"`` looks closer at single rows, and at up to so many together.
FEW_ROWS = 8
#: Pairs of columns that an explanation names.
MOST_PAIRS = 5
#: What the weight of a column that never changed an answer counts when the largest are chosen, if
#: it is below this share of the output's spread.
QUIET, SMALL = 0.01, 0.05
#: Outputs between these are explained as they are.
SMALL_OUTPUT, LARGE_OUTPUT = 1e-12, 1e12
#: One whose effect is below this share of the output's spread is not named.
LEAST_PAIR = 0.02


@dataclass
class Rows:
    """Rows to be explained.

    Shapes: cells (n,), states (n, d), outputs (n, n_targets).
    """

    cells: list[np.ndarray]
    states: np.ndarray
    outputs: np.ndarray


@dataclass
class Found:
    """What is found about one output of some rows.

    Shapes: weights, errors (n, n_players), chosen (n, k) are the players shown, local (n,).
    """

    weights: np.ndarray
    errors: np.ndarray
    chosen: list[np.ndarray]
    intercept: np.ndarray
    local: np.ndarray
    r2: np.ndarray
    interactions: list[tuple[Interaction, ...]]
    n_explained: int

    def times(self, unit: float) -> "Found":
        """Return what is found in another unit of the output."""
        pairs = [
            tuple(Interaction(p.features, p.weight * unit, p.std_error * unit) for p in some)
            for some in self.interactions
        ]
        weights, errors = self.weights * unit, self.errors * unit
        intercept, local = self.intercept * unit, self.local * unit
        return replace(
            self, weights=weights, errors=errors, intercept=intercept, local=local,
            interactions=pairs,
        )  # fmt: skip


class TableMethod(Protocol):
    """A way to explain rows by one sample that is scored.

    Shapes: output_sd (n_targets,), the spread of the outputs over the sample.
    """

    output_sd: np.ndarray

    def explain(
        self, ask: Ask, rows: Rows, owners: dict[int, np.ndarray], k: int, refine: bool
    ) -> dict[int, Found]:
        """Explain outputs of rows.

        `owners` maps a target to the rows, `k` is how many features are shown, `refine` allows
        more questions about rows that are not followed.
        """


class InUnits:
    """A way to explain outputs so large, or so small, that no float holds their squares.

    Parameters
    ----------
    method : TableMethod
        Explains the outputs divided by the unit.
    unit : float
        A power of two.
    """

    def __init__(self, method: Any, unit: float):
        self.method, self.unit = method, unit
        self.output_sd = method.output_sd * unit

    @staticmethod
    def unit_of(outputs: np.ndarray) -> float:
        """Return the unit in which outputs are explained: 1 for all but extreme ones."""
        largest = float(np.abs(outputs).max(initial=0.0))
        if not largest or SMALL_OUTPUT < largest < LARGE_OUTPUT:
            return 1.0
        return float(2.0 ** np.floor(np.log2(largest)))

    def weights(self, t: int) -> Weights:
        """Return what follows an output divided by the unit."""
        return self.method.weights(t)

    def explain(self, ask, rows, owners, k, refine):
        """Explain outputs of rows; see `TableMethod`."""
        unit = self.unit
        rows = replace(rows, outputs=rows.outputs / unit)
        found = self.method.explain(lambda cells: ask(cells) / unit, rows, owners, k, refine)
        return {t: one.times(unit) for t, one in found.items()}

    def strongest_pairs(self, t: int) -> list[tuple[str, str, float]]:
        """Return the pairs that act together, and the standard deviation of what they do."""
        return [(a, b, strength * self.unit) for a, b, strength in self.method.strongest_pairs(t)]


class SurrogateMethod:
    """Weights by a surrogate that follows the model over the whole sample.

    Parameters
    ----------
    sample : Sample
        The sample.
    outputs : ndarray of shape (n_samples, n_targets)
        What the model said of it.
    pair_answers : ndarray of shape (n_players, n_pairs, n_targets)
        What it said of pairs of rows, see `ask_pairs`.
    surrogates : list of Surrogate or None
        One per target, None where it is not fitted yet.
    bounded : bool
        Whether outputs are probabilities.
    most : int
        Most rows in one question.
    """

    def __init__(self, sample, outputs, pair_answers, surrogates, *, bounded, most):
        self.sample, self.outputs, self.pair_answers = sample, outputs, pair_answers
        self.surrogates: list[Surrogate | None] = surrogates
        self.bounded, self.most = bounded, most
        self.output_sd = spread_of(outputs)
        with one_blas_thread():
            self.space = Space(sample)
        self._weights: dict[int, Weights] = {}
        self._weights_of_pairs: dict[int, np.ndarray] = {}
        total = outputs.sum(axis=1)
        spread = np.abs(outputs).max() * 1e-9
        # The second of two opposite outputs says all about the first.
        self._mirror = outputs.shape[1] == 2 and np.ptp(total) <= spread
        self._sum = float(total[0])

    def weights(self, t: int) -> Weights:
        """Return what follows an output, fitted when it is first asked for."""
        if t not in self._weights:
            sample, player = self.sample, self.sample.player
            paths = sample.pairs(N_PATHS)[:N_PATHS]
            with one_blas_thread():
                surrogate = self.surrogates[t]
                if surrogate is None:
                    n = len(sample)
                    fold = np.arange(n) // (n // sample.n_blocks) % N_FOLDS
                    y = np.ascontiguousarray(self.outputs[:, t])
                    surrogate = fit_surrogate(self.space, y, fold, self._is_chance(y))
                    weights = Weights(surrogate, self.space, player, paths)
                    if surrogate.sd > 0:
                        surrogate.missed = missed_shares(
                            weights, sample, player, self.pair_answers[:, :, t], y
                        )
                        surrogate.quiet = quiet_columns(
                            sample, player, self.pair_answers[:, :, t], y
                        )
                    self.surrogates[t] = surrogate
                self._weights[t] = Weights(surrogate, self.space, player, paths)
        return self._weights[t]

    def _own(self, b):
        """Return the weights of the rows into which unseen values are put."""
        if b not in self._weights_of_pairs:
            rows = self.sample.pairs(N_UNSEEN)
            terms = self.space.terms[rows]
            self._weights_of_pairs[b] = self.weights(b).follow(self.space.codes[rows], terms)
        return self._weights_of_pairs[b]

    def _is_chance(self, y):
        return self.bounded and bool((y >= 0).all() and (y <= 1).all())

    def base(self, t: int) -> tuple[int, float]:
        """Return the target that is followed for a target, and the sign of its weights."""
        return (1, -1.0) if self._mirror and t == 0 else (t, 1.0)

    def explain(self, ask, rows, owners, k, refine):
        """Explain outputs of rows; see `TableMethod`."""
        with one_blas_thread():
            return self._explain(ask, rows, owners, k, refine)

    def _explain(self, ask, rows, owners, k, refine):
        space, sample = self.space, self.sample
        codes = space.encode(rows.cells, rows.states)
        terms = space.evaluate(rows.cells, rows.states)
        by_column = space.unseen(rows.cells, rows.states)
        unseen = np.zeros((len(codes), len(sample.player_names)), bool)
        for j, p in enumerate(sample.player):
            unseen[:, p] |= by_column[:, j]
        answers = unseen_answers(ask, sample, unseen, sample.player, rows.cells, self.most)
        before = self.outputs[sample.pairs(N_UNSEEN)]
        members: dict[int, list[np.ndarray]] = {}
        for t, r in owners.items():
            members.setdefault(self.base(t)[0], []).append(r)
        of_base = {b: np.unique(np.concatenate(rs)) for b, rs in members.items()}
        locals_, places, leaves = {}, {}, {}
        for b, r in of_base.items():
            weights = self.weights(b)
            own = self._own(b) if answers else None
            effects = unseen_effects(answers, before, b, weights.surrogate.floor, own)
            place = {int(row): i for i, row in enumerate(r)}
            effects = {(place[row], p): e for (row, p), e in effects.items() if row in place}
            leaves[b] = weights.surrogate.trees.leaves(codes[r])
            local = weights.explain(codes[r], terms[r], leaves[b], rows.outputs[r, b], effects)
            locals_[b], places[b] = (weights, local), place
        if refine:
            Refiner(ask, sample).refine(
                rows.cells, codes, terms, unseen, locals_, places, self.outputs
            )
        return {t: self._found(t, r, locals_, of_base, leaves, k) for t, r in owners.items()}

    def _found(self, t, r, locals_, of_base, leaves, k):
        b, sign = self.base(t)
        weights, local = locals_[b]
        i = np.searchsorted(of_base[b], r)
        own, errors = sign * local.weights[i], np.sqrt(local.variances[i])
        mean = weights.surrogate.mean
        intercept = mean if sign > 0 else self._sum - mean
        total = own.sum(axis=1)
        # A probability that the surrogate leads out of its range is led back.
        if self._is_chance(self.outputs[:, b]):
            inside = np.clip(intercept + total, 0, 1) - intercept
            chance = (local.prediction[i] >= 0) & (local.prediction[i] <= 1)
            outside = chance & (np.abs(inside - total) > 0)
            inside = np.where(outside, inside, total)
            scale = np.where(outside, inside / np.where(outside, total, 1), 1.0)
            own, total = own * scale[:, None], inside
        # A small weight of a column that the model was never seen to react to is mostly noise.
        quiet = np.ones(own.shape[1], bool)
        quiet[self.sample.player[~weights.surrogate.quiet]] = False
        size = np.abs(own)
        size[quiet & (size < SMALL * weights.surrogate.sd)] *= QUIET
        order = np.argsort(-size, axis=1, kind="stable")[:, :k]
        n = len(r)
        return Found(
            own, errors, list(order), np.full(n, intercept), intercept + total,
            np.full(n, weights.surrogate.r2),
            self._interactions(weights, leaves[b][:, i], sign, local.slope[i]),
            own.shape[1],
        )  # fmt: skip

    def strongest_pairs(self, t: int) -> list[tuple[str, str, float]]:
        """Return the pairs that act together, and the standard deviation of what they do."""
        weights = self.weights(self.base(t)[0])
        effects, _ = weights.interactions(weights.surrogate.trees.leaves(self.space.codes))
        names = self.sample.player_names
        strengths = (effects.std(axis=0) * weights.slope).tolist()
        return [
            (names[a], names[b], strength)
            for (a, b), strength in zip(weights.pairs.tolist(), strengths, strict=True)
        ]

    def _interactions(self, weights, leaves, sign, slope):
        """Return the strongest pairs of rows, in the output's own unit."""
        n = leaves.shape[1]
        if not len(weights.pairs):
            return [()] * n
        names = self.sample.player_names
        words = [(names[a], names[b]) for a, b in weights.pairs.tolist()]
        effects, spread = (part * slope[:, None] for part in weights.interactions(leaves))
        size = np.abs(effects)
        order = np.argsort(-size, axis=1, kind="stable")[:, :MOST_PAIRS]
        row = np.arange(n)[:, None]
        kept = (size[row, order] > LEAST_PAIR * weights.surrogate.sd).sum(axis=1).tolist()
        found = zip(
            order.tolist(), (sign * effects[row, order]).tolist(), spread[row, order].tolist(),
            kept, strict=True,
        )  # fmt: skip
        return [
            tuple(
                Interaction(words[p], e, s)
                for p, e, s in zip(places[:k], effect[:k], error[:k], strict=True)
            )
            for places, effect, error, k in found
        ]


def spread_of(outputs):
    """Return the standard deviation of each output, 0 where it is only rounding."""
    sd = outputs.std(axis=0)
    sd[sd <= 1e-12 * np.abs(outputs).max(axis=0)] = 0.0
    return sd
