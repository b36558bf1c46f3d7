"""From one dataframe library to another, dtypes kept."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.utils._columns import is_missing, kind_of
from skcook.utils._optional import import_optional


def to_pandas(frame: nw.DataFrame[Any]) -> pd.DataFrame:
    """Convert a frame to pandas, dtypes kept."""
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
    """Convert a frame to polars, dtypes kept."""
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


def to_array(frame: pd.DataFrame) -> np.ndarray:
    """Return the frame as one array, numeric if every column is."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        # Left alone, pandas makes objects of booleans beside numbers.
        common = np.result_type(*frame.dtypes) if frame.shape[1] else None
        return frame.to_numpy(dtype=common)
    if all(kind_of(nw.from_native(frame[name], series_only=True)) == "numeric" for name in frame):
        return frame.to_numpy(dtype="float64", na_value=np.nan)
    values = frame.astype(object)
    return values.where(values.notna(), np.nan).to_numpy(dtype=object)
