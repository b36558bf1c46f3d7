"""The shared sample: perturbed rows, drawn once from the background."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.explain.tabular._cells import Layout
from skcook.explain.tabular._discretize import edges_of
from skcook.explain.tabular._tabular_background import (
    BackgroundColumn,
    draw_in_bins,
    draw_states,
    draw_values,
    learn_column,
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
        if sample_weight is not None:
            rows = _weighted_rows(sample_weight, n)
            cells = [column[rows] for column in cells]
            y = None if y is None else y[rows]
            n = len(rows)
        if max_background is not None and n > max_background:
            rows = np.sort(rng.choice(n, max_background, replace=False))
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
            zone = layout.dtypes[j].get("zone")
            columns.append(
                learn_column(
                    name, cells[j], edges, kind=layout.kinds[j], zone=zone, coded=j in coded
                )
            )

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
        layout = Layout(**plain["layout"])
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
        return [
            values[rows] if column.is_quantity else column.cells(values[rows])
            for column, values in zip(self.columns, self.values, strict=True)
        ]

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
