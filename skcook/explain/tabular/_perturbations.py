"""The shared sample: perturbed rows, drawn once from the background."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.exceptions import ColumnValuesError
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

    Shapes: values (n_samples,).
    """

    layout: Layout
    columns: list[BackgroundColumn]
    values: list[np.ndarray]
    n_blocks: int

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
    ) -> "Sample":
        """Learn the background from a frame and draw from it."""
        layout = Layout.of(X)
        cells = layout.cells(X)
        n = len(cells[0])
        if max_background is not None and n > max_background:
            rows = np.sort(rng.choice(n, max_background, replace=False))
            cells = [column[rows] for column in cells]
            y = None if y is None else y[rows]
        columns = []
        for j, name in enumerate(layout.names):
            edges = np.zeros(0)
            if layout.is_quantity(j):
                if np.isinf(cells[j]).any():
                    raise ColumnValuesError(
                        f"Column {name!r} of the background holds infinite values, which have no "
                        "average. Replace them, for example by NaN for missing."
                    )
                edges = edges_of(name, cells[j], discretizer, y)
            zone = layout.dtypes[j].get("zone")
            columns.append(learn_column(name, cells[j], edges, kind=layout.kinds[j], zone=zone))

        n_blocks = 8 if sampling == "sobol" else 25
        n_blocks = min(n_blocks, n_samples // 4)
        total = -(-n_samples // n_blocks) * n_blocks
        d = len(columns)
        u = uniforms(total, d, sampling=sampling, n_blocks=n_blocks, rng=rng)
        within = rng.random((total, d)) if sampling == "iid" else None
        values = []
        for j, column in enumerate(columns):
            if column.is_quantity and discretizer is None:
                values.append(draw_values(cells[j], u[:, j]))
                continue
            states, rest = draw_states(column, u[:, j])
            if column.is_quantity:
                rest = rest if within is None else within[:, j]
                values.append(draw_in_bins(column, states, rest))
            else:
                values.append(states)
        return cls(layout, columns, values, n_blocks)

    def __len__(self) -> int:
        return len(self.values[0])

    def to_plain(self) -> dict[str, Any]:
        """Return everything as dicts, lists, arrays and plain values."""
        return {
            "layout": dict(vars(self.layout)),
            "columns": [dict(vars(column)) for column in self.columns],
            "values": self.values,
            "n_blocks": self.n_blocks,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Sample":
        """Make a sample of what `to_plain` returned."""
        columns = [BackgroundColumn(**column) for column in plain["columns"]]
        return cls(Layout(**plain["layout"]), columns, plain["values"], plain["n_blocks"])

    def states(self) -> np.ndarray:
        """Return the state of every value, shape (n_samples, n_columns)."""
        return np.column_stack(
            [
                column.states(values) if column.is_quantity else values
                for column, values in zip(self.columns, self.values, strict=True)
            ]
        )

    def cells(self, rows: Any = slice(None)) -> list[np.ndarray]:
        """Return the values of some of the rows, one array per column."""
        return [
            values[rows] if column.is_quantity else column.cells(values[rows])
            for column, values in zip(self.columns, self.values, strict=True)
        ]

    def pairs(self, n: int) -> np.ndarray:
        """Choose n rows, the first ones of each block."""
        size = len(self) // self.n_blocks
        each = np.arange(min(-(-n // self.n_blocks), size))
        return (np.arange(self.n_blocks)[:, None] * size + each).ravel()
