"""The shared sample: perturbed rows, drawn once from the background, and rows as its numbers.

A surrogate works with terms of an additive model, and with codes. A quantity is straight lines
between its quartiles: a ramp from its mean, and one from each quartile on. A missing value, and
each frequent value of a choice, is a flag. Besides, each value has a code of one byte: the rank of
a quantity among the sample's own values, or the level of a choice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.explain.tabular._boosted_trees import MISSING
from skcook.explain.tabular._cells import Layout
from skcook.explain.tabular._tabular_background import (
    BackgroundColumn,
    draw_in_bins,
    draw_states,
    draw_values,
    edges_of,
    learn_column,
    number_words,
    tick_words,
    uniforms,
)


@dataclass
class Sample:
    """Perturbed rows, as arrays.

    Shapes: values (n_samples,), player (n_columns,) is whose column each is: its own, or that of
    the group with which it is drawn and explained.
    """

    layout: Layout
    columns: list[BackgroundColumn]
    values: list[np.ndarray]
    n_blocks: int
    player: np.ndarray
    player_names: list[Any]

    @classmethod
    def draw(
        cls,
        X: Any,
        y: np.ndarray | None,
        *,
        n_samples: int,
        discretizer: Any,
        sampling: str,
        max_background: int | None,
        rng: np.random.Generator,
        categorical: Sequence[Any] = (),
        groups: Mapping[Any, Sequence[Any]] | None = None,
        sample_weight: np.ndarray | None = None,
    ) -> "Sample":
        """Learn the background from a frame and draw from it."""
        layout = Layout.of(X)
        cells = layout.cells(X)
        n = len(cells[0])
        coded = {layout.position(name, "categorical") for name in categorical or ()}
        player, player_names = _players(layout, groups or {})
        rows = np.arange(n) if sample_weight is None else _weighted_rows(sample_weight, n)
        if max_background is not None and len(rows) > max_background:
            rows = rows[np.sort(rng.choice(len(rows), max_background, replace=False))]
        cells = [column[rows] for column in cells]
        y = None if y is None else y[rows]
        columns = []
        for j, name in enumerate(layout.display_names()):
            edges = np.zeros(0)
            if layout.is_quantity(j):
                if np.isinf(cells[j]).any():
                    raise ColumnValuesError(
                        f"Column {name!r} of the background holds infinite values, which have no "
                        "average. Replace them, for example by NaN for missing."
                    )
                if j not in coded:
                    edges = edges_of(name, cells[j], discretizer, y)
            words = (
                number_words if layout.kinds[j] == "numeric" else partial(_time_words, layout, j)
            )
            columns.append(learn_column(name, cells[j], edges, words=words, coded=j in coded))

        n_blocks = 8 if sampling == "sobol" else 25
        n_blocks = min(n_blocks, n_samples // 4)
        total = -(-n_samples // n_blocks) * n_blocks
        d = len(columns)
        u = uniforms(total, d, sampling=sampling, n_blocks=n_blocks, rng=rng)
        within = rng.random((total, d)) if sampling == "iid" else None
        values: list[np.ndarray] = []
        size = np.bincount(player)
        for j, column in enumerate(columns):
            if size[player[j]] > 1:
                # What belongs together is drawn together: from one row of the background.
                leader = int(np.flatnonzero(player == player[j])[0])
                together = cells[j][(u[:, leader] * len(cells[j])).astype(np.intp)]
                values.append(together if column.is_quantity else column.states(together))
                continue
            if column.is_quantity and discretizer is None:
                values.append(draw_values(cells[j], u[:, j]))
                continue
            states, rest = draw_states(column, u[:, j])
            if column.is_quantity:
                rest = rest if within is None else within[:, j]
                values.append(draw_in_bins(column, states, rest))
            else:
                values.append(states)
        return cls(layout, columns, values, n_blocks, player, player_names)

    def __len__(self) -> int:
        return len(self.values[0])

    def keep_levels(self, j: int, n: int) -> None:
        """Draw a choice from n of its levels alone, so that each is there often."""
        shares = self.columns[j].shares[:-1]
        if np.count_nonzero(shares) <= n:
            return
        middle = (shares.cumsum() - shares / 2) / shares.sum()
        group = np.minimum((middle * n).astype(np.intp), n - 1)
        rng = np.random.default_rng(j)
        kept = {g: rng.choice(np.flatnonzero(group == g)) for g in np.unique(group).tolist()}
        of_state = np.array([*(kept[g] for g in group.tolist()), len(shares)])
        self.values[j] = of_state[self.values[j]]

    def to_plain(self) -> dict[str, Any]:
        """Return everything as dicts, lists, arrays and plain values."""
        return {
            "layout": dict(vars(self.layout)),
            "columns": [dict(vars(column)) for column in self.columns],
            "values": self.values,
            "n_blocks": self.n_blocks,
            "player": self.player,
            "player_names": self.player_names,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Sample":
        """Make a sample of what `to_plain` returned."""
        columns = [BackgroundColumn(**column) for column in plain["columns"]]
        layout = Layout(**{"unit": "ns", **plain["layout"]})
        return cls(**{**plain, "layout": layout, "columns": columns})

    def states(self) -> np.ndarray:
        """Return the state of every value, shape (n_samples, n_columns)."""
        return np.column_stack(
            [
                column.states(values) if column.is_quantity else values
                for column, values in zip(self.columns, self.values, strict=True)
            ]
        )

    def states_of(self, cells: list[np.ndarray]) -> np.ndarray:
        """Return the states of other rows.

        Shapes: cells (n,); returns states (n, n_columns).
        """
        pairs = zip(self.columns, cells, strict=True)
        return np.column_stack([column.states(values) for column, values in pairs])

    def cells(self, rows: Any = slice(None)) -> list[np.ndarray]:
        """Return the values of some of the rows, one array per column."""
        return [self.column_cells(j, rows) for j in range(len(self.columns))]

    def column_cells(self, j: int, rows: Any = slice(None)) -> np.ndarray:
        """Return the values of a column in some of the rows."""
        column, values = self.columns[j], self.values[j][rows]
        return values if column.is_quantity else column.cells(values)

    def frame(self, rows: Any) -> Any:
        """Return some of the rows as the model takes them."""
        return self.layout.frame(self.cells(rows))

    def to_display(self, cells: list[np.ndarray], states: np.ndarray) -> list[tuple[str, Any, Any]]:
        """Return each player's name, and the values and rules of rows, as an explanation says them.

        Shapes: cells (n,), states (n, d).
        """
        columns = [
            (
                column.name,
                self.layout.to_display(j, cells[j]),
                column.rules_of(states[:, j], cells[j]),
            )
            for j, column in enumerate(self.columns)
        ]
        out = []
        for p, name in enumerate(self.player_names):
            mine = [columns[j] for j in np.flatnonzero(self.player == p)]
            if len(mine) == 1 and mine[0][0] == str(name):
                out.append(mine[0])
                continue
            names, values, rules = zip(*mine, strict=True)
            together = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
            out.append((str(name), together, [", ".join(r) for r in zip(*rules, strict=True)]))
        return out

    def pairs(self, n: int) -> np.ndarray:
        """Choose n rows, the first ones of each block."""
        size = len(self) // self.n_blocks
        each = np.arange(min(-(-n // self.n_blocks), size))
        return (np.arange(self.n_blocks)[:, None] * size + each).ravel()


def _players(layout: Layout, groups: Mapping[Any, Sequence[Any]]) -> tuple[np.ndarray, list[Any]]:
    """Return whose column each is, and the names of columns and groups as they come."""
    of: dict[int, Any] = {}
    for group, names in groups.items():
        if group in layout.known_names() and group not in names:
            raise ColumnsError(
                f"The group {group!r} has the name of a column that is not in it; rename the group."
            )
        for name in names:
            j = layout.position(name, f"the group {group!r}")
            if j in of:
                raise ColumnsError(
                    f"Column {name!r} is in the groups {of[j][0]!r} and {group!r}; put it into one."
                )
            of[j] = (group,)
    shown = layout.display_names()
    keys = [of.get(j, j) for j in range(len(shown))]
    known = list(dict.fromkeys(keys))
    player = np.array([known.index(key) for key in keys], dtype=np.intp)
    return player, [str(key[0]) if isinstance(key, tuple) else shown[key] for key in known]


def _time_words(layout: Layout, j: int, ticks: np.ndarray) -> list[str]:
    return tick_words(layout.to_display(j, ticks))


def _weighted_rows(sample_weight: Any, n: int) -> np.ndarray:
    """Return rows as often as their weights say, evenly spaced."""
    weight = np.asarray(sample_weight, dtype=float)
    if weight.shape != (n,) or not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError(
            f"sample_weight must hold one finite weight of at least 0 for each of the {n} rows."
        )
    if not weight.sum() > 0:
        raise ValueError("sample_weight is zero for every row: there is no background left.")
    size = max(n, 4096)
    share = weight.cumsum() / weight.sum()
    return np.minimum(share.searchsorted((np.arange(size) + 0.5) / size), n - 1)


#: At most this many values of a choice get a flag of their own.
MAX_LEVELS = 64


class Space:
    """What the sample teaches about values, before any output is looked at.

    Shapes: terms (n_samples, n_terms), each with the mean 0, codes (n_samples, d), of_term
    (n_terms,) is the column of each term, ordered (d,) tells whether a column's codes are in order.
    """

    def __init__(self, sample):
        cells, states = sample.values, sample.states()
        n = len(states)
        self.columns = sample.columns
        self.ordered = np.array([column.is_quantity for column in self.columns])
        self._quantities = np.flatnonzero(self.ordered)
        rare = max(8, n // 128)
        ramps, flags, self._cuts, self._common, self._enough = [], [], [], [], []
        self._low, self._high = np.full((2, len(self.columns)), np.nan)
        for j, column in enumerate(self.columns):
            counts = np.bincount(states[:, j], minlength=column.missing + 1)
            enough = np.zeros(len(counts) + 1, dtype=bool)  # the last one is that of UNSEEN, -1
            if column.is_quantity:
                present = np.sort(cells[j][~np.isnan(cells[j])])
                known = np.unique(present)
                kept = [column.missing] if counts[-1] >= rare else []
                enough[: column.missing] = True
                if len(known):
                    self._low[j], self._high[j] = known[0], known[-1]
                if column.scale > 0 and len(known) > 1:
                    i = int(np.searchsorted(self._quantities, j))
                    edges = column.edges
                    inside = edges[(edges > known[0]) & (edges < known[-1])]
                    ends = [(column.center, -np.inf), *((knot, 0.0) for knot in inside)]
                    ramps += [(j, i, known[0], known[-1], *end, column.scale) for end in ends]
                self._cuts.append(_cuts(present, known))
                self._common.append(0)
            else:
                kept = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
                kept = kept[counts[kept] >= rare]
                self._cuts.append(np.zeros(0))
                self._common.append(min(int(np.append(counts[:-1], 0).argmax()), MISSING - 1))
            enough[kept] = True
            self._enough.append(enough)
            flags += [(j, state) for state in kept]
        ramps = np.array(ramps, dtype=float).reshape(-1, 7)
        flags = np.array(flags, dtype=np.intp).reshape(-1, 2)
        self._of = ramps[:, 1].astype(np.intp)
        _, _, self._floor_at, self._cap, self._knot, self._floor, self._scale = ramps.T
        self._flag_column, self._flag_state = flags.T
        self.of_term = np.concatenate([ramps[:, 0].astype(np.intp), self._flag_column])
        self._mean = 0.0
        self.terms = self.evaluate(cells, states)
        self._mean = self.terms.mean(axis=0)
        self.terms -= self._mean
        self.codes = self.encode(cells, states)

    def evaluate(self, cells, states):
        """Return the terms of rows.

        Shapes: cells (n,), states (n, d); returns terms (n, n_terms).
        """
        values = np.array([cells[j] for j in self._quantities]).reshape(-1, len(states)).T
        ramps = np.clip(values[:, self._of], self._floor_at, self._cap)
        ramps -= self._knot
        np.maximum(ramps, self._floor, out=ramps)
        ramps /= self._scale
        ramps[np.isnan(ramps)] = 0.0
        return np.hstack([ramps, states[:, self._flag_column] == self._flag_state]) - self._mean

    def encode(self, cells, states):
        """Return the codes of rows; a value that the sample has not gets the nearest one's.

        Shapes: cells (n,), states (n, d); returns codes (n, d).
        """
        codes = np.empty(states.shape, np.uint8)
        for j, column in enumerate(self.columns):
            if column.is_quantity:
                codes[:, j] = self._cuts[j].searchsorted(cells[j], "right")
                codes[np.isnan(cells[j]), j] = MISSING
            else:
                state = states[:, j]
                code = np.where(state < 0, self._common[j], np.minimum(state, MISSING - 1))
                codes[:, j] = np.where(state == column.missing, MISSING, code)
        return codes

    def unseen(self, cells, states):
        """Tell which values the sample has not, or too seldom to say anything of them.

        Shapes: cells (n,), states (n, d); returns unseen (n, d).
        """
        seen = np.column_stack([e[states[:, j]] for j, e in enumerate(self._enough)])
        for j in self._quantities:
            outside = ~((cells[j] >= self._low[j]) & (cells[j] <= self._high[j]))
            seen[:, j] &= ~(outside & ~np.isnan(cells[j]))
        return ~seen


def _cuts(present, known):
    """Return where the code of a quantity changes: between its values, or its quantiles.

    Shapes: present (n,) and known (n_known,), both sorted.
    """
    if len(known) >= MISSING:
        at = (np.arange(MISSING) + 0.5) / MISSING * (len(present) - 1)
        known = np.unique(np.interp(at, np.arange(len(present)), present))
    return (known[1:] + known[:-1]) / 2
