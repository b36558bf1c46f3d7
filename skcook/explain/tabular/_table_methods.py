"""How a row of a table is explained: what every way has in common, and the shared surrogate."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from skcook.explain._local_fits import one_blas_thread
from skcook.explain.result._explanation import Explanation, Feature, Interaction
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.tabular._questions import (
    N_UNSEEN,
    Ask,
    Refiner,
    missed_shares,
    quiet_columns,
    unseen_answers,
    unseen_effects,
)
from skcook.explain.tabular._shared_sample import Space
from skcook.explain.tabular._surrogate import N_FOLDS, N_PATHS, Surrogate, Weights, fit_surrogate

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


class TableMethod:
    """A way to explain rows by one sample that is scored.

    No float holds the squares of very large or very small outputs: they are explained in a unit.

    Shapes: outputs (n_samples, n_targets), in the unit; output_sd (n_targets,), in the model's own.
    """

    def __init__(self, sample: Any, outputs: np.ndarray, most: int):
        self.sample, self.most = sample, most
        self.unit = _unit_of(outputs)
        self.outputs = outputs / self.unit
        sd = self.outputs.std(axis=0)
        sd[sd <= 1e-12 * np.abs(self.outputs).max(axis=0)] = 0.0  # only rounding
        self.output_sd = sd * self.unit

    def explain(
        self, ask: Ask, rows: Rows, owners: dict[int, np.ndarray], k: int, refine: bool
    ) -> dict[int, Found]:
        """Explain outputs of rows.

        `owners` maps a target to the rows, `k` is how many features are shown, `refine` allows
        more questions about rows that are not followed.
        """
        unit = self.unit
        with one_blas_thread():
            if unit == 1.0:
                return self._explain(ask, rows, owners, k, refine)
            rows = replace(rows, outputs=rows.outputs / unit)
            found = self._explain(lambda cells: ask(cells) / unit, rows, owners, k, refine)
        return {t: one.times(unit) for t, one in found.items()}

    @abstractmethod
    def _explain(self, ask, rows, owners, k, refine) -> dict[int, Found]:
        """Explain outputs of rows in the unit."""


def _unit_of(outputs):
    """Return the power of two in which outputs are explained: 1 for all but extreme ones."""
    largest = float(np.abs(outputs).max(initial=0.0))
    if not largest or SMALL_OUTPUT < largest < LARGE_OUTPUT:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


class SurrogateMethod(TableMethod):
    """Weights by a surrogate that follows the model over the whole sample.

    `pair_answers` are those of `ask_pairs`, `surrogates` hold None where a target's is not fitted
    yet; outputs that are `bounded` are probabilities.
    """

    def __init__(self, sample, outputs, pair_answers, surrogates, *, bounded, most):
        super().__init__(sample, outputs, most)
        outputs = self.outputs
        self.pair_answers = pair_answers / self.unit
        self.surrogates: list[Surrogate | None] = surrogates
        self.bounded = bounded
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
                        answers = self.pair_answers[:, :, t]
                        surrogate.missed = missed_shares(weights, sample, answers, y)
                        surrogate.quiet = quiet_columns(sample, answers, y)
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

    def _explain(self, ask, rows, owners, k, refine):
        space, sample = self.space, self.sample
        codes = space.encode(rows.cells, rows.states)
        terms = space.evaluate(rows.cells, rows.states)
        by_column = space.unseen(rows.cells, rows.states)
        unseen = np.zeros((len(codes), len(sample.player_names)), bool)
        for j, p in enumerate(sample.player):
            unseen[:, p] |= by_column[:, j]
        answers = unseen_answers(ask, sample, unseen, rows.cells, self.most)
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
            (names[a], names[b], strength * self.unit)
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


def describe(
    explainer: Any,
    rows: Any,
    found: Any,
    texts: dict[int, dict[int, Any]],
    wanted: np.ndarray,
    owner: np.ndarray,
    start: int,
    labels: list[Any] | None,
) -> Explanations:
    """Say what was found about rows, in the order of the targets that were asked for.

    Shapes: wanted and owner (n_explanations,); `texts` holds the opened texts by row and player.
    """
    shown = explainer.sample_.to_display(rows.cells, rows.states)
    names, most = explainer.target_names_, explainer.n_features
    sd = explainer._prepared().output_sd
    slots: list[Any] = [None] * len(wanted)
    for t, result in found.items():
        for i, slot in enumerate(np.flatnonzero(wanted == t)):
            r = int(owner[slot])
            weights, errors = result.weights[i].tolist(), result.errors[i].tolist()
            opened = texts.get(r, {})
            features = [
                Feature(name, values[r], rules[r], weights[p], errors[p])
                for p in result.chosen[i].tolist()
                if p not in opened
                for name, values, rules in (shown[p],)
            ]
            n_explained = result.n_explained
            for p, text in opened.items():
                parts = list(text.features(shown[p][0], t, weights[p], errors[p]))
                features += parts
                n_explained += len(parts) - 1
            if opened:
                features = sorted(features, key=lambda f: -abs(f.weight))[:most]
            slots[slot] = Explanation(
                row=start + r,
                label=None if labels is None else labels[r],
                target=names[t],
                prediction=float(rows.outputs[r, t]),
                local_prediction=float(result.local[i]),
                intercept=float(result.intercept[i]),
                r2=float(result.r2[i]),
                features=features,
                n_others=max(n_explained - len(features), 0),
                interactions=result.interactions[i],
                output_sd=float(sd[t]),
                source={shown[p][0]: text.words.marked() for p, text in opened.items()} or None,
            )
    return Explanations(slots)


#: Most columns that are replaced one after the other.
MOST_DELETED = 10


def fidelity(explainer: Any, model: Any, n_rows: int) -> pd.DataFrame:
    """Return how faithful a fitted table explainer is, one row per target."""
    sample, outputs = explainer.sample_, explainer.outputs_
    rows = sample.pairs(n_rows)[:n_rows]
    cells = sample.cells(rows)
    # Rows from elsewhere in the sample give the values that replace deleted ones.
    other = sample.cells((rows + len(sample) // 3) % len(sample))
    found = _found(explainer, model, cells)
    lines = []
    for t, name in enumerate(explainer.target_names_):
        mine = found[t]
        sd = float(explainer._prepared().output_sd[t])
        order = np.argsort(-np.abs(mine.weights), axis=1, kind="stable")
        rng = np.random.default_rng(0)
        by_chance = rng.permuted(np.tile(np.arange(order.shape[1]), (len(rows), 1)), axis=1)
        moved = [
            _moved(explainer, model, cells, other, ranks, outputs[rows, t], t)
            for ranks in (order, by_chance)
        ]
        rest = np.abs(outputs[rows, t] - mine.local)
        r2 = float(mine.r2[0])
        error = sd * max(1 - r2, 0.0) ** 0.5
        share = error / sd if sd else 0.0
        lines.append((name, r2, error, share, float((rest > 0.1 * sd).mean()), *moved))
    names = ["target", "r2", "error", "error_share", "large_rest", "deletion", "deletion_random"]
    return pd.DataFrame(lines, columns=names)


def _found(explainer, model, cells):
    """Return what is found about every output of rows, all features."""
    sample = explainer.sample_
    states = sample.states_of(cells)
    rows = Rows(cells, states, explainer._ask(model, cells))
    owners = {t: np.arange(len(states)) for t in range(len(explainer.target_names_))}

    def ask(mixed):
        return explainer._ask(model, mixed)

    return explainer._prepared().explain(ask, rows, owners, len(sample.player_names), False)


def _moved(explainer, model, cells, other, order, before, t):
    """Return how far an output moves on average while columns are replaced in an order.

    Shapes: cells, other (n,), order (n, n_players), before (n,).
    """
    n, n_players = order.shape
    player = explainer.sample_.player
    rank = np.argsort(order, axis=1)[:, player]
    steps = np.arange(1, min(MOST_DELETED, n_players) + 1)
    gone = rank[None] < steps[:, None, None]  # (n_steps, n, d)
    mixed = [np.where(gone[:, :, j], other[j], values).ravel() for j, values in enumerate(cells)]
    after = explainer._ask(model, mixed)[:, t].reshape(len(steps), n)
    return float(np.abs(after - before).mean())
