"""The background: what each column of the training rows looks like, and draws from it.

A column is either a quantity (numbers, dates, durations) or a choice between levels (words,
categories, booleans, whole texts). Each value has a *state*: the bin of a quantity or the level
of a choice, and the state after the last one is "missing", with the frequency it had. Each state
has a rule in words: "37 < age <= 48", "island = Biscoe", "sex is missing". Columns are drawn
independently of each other, as LIME does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import qmc
from sklearn.tree import DecisionTreeClassifier

#: The state of a level that the background has not.
UNSEEN = -1


def _nothing() -> np.ndarray:
    return np.zeros(0)


@dataclass
class BackgroundColumn:
    """One column of the background.

    Shapes: edges (n_bins - 1,), shares (n_states + 1,), low, high, mean, std (n_bins,).
    """

    name: str
    levels: list[Any] | None
    shares: np.ndarray
    edges: np.ndarray = field(default_factory=_nothing)
    low: np.ndarray = field(default_factory=_nothing)
    high: np.ndarray = field(default_factory=_nothing)
    mean: np.ndarray = field(default_factory=_nothing)
    std: np.ndarray = field(default_factory=_nothing)
    center: float = 0.0
    scale: float = 0.0
    rules: list[str] = field(default_factory=list)
    codes: bool = False

    @property
    def is_quantity(self) -> bool:
        """Whether it holds numbers, dates or durations."""
        return self.levels is None

    @property
    def is_coded(self) -> bool:
        """Whether it is a choice between numbers."""
        return self.levels is not None and self.codes

    @property
    def missing(self) -> int:
        """The state of a missing value."""
        return len(self.shares) - 1

    def states(self, cells: np.ndarray) -> np.ndarray:
        """Return the state of each cell.

        Shapes: cells (n,); returns states (n,).
        """
        if self.levels is None:
            states = self.edges.searchsorted(cells)
            states[np.isnan(cells)] = self.missing
        elif self.is_coded:
            known_codes = np.array(self.levels, dtype=float)
            order = np.argsort(known_codes)
            place = np.minimum(known_codes[order].searchsorted(cells), len(order) - 1)
            states = np.where(known_codes[order][place] == cells, order[place], UNSEEN)
            states[np.isnan(cells)] = self.missing
        else:
            known = {key_of(level): code for code, level in enumerate(self.levels)}
            known[key_of(None)] = self.missing
            states = np.array([known.get(key_of(cell), UNSEEN) for cell in cells], dtype=np.intp)
        if self.shares[-1] == 0:
            states[states == self.missing] = UNSEEN
        return states

    def cells(self, states: np.ndarray) -> np.ndarray:
        """Return the values of a choice's states."""
        if self.is_coded:
            return np.append(np.array(self.levels, dtype=float), np.nan)[states]
        values = np.empty(len(self.shares), dtype=object)
        values[:-1] = self.levels
        return values[states]

    def rules_of(self, states: np.ndarray, cells: np.ndarray) -> list[str]:
        """Say in words what the weights of values are about."""
        if self.levels is None:
            # A missing value that the background has not is the last state as well: -1.
            return [self.rules[state] for state in states.tolist()]
        names = cells.tolist()
        if self.is_coded:
            names = [None if c != c else number_words(np.array([c]))[0] for c in names]
        return [level_rule(self.name, name) for name in names]


def key_of(value: Any) -> Any:
    """Return what tells a value of a choice from others."""
    # True == 1 == 1.0 in Python; a column may hold them apart.
    return (type(value).__name__ if isinstance(value, bool | np.bool_) else "", value)


def number_words(values: np.ndarray) -> list[str]:
    """Write numbers with as few digits as keep them apart."""
    for digits in range(4, 18):
        words = [_one_number(value, digits) for value in values]
        if len(set(words)) == len(set(values.tolist())):
            break
    return words


def _one_number(value: float, digits: int) -> str:
    if not np.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1e15:
        return str(int(value))
    if 1e-4 <= abs(value) < 1e15:
        decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.{digits}g}"


