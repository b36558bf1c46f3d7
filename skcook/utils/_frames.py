"""Frames in and out, whatever container they are: pandas, polars or numpy.

`read_table` lets data in and remembers where it came from, under unique string names;
`Table.write` lets the result out, in the container it came in or the one that ``set_output`` asks
for, dtypes kept: `to_pandas`, `to_polars` and `to_array` take it from one library to another. What
a column is, `_columns` knows.

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
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from skcook.exceptions import ColumnsError
from skcook.utils._columns import (
    Kind,
    holds_dates,
    is_missing,
    is_object_column,
    is_unusual_number,
    kind_of,
    plain_storage,
    polars_times,
    read_instants,
)
from skcook.utils._optional import import_optional
from skcook.utils._packing import pack, unpack
from skcook.utils._validation import did_you_mean

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

    def __init__(
        self, native: Any, columns: list[str], kinds: dict[str, Kind] | None = None
    ) -> None:
        self.columns = columns
        self._native = native
        self._read: dict[str, Any] = {}
        self._made: set[str] = set()
        self._kinds = {} if kinds is None else kinds

    def to_native(self) -> Any:
        """Return the whole frame, for its library, its index and its length."""
        return self._native

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            native = self._native[name]
            self._read[name] = plain_storage(native)
            if self._read[name] is not native:
                self._made.add(name)
        return self._read[name]

    def __len__(self) -> int:
        return len(self._native)

    def kind(self, name: str) -> Kind:
        """Name what a column holds; Python objects are looked at once."""
        if name not in self._kinds:
            self._kinds[name] = kind_of(self[name])
        return self._kinds[name]

    def is_made(self, name: str) -> bool:
        """Tell whether a column, once read, is another one than that of the frame."""
        return name in self._made

    def replace(self, name: str, column: Any) -> None:
        """Read another column in the place of one."""
        self._read[name] = column
        self._made.add(name)
        self._kinds = {**self._kinds, name: kind_of(column)}


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
        return TableColumns(self.native, names, self._kinds)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {}

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
        X, names = _unmasked(X), _positions(X.shape[1])
        if X.dtype.kind == "O":
            return Table(_inferred(pd.DataFrame(X, columns=names, dtype=object)), "numpy")
        return Table(pd.DataFrame(X, columns=names), "numpy")
    raise TypeError(
        f"{name} must be a pandas or polars DataFrame or a two-dimensional numpy array; "
        f"got {_describe(X)}."
    )


def _unmasked(X: Any) -> Any:
    """Return an array whose masked values are missing."""
    if not isinstance(X, np.ma.MaskedArray):
        return X
    if not np.ma.is_masked(X):
        return X.data
    values = np.array(X.data, dtype=X.dtype if X.dtype.kind in "fcmM" else object)
    values[np.ma.getmaskarray(X)] = None  # which is NaN or NaT where the dtype has it
    return values


def _inferred(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of objects their dtype, if each value is the same in it."""
    inferred = {}
    for name, column in frame.items():
        # Beside a missing value, pandas makes floats of the integers and of the ends of intervals.
        is_integer = pd.api.types.infer_dtype(column, skipna=True) == "integer"
        if kind_of(column) not in ("string", "empty", "object") and not (
            is_integer and column.hasnans
        ):
            inferred[name] = column.infer_objects()
    return frame.assign(**inferred)


def _positions(n: int) -> list[str]:
    return [f"x{i}" for i in range(n)]


def refuse_other_frames(X: Any, name: str = "X") -> None:
    """Raise if `X` is a frame of a library, or of a form, that is not taken."""
    is_other = hasattr(X, "collect") or (hasattr(X, "to_pandas") and not is_frame(X))
    if is_other or _is_records(X):
        raise TypeError(
            f"{name} must be a pandas or polars DataFrame or a two-dimensional array; got "
            f"{_describe(X)}."
        )


def _is_records(X: Any) -> bool:
    """Tell whether columns or rows are given by their names, in no frame."""
    if hasattr(X, "dtype"):  # a matrix of scipy may be a dict, too
        return getattr(X.dtype, "names", None) is not None
    return isinstance(X[0] if isinstance(X, list | tuple) and X else X, Mapping)


def _describe(X: Any) -> str:
    if _is_records(X):
        return "columns or rows by name; make a frame of them with pandas.DataFrame(X)"
    kind = f"{type(X).__module__.partition('.')[0]}.{type(X).__qualname__}"
    if hasattr(X, "collect"):
        return f"{kind}; call .collect() first"
    if hasattr(X, "to_frame"):
        return f"{kind}; one column becomes a frame with .to_frame()"
    if hasattr(X, "to_pandas"):
        return f"{kind}; convert it with .to_pandas() or polars.from_arrow"
    return kind


