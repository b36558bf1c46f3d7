"""The smallest changes of a row after which the model says something else.

Values come from the background, so numbers stay whole where they were, and categories known; the
columns of a group change together. All single changes are asked about in one question; then those
that lead furthest are combined, one more in each round; then each change is made as small as it can
be. What is returned has been asked about: it is valid by the model itself.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from skcook.explain._model_outputs import one_class_each, predicted_targets
from skcook.utils._json import to_json

#: Values of a column that are tried, combinations asked about in a round, and those kept for the
#: next round.
N_VALUES = 24
MOST_ASKED = 2048
BEAM = 16
#: So many columns may change; more than a few only where nothing else is found.
FEW_CHANGES, MOST_CHANGES = 4, 8
#: What a change costs besides its size, so that few columns, or groups of them, change.
PER_PLAYER = 0.25
#: What another category costs; a quantity costs the share of the background that it passes.
PER_CATEGORY = 0.5


class Change(NamedTuple):
    """One value that changes."""

    feature: str
    value: Any
    to: Any


@dataclass(frozen=True)
class Counterfactual:
    """Changes of a row after which the model says what was asked for.

    Parameters
    ----------
    changes : tuple of Change
        The columns that change, from which value to which; none if the model says it already.
    target : object
        What the model says then: the class, or a number's side or range.
    prediction : float
        The model's output for it.
    cost : float
        How large the changes are together.
    """

    changes: tuple[Change, ...]
    target: Any
    prediction: float
    cost: float

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON knows."""
        return {
            "changes": [
                {name: to_json(value) for name, value in change._asdict().items()}
                for change in self.changes
            ],
            "target": to_json(self.target),
            "prediction": self.prediction,
            "cost": self.cost,
        }

    def __str__(self) -> str:
        changes = ", ".join(f"{c.feature}: {c.value} -> {c.to}" for c in self.changes)
        return f"{changes or 'nothing has to change'} (then {self.prediction:.3g})"


