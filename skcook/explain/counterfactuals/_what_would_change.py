"""The smallest changes of a row after which the model says something else.

Values come from the background, so numbers stay whole where they were, and categories known. All
single changes are asked about in one question; then those that lead furthest are combined, one
column more in each round; then each change is made as small as it can be. What is returned has
been asked about: it is valid by the model itself.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skcook.explain._model_outputs import one_class_each, predicted_targets
from skcook.utils._json_values import to_json

#: Values of a column that are tried, combinations asked about in a round, and those kept for the
#: next round.
N_VALUES = 24
MOST_ASKED = 2048
BEAM = 16
MOST_CHANGES = 4
#: What a change costs besides its size, so that few columns change.
PER_COLUMN = 0.25
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
        The columns that change, from which value to which.
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
        return f"{changes} (then {self.prediction:.3g})"


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
        if isinstance(target, tuple | list):
            low, high = (float(bound) for bound in target)
        elif float(target) >= outputs[0]:
            low, high = float(target), np.inf
        else:
            low, high = -np.inf, float(target)
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


@dataclass
class Moves:
    """Single changes of a row: the column, the new value and its cost.

    Shapes: column, cost (n_moves,), value holds floats or objects.
    """

    column: np.ndarray
    value: list[Any]
    cost: np.ndarray


def allowed_moves(
    sample: Any,
    cells: list[np.ndarray],
    frozen: Collection[int],
    ranges: Mapping[int, tuple[float, float]],
) -> Moves:
    """Return the single changes of a row that may be made.

    Shapes: cells (1,).
    """
    columns: list[int] = []
    values: list[Any] = []
    costs: list[float] = []
    for j, column in enumerate(sample.columns):
        if j in frozen:
            continue
        now = cells[j][0]
        if column.is_quantity:
            known = np.sort(sample.values[j][~np.isnan(sample.values[j])])
            low, high = ranges.get(j, (-np.inf, np.inf))
            inside = known[(known >= low) & (known <= high)]
            if not len(inside):
                continue
            some = np.unique(inside)
            if len(some) > N_VALUES:
                at = np.linspace(0, len(inside) - 1, N_VALUES).astype(np.intp)
                some = np.unique(inside[at])
            some = some[some != now]
            place = (known.searchsorted(some, "left") + known.searchsorted(some, "right")) / 2
            here = len(known) / 2
            if now == now:
                here = (known.searchsorted(now, "left") + known.searchsorted(now, "right")) / 2
            cost = np.abs(place - here) / len(known)
            values += some.tolist()
            costs += cost.tolist()
            columns += [j] * len(some)
        else:
            states = [s for s in range(min(len(column.shares) - 1, N_VALUES)) if column.shares[s]]
            others = [v for v in column.cells(np.array(states, np.intp)).tolist() if v != now]
            values += others
            costs += [PER_CATEGORY] * len(others)
            columns += [j] * len(others)
    return Moves(np.array(columns, np.intp), values, np.array(costs) + PER_COLUMN)


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

    def best(self, k: int) -> list[tuple[tuple[int, ...], float, float]]:
        """Return at most k combinations with different columns: moves, cost and output."""
        moves = self.moves
        n = len(moves.column)
        if not n:
            return []
        start = float(self.judge(self.cells)[0][0])
        found: dict[frozenset[int], tuple[float, tuple[int, ...], float]] = {}
        combinations = [(i,) for i in range(n)]
        lacking = self._ask(combinations, found)
        gain = start - lacking
        useful = np.flatnonzero(gain > 0)
        useful = useful[np.argsort(-(gain / moves.cost)[useful], kind="stable")]
        front = self._front(combinations, lacking)
        for _ in range(MOST_CHANGES - 1):
            if len(found) >= k or not len(useful):
                break
            partners = useful[: max(MOST_ASKED // max(len(front), 1), 1)].tolist()
            longer = {
                tuple(sorted((*one, i)))
                for one in front
                for i in partners
                if moves.column[i] not in set(moves.column[list(one)].tolist())
            }
            if not longer:
                break
            combinations = sorted(longer)
            lacking = self._ask(combinations, found)
            front = self._front(combinations, lacking)
        cheapest = sorted(found.values())[:k]
        return self._smaller(cheapest)

    def _front(self, combinations, lacking):
        """Return those that lead furthest."""
        return [combinations[i] for i in np.argsort(lacking, kind="stable")[:BEAM]]

    def _ask(self, combinations, found):
        """Ask about combinations, and keep the cheapest valid one of each set of columns."""
        lacking, output = self.judge(self._rows(combinations))
        for i in np.flatnonzero(lacking <= 0).tolist():
            columns = frozenset(self.moves.column[list(combinations[i])].tolist())
            cost = float(self.moves.cost[list(combinations[i])].sum())
            if any(known < columns for known in found):
                continue  # fewer columns do as well
            if columns not in found or cost < found[columns][0]:
                found[columns] = cost, combinations[i], float(output[i])
        return lacking

    def _rows(self, combinations):
        n = len(combinations)
        mixed = [np.repeat(values, n) for values in self.cells]
        for r, one in enumerate(combinations):
            for i in one:
                mixed[self.moves.column[i]][r] = self.moves.value[i]
        return mixed

    def _smaller(self, cheapest):
        """Try every cheaper value of each changed column, once more."""
        moves, out = self.moves, []
        for cost, one, output in cheapest:
            tried = [
                (*one[:place], i, *one[place + 1 :])
                for place, old in enumerate(one)
                for i in np.flatnonzero(moves.column == moves.column[old]).tolist()
                if moves.cost[i] < moves.cost[old]
            ]
            best = cost, one, output
            if tried and len(one) > 1:
                lacking, outputs = self.judge(self._rows(tried))
                for i in np.flatnonzero(lacking <= 0).tolist():
                    other = float(moves.cost[list(tried[i])].sum())
                    best = min(best, (other, tried[i], float(outputs[i])))
            out.append((best[1], best[0], best[2]))
        return out


def what_would_change(
    explainer: Any, model: Any, X: Any, target: Any, *, frozen: Any, ranges: Any, k: int
) -> list[Counterfactual]:
    """Find the smallest changes of one row; see `TabularExplainer.what_would_change`."""
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
    limits = {layout.position(name, "ranges"): pair for name, pair in (ranges or {}).items()}
    moves = allowed_moves(sample, cells, fixed, limits)

    def change(i: int) -> Change:
        j = int(moves.column[i])
        to = np.array([moves.value[i]], dtype=cells[j].dtype)
        before, after = layout.to_display(j, cells[j])[0], layout.to_display(j, to)[0]
        return Change(sample.columns[j].name, before, after)

    return [
        Counterfactual(tuple(map(change, chosen)), wanted.name, output, cost)
        for chosen, cost, output in Search(cells, moves, judge).best(k)
    ]
