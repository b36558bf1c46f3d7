"""Fill the missing values of one column, its dtype kept.

A column that cannot hold the value refuses it by name; nothing is cast behind the user's back.

>>> import narwhals.stable.v2 as nw
>>> import pandas as pd
>>> from skcook.preprocessing.imputers._filling import fill_missing
>>> series = nw.from_native(pd.Series([1, None], dtype="Int8"), series_only=True)
>>> fill_missing(series, 7).to_native().tolist()
[1, 7]
"""

import sys
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.exceptions import ColumnValuesError
from skcook.utils._frames import is_missing, is_object_column, kind_of


def fill_missing(
    series: nw.Series, value: Any, *, missing: np.ndarray | None = None, rounded: bool = False
) -> nw.Series:
    """Return the column with `value` where it was missing.

    Shapes: missing (n,).
    """
    if missing is None:
        missing = is_missing(series)
    if not missing.any() and kind_of(series) != "categorical":
        return series
    value = held(series, value, rounded=rounded)
    native = series.to_native()
    if isinstance(native, pd.Series):
        filled = _fill_pandas(native, missing, value)
    else:
        filled = _fill_polars(native, series.dtype, value)
    return nw.from_native(filled, series_only=True)


def held(series: nw.Series, value: Any, *, rounded: bool = False) -> Any:
    """Return `value` in the type that the column holds, or refuse it."""
    kind = kind_of(series)
    if isinstance(value, np.generic):
        value = value.item()
    number = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    if kind == "numeric" and number:
        return _held_number(series, value, rounded)
    fits = {
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "categorical": kind == "categorical" and _fits_categories(series, value),
        "empty": True,
    }
    if not fits.get(kind, False):
        raise _refusal(series, value, f"it holds {_content(series, kind)}")
    return value


def _held_number(series: nw.Series, value: Any, rounded: bool) -> Any:
    dtype: Any = series.dtype
    if is_object_column(series):
        return value
    if dtype.is_decimal():
        native = series.to_native().dtype
        scale = getattr(native, "pyarrow_dtype", native).scale
        exact = Decimal(str(value))
        fitted = exact.quantize(Decimal(1).scaleb(-scale))
        if fitted != exact and not rounded:
            raise _refusal(series, value, f"it holds {scale} decimal places")
        return fitted
    if dtype.is_integer():
        if rounded:
            value = round(value)
        elif value != value or value in (float("inf"), -float("inf")) or value != int(value):
            raise _refusal(series, value, "it holds whole numbers")
        lowest, highest = _limits(dtype)
        if not lowest <= value <= highest:
            if not rounded:
                raise _refusal(series, value, f"it holds {lowest} to {highest}")
            # The mean of huge integers, as a float, may lie a step outside.
            value = min(max(value, lowest), highest)
        return int(value)
    largest = float(np.finfo("float32").max)
    if dtype == nw.Float32 and largest < abs(value) < float("inf"):
        raise _refusal(series, value, f"it holds numbers up to {largest:.3g}")
    return float(value)


def _limits(dtype: Any) -> tuple[int, int]:
    bits = int("".join(filter(str.isdigit, str(dtype))))
    if dtype.is_unsigned_integer():
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _fits_categories(series: nw.Series, value: Any) -> bool:
    native = series.to_native()
    if not isinstance(native, pd.Series):
        return isinstance(value, str)
    held = pd.api.types.infer_dtype(native.cat.categories, skipna=True)
    if held in ("integer", "floating", "mixed-integer-float", "decimal"):
        whole = held != "integer" or isinstance(value, Integral)
        return isinstance(value, Real) and not isinstance(value, bool) and whole
    if held == "boolean":
        return isinstance(value, bool)
    # Of no category at all, or of a mixture, any name will do.
    return isinstance(value, str) or held.startswith("mixed")


def _content(series: nw.Series, kind: str) -> str:
    if kind == "categorical" and isinstance(native := series.to_native(), pd.Series):
        return f"categories of {pd.api.types.infer_dtype(native.cat.categories, skipna=True)}"
    return {
        "numeric": "numbers",
        "boolean": "True and False",
        "string": "strings",
        "categorical": "categories that are strings",
    }.get(kind, f"{kind} values")


def _refusal(series: nw.Series, value: Any, why: str) -> ColumnValuesError:
    return ColumnValuesError(
        f"Column {series.name!r} of dtype {series.to_native().dtype} cannot be filled with "
        f"{value!r}: {why}. Choose another fill_value for it, convert the column, or leave it out "
        "of `columns` and give it a step of its own."
    )


def _fill_pandas(native: pd.Series, missing: np.ndarray, value: Any) -> pd.Series:
    dtype = native.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if value not in dtype.categories:
            native = native.cat.add_categories([value])
        return native.fillna(value)
    if isinstance(dtype, np.dtype):
        values = np.where(missing, np.array(value, dtype), native.to_numpy())
    elif isinstance(dtype, pd.ArrowDtype) and dtype.kind == "f":
        # fillna leaves an Arrow NaN, which pandas counts as a value.
        return native.mask(missing, value)
    else:
        # For strings, Series.fillna takes six times as long.
        values = native.array.fillna(value)
    return pd.Series(values, index=native.index, name=native.name, dtype=dtype, copy=False)


def _fill_polars(native: Any, dtype: Any, value: Any) -> Any:
    polars = sys.modules["polars"]
    if dtype == nw.Enum and value not in dtype.categories:
        native = native.cast(polars.Enum([*dtype.categories, value]))
    if native.dtype == polars.Null:
        return polars.Series(native.name, [value]).new_from_index(0, len(native))
    if dtype.is_float():
        native = native.fill_nan(None)
    # polars widens a Decimal when it fills.
    return native.fill_null(value).cast(native.dtype)
