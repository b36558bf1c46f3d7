"""From the cells of rows to the matrix that a model computes with.

`matrix_of` sorts columns by where their cells come from and what happens to them; columns that
go the same way become one numpy operation, and look-ups one pass of Python over the cells. The
operations are numpy's own, in the order and the dtype in which the pipeline does them, so that
the sums agree to the last bit.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from skcook.base._flow import Block, Calculated, DoubtError, FlowColumn, Lookup, Op
from skcook.exceptions import PlanRefused

#: One list of cells per column of the input.
Cells = Sequence[list[Any]]

#: A larger matrix is left to the pipeline, which may do with a sparse one.
MOST_CELLS = 2_000_000


class Matrix:
    """Turns cells into a matrix.

    Shapes: `__call__` returns (n, width).
    """

    def __init__(self, columns: Sequence[FlowColumn], dtype: str) -> None:
        self.columns, self.dtype, self.width = tuple(columns), np.dtype(dtype), len(columns)
        numbers, lookups = ways(columns)
        blocks: dict[Block, int] = {}
        self._numbers = [_NumberGroup(group, blocks) for group in numbers]
        self._blocks = [_runner(block) for block in blocks]
        self._lookups = [_Scatter(block, slots) for block, slots in lookups.items()]

    def __call__(self, cells: Cells) -> np.ndarray:
        n = len(cells[0])
        if n * self.width > MOST_CELLS and n > 1:
            raise DoubtError
        out = np.zeros((n, self.width), self.dtype)
        blocks = [run(cells) for run in self._blocks]
        for group in self._numbers:
            group(cells, blocks, out)
        for scatter in self._lookups:
            scatter(cells, out)
        return out


Group = list[tuple[FlowColumn, int]]


def ways(columns: Sequence[FlowColumn]) -> tuple[list[Group], dict[Lookup, list[int]]]:
    """Sort the columns of a matrix by the way that their cells go into it.

    Returns the columns that become one array each, with their places in the matrix, and the
    look-ups that write straight into it, with the place of each of their parts, -1 for none.
    """
    numbers: dict[Any, Group] = {}
    lookups: dict[Lookup, list[int]] = {}
    for place, column in enumerate(columns):
        source = column.source
        block, part = source if isinstance(source, tuple) else (None, 0)
        if isinstance(block, Lookup) and not column.ops:
            # Straight from the table into the matrix.
            slots = lookups.setdefault(block, [-1] * block.width)
            if slots[part] < 0:
                slots[part] = place
                continue
        if column.kind not in ("number", "boolean"):
            raise PlanRefused(
                f"column {column.name!r} reaches the model as {column.kind} ({column.dtype})"
            )
        numbers.setdefault(_way(column), []).append((column, place))
    return list(numbers.values()), lookups


def _way(column: FlowColumn) -> Any:
    """Return what columns must share to be computed as one."""
    ops = tuple((op.name, op.dtype) for op in column.ops)
    if isinstance(column.source, int):
        return (column.read, ops)
    return (column.source[0], ops)


class _NumberGroup:
    """Columns that go the same way: one array, one operation after the other."""

    def __init__(self, group: Group, blocks: dict[Block, int]) -> None:
        first = group[0][0]
        self.block: int | None = None
        if isinstance(first.source, int):
            self.take: Any = [column.source for column, _ in group]
        else:
            self.block = blocks.setdefault(first.source[0], len(blocks))
            self.take = _slice([column.source[1] for column, _ in group])  # type: ignore[index]
        self.places = _slice([place for _, place in group])
        self.dtype = first.read
        self.ops = [
            _operation([column.ops[i] for column, _ in group]) for i in range(len(first.ops))
        ]

    def __call__(self, cells: Cells, blocks: Sequence[np.ndarray], out: np.ndarray) -> None:
        if self.block is None:
            values = np.array([cells[j] for j in self.take], dtype=self.dtype)
            if not np.isfinite(values).all() and np.isinf(values).any():
                raise DoubtError
        else:
            values = blocks[self.block][:, self.take].T
            if self.ops:
                values = values.copy()
        for run, *operands in self.ops:
            values = run(values, *operands)
        out[:, self.places] = values.T


def _slice(places: list[int]) -> Any:
    """Return places as a slice where they are one, which numpy copies in less time."""
    first, n = places[0], len(places)
    return slice(first, first + n) if places == list(range(first, first + n)) else np.array(places)


def _operation(ops: Sequence[Op]) -> tuple[Any, ...]:
    """Join the same operation of several columns."""
    name, dtype = ops[0].name, ops[0].dtype
    if name == "clip":
        low, high = np.array([op.operand for op in ops], dtype=dtype).T
        return (_clip, low[:, None], high[:, None])
    if name == "cast":
        return (np.ndarray.astype, np.dtype(dtype))
    if name not in _ON_NUMBERS:
        raise PlanRefused(f"{name} works on no numbers")
    if ops[0].operand is None:
        return (_ON_NUMBERS[name],)
    return (_ON_NUMBERS[name], np.array([[op.operand] for op in ops], dtype=dtype))


def _fill(values: np.ndarray, operand: np.ndarray) -> np.ndarray:
    absent = np.isnan(values)
    return np.where(absent, operand, values).astype(values.dtype) if absent.any() else values


def _clip(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.clip(values, low, high, out=values)


def _missing(values: np.ndarray) -> np.ndarray:
    return np.isnan(values).astype(np.float64)


def _present(values: np.ndarray) -> np.ndarray:
    if np.isnan(values).any():
        raise DoubtError
    return values


#: In place, as scikit-learn does them: float32 stays float32.
_ON_NUMBERS: dict[str, Any] = {
    "fill": _fill,
    "missing": _missing,
    "present": _present,
    "subtract": operator.isub,
    "divide": operator.itruediv,
    "multiply": operator.imul,
    "add": operator.iadd,
}


class _CellsOf:
    """The cells of one column, missing ones as None, after its operations.

    A look-up may leave the last of them to its table; see `table_after`.
    """

    def __init__(self, column: FlowColumn) -> None:
        self.place: Any = -1
        self.matrix: Matrix | None = None
        self.ops = column.ops
        if is_raw(column):
            self.place = column.source
        elif column.kind not in ("number", "boolean"):
            raise PlanRefused(f"{column.kind} column {column.name!r} is computed with as a number")
        else:
            self.matrix = Matrix([column], "float64")

    def __call__(self, cells: Cells) -> list[Any]:
        if self.matrix is None:
            found = cells[self.place]
            for op in self.ops:
                found = _ON_CELLS[op.name](found, op.operand)
            return found
        values = self.matrix(cells)[:, 0].tolist()
        return [None if value != value else value for value in values]


def _present_cells(cells: list[Any], _: Any) -> list[Any]:
    if None in cells:
        raise DoubtError
    return cells


_ON_CELLS: dict[str, Callable[[list[Any], Any], list[Any]]] = {
    "fill_cell": lambda cells, value: [value if cell is None else cell for cell in cells],
    "levels": lambda cells, known: [cell if cell in known else None for cell in cells],
    "present": _present_cells,
    "map": lambda cells, table: [table.get(cell) for cell in cells],
    "read": lambda cells, read: [None if cell is None else read(cell) for cell in cells],
}


def is_raw(column: FlowColumn) -> bool:
    """Tell whether a column is looked up by the very cells that come in."""
    is_input = isinstance(column.source, int) and column.read != "float32"
    return is_input and all(op.name in _ON_CELLS for op in column.ops)


def table_after(ops: Sequence[Op], table: Mapping[Any, Any], unknown: Any) -> tuple[dict, Any]:
    """Return the table that looks up cells before operations as `table` does those after."""
    table = dict(table)
    table.setdefault(None, unknown)
    for op in reversed(ops):
        if op.name == "fill_cell":
            table[None] = table.get(op.operand, unknown)
        elif op.name == "present":
            table[None] = None
        elif op.name == "levels":
            table = {None: table[None], **{v: table.get(v, unknown) for v in op.operand}}
            unknown = table[None]
        elif op.name == "map":
            found = {key: table.get(v, unknown) for key, v in op.operand.items()}
            unknown = table[None]
            table = {None: unknown, **found}
    return table, unknown


class _Look:
    """Looks the cells of a column up."""

    def __init__(self, block: Lookup) -> None:
        if block.column.kind == "mixed":
            raise PlanRefused(f"column {block.column.name!r} holds values of several types")
        self.cells_of = _CellsOf(block.column)
        table, unknown = block.table, block.unknown
        if self.cells_of.matrix is None:
            # What no table holds is done first: a function that reads cells of any type.
            ops = self.cells_of.ops
            first = max((i + 1 for i, op in enumerate(ops) if op.name == "read"), default=0)
            self.cells_of.ops = ops[:first]
            table, unknown = table_after(ops[first:], table, unknown)
        else:
            table = {None: unknown, **table}
        self.table, self.unknown = table, unknown

    def __call__(self, cells: Cells) -> list[Any]:
        table, unknown = self.table, self.unknown
        found = [table.get(cell, unknown) for cell in self.cells_of(cells)]
        if None in found:
            raise DoubtError
        return found


class _Scatter:
    """Writes what was looked up straight into the matrix."""

    def __init__(self, block: Lookup, slots: list[int]) -> None:
        self.look, self.one_hot = _Look(block), block.one_hot
        if block.one_hot:
            # One more place stands for none; -1 also finds it.
            to = [*slots, -1]
            look = self.look
            look.table = {k: None if v is None else to[v] for k, v in look.table.items()}
            look.unknown = None if look.unknown is None else to[look.unknown]
        self.kept = [(part, place) for part, place in enumerate(slots) if place >= 0]

    def __call__(self, cells: Cells, out: np.ndarray) -> None:
        found = self.look(cells)
        if self.one_hot:
            for i, place in enumerate(found):
                if place >= 0:
                    out[i, place] = 1.0
        else:
            for part, place in self.kept:
                out[:, place] = [values[part] for values in found]


class _LookedUp:
    """A block of what was looked up, for further operations."""

    def __init__(self, block: Lookup) -> None:
        self.look, self.width, self.one_hot = _Look(block), block.width, block.one_hot

    def __call__(self, cells: Cells) -> np.ndarray:
        found = self.look(cells)
        if not self.one_hot:
            return np.array(found, dtype=np.float64).reshape(len(found), self.width)
        out = np.zeros((len(found), self.width))
        for i, place in enumerate(found):
            if place >= 0:
                out[i, place] = 1.0
        return out


class _Computed:
    """A block that a function computes."""

    def __init__(self, block: Calculated) -> None:
        self.function = block.function
        self.input: Any
        if len(block.columns) == 1 and block.columns[0].kind not in ("number", "boolean"):
            self.input = _CellsOf(block.columns[0])
        else:
            self.input = Matrix(block.columns, block.dtype)

    def __call__(self, cells: Cells) -> np.ndarray:
        return self.function(self.input(cells))


def _runner(block: Block) -> Any:
    return _LookedUp(block) if isinstance(block, Lookup) else _Computed(block)
