"""Frames in and out, whatever container they are: pandas, polars or numpy.

`read_table` lets data in and remembers where it came from, under unique string names;
`Table.write` lets the result out, in the container it came in or the one that ``set_output`` asks
for, dtypes kept. What a column is, `_columns` knows.

>>> import pandas as pd
>>> from skcook.utils._columns import kind_of
>>> from skcook.utils._frames import read_table
>>> table = read_table(pd.DataFrame({"age": [31.0, None], "sex": ["f", "m"]}))
>>> [kind_of(table.frame[name]) for name in table.frame.columns]
['numeric', 'string']
>>> table.write(table.frame.select("sex"), "polars").to_dict(as_series=False)
{'sex': ['f', 'm']}
"""

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._columns import dense
from skcook.utils._convert import to_array, to_pandas, to_polars

Container = Literal["pandas", "polars", "numpy"]


def container_of(X: Any) -> Container | None:
    """Name the container of `X` without importing any dataframe library."""
    if isinstance(X, pd.DataFrame):
        return "pandas"
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(X, polars.DataFrame):
        return "polars"
    return "numpy" if isinstance(X, np.ndarray) else None


def is_frame(X: Any) -> bool:
    """Tell whether `X` is a pandas or a polars frame."""
    return container_of(X) in ("pandas", "polars")


class TableColumns:
    """Some columns of a table, each a column of pandas or polars, read when it is asked for."""

    def __init__(self, native: Any, columns: list[str]) -> None:
        self.columns = columns
        self._native = native
        self._read: dict[str, Any] = {}

    def to_native(self) -> Any:
        """Return the whole frame, for its library, its index and its length."""
        return self._native

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = dense(self._native[name])
        return self._read[name]

    def __len__(self) -> int:
        return len(self._native)

    def replace(self, name: str, column: Any) -> None:
        """Read another column in the place of one."""
        self._read[name] = column


@dataclass(frozen=True)
class Table:
    """Data that came through the door."""

    native: Any
    container: Container
    labels: list[Any] | None = None

    @cached_property
    def frame(self) -> nw.DataFrame[Any]:
        """The data as one narwhals frame."""
        return nw.from_native(self.native, eager_only=True)

    def columns(self, names: list[str]) -> TableColumns:
        """Return some of the columns."""
        return TableColumns(self.native, names)

    def named(self, names: list[str]) -> "Table":
        """Return the table under other names; its own are put back on the way out."""
        labels = self.labels
        if self.container != "numpy" and labels is None:
            labels = list(self.native.columns)
        if isinstance(self.native, pd.DataFrame):
            return Table(self.native.set_axis(names, axis=1), self.container, labels)
        return Table(self.native.rename(dict(zip(labels or [], names, strict=True))), "polars")

    def write_native(self, native: Any, container: str = "default") -> Any:
        """Let a frame of pandas or polars out; see `write`."""
        is_frame_as_it_came = self.container != "numpy" and self.labels is None
        if is_frame_as_it_came and container in ("default", self.container):
            return native
        return self.write(nw.from_native(native, eager_only=True), container)

    def write(self, frame: nw.DataFrame[Any], container: str = "default") -> Any:
        """Let a frame out."""
        target = self.container if container == "default" else container
        if target == "polars":
            return to_polars(frame)
        native = to_pandas(frame)
        if target == "numpy":
            return to_array(native)
        if self.labels is not None and list(frame.columns) == _positions(len(self.labels)):
            return native.set_axis(pd.Index(self.labels), axis=1)
        return native


def read_table(X: Any, *, name: str = "X") -> Table:
    """Let data in.

    Shapes: X (n_rows, n_columns).
    """
    container = container_of(X)
    if container == "polars":
        return Table(X, "polars")
    if container == "pandas":
        labels = list(X.columns)
        repeated = [str(label) for label, count in Counter(labels).items() if count > 1]
        if repeated:
            raise ColumnsError(
                f"{name} has more than one column with the same name: {', '.join(repeated)}. "
                "Rename or drop the repeated ones."
            )
        if all(isinstance(label, str) for label in labels):
            return Table(X, "pandas")
        frame = X.set_axis(_positions(len(labels)), axis=1)
        return Table(frame, "pandas", labels)
    if container == "numpy":
        if X.ndim != 2:
            raise ValueError(
                f"{name} has {X.ndim} dimension(s) and must have 2: rows and columns. "
                "Reshape one column with reshape(-1, 1), one row with reshape(1, -1)."
            )
        names = _positions(X.shape[1])
        if X.dtype.kind == "O":
            return Table(_inferred(pd.DataFrame(X, columns=names, dtype=object)), "numpy")
        return Table(pd.DataFrame(X, columns=names), "numpy")
    raise TypeError(
        f"{name} must be a pandas or polars DataFrame or a two-dimensional numpy array; "
        f"got {_describe(X)}."
    )


def _inferred(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of objects their dtype; those without a value, of None or of NaN, have none."""
    inferred = frame.infer_objects()
    empty = [name for name in frame if inferred[name].isna().all()]
    return inferred.assign(**{name: frame[name] for name in empty}) if empty else inferred


def _positions(n: int) -> list[str]:
    return [f"x{i}" for i in range(n)]


def refuse_other_frames(X: Any, name: str = "X") -> None:
    """Raise if `X` is a frame of a library, or of a form, that is not taken."""
    if hasattr(X, "collect") or (hasattr(X, "to_pandas") and not is_frame(X)):
        raise TypeError(
            f"{name} must be a pandas or polars DataFrame or a two-dimensional array; got "
            f"{_describe(X)}."
        )


def _describe(X: Any) -> str:
    kind = f"{type(X).__module__.partition('.')[0]}.{type(X).__qualname__}"
    if hasattr(X, "collect"):
        return f"{kind}; call .collect() first"
    if hasattr(X, "to_frame"):
        return f"{kind}; one column becomes a frame with .to_frame()"
    if hasattr(X, "to_pandas"):
        return f"{kind}; convert it with .to_pandas() or polars.from_arrow"
    return kind