def learn_column(
    name: str,
    cells: np.ndarray,
    edges: np.ndarray,
    *,
    words: Callable[[np.ndarray], list[str]] = number_words,
    coded: bool = False,
) -> BackgroundColumn:
    """Learn a column of the background; `coded` makes a choice of a column of numbers.

    Shapes: cells (n,).
    """
    n = len(cells)
    if coded and cells.dtype != object:
        known, counts = np.unique(cells[~np.isnan(cells)], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shares = np.append(counts[order], np.isnan(cells).sum()) / n
        return BackgroundColumn(name, known[order].tolist(), shares, codes=True)
    if cells.dtype == object:
        found: dict[Any, list[Any]] = {}
        absent = 0
        for cell in cells:
            if cell is None:
                absent += 1
            else:
                found.setdefault(key_of(cell), [cell, 0])[1] += 1
        ordered = sorted(found.values(), key=lambda pair: (-pair[1], str(pair[0])))
        shares = np.array([*(count for _, count in ordered), absent]) / n
        return BackgroundColumn(name, [level for level, _ in ordered], shares)
    present = cells[~np.isnan(cells)]
    bins = np.searchsorted(edges, present)
    n_bins = len(edges) + 1
    shares = np.append(np.bincount(bins, minlength=n_bins), n - len(present)) / n
    low, high, mean, std = stats = np.zeros((4, n_bins))
    if len(present):
        limits = np.concatenate([[present.min()], edges, [present.max()]])
        stats[0], stats[1] = limits[:-1], np.maximum(limits[1:], limits[:-1])
        for b in np.flatnonzero(shares[:-1]):
            inside = present[bins == b]
            stats[2, b], stats[3, b] = inside.mean(), inside.std()
            if stats[3, b] <= 1e-12 * max(abs(inside).max(), 1e-300):
                stats[:3, b], stats[3, b] = inside[0], 0.0
    center = float(present.mean()) if len(present) else 0.0
    spread = float(present.std()) if len(present) else 0.0
    scale = spread if spread > 1e-12 * max(abs(center), 1e-300) else 0.0
    rules = bin_rules(name, words(edges))
    return BackgroundColumn(name, None, shares, edges, low, high, mean, std, center, scale, rules)


def uniforms(n: int, d: int, *, sampling: str, n_blocks: int, rng: np.random.Generator):
    """Draw points of the unit cube.

    Shapes: returns points (n, d).
    """
    if sampling == "iid":
        return rng.random((n, d))
    size = n // n_blocks
    power = max(int(np.ceil(np.log2(size))), 0)
    blocks = [
        qmc.Sobol(d, scramble=True, rng=rng).random_base2(power)[:size] for _ in range(n_blocks)
    ]
    return np.vstack(blocks)


def draw_values(cells: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw from a quantity's own values, missing ones included.

    Shapes: cells (n_background,), u (n,); returns values (n,).
    """
    # NaN is sorted to the end.
    return np.sort(cells)[(u * len(cells)).astype(np.intp)]


def draw_states(column: BackgroundColumn, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw states with the frequency they have.

    Shapes: u (n,); returns states (n,), rest (n,).
    """
    cumulative = np.cumsum(column.shares)
    last = np.flatnonzero(column.shares)[-1]
    states = np.minimum(np.searchsorted(cumulative, u, side="right"), last)
    share = column.shares[states]
    return states, np.clip((u - (cumulative[states] - share)) / share, 0, 1)


def draw_in_bins(column: BackgroundColumn, states: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw a quantity inside given bins, from the normal law cut to each bin, as lime does.

    Shapes: states (n,), u (n,); returns values (n,).
    """
    missing = states == column.missing
    bins = np.where(missing, 0, states)
    spread = np.where(column.std > 0, column.std, 1.0)
    below = ndtr((column.low - column.mean) / spread)
    above = ndtr((column.high - column.mean) / spread)
    z = ndtri(below[bins] + u * (above[bins] - below[bins]))
    values = column.mean[bins] + column.std[bins] * np.where(column.std[bins] > 0, z, 0.0)
    values = np.clip(values, column.low[bins], column.high[bins])
    values[missing] = np.nan
    return values


PERCENTS = {"quartile": [25, 50, 75], "decile": [10, 20, 30, 40, 50, 60, 70, 80, 90]}


def edges_of(
    name: str, values: np.ndarray, discretizer: Any, y: np.ndarray | None = None
) -> np.ndarray:
    """Return the edges between the bins of a quantity."""
    if isinstance(discretizer, dict):
        if name in discretizer:
            edges = np.unique(np.asarray(discretizer[name], dtype=float))
            if not np.isfinite(edges).all():
                raise ValueError(f"The edges of column {name!r} must be finite numbers.")
            return edges
        discretizer = None
    present = ~np.isnan(values)
    if not present.any():
        return np.zeros(0)
    if discretizer == "entropy":
        if y is None:
            raise ValueError(
                'discretizer="entropy" cuts columns where the classes differ: give `y` to fit.'
            )
        tree = DecisionTreeClassifier(criterion="entropy", max_depth=3, random_state=0)
        tree.fit(values[present, None], y[present])
        edges = np.unique(tree.tree_.threshold[tree.tree_.feature >= 0])
        return edges if len(edges) else np.array([np.median(values[present])])
    return np.unique(np.percentile(values[present], PERCENTS[discretizer or "quartile"]))


def tick_words(times: Iterable[Any]) -> list[str]:
    """Write dates or durations."""
    times = list(times)
    if all(isinstance(time, pd.Timedelta) for time in times):
        return list(map(str, times))
    if all(time == time.normalize() for time in times):
        return [time.date().isoformat() for time in times]
    return [time.isoformat(sep=" ", timespec="seconds") for time in times]


def bin_rules(name: str, words: list[str]) -> list[str]:
    """Return the rules of the bins between edges, and last the one of a missing value."""
    missing = f"{name} is missing"
    if not words:
        return [f"{name} has any value", missing]
    between = [f"{low} < {name} <= {high}" for low, high in pairwise(words)]
    return [f"{name} <= {words[0]}", *between, f"{name} > {words[-1]}", missing]


def level_rule(name: str, level: Any) -> str:
    """Return the rule of one value of a column that is no quantity."""
    if level is None:
        return f"{name} is missing"
    text = str(level)
    return f"{name} = {text if len(text) <= 80 else text[:77] + '...'}"
