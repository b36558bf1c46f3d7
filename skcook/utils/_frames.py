"""The one dataframe door: what differs between pandas, polars and numpy is known here alone.

`read_table` lets data in and remembers where it came from; inside, every part works on one
narwhals frame with unique string names; `Table.write` lets the result out, in the container it
came in or the one that ``set_output`` asks for, dtypes kept.

>>> import pandas as pd
>>> from skcook.utils._frames import kind_of, read_table
>>> table = read_table(pd.DataFrame({"age": [31.0, None], "sex": ["f", "m"]}))
>>> [kind_of(table.frame[name]) for name in table.frame.columns]
['numeric', 'string']
>>> table.write(table.frame.select("sex"), "polars").to_dict(as_series=False)
{'sex': ['f', 'm']}

None, NaN, NaT, pd.NA and a polars null are one missing value everywhere.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._optional import import_optional

Kind = Literal[
    "numeric", "boolean", "string", "categorical", "datetime", "duration", "empty", "object"
]
Container = Literal["pandas", "polars", "numpy"]

KINDS: tuple[Kind, ...] = get_args(Kind)

_KIND_OF_OBJECTS: dict[str, Kind] = {
    "string": "string",
    "boolean": "boolean",
    "integer": "numeric",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
    "decimal": "numeric",
    "datetime64": "datetime",
    "datetime": "datetime",
    "date": "datetime",
    "timedelta64": "duration",
    "timedelta": "duration",
    "categorical": "categorical",
    "empty": "empty",
}


def container_of(X: Any) -> Container | None:
    """Name the container of `X` without importing any dataframe library.

    Parameters
    ----------
    X : object
        Anything.

    Returns
    -------
    container : {"pandas", "polars", "numpy"} or None
        None for anything that is not a two-dimensional frame of pandas or polars, nor an array.
    """
    if isinstance(X, pd.DataFrame):
        return "pandas"
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(X, polars.DataFrame):
        return "polars"
    return "numpy" if isinstance(X, np.ndarray) else None


def is_frame(X: Any) -> bool:
    """Tell whether `X` is a pandas or a polars frame."""
    return container_of(X) in ("pandas", "polars")


class Column:
    """A column that becomes a narwhals Series only when more than its native one is asked for.

    To make a narwhals Series costs more than most of what is done with a single row.

    Parameters
    ----------
    native : Series of pandas or polars
        The column.
    """

    __slots__ = ("_native", "_series")

    def __init__(self, native: Any) -> None:
        self._native = native
        self._series: nw.Series[Any] | None = None

    def to_native(self) -> Any:
        """Return the column of pandas or polars."""
        return self._native

    @property
    def name(self) -> str:
        """The name of the column."""
        return self._native.name

    def __len__(self) -> int:
        return len(self._native)

    def __getattr__(self, attribute: str) -> Any:
        if self._series is None:
            self._series = nw.from_native(self._native, series_only=True)
        return getattr(self._series, attribute)


class Columns:
    """Some columns of a table, read without a copy of the frame.

    Parameters
    ----------
    table : Table
        The table.
    columns : list of str
        The names of the columns.
    """

    def __init__(self, table: "Table", columns: list[str]) -> None:
        self.columns = columns
        self._table = table
        self._native = table.native
        self._read: dict[str, Column] = {}

    def to_native(self) -> Any:
        """Return the whole native frame, for its library, its index and its length."""
        return self._native

    def __getitem__(self, name: str) -> Column:
        if name not in self._read:
            self._read[name] = Column(self._native[name])
        return self._read[name]

    def __len__(self) -> int:
        return len(self._native)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._table.frame.select(self.columns), attribute)


@dataclass(frozen=True)
class Table:
    """Data that came through the door.

    Parameters
    ----------
    native : DataFrame of pandas or polars
        The data, with unique string names.
    container : {"pandas", "polars", "numpy"}
        What the data came in.
    labels : list or None
        The column labels of a pandas frame whose labels are not strings.
    """

    native: Any
    container: Container
    labels: list[Any] | None = None

    @cached_property
    def frame(self) -> nw.DataFrame[Any]:
        """The data as one narwhals frame."""
        return nw.from_native(self.native, eager_only=True)

    def write_native(self, native: Any, container: str = "default") -> Any:
        """Let a frame of pandas or polars out; see `write`."""
        is_frame_as_it_came = self.container != "numpy" and self.labels is None
        if is_frame_as_it_came and container in ("default", self.container):
            return native
        return self.write(nw.from_native(native, eager_only=True), container)

    def write(self, frame: nw.DataFrame[Any], container: str = "default") -> Any:
        """Let a frame out.

        Parameters
        ----------
        frame : narwhals DataFrame
            The result.
        container : {"default", "pandas", "polars", "numpy"}, default="default"
            The container wanted; "default" is the one that the data came in.

        Returns
        -------
        X : DataFrame or ndarray
            The result in that container, with the dtypes of `frame`.
        """
        target = self.container if container == "default" else container
        if target == "polars":
            return to_polars(frame)
        native = to_pandas(frame)
        if target == "numpy":
            return _to_array(native)
        if self.labels is not None and list(frame.columns) == _positions(len(self.labels)):
            return native.set_axis(pd.Index(self.labels), axis=1)
        return native


def read_table(X: Any, *, name: str = "X") -> Table:
    """Let data in.

    Parameters
    ----------
    X : DataFrame of pandas or polars, or ndarray of shape (n_rows, n_columns)
        The data. It is never written to. Columns of an array, and of a pandas frame whose labels
        are not strings, are called "x0", "x1", ...
    name : str, default="X"
        What to call the data in an error.

    Returns
    -------
    table : Table
        The data as one narwhals frame that remembers its container.

    Raises
    ------
    TypeError
        If `X` is of no known container.
    ColumnsError
        If two columns have the same name.
    ValueError
        If `X` is not two-dimensional.
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
        frame = pd.DataFrame(X, columns=_positions(X.shape[1]))
        if X.dtype.kind == "O":
            frame = frame.infer_objects()
        return Table(frame, "numpy")
    raise TypeError(
        f"{name} must be a pandas or polars DataFrame or a two-dimensional numpy array; "
        f"got {_describe(X)}."
    )


