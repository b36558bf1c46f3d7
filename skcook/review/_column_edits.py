"""Columns as a correction leaves them: held constant, or with some levels replaced.

Works on pandas, polars and numpy as they come; every other column is passed on as it is.
"""

import datetime as dt
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.utils._columns import is_missing, kind_of, native_of, numeric_values, to_list
from skcook.utils._frames import container_of
from skcook.utils._validation import did_you_mean, in_words


def find_column(X: Any, feature: Any) -> int:
    """Return the position of a column that is named, or numbered as explanations do."""
    if container_of(X) is None:
        raise TypeError(
            f"{feature!r} is a column, and X is a {type(X).__name__}: corrections of columns need "
            "a pandas or polars DataFrame or a two-dimensional numpy array."
        )
    if container_of(X) == "numpy":
        if X.ndim != 2:
            raise TypeError(f"{feature!r} is a column, and X has {X.ndim} dimension(s).")
        labels: list[Any] = list(range(X.shape[1]))
    else:
        labels = list(X.columns)
    if labels.count(feature) > 1:
        raise ColumnsError(f"X has more than one column {feature!r}; rename or drop the others.")
    names = [str(label) for label in labels]
    positions = [f"x{i}" for i in range(len(labels))]
    for candidates in (labels, names, positions):
        if candidates.count(feature) == 1 and (
            candidates is not positions or not all(isinstance(label, str) for label in labels)
        ):
            return candidates.index(feature)
    match = did_you_mean(str(feature), names)
    raise ColumnsError(
        f"A correction names the column {feature!r}, which X has not."
        + (f" Did you mean {match!r}?" if match else f" It has {in_words(labels)}.")
    )


def column_series(X: Any, position: int) -> nw.Series[Any]:
    """Return one column, whatever the container."""
    if container_of(X) == "numpy":
        column = pd.Series(X[:, position])
        return nw.from_native(
            column.infer_objects() if X.dtype.kind == "O" else column, series_only=True
        )
    native = X.iloc[:, position] if container_of(X) == "pandas" else X.to_series(position)
    return nw.from_native(native, series_only=True)


