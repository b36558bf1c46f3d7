"""Questions to the model beyond the shared sample: about pairs, about unseen values, about a row.

All of them mix rows: some players (columns, or groups of them) have one row's values, the others
those of a row of the sample.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.explain._local_fits import widening
from skcook.explain.tabular._surrogate import Local, Weights, to_scale
from skcook.explain.tabular._tabular_background import key_of

Ask = Callable[[list[np.ndarray]], np.ndarray]

#: Pairs of rows that differ in one player, asked once.
N_PAIRS = 64
#: Rows of the sample into which a unseen value is put.
N_UNSEEN = 128
#: Most questions about a row whose explanation is refined.
MOST_QUESTIONS = 500
#: Rounds in which they are asked; a row whose errors are below half of `TOLERANCE` is done.
ROUNDS = 2
#: A rest above this share of the output's spread is refined.
TOLERANCE = 0.1
#: The players that take part in this share of what is missed move by themselves.
COVERED = 0.97


def other_rows(sample: Any, first: np.ndarray) -> np.ndarray:
    """Return rows far from some rows of the sample, to be paired with them."""
    return (first + len(sample) // 2 + 7) % len(sample)


def ask_pairs(ask: Ask, sample: Any) -> np.ndarray:
    """Ask about rows of the sample that have one player's values from other rows.

    Shapes: returns outputs (n_players, n_pairs, n_targets).
    """
    n_players = len(sample.player_names)
    first = _pair_rows(sample, n_players)
    mixed = _swapped(sample, first, other_rows(sample, first))
    return ask(mixed).reshape(n_players, len(first), -1)


def missed_shares(
    weights: Weights, sample: Any, answers: np.ndarray, outputs: np.ndarray
) -> np.ndarray:
    """Return each column's share in what the surrogate misses: its part in the paired differences.

    Shapes: answers (n_players, n_pairs), outputs (n_samples,); returns shares (d,).
    """
    n_players, player = len(answers), sample.player
    first = _pair_rows(sample, n_players)
    space = weights.space
    other = other_rows(sample, first)
    codes = np.concatenate(
        [np.where(player == p, space.codes[other], space.codes[first]) for p in range(n_players)]
    )
    of_term = player[space.of_term]
    terms = np.concatenate(
        [np.where(of_term == p, space.terms[other], space.terms[first]) for p in range(n_players)]
    )
    error = answers - weights.value(codes, weights.terms(codes, terms)).reshape(answers.shape)
    start = space.codes[first], space.terms[first]
    before = outputs[first] - weights.value(start[0], weights.terms(*start))
    # A player that never changed anything may still do so: a small share for each.
    share = ((error - before) ** 2).mean(axis=1)
    share = share + 1e-3 * share.mean()
    size = np.bincount(player, minlength=n_players)
    return (share / max(share.sum(), 1e-300) / size)[player]


def quiet_columns(sample: Any, answers: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Tell which columns never changed an answer in the paired questions.

    Shapes: answers (n_players, n_pairs), outputs (n_samples,); returns quiet (d,).
    """
    change = np.abs(answers - outputs[_pair_rows(sample, len(answers))]).max(axis=1)
    return (change <= 1e-9 * np.abs(outputs).max())[sample.player]