def _positions(n: int) -> list[str]:
    return [f"x{i}" for i in range(n)]


def _describe(X: Any) -> str:
    kind = f"{type(X).__module__.partition('.')[0]}.{type(X).__qualname__}"
    if hasattr(X, "collect"):
        return f"{kind}; call .collect() first"
    if hasattr(X, "to_frame"):
        return f"{kind}; one column becomes a frame with .to_frame()"
    return kind


def is_object_column(series: nw.Series[Any]) -> bool:
    """Tell whether a column is a pandas column of Python objects."""
    native = series.to_native()
    return isinstance(native, pd.Series) and native.dtype == np.dtype(object)


def kind_of(series: nw.Series[Any]) -> Kind:
    """Name what a column holds, the same for every container.

    Parameters
    ----------
    series : narwhals Series
        A column.

    Returns
    -------
    kind : {"numeric", "boolean", "string", "categorical", "datetime", "duration", "empty", \
            "object"}
        "empty" is a column without a dtype or a value; "object" anything else, such as a mixture
        of strings and numbers. Dates are "datetime" too.
    """
    dtype = series.to_native().dtype
    known = _KIND_OF_POLARS.get(type(dtype).__name__) or _kind_of_pandas(dtype)
    if known is not None:
        return known
    native = series.to_native()
    if is_object_column(series):
        inferred = pd.api.types.infer_dtype(native, skipna=True)
        if inferred == "mixed" and native.isna().any():
            # To pandas, NaT or pd.NA among strings is a mixture.
            inferred = pd.api.types.infer_dtype(native.dropna(), skipna=True)
        return _KIND_OF_OBJECTS.get(inferred, "object")
    dtype = series.dtype
    if dtype.is_numeric():
        return "numeric"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype == nw.String:
        return "string"
    if dtype in (nw.Categorical, nw.Enum):
        return "categorical"
    if dtype in (nw.Datetime, nw.Date):
        return "datetime"
    if dtype == nw.Duration:
        return "duration"
    if isinstance(getattr(series.to_native(), "dtype", None), pd.DatetimeTZDtype):
        # narwhals does not know the dtype of a zone such as America/New_York.
        return "datetime"
    return "empty" if series.null_count() == len(series) else "object"


def _kind_of_pandas(dtype: Any) -> Kind | None:
    """Name the kind of the common dtypes, which need not be translated."""
    if isinstance(dtype, np.dtype):
        return _KIND_OF_NUMPY.get(dtype.kind)
    if isinstance(dtype, pd.StringDtype):
        return "string"
    return "categorical" if isinstance(dtype, pd.CategoricalDtype) else None


