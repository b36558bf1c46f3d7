"""From the columns of a row to the matrix that a model computes with, as a graph.

The plan's columns say what happens to each cell (`skcook.base._flow`); the operations are those of
`skcook.plan._matrix`, in the same order and dtype. A row on which the plan would be in doubt is
told by a value of its own, since a graph has no other way to refuse a row.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skcook.base._flow import Block, Calculated, FlowColumn, Lookup, Op
from skcook.exceptions import ExportRefused
from skcook.export._graph import Graph, Value
from skcook.export._traced_transformers import trace_transform
from skcook.plan._matrix import Group, Matrix, is_raw, table_after, ways
from skcook.plan._steps import Transform

#: The places that stand for no place and for doubt.
_NONE, _DOUBT = -1, -2

_ARITHMETIC = {
    "subtract": Value.__sub__,
    "divide": Value.__truediv__,
    "multiply": Value.__mul__,
    "add": Value.__add__,
}


class Tracer:
    """Writes columns and matrices into a graph, and gathers the rows to be in doubt about."""

    def __init__(self, graph: Graph, columns: Sequence[Any]) -> None:
        self.graph, self.columns = graph, columns
        self.inputs = [graph.input(column.name, input_dtype(column)) for column in columns]

    def refused(self) -> Value:
        """Return the rows to be in doubt about, of shape (n, 1)."""
        return functools.reduce(Value.__or__, self.graph.doubts.values())

    def matrix(self, matrix: Matrix) -> Value:
        """Return what a matrix of the plan holds, of shape (n, width)."""
        columns = matrix.columns
        if not columns:
            raise ExportRefused("The model takes no column.")
        groups, lookups = ways(columns)
        dtype = matrix.dtype.name
        pieces, places = [], []
        for group in groups:
            pieces.append(self._numbers(group).cast(dtype))
            places += [place for _, place in group]
        for block, slots in lookups.items():
            kept = [part for part, place in enumerate(slots) if place >= 0]
            pieces.append(self._looked_up(block, kept).cast(dtype))
            places += [slots[part] for part in kept]
        joined = self.graph.concat(pieces)
        order = np.argsort(places)
        return joined if np.array_equal(order, np.arange(len(order))) else joined.take(order)

    def doubt_infinite(self, values: Value) -> None:
        """Doubt rows with an infinite number."""
        self.graph.doubt(values.apply("IsInf", "bool").any())

    def doubt_missing(self, values: Value) -> None:
        """Doubt rows that miss a number."""
        self.graph.doubt(values.isnan().any())

    def _numbers(self, group: Group) -> Value:
        """Return columns that go the same way, of shape (n, n_columns)."""
        first = group[0][0]
        if isinstance(first.source, int):
            inputs = [self.inputs[column.source] for column, _ in group]  # type: ignore[index]
            values = self.graph.concat(inputs).cast(first.read)
            self.doubt_infinite(values)
        else:
            values = self._block(first.source[0])
            values = values.take([column.source[1] for column, _ in group])  # type: ignore[index]
        for i in range(len(first.ops)):
            values = self._operated(values, [column.ops[i] for column, _ in group])
        return values

    def _operated(self, values: Value, ops: Sequence[Op]) -> Value:
        name, dtype, now = ops[0].name, ops[0].dtype, values.dtype
        if name == "cast":
            return values.cast(dtype)
        if name == "missing":
            return values.isnan().cast("float64")
        if name == "present":
            self.doubt_missing(values)
            return values
        if name == "clip":
            low, high = np.array([op.operand for op in ops], dtype=now).T
            return values.least(low[None]).most(high[None])
        operand = np.array([[op.operand for op in ops]], dtype=dtype)
        if name == "fill":
            return values.isnan().where(self.graph.constant(operand, now), values)
        # numpy computes in the greater precision of the two, and rounds.
        wide = np.result_type(now, dtype).name
        return _ARITHMETIC[name](values.cast(wide), self.graph.constant(operand, wide)).cast(now)

    def _block(self, block: Block) -> Value:
        """Return all columns that a block makes."""
        if isinstance(block, Lookup):
            return self._looked_up(block, range(block.width))
        return self._calculated(block)

    def _calculated(self, block: Calculated) -> Value:
        first, function = block.columns[0], block.function
        if len(block.columns) == 1 and first.kind not in ("number", "boolean"):
            cells = self._cells(first)
            if first.ops:
                raise ExportRefused(f"Column {first.name!r} is changed before it is read.")
        else:
            cells = self.matrix(Matrix(block.columns, block.dtype))
        own = getattr(function, "traced", None)
        if own is not None:
            if first.nullable and getattr(function, "missing", "") is None:
                self.graph.doubt(cells.equals(""))  # a missing text
            return own(cells)
        if isinstance(function, Transform):
            return trace_transform(function.step, cells.cast("float64"))
        raise ExportRefused(
            f"What is made of column {first.name!r} ({first.kind}) cannot be exported: it has no "
            "operators."
        )

    def _cells(self, column: FlowColumn) -> Value:
        if not isinstance(column.source, int):
            raise ExportRefused(f"Column {column.name!r} is looked up twice.")
        if column.kind == "mixed":
            raise ExportRefused(f"Column {column.name!r} holds values of several types.")
        return self.inputs[column.source]

    def _refuse_reading(self, column: FlowColumn) -> None:
        if any(op.name == "read" for op in column.ops):
            raise ExportRefused(
                f"How column {column.name!r} is read, cell by cell, has no operators."
            )

    def _looked_up(self, block: Lookup, kept: Sequence[int]) -> Value:
        """Return parts of what a column's cells are looked up for, of shape (n, len(kept))."""
        column, table, unknown = block.column, block.table, block.unknown
        if is_raw(column):
            cells = self._cells(column)
            source = self.columns[column.source]  # type: ignore[index]
            if column.kind == "time":
                raise ExportRefused(f"The times of column {column.name!r} are used as categories.")
            self._refuse_reading(column)
            table, unknown = table_after(column.ops, table, unknown)
            keys = _keys(table, cells.dtype, source.nullable, column.name)
        else:
            cells = self.matrix(Matrix([column], "float64"))
            keys = _keys({None: unknown, **table}, "float64", True, column.name)
        if cells.dtype == "float64":
            cells = cells + 0.0  # makes the two zeros one key
        found = list(keys.values())
        if block.one_hot:
            codes = [_DOUBT if place is None else place for place in (*found, unknown)]
            place = cells.code(list(keys), codes[:-1], codes[-1])
            self._doubt_codes(place, codes)
            return place.equals(np.array([list(kept)])).cast("float64")
        rows = [row for row in dict.fromkeys((*found, unknown)) if row is not None]
        places = {None: _DOUBT, **{row: place for place, row in enumerate(rows)}}
        codes = [places[row] for row in (*found, unknown)]
        code = cells.code(list(keys), codes[:-1], codes[-1])
        if self._doubt_codes(code, codes):
            code = code.least(0)
        numbers = self.graph.constant(np.array(rows, dtype=np.float64)[:, list(kept)])
        return numbers.take(code, axis=0).reshape(-1, len(kept))

    def _doubt_codes(self, code: Value, codes: Sequence[int]) -> bool:
        if _DOUBT not in codes:
            return False
        self.graph.doubt(code.equals(_DOUBT))
        return True


def input_dtype(column: Any) -> str:
    """Return the dtype of a column of the schema outside: numbers are doubles, texts are texts."""
    return "str" if column.type == "string" else "float64"


def _keys(table: Mapping[Any, Any], dtype: str, nullable: bool, name: str) -> dict[Any, Any]:
    """Return a table by what stands for its cells in the graph: NaN and "" for a missing one."""
    if dtype == "str":
        if nullable and "" in table and table[""] != table[None]:
            raise ExportRefused(
                f'Column {name!r} has the empty text as a category, and "" is how ONNX is given a '
                "missing text."
            )
        known = {key: value for key, value in table.items() if isinstance(key, str)}
        return {"": table[None], **known} if nullable else known
    keys = {}
    for key, value in table.items():
        if key is None:
            keys[math.nan] = value
        elif isinstance(key, bool | int | float):
            if float(key) != key:
                raise ExportRefused(
                    f"Column {name!r} has the category {key}, which no double holds exactly."
                )
            keys[float(key)] = value
    return keys
