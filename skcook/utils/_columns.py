"""What a column holds: its kind, its missing values, its numbers, whatever library it is of.

None, NaN, NaT, pd.NA and a polars null are one missing value everywhere.
"""

import sys
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

Kind = Literal[
    "numeric", "boolean", "string", "categorical", "datetime", "duration", "empty", "object"
]

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


def is_object_column(series: nw.Series[Any]) -> bool:
    """Tell whether a column is a pandas column of Python objects."""
    native = series.to_native()
    return isinstance(native, pd.Series) and native.dtype == np.dtype(object)


def kind_of(series: nw.Series[Any]) -> Kind:
    """Name what a column holds, the same for every container."""
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

    Shapes: returns missing (n,).
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

    Shapes: returns values (n,).
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
    """Make a column that can be put into the frame `like`."""
    return nw.from_native(native_series(name, values, like), series_only=True)


def native_series(name: str, values: Any, like: nw.DataFrame[Any]) -> Any:
    """Make a column of the library of the frame `like`; see `new_series`."""
    native = like.to_native()
    if isinstance(native, pd.DataFrame):
        return pd.Series(values, index=native.index, name=name, copy=False)
    return sys.modules["polars"].Series(name, values)