_KIND_OF_POLARS: dict[str, Kind] = {
    **dict.fromkeys((f"{u}Int{bits}" for u in ("", "U") for bits in (8, 16, 32, 64)), "numeric"),
    "Float32": "numeric",
    "Float64": "numeric",
    "Boolean": "boolean",
    "String": "string",
    "Categorical": "categorical",
    "Enum": "categorical",
    "Datetime": "datetime",
    "Date": "datetime",
}

_KIND_OF_NUMPY: dict[str, Kind] = {
    "b": "boolean",
    "i": "numeric",
    "u": "numeric",
    "f": "numeric",
    "M": "datetime",
    "m": "duration",
}


def is_missing(series: nw.Series[Any]) -> np.ndarray:
    """Tell which values of a column are missing.

    Parameters
    ----------
    series : narwhals Series of length n
        A column.

    Returns
    -------
    missing : ndarray of bool of shape (n,)
        True for None, NaN, NaT, pd.NA and null.
    """
    native = series.to_native()
    if isinstance(native, pd.Series):
        if isinstance(native.dtype, np.dtype):
            return pd.isna(native.to_numpy())
        missing = native.isna()
        if isinstance(native.dtype, pd.ArrowDtype) and series.dtype.is_float():
            # pandas counts an Arrow NaN as a value.
            missing = missing | pd.Series(native.to_numpy("float64", na_value=np.nan)).isna().array
        return missing.to_numpy(dtype=bool)
    missing = native.is_null()
    if native.dtype.is_float():
        missing = missing | native.is_nan().fill_null(True)
    return missing.to_numpy()


def numeric_values(series: nw.Series[Any]) -> np.ndarray:
    """Return a numeric or boolean column as floats.

    Parameters
    ----------
    series : narwhals Series of length n
        A column of kind "numeric" or "boolean".

    Returns
    -------
    values : ndarray of float64 of shape (n,)
        Its values, NaN where they are missing. It may be a view of the data: never write to it.
    """
    native = series.to_native()
    if isinstance(native, pd.Series):
        if native.dtype == np.dtype(object):
            return np.asarray(
                pd.to_numeric(native.astype(object).where(native.notna(), np.nan)), float
            )
        return native.to_numpy(dtype="float64", na_value=np.nan)
    return series.cast(nw.Float64).fill_null(float("nan")).to_numpy()


def new_series(name: str, values: Any, like: nw.DataFrame[Any]) -> nw.Series[Any]:
    """Make a column that can be put into the frame `like`.

    Parameters
    ----------
    name : str
        Name of the column.
    values : ndarray, or native Series, of the length of `like`
        Its values.
    like : narwhals DataFrame
        The frame whose library, and index if it has one, the column takes.

    Returns
    -------
    series : narwhals Series
        The column.
    """
    return nw.from_native(native_series(name, values, like), series_only=True)


def native_series(name: str, values: Any, like: nw.DataFrame[Any]) -> Any:
    """Make a column of the library of the frame `like`; see `new_series`.

    Parameters
    ----------
    name : str
        Name of the column.
    values : ndarray, or native Series, of the length of `like`
        Its values.
    like : narwhals DataFrame
        The frame whose library, and index if it has one, the column takes.

    Returns
    -------
    series : Series of pandas or polars
        The column.
    """
    native = like.to_native()
    if isinstance(native, pd.DataFrame):
        return pd.Series(values, index=native.index, name=name, copy=False)
    return sys.modules["polars"].Series(name, values)


def to_pandas(frame: nw.DataFrame[Any]) -> pd.DataFrame:
    """Convert a frame to pandas, dtypes kept.

    Parameters
    ----------
    frame : narwhals DataFrame
        A frame of pandas (returned as it is) or of polars.

    Returns
    -------
    X : pandas DataFrame
        Integers and booleans with nulls become the nullable ``Int64``, ``boolean`` and so on;
        strings ``str``; Categorical and Enum ``category``; dates ``datetime64[ms]``.
    """
    native = frame.to_native()
    if isinstance(native, pd.DataFrame):
        return native
    columns = {name: _series_to_pandas(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), columns=list(frame.columns))