def typical_value(series: nw.Series[Any], *, without: np.ndarray | None = None) -> Any:
    """Return the middle value of numbers and times, the most frequent of others, as plain data."""
    present = ~is_missing(series)
    if without is not None:
        present &= ~without
    if not present.any():
        return None
    kind = kind_of(series)
    if kind == "numeric":
        numbers = np.sort(numeric_values(series)[present])
        middle = float(numbers[(len(numbers) - 1) // 2])
        return int(middle) if middle.is_integer() and abs(middle) < 2**53 else middle
    values = [v for v, is_there in zip(to_list(native_of(series)), present) if is_there]
    if kind in ("datetime", "duration"):
        return _plain_time(sorted(values)[(len(values) - 1) // 2])
    counts = pd.Series([str(value) for value in values]).value_counts()
    most = min(counts.index[counts == counts.iloc[0]])
    value = next(value for value in values if str(value) == most)
    return value.item() if isinstance(value, np.generic) else value


def _plain_time(value: Any) -> dict[str, str]:
    """Write a time as text: a model file holds no Timestamps."""
    if isinstance(value, dt.timedelta | np.timedelta64):
        return {"duration": pd.Timedelta(value).isoformat()}
    return {"time": pd.Timestamp(value).isoformat()}


def _read_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "duration" in value:
        return pd.Timedelta(value["duration"])
    return pd.Timestamp(value["time"])


def hold_constant(X: Any, position: int, value: Any) -> Any:
    """Return `X` with one value in a column, the column's dtype kept where it can hold it."""
    value = _read_value(value)
    container = container_of(X)
    if container == "numpy":
        return _write_array(X, position, slice(None), value)
    if container == "pandas":
        column = X.iloc[:, position]
        return _with_pandas_column(X, position, _constant(value, column))
    import polars as pl

    column = X.to_series(position)
    return X.with_columns(_polars_constant(pl, value, column))


def _constant(value: Any, like: pd.Series) -> pd.Series:
    dtype = like.dtype
    if isinstance(dtype, pd.CategoricalDtype) and value is not None:
        if value not in dtype.categories:
            dtype = pd.CategoricalDtype([*dtype.categories, value], ordered=dtype.ordered)
    elif isinstance(dtype, pd.DatetimeTZDtype) and getattr(value, "tzinfo", None) is None:
        dtype = None
    try:
        return pd.Series(value, index=like.index, dtype=dtype)
    except (TypeError, ValueError):
        # The column came in a dtype that cannot hold what training had in it.
        return pd.Series([value] * len(like), index=like.index)


def _with_pandas_column(X: pd.DataFrame, position: int, column: pd.Series) -> pd.DataFrame:
    X = X.copy(deep=False)
    X.isetitem(position, column)
    return X


def _polars_constant(pl: Any, value: Any, like: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        aware = value.tzinfo is not None
        value = (value.tz_convert("UTC").tz_localize(None) if aware else value).to_pydatetime()
        one = pl.Series([value])
        zone = getattr(like.dtype, "time_zone", None)
        if aware and zone:
            one = one.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    elif isinstance(value, pd.Timedelta):
        one = pl.Series([value.to_pytimedelta()])
    else:
        one = pl.Series([value])
    try:
        one = one.cast(like.dtype)
    except pl.exceptions.PolarsError:
        if isinstance(like.dtype, pl.Enum) and isinstance(value, str):
            one = one.cast(pl.Enum([*like.dtype.categories, value]))
    return one.new_from_index(0, len(like)).alias(like.name)


def take_column(X: Any, position: int, rows: np.ndarray, *, source: Any = None) -> Any:
    """Return `X` with the values that a column has in some rows of a source, by default of `X`."""
    source = X if source is None else source
    container = container_of(X)
    if container == "numpy":
        X = X.copy()
        X[:, position] = source[rows, position]
        return X
    if container == "pandas":
        taken = source.iloc[rows, position]
        return _with_pandas_column(X, position, taken.set_axis(X.index))
    return X.with_columns(source.to_series(position)[rows.tolist()])


def has_level(series: nw.Series[Any], levels: list[Any]) -> np.ndarray:
    """Tell which values are among some levels; None among them stands for missing values.

    Shapes: returns found (n,).
    """
    values = to_list(native_of(series))
    wanted = {_hashable(level) for level in levels if level is not None}
    found = np.fromiter((_hashable(value) in wanted for value in values), bool, len(values))
    missing = is_missing(series)
    return (found & ~missing) | missing if None in levels else found & ~missing


def _hashable(value: Any) -> Any:
    # True equals 1 in Python, and is another level.
    if isinstance(value, bool | np.bool_):
        return "bool", bool(value)
    return value if getattr(value, "__hash__", None) else repr(value)


def replace_levels(X: Any, position: int, levels: list[Any], into: Any) -> Any:
    """Return `X` with some levels of a column replaced by another, or by missing for None."""
    found = has_level(column_series(X, position), levels)
    if not found.any():
        return X
    container = container_of(X)
    if container == "numpy":
        return _write_array(X, position, found, into)
    if container == "pandas":
        column = X.iloc[:, position]
        levels_known = getattr(column.dtype, "categories", None)
        if levels_known is not None and into is not None and into not in levels_known:
            column = column.cat.add_categories([into])
        return _with_pandas_column(X, position, _masked(column, found, into))
    import polars as pl

    column = X.to_series(position)
    dtype = column.dtype
    if dtype == pl.Categorical or isinstance(dtype, pl.Enum):
        if isinstance(dtype, pl.Enum) and into is not None and into not in dtype.categories:
            dtype = pl.Enum([*dtype.categories, into])
        column = column.cast(pl.String)
    replaced = pl.select(
        pl.when(pl.Series(found)).then(pl.lit(into)).otherwise(column).alias(column.name)
    ).to_series()
    if dtype == pl.Categorical or isinstance(dtype, pl.Enum):
        replaced = replaced.cast(dtype)
    return X.with_columns(replaced)


def _masked(column: pd.Series, found: np.ndarray, into: Any) -> pd.Series:
    if into is None:
        return column.mask(found)
    try:
        return column.mask(found, into)
    except (TypeError, ValueError):
        return column.astype(object).mask(found, into)


def _write_array(X: np.ndarray, position: int, rows: Any, value: Any) -> np.ndarray:
    """Write into a copy of an array, in a dtype that can hold the value."""
    if isinstance(value, pd.Timestamp | pd.Timedelta):
        value = value.to_numpy()
    if X.dtype.kind in "iub" and (value is None or isinstance(value, float)):
        X = X.astype(float)
    elif X.dtype.kind in "US" and value is not None:
        X = X.astype(np.result_type(X.dtype, np.array(str(value)).dtype))
    else:
        X = X.copy()
    X[rows, position] = np.nan if value is None and X.dtype.kind in "fO" else value
    return X


def text_columns(X: Any) -> list[Any]:
    """Name the columns of a frame or array that hold strings."""
    if container_of(X) == "numpy":
        labels: list[Any] = list(range(X.shape[1]))
    else:
        labels = list(X.columns)
    return [label for i, label in enumerate(labels) if kind_of(column_series(X, i)) == "string"]