@dataclass
class Wish:
    """What the model should say: a class (`position`), or a number between two bounds."""

    name: Any
    position: int
    low: float = -np.inf
    high: float = np.inf
    is_class: bool = False

    @classmethod
    def of(cls, target: Any, outputs: np.ndarray, names: list[Any], one_class: bool) -> "Wish":
        """Read what the user asks for.

        Shapes: outputs (n_targets,) are those of the row as it is.
        """
        if one_class:
            if target is None:
                order = np.argsort(-outputs, kind="stable")
                return cls(names[order[1]], int(order[1]), is_class=True)
            target = target.item() if isinstance(target, np.generic) else target
            if target not in names:
                raise ValueError(
                    f"The model has no class {target!r}; its classes: "
                    f"{', '.join(map(repr, names))}."
                )
            return cls(target, names.index(target), is_class=True)
        if len(names) > 1 or target is None:
            raise ValueError(
                "Say by `target` which number the model should reach, for a model of one output: "
                "a value, or a pair of bounds."
            )
        try:
            ends = sorted(map(float, target)) if isinstance(target, tuple | list) else ()
            low, high = ends or (float(target), np.inf)
        except (TypeError, ValueError) as exc:
            raise ValueError(
                f"The target of a model of one output is a number or a pair of bounds; got "
                f"{target!r:.80}."
            ) from exc
        if not ends and low < outputs[0]:
            low, high = -np.inf, low
        return cls(target, 0, low, high)

    def lacking(
        self, outputs: np.ndarray, predicted: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how much rows lack, 0 or less where they are right, and their output.

        Shapes: outputs (n, n_targets), predicted (n,).
        """
        mine = outputs[:, self.position]
        if not self.is_class:
            return np.maximum(self.low - mine, mine - self.high), mine
        others = np.delete(outputs, self.position, axis=1).max(axis=1)
        lacking = others - mine
        right = outputs.argmax(axis=1) == self.position
        if predicted is not None:
            right = predicted == self.position
        # What is right lacks nothing, and what is wrong something, whatever the scores say.
        lacking = np.where(right, np.minimum(lacking, 0.0), np.maximum(lacking, 1e-12))
        return lacking, mine


class Moves:
    """Single changes of a row: whose value changes, the new cells by column, and the cost.

    Columns of a group change together, to what one row of the background has in all of them.

    Shapes: player, cost (n_moves,).
    """

    def __init__(self, sample: Any, cells: list[np.ndarray]):
        self.sample, self.cells = sample, cells
        self.player = np.zeros(0, np.intp)
        self.cost = np.zeros(0)
        self.to: list[dict[int, Any]] = []
        #: The values that each quantity may have, and all that the sample has.
        self._allowed: dict[int, np.ndarray] = {}
        self._known: dict[int, np.ndarray] = {}

    @classmethod
    def allowed(
        cls,
        sample: Any,
        cells: list[np.ndarray],
        frozen: Collection[int],
        ranges: Mapping[int, tuple[float, float]],
    ) -> "Moves":
        """Return the single changes of a row that may be made.

        Shapes: cells (1,).
        """
        moves = cls(sample, cells)
        for j, column in enumerate(sample.columns):
            if column.is_quantity:
                known = np.sort(sample.values[j][~np.isnan(sample.values[j])])
                low, high = ranges.get(j, (-np.inf, np.inf))
                moves._known[j] = known
                moves._allowed[j] = known[(known >= low) & (known <= high)]
        for p in range(len(sample.player_names)):
            members = np.flatnonzero(sample.player == p).tolist()
            if len(members) > 1:
                moves._add_group(p, members, frozen, ranges)
            elif members[0] not in frozen:
                moves._add_column(p, members[0])
        return moves

    def cheaper(self, move: int) -> list[int]:
        """Return the moves of the same player that cost less."""
        same = (self.player == self.player[move]) & (self.cost < self.cost[move])
        return np.flatnonzero(same).tolist()

    def finer(self, move: int) -> list[int]:
        """Return new moves of a quantity, between the next smaller change and this one."""
        if len(self.to[move]) > 1:
            return []
        [(j, value)] = self.to[move].items()
        if j not in self._allowed:
            return []
        now = self.cells[j][0]
        smaller = [self.to[i][j] for i in self.cheaper(move)]
        # Those on the same side of the row's own value; it is the last where there is none.
        same = [v for v in smaller if (v < now) == (value < now)]
        nearest = (max if value > now else min)([*same, now]) if now == now else value
        low, high = sorted((nearest, value))
        allowed = self._allowed[j]
        first = len(self.to)
        self._add_quantities(int(self.player[move]), j, allowed[(allowed > low) & (allowed < high)])
        return list(range(first, len(self.to)))

    def _add_column(self, p: int, j: int) -> None:
        """Add moves of one column."""
        column, now = self.sample.columns[j], self.cells[j][0]
        if column.is_quantity:
            self._add_quantities(p, j, self._allowed[j])
            return
        shares = column.shares[: min(len(column.shares) - 1, N_VALUES)]
        values = column.cells(np.flatnonzero(shares)).tolist()
        others = [{j: value} for value in values if value != now]
        self._add(p, others, np.full(len(others), PER_CATEGORY))

    def _add_quantities(self, p: int, j: int, allowed: np.ndarray) -> None:
        """Add moves to some of the values that a quantity may have."""
        some = np.unique(allowed)
        if len(some) > N_VALUES:
            at = np.linspace(0, len(allowed) - 1, N_VALUES).astype(np.intp)
            some = np.unique(allowed[at])
        some = some[some != self.cells[j][0]]
        self._add(p, [{j: value} for value in some.tolist()], self._passed(j, some))

    def _add_group(self, p, members, frozen, ranges):
        """Add moves to what rows of the sample have in all columns of a group."""
        drawn = [self.sample.column_cells(j).tolist() for j in members]
        rows = list(dict.fromkeys(zip(*drawn, strict=True)))
        cost, kept = np.zeros(len(rows)), np.ones(len(rows), bool)
        changed = np.zeros(len(rows), bool)
        for j, values in zip(members, zip(*rows, strict=True), strict=True):
            now = self.cells[j].tolist()[0]
            moved = np.array([v != now and (v == v or now == now) for v in values])
            changed |= moved
            absent = np.array([v is None or v != v for v in values])
            kept &= ~(moved & (absent | (j in frozen)))
            if j in self._known:
                low, high = ranges.get(j, (-np.inf, np.inf))
                numbers = np.array(values)
                kept &= ~moved | ((numbers >= low) & (numbers <= high))
                cost += np.where(moved, self._passed(j, numbers), 0.0)
            else:
                cost += np.where(moved, PER_CATEGORY, 0.0)
        order = np.flatnonzero(kept & changed)
        order = order[np.argsort(cost[order], kind="stable")]
        # The cheaper, the closer together.
        at = np.unique((np.linspace(0, 1, 4 * N_VALUES) ** 2 * (len(order) - 1)).astype(np.intp))
        order = order[at] if len(order) else order
        self._add(p, [dict(zip(members, rows[i], strict=True)) for i in order], cost[order])

    def _passed(self, j: int, values: np.ndarray) -> np.ndarray:
        """Return the share of the background between values of a quantity and the row's own."""
        known, now = self._known[j], self.cells[j][0]
        place = (known.searchsorted(values, "left") + known.searchsorted(values, "right")) / 2
        here = len(known) / 2
        if now == now:
            here = (known.searchsorted(now, "left") + known.searchsorted(now, "right")) / 2
        return np.abs(place - here) / max(len(known), 1)

    def _add(self, p: int, to: list[dict[int, Any]], cost: np.ndarray) -> None:
        self.to += to
        self.player = np.append(self.player, np.full(len(to), p))
        self.cost = np.append(self.cost, cost + PER_PLAYER)


Valid = tuple[float, tuple[int, ...], float]


class Search:
    """Looks for the cheapest combinations of moves that are valid.

    `judge` takes the cells of rows and returns, for each, how far it is on the wrong side (0 or
    less is right), and the output.
    """

    def __init__(
        self,
        cells: list[np.ndarray],
        moves: Moves,
        judge: Callable[[list[np.ndarray]], tuple[np.ndarray, np.ndarray]],
    ):
        self.cells, self.moves, self.judge = cells, moves, judge

    def best(self, k: int) -> list[Valid]:
        """Return at most k combinations with different columns: cost, moves and output."""
        moves = self.moves
        lacking, output = self.judge(self.cells)
        start = float(lacking[0])
        if start <= 0:
            return [(0.0, (), float(output[0]))]
        found: dict[frozenset[int], Valid] = {}
        combinations = [(i,) for i in range(len(moves.to))]
        if not combinations:
            return []
        lacking = self._ask(combinations, found)
        gain = start - lacking
        useful = np.flatnonzero(gain > 0)
        useful = useful[np.argsort(-(gain / moves.cost)[useful], kind="stable")]
        front = self._front(combinations, lacking)
        for n_changes in range(2, MOST_CHANGES + 1):
            enough = k if n_changes <= FEW_CHANGES else 1
            if len(found) >= enough or not len(useful):
                break
            partners = useful[: max(MOST_ASKED // max(len(front), 1), 1)].tolist()
            longer = {
                tuple(sorted((*one, i)))
                for one in front
                for i in partners
                if moves.player[i] not in set(moves.player[list(one)].tolist())
            }
            if not longer:
                break
            combinations = sorted(longer)
            lacking = self._ask(combinations, found)
            front = self._front(combinations, lacking)
        return self._smaller(sorted(found.values())[:k])

    def _front(self, combinations, lacking):
        """Return those that lead furthest."""
        return [combinations[i] for i in np.argsort(lacking, kind="stable")[:BEAM]]

    def _ask(self, combinations, found):
        """Ask about combinations, and keep the cheapest valid one of each set of columns."""
        lacking, output = self.judge(self._rows(combinations))
        for i in np.flatnonzero(lacking <= 0).tolist():
            self._keep(found, self._cost(combinations[i]), combinations[i], float(output[i]))
        return lacking

    def _cost(self, combination):
        return float(self.moves.cost[list(combination)].sum())

    def _keep(self, found, cost, combination, output):
        players = frozenset(self.moves.player[list(combination)].tolist())
        if any(known < players for known in found):
            return  # fewer do as well
        if players not in found or cost < found[players][0]:
            found[players] = cost, combination, output

    def _rows(self, combinations):
        n = len(combinations)
        mixed = [np.repeat(values, n) for values in self.cells]
        for r, one in enumerate(combinations):
            for i in one:
                for j, value in self.moves.to[i].items():
                    mixed[j][r] = value
        return mixed

    def _smaller(self, cheapest: list[Valid]) -> list[Valid]:
        """Make changes smaller one by one, or leave one out: on the grid, and then between."""
        for way in (self.moves.cheaper, self.moves.finer):
            tried = [
                (place, (*one[:i], *other, *one[i + 1 :]))
                for place, (_, one, _) in enumerate(cheapest)
                for i, move in enumerate(one)
                for other in [*([()] if len(one) > 1 else []), *((m,) for m in way(move))]
            ]
            if not tried:
                continue
            lacking, outputs = self.judge(self._rows([one for _, one in tried]))
            for i in np.flatnonzero(lacking <= 0).tolist():
                place, one = tried[i]
                cheapest[place] = min(cheapest[place], (self._cost(one), one, float(outputs[i])))
        found: dict[frozenset[int], Valid] = {}
        for valid in sorted(cheapest):
            self._keep(found, *valid)
        return sorted(found.values())


def what_would_change(
    explainer: Any, model: Any, X: Any, target: Any, *, frozen: Any, ranges: Any, k: int
) -> list[Counterfactual]:
    """Find the smallest changes of one row; see `TabularExplainer.what_would_change`."""
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise ValueError(f"k must be a whole number of at least 1; got {k!r}.")
    if len(X) != 1:
        raise ValueError(f"what_would_change takes one row; it got {len(X)}.")
    sample, names = explainer.sample_, explainer.target_names_
    layout = sample.layout
    cells = layout.cells(X)
    one_class = one_class_each(model, explainer.method_, names)
    wanted = Wish.of(target, explainer._ask(model, cells)[0], names, one_class)

    def judge(mixed: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        outputs = explainer._ask(model, mixed)
        predicted = None
        if explainer.asks_for_class_:
            predicted = predicted_targets(model, layout.frame(mixed), names)
        return wanted.lacking(outputs, predicted)

    # Another row's text is no change of this one's.
    still = [*frozen, *explainer.text_columns_]
    fixed = {layout.position(name, "frozen") for name in still}
    limits = {
        j: _bounds(sample, j, pair)
        for name, pair in (ranges or {}).items()
        for j in (layout.position(name, "ranges"),)
    }
    moves = Moves.allowed(sample, cells, fixed, limits)

    def changes(move: int) -> Iterator[Change]:
        for j, value in moves.to[move].items():
            to = np.array([value], dtype=cells[j].dtype)
            before, after = layout.to_display(j, cells[j])[0], layout.to_display(j, to)[0]
            if before != after:
                yield Change(sample.columns[j].name, before, after)

    return [
        Counterfactual(
            tuple(change for move in chosen for change in changes(move)), wanted.name, output, cost
        )
        for cost, chosen, output in Search(cells, moves, judge).best(k)
    ]


def _bounds(sample: Any, j: int, pair: Any) -> tuple[float, float]:
    """Read the ends of a range of a quantity, in either order; None is no end."""
    name, kind = sample.columns[j].name, sample.layout.kinds[j]
    if not sample.columns[j].is_quantity:
        raise ValueError(
            f"ranges names {name!r}, which holds {kind} values and has no range. "
            "Freeze it, or name columns of numbers or dates."
        )
    try:
        low, high = pair
        ends = [
            end if one is None else sample.layout.quantity(j, one)
            for one, end in ((low, -np.inf), (high, np.inf))
        ]
        if np.isnan(ends).any():
            raise ValueError("an end is missing")
    except (TypeError, ValueError) as exc:
        raise ValueError(
            f"The range of {name!r} must be its lowest and its highest value; got {pair!r:.80}."
        ) from exc
    return min(ends), max(ends)