def _series_to_pandas(series: nw.Series[Any]) -> pd.Series:
    native, dtype = series.to_native(), series.dtype
    has_nulls = native.null_count() > 0
    if dtype.is_float() or ((dtype.is_integer() or dtype == nw.Boolean) and not has_nulls):
        return pd.Series(native.to_numpy(), copy=False)
    if dtype.is_integer() or dtype == nw.Boolean:
        mask = native.is_null().to_numpy()
        values = native.fill_null(False if dtype == nw.Boolean else 0).to_numpy()
        array = pd.arrays.BooleanArray if dtype == nw.Boolean else pd.arrays.IntegerArray
        return pd.Series(array(np.array(values), mask))
    if dtype == nw.String:
        return pd.Series(native.to_list(), dtype="str")
    if dtype in (nw.Categorical, nw.Enum):
        if dtype == nw.Enum:
            categories = native.dtype.categories.to_list()
        else:
            # A polars Categorical has no order of its own and knows the strings of other columns.
            categories = sorted(native.unique().drop_nulls().to_list())
        values = pd.Series(native.to_list(), dtype=object)
        return values.astype(pd.CategoricalDtype(categories, ordered=dtype == nw.Enum))
    if dtype == nw.Date:
        return pd.Series(native.to_numpy()).astype("datetime64[ms]")
    if dtype == nw.Datetime:
        zone = getattr(dtype, "time_zone", None)
        if zone is None:
            return pd.Series(native.to_numpy())
        utc = native.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return pd.Series(utc.to_numpy()).dt.tz_localize("UTC").dt.tz_convert(zone)
    if dtype == nw.Duration:
        return pd.Series(native.to_numpy())
    return pd.Series(native.to_list(), dtype=object)


def to_polars(frame: nw.DataFrame[Any]) -> Any:
    """Convert a frame to polars, dtypes kept.

    Parameters
    ----------
    frame : narwhals DataFrame
        A frame of polars (returned as it is) or of pandas.

    Returns
    -------
    X : polars DataFrame
        NaN becomes null; ``category`` becomes Enum if ordered, else Categorical.
    """
    native = frame.to_native()
    if not isinstance(native, pd.DataFrame):
        return native
    polars = import_optional("polars", feature='set_output(transform="polars")', extra="all")
    return polars.DataFrame([_series_to_polars(frame[name], polars) for name in frame.columns])


def _series_to_polars(series: nw.Series[Any], polars: Any) -> Any:
    native, name = series.to_native(), series.name
    missing = is_missing(series)
    dtype = native.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        strings = [str(value) for value in dtype.categories]
        target = polars.Enum(strings) if dtype.ordered else polars.Categorical
        values = [None if code < 0 else strings[code] for code in native.cat.codes]
        return polars.Series(name, values, dtype=polars.String).cast(target)
    if isinstance(dtype, np.dtype) and dtype.kind in "iub":
        return polars.Series(name, native.to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return polars.Series(name, native.to_numpy(), nan_to_null=True)
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return polars.Series(name, _polars_times(native.to_numpy()))
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive = native.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        utc = polars.Series(name, _polars_times(naive))
        return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(str(dtype.tz))
    values = [
        None if absent else value
        for value, absent in zip(native.astype(object), missing, strict=True)
    ]
    if kind_of(series) in ("string", "empty"):
        return polars.Series(name, values, dtype=polars.String)
    numpy_dtype = getattr(dtype, "numpy_dtype", None)
    if numpy_dtype is not None and numpy_dtype.kind in "iufb":
        fill = np.zeros(1, numpy_dtype)[0]
        filled = np.array([fill if v is None else v for v in values], dtype=numpy_dtype)
        mask = polars.Series("", ~missing)
        return (
            polars.Series(name, filled)
            .zip_with(mask, polars.Series([None], dtype=polars.Series(filled[:0]).dtype))
            .alias(name)
        )
    if kind_of(series) == "object":
        # A mixture must not become strings behind the user's back.
        return polars.Series(name, values, dtype=polars.Object)
    # Not strict: objects may mix 1 and 1.5.
    return polars.Series(name, values, strict=False)


def _polars_times(values: np.ndarray) -> np.ndarray:
    """Return times in a unit that polars knows; whole seconds are none."""
    unit, _ = np.datetime_data(values.dtype)
    return values if unit != "s" else values.astype(f"{values.dtype.kind}8[ms]")


def _to_array(frame: pd.DataFrame) -> np.ndarray:
    """Return the frame as one array, numeric if every column is."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        # Left alone, pandas makes objects of booleans beside numbers.
        common = np.result_type(*frame.dtypes) if frame.shape[1] else None
        return frame.to_numpy(dtype=common)
    if all(kind_of(nw.from_native(frame[name], series_only=True)) == "numeric" for name in frame):
        return frame.to_numpy(dtype="float64", na_value=np.nan)
    values = frame.astype(object)
    return values.where(values.notna(), np.nan).to_numpy(dtype=object)