def unseen_answers(
    ask: Ask, sample: Any, unseen: np.ndarray, cells: list[np.ndarray], most: int
) -> dict[tuple[int, int], np.ndarray]:
    """Ask what unseen values do in rows of the sample.

    Shapes: unseen (n, n_players), cells (n,); returns answers (N_UNSEEN, n_targets) by row and
    player.
    """
    if not unseen.any():
        return {}
    first, player = sample.pairs(N_UNSEEN), sample.player
    drawn = sample.cells(first)
    # What a value does is the same in every row: each is asked about once.
    owners: dict[Any, list[tuple[int, int]]] = {}
    for r, p in zip(*(places.tolist() for places in np.nonzero(unseen)), strict=True):
        values = [cells[j][r] for j in np.flatnonzero(player == p)]
        key = tuple(None if value != value else key_of(value) for value in values)
        owners.setdefault((p, key), []).append((r, p))
    found: dict[tuple[int, int], np.ndarray] = {}
    at_once = max(most // len(first), 1)
    groups = list(owners.values())
    for i in range(0, len(groups), at_once):
        group = groups[i : i + at_once]
        mixed = [np.tile(column, len(group)) for column in drawn]
        for g, ((r, p), *_) in enumerate(group):
            for j in np.flatnonzero(player == p):
                mixed[j][g * len(first) : (g + 1) * len(first)] = cells[j][r]
        answers = ask(mixed).reshape(len(group), len(first), -1)
        for g, places in enumerate(group):
            found.update(dict.fromkeys(places, answers[g]))
    return found


def unseen_effects(
    answers: dict[Any, np.ndarray],
    before: np.ndarray,
    t: int,
    floor: float,
    own: np.ndarray | None = None,
) -> dict[Any, Any]:
    """Return the mean change that each unseen value makes to an output, and its standard error.

    What the values that it replaces do by themselves is zero on average, and taken off where a
    surrogate knows it.

    Shapes: before (N_UNSEEN, n_targets), own (N_UNSEEN, n_players).
    """
    start = to_scale(before[:, t], floor)
    effects = {}
    for (r, p), answer in answers.items():
        change = to_scale(answer[:, t], floor) - start
        if own is not None:
            change = change + own[:, p]
        effects[r, p] = change.mean(), change.std(ddof=1) / len(change) ** 0.5
    return effects


@dataclass
class Paths:
    """Paths from rows of the sample to a row: in each step one mover gets the row's values.

    Shapes: starts (n,) are the rows of the sample, whose (n_players,) tells which mover each player
    is, places (n, n_steps) when each mover moves.
    """

    starts: np.ndarray
    whose: np.ndarray
    places: np.ndarray

    @classmethod
    def draw(cls, sample: Any, movers: np.ndarray, turn: int) -> "Paths | None":
        """Draw the paths of a round, and their twins; None if all questions were asked.

        They are the same for every row, so that a row's weights do not depend on those beside it.
        """
        n_players = len(sample.player_names)
        k = len(movers) + (len(movers) < n_players)
        per_pair = max(2 * (k - 1), 1)
        m = max(MOST_QUESTIONS // per_pair // ROUNDS, 1)
        done = turn * m
        if not len(movers) or (done + m) * per_pair > MOST_QUESTIONS or (k == 1 and turn):
            return None
        rng = np.random.default_rng((turn, k))
        rows = sample.pairs(done + m)
        starts = rows[done : done + m] if len(rows) >= done + m else rng.choice(rows, m)
        places = rng.permuted(np.tile(np.arange(k), (m, 1)), axis=1)
        whose = np.full(n_players, len(movers))
        whose[movers] = np.arange(len(movers))
        return cls(np.tile(starts, 2), whose, np.concatenate([places, k - 1 - places]))

    @property
    def n_steps(self) -> int:
        """How many steps a path has."""
        return self.places.shape[1]

    @property
    def n_questions(self) -> int:
        """How many rows lie between the ends of all paths."""
        return len(self.places) * (self.n_steps - 1)

    def turned(self) -> np.ndarray:
        """Tell which players have the row's values in each question, (n_questions, n_players)."""
        turned = self.places[:, None, :] < np.arange(1, self.n_steps)[:, None]
        return turned[:, :, self.whose].reshape(self.n_questions, -1)

    def added(self, between: np.ndarray, start: np.ndarray, end: Any) -> np.ndarray:
        """Return what each mover adds to an output.

        Shapes: between (n_questions,), start (n,), end () or (n,); returns added (n, n_steps).
        """
        n = len(self.places)
        said = np.column_stack([start, between.reshape(n, -1), np.broadcast_to(end, n)])
        return np.take_along_axis(np.diff(said, axis=1), self.places, axis=1)


class Refiner:
    """Asks about single rows, along paths from rows of the sample, what their surrogate misses.

    A path changes one player after the other, and its twin in the reverse order; what the model
    and the surrogate say of it differs by exactly what is missed. Players that hardly take part
    change together.
    """

    def __init__(self, ask: Ask, sample: Any):
        self.ask, self.sample = ask, sample

    def refine(
        self, cells, codes, terms, unseen, locals_: dict[int, tuple[Weights, Local]], at, outputs
    ):
        """Improve weights and variances in place.

        Shapes: cells (n,), codes (n, d), unseen (n, n_players); `locals_` maps a target to its
        weights and their local results, `at` a target to {row: position there}.
        """
        wanted: dict[int, list[int]] = {}
        for t, (weights, local) in locals_.items():
            limit = TOLERANCE * weights.surrogate.sd
            for r, i in at[t].items():
                if abs(local.rest[i]) > limit or unseen[r].any():
                    wanted.setdefault(r, []).append(t)
        movers = {
            r: self._movers(unseen[r], [locals_[t][0] for t in ts]) for r, ts in wanted.items()
        }
        found: dict[tuple[int, int], np.ndarray] = {}
        todo = list(wanted)
        for turn in range(ROUNDS):
            drawn = ((r, Paths.draw(self.sample, movers[r], turn)) for r in todo)
            paths = {r: path for r, path in drawn if path is not None}
            if not paths:
                break
            answers = self._ask(cells, paths, outputs.shape[1])
            for r, path in paths.items():
                for t in wanted[r]:
                    weights, local = locals_[t]
                    ends = outputs[path.starts, t], local.prediction[at[t][r]]
                    own = local.own[at[t][r]]
                    missed = path.added(answers[r][:, t], *ends)
                    missed -= weights.added(path, codes[r], terms[r], own)
                    missed = missed.reshape(2, -1, missed.shape[1]).mean(axis=0)
                    found[r, t] = np.vstack([*([found[r, t]] if turn else []), missed])
            todo = [
                r for r in paths
                if any(_error(found[r, t]) > TOLERANCE / 2 * locals_[t][0].surrogate.sd
                       for t in wanted[r])
            ]  # fmt: skip
        for (r, t), missed in found.items():
            self._improve(*locals_[t], at[t][r], missed, movers[r])

    def _movers(self, unseen, weights):
        """Return the players that move by themselves, so few that four pairs of paths fit."""
        missed = np.max([w.missed for w in weights], axis=0)
        order = np.argsort(-np.where(unseen, np.inf, missed), kind="stable")
        before = np.cumsum(missed[order]) - missed[order]
        kept = order[(before < COVERED * missed.sum()) | unseen[order]]
        return kept[: MOST_QUESTIONS // 8]

    def _ask(self, cells, paths, n_targets):
        """Ask about the paths of some rows in one question, and return the answers of each."""
        n_questions = [path.n_questions for path in paths.values()]
        owner = np.repeat(list(paths), n_questions)
        if not len(owner):
            # One player is all that there is: what it adds is known from the ends.
            return dict.fromkeys(paths, np.zeros((0, n_targets)))
        turned = np.concatenate([path.turned() for path in paths.values()])
        starts = np.concatenate([path.starts.repeat(path.n_steps - 1) for path in paths.values()])
        drawn = self.sample.cells(starts)
        answers = self.ask(
            [
                np.where(turned[:, p], values[owner], drawn[j])
                for j, (values, p) in enumerate(zip(cells, self.sample.player, strict=True))
            ]
        )
        return dict(zip(paths, np.split(answers, np.cumsum(n_questions)[:-1]), strict=True))

    def _improve(self, weights, local, i, missed, movers):
        n, k = missed.shape
        if not weights.surrogate.floor:
            local.weights[i] = local.own[i]
        mean = missed.mean(axis=0)
        variance = missed.var(axis=0, ddof=1) / n * widening(n) ** 2 if n > 1 else mean**2
        local.weights[i, movers] += mean[: len(movers)]
        local.variances[i, movers] = variance[: len(movers)]
        if weights.surrogate.floor:
            local.variances[i, movers] += local.noise[i, movers]
        gap = local.prediction[i] - weights.surrogate.mean - local.weights[i].sum()
        total = variance[: len(movers)].sum()
        if k == len(movers) and total > 0:
            local.weights[i, movers] += gap * variance / total
        elif total > 0:
            part = total / variance.sum()
            local.weights[i, movers] += (gap - mean[-1]) * part * variance[: len(movers)] / total
        local.rest[i] = local.prediction[i] - weights.surrogate.mean - local.weights[i].sum()


def _error(missed):
    n = len(missed)
    return missed.std(axis=0, ddof=1).max() / n**0.5 if n > 3 else np.inf


def _pair_rows(sample, n_players):
    n = int(np.clip(4096 // n_players, 8, N_PAIRS))
    return sample.pairs(n)[:n]


def _swapped(sample, first, other):
    """Return rows of the sample, once for each player, which has its values of other rows."""
    n_players = len(sample.player_names)
    drawn = sample.cells()
    mixed = [np.tile(values[first], n_players) for values in drawn]
    for j, p in enumerate(sample.player):
        mixed[j][p * len(first) : (p + 1) * len(first)] = drawn[j][other]
    return mixed
