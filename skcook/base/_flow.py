"""What a step says of itself: the columns that go through it, as arithmetic without a frame.

A fitted pipeline spends nearly all of its time on one row with frames and checks; what remains is
a few subtractions and look-ups. So that `skcook.plan` can do these alone, each transformer of
skcook turns descriptions of columns into descriptions of columns:

- a `FlowColumn` says where its cells come from (a column of the input, or a part of a block) and
  which elementwise operations (`Op`) they went through since;
- a `Lookup` block turns the cells of one column into one or more columns of numbers by a table;
- a `Calculated` block turns any columns into columns of numbers by a function.

Nothing is computed here; `skcook.plan` joins operations of the same kind and runs them.

A schema that is read from a fitted model follows each column through the steps by `StepTraits`,
which say what a step does to its columns. Of the transformers of scikit-learn the same is known by
what they are or by what they have learned.

>>> from skcook.base._flow import FlowColumn
>>> age = FlowColumn("age", "number", "float64")
>>> [op.name for op in age.then("fill", 31.0).then("subtract", 40.0).ops]
['fill', 'subtract']
>>> from sklearn.preprocessing import StandardScaler
>>> traits_of(StandardScaler())
StepTraits(fills_missing=False, keeps_values=False, needs_numbers=True)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from sklearn.impute import KNNImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skcook.exceptions import PlanRefused

Kind = Literal["number", "boolean", "text", "time", "duration", "mixed"]

#: What a missing cell is in the column that the pipeline would be given.
Null = Literal["nan", "none", "na"]


class ByClassName(dict[str, Callable[..., Any]]):
    """Functions by the exact name of the class that each is for: nothing is imported for them."""

    def of(self, *names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return a decorator that enters a function under names."""

        def enter(function: Callable[..., Any]) -> Callable[..., Any]:
            self.update(dict.fromkeys(names, function))
            return function

        return enter


class DoubtError(Exception):
    """A row that a plan leaves to the pipeline, for its answer, its error or its warning."""


@dataclass(frozen=True)
class Op:
    """One elementwise operation; `dtype` is that of the operand, and of the result of a cast.

    On numbers: fill, subtract, divide, multiply, add, clip, missing, present, cast. On any cells:
    fill_cell, levels, present, map, read.
    """

    name: str
    operand: Any = None
    dtype: str = "float64"


@dataclass(frozen=True)
class FlowColumn:
    """One column on its way through a pipeline."""

    name: str
    kind: Kind
    dtype: str
    nullable: bool = True
    null: Null = "nan"
    #: The float dtype in which cells of numbers are read.
    read: str = "float64"
    #: The position of a column of the input, or the part of a block.
    source: "int | tuple[Block, int]" = 0
    ops: tuple[Op, ...] = ()
    #: Whether it stands in a sparse matrix, where XGBoost takes a zero for a missing value.
    sparse: bool = False
    #: Whether it is a sequence of documents and not a column of a table.
    one_dimensional: bool = False

    def then(
        self, name: str, operand: Any = None, dtype: str = "float64", **new: Any
    ) -> "FlowColumn":
        """Return the column after one more operation."""
        return replace(self, ops=(*self.ops, Op(name, operand, dtype)), **new)

    def as_number(self, dtype: str | None = None, *, who: str) -> "FlowColumn":
        """Return the column as numbers, of a float dtype if one is given."""
        if self.kind not in ("number", "boolean"):
            raise PlanRefused(f"{who}: column {self.name!r} holds {self.kind} ({self.dtype})")
        if dtype is None or self.dtype == dtype:
            return self
        if "float32" in (dtype, self.dtype):
            cast = Op("cast", None, dtype)
            return replace(self, ops=(*self.ops, cast), dtype=dtype, kind="number")
        return replace(self, dtype=dtype, kind="number")


@dataclass(frozen=True, eq=False)
class Lookup:
    """Columns of numbers looked up by the cells of one column.

    With `one_hot` the table holds the place of the one among `width` columns, -1 for none;
    without, a tuple of `width` numbers. What is not in the table gets `unknown`; where that is
    None, the row goes to the pipeline. A missing cell is None in the table.
    """

    column: FlowColumn
    table: Mapping[Any, Any]
    unknown: Any
    width: int
    one_hot: bool


@dataclass(frozen=True, eq=False)
class Calculated:
    """Columns of numbers that a function makes of columns.

    The function is given a matrix of `dtype`; for a column of text or times, its list of cells. It
    may have a method `traced`, which does the same by arithmetic on a value of `skcook.export`: one
    column of numbers, seconds since 1970 for times.
    """

    columns: tuple[FlowColumn, ...]
    function: Callable[[Any], Any]
    width: int
    dtype: str = "float64"


Block = Lookup | Calculated

#: Plans a step: what it makes of columns. Raises `PlanRefused`.
PlanStep = Callable[[Any, Sequence[FlowColumn]], list[FlowColumn]]


def parts(
    block: Block,
    names: Sequence[str],
    *,
    dtype: str = "float64",
    nullable: bool = True,
    sparse: bool = False,
) -> list[FlowColumn]:
    """Return the columns that a block makes."""
    return [
        FlowColumn(name, "number", dtype, nullable, source=(block, k), sparse=sparse)
        for k, name in enumerate(names)
    ]


def common_float(columns: Sequence[FlowColumn]) -> str:
    """Return the float dtype that numpy and pandas find for columns put side by side."""
    return "float32" if columns and all(c.dtype == "float32" for c in columns) else "float64"


def float_dtype(dtype: Any) -> str:
    """Return the float dtype that numbers of a dtype become beside others."""
    return "float32" if np.dtype(dtype) == np.float32 else "float64"


@dataclass(frozen=True)
class StepTraits:
    """What a step does to the columns that it works on."""

    #: Whether a missing value may come, because the step fills it.
    fills_missing: bool = False
    #: Whether values go on as they are, for the next step to say what they may be.
    keeps_values: bool = False
    #: Whether every value has to be a number, of which any is as good as another.
    needs_numbers: bool = False


_NUMBERS = (
    KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, PowerTransformer, QuantileTransformer,
    RobustScaler, StandardScaler,
)  # fmt: skip
#: What imputers learn: scikit-learn's simple and iterative ones, and feature-engine's.
_LEARNED_FILLINGS = ("statistics_", "imputation_sequence_", "imputer_dict_")


def traits_of(step: Any) -> StepTraits:
    """Return what a fitted step says of the columns that it takes."""
    own = getattr(type(step), "_step_traits", None)
    if isinstance(own, StepTraits):
        return own
    if isinstance(step, KNNImputer) or hasattr(step, "imputation_sequence_"):
        return StepTraits(fills_missing=True, keeps_values=True, needs_numbers=True)
    if any(hasattr(step, name) for name in _LEARNED_FILLINGS):
        return StepTraits(fills_missing=True, keeps_values=True)
    return StepTraits(needs_numbers=isinstance(step, _NUMBERS))