def read_input(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Validate the `X` of ``fit`` or ``transform`` and let it in.

    Shapes: X (n_samples, n_features).
    """
    try:
        if is_frame(X):
            table = read_table(X)
            if reset or not _has_names_of_fit(estimator, X):
                validate_data(estimator, X, reset=reset, skip_check_array=True)
        else:
            if not hasattr(X, "to_list"):  # one column: scikit-learn says how to reshape it
                refuse_other_frames(X)
            table = read_table(_check_array(estimator, X, reset=reset))
    except ValueError as exc:
        if reset or not is_frame(X):
            raise
        raise ColumnsError(f"{exc}{_hint(estimator, X)}") from None
    n_rows, n_columns = table.native.shape
    if n_columns == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 1 is "
            f"required by {type(estimator).__name__}."
        )
    if reset and n_rows == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=(0, {n_columns})) while a minimum of 1 is "
            f"required by {type(estimator).__name__}."
        )
    return table if reset else _by_names_of_fit(estimator, table)


def _by_names_of_fit(estimator: Any, table: Table) -> Table:
    """Take columns by position where they or those of ``fit`` have no names.

    scikit-learn has warned of it by now.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{i}" for i in range(table.native.shape[1])]
    return table if list(table.native.columns) == list(names) else table.named(list(names))


def _has_names_of_fit(estimator: Any, X: Any) -> bool:
    """Tell whether the columns are those of ``fit``, in less time than it takes to check them."""
    names = getattr(estimator, "feature_names_in_", None)
    return names is not None and list(X.columns) == names.tolist()


def _check_array(estimator: Any, X: Any, *, reset: bool) -> np.ndarray:
    X = _unmasked(X)
    if isinstance(X, list | tuple) and X:
        as_objects = np.array(X, dtype=object)
        # A list that mixes words and numbers must not become an array of words.
        if as_objects.ndim == 2 and any(isinstance(value, str) for value in as_objects.flat):
            X = as_objects
    return validate_data(
        estimator,
        X,
        reset=reset,
        dtype=None,
        ensure_all_finite=False,
        ensure_min_samples=1 if reset else 0,
    )


def _hint(estimator: Any, X: Any) -> str:
    """Pair each column that came unexpected with the one that was probably meant."""
    expected = getattr(estimator, "feature_names_in_", None)
    if expected is None or not is_frame(X):
        return ""
    got = [str(name) for name in X.columns]
    missing = [name for name in expected if name not in got]
    pairs = [
        f"{name!r} -> {match!r}"
        for name in got
        if name not in set(expected) and (match := did_you_mean(name, missing))
    ]
    return f"Did you mean: {', '.join(pairs)}?\n" if pairs else ""


def to_pandas(frame: nw.DataFrame[Any]) -> pd.DataFrame:
    """Convert a frame to pandas, dtypes kept."""
    native = frame.to_native()
    if isinstance(native, pd.DataFrame):
        return native
    columns = {name: _series_to_pandas(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), columns=list(frame.columns))


def _series_to_pandas(series: nw.Series[Any]) -> pd.Series:
    native, kind = series.to_native(), kind_of(series)
    is_whole = kind in ("numeric", "boolean") and not is_unusual_number(native)
    if series.dtype.is_float() or (is_whole and not native.null_count()):
        return pd.Series(native.to_numpy(), copy=False)
    if kind == "string":
        return pd.Series(native.to_list(), dtype="str")
    if kind in ("object", "empty") or is_unusual_number(native):
        return pd.Series(native.to_list(), dtype=object)
    return unpack(pack(native), "pandas", series.name)


def to_polars(frame: nw.DataFrame[Any]) -> Any:
    """Convert a frame to polars, dtypes kept."""
    native = frame.to_native()
    if not isinstance(native, pd.DataFrame):
        return native
    polars = import_optional("polars", feature='set_output(transform="polars")', extra="all")
    return polars.DataFrame([_series_to_polars(frame[name], polars) for name in frame.columns])


def _series_to_polars(series: nw.Series[Any], polars: Any) -> Any:
    native, name, kind = series.to_native(), series.name, kind_of(series)
    if isinstance(native.dtype, np.dtype) and native.dtype.kind in "iufb":
        return polars.Series(name, native.to_numpy(), nan_to_null=True)
    if kind == "datetime":
        column = polars_times(name, *read_instants(native))
        return column.cast(polars.Date) if holds_dates(native) else column
    if kind == "duration" or (
        kind not in ("string", "empty", "object") and not is_object_column(native)
    ):
        return unpack(pack(native), "polars", name)
    values = [
        None if absent else value
        for value, absent in zip(native.astype(object), is_missing(native), strict=True)
    ]
    # A mixture must not become strings behind the user's back; numbers may mix 1 and 1.5.
    dtype = {"string": polars.String, "empty": polars.String, "object": polars.Object}.get(kind)
    return polars.Series(name, values, dtype=dtype, strict=False)


def to_array(frame: pd.DataFrame) -> np.ndarray:
    """Return the frame as one array, numeric if every column is."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        # Left alone, pandas makes objects of booleans beside numbers.
        common = np.result_type(*frame.dtypes) if frame.shape[1] else None
        return frame.to_numpy(dtype=common)
    if all(isinstance(dtype, np.dtype) and dtype.kind == "M" for dtype in frame.dtypes):
        return frame.to_numpy()
    if all(kind_of(nw.from_native(frame[name], series_only=True)) == "numeric" for name in frame):
        return frame.to_numpy(dtype="float64", na_value=np.nan)
    values = frame.astype(object)
    return values.where(values.notna(), np.nan).to_numpy(dtype=object)
