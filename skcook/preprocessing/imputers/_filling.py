"""Fill the missing values of one column, its dtype kept.

A column that cannot hold the value refuses it by name; nothing is cast behind the user's back.

>>> import pandas as pd
>>> from skcook.preprocessing.imputers._filling import fill_missing
>>> fill_missing(pd.Series([1, None], dtype="Int8"), 7).tolist()
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
from skcook.utils._columns import is_missing, is_object_column, kind_of


def fill_missing(
    series: Any, value: Any, *, missing: np.ndarray | None = None, rounded: bool = False
) -> Any:
    """Return the column with `value` where it was missing.

    Shapes: missing (n,).
    """
    if missing is None:
        missing = is_missing(series)
    if not missing.any() and kind_of(series) not in ("categorical", "empty"):
        return series
    value = cast_fill_value(series, value, rounded=rounded)
    if isinstance(series, pd.Series):
        return _fill_pandas(series, missing, value)
    return _fill_polars(series, value)


def cast_fill_value(series: Any, value: Any, *, rounded: bool = False) -> Any:
    """Return `value` in the type that the column holds, or refuse it."""
    kind = kind_of(series)
    if isinstance(value, np.generic):
        value = value.item()
    if kind == "categorical":
        return _held_category(series, value)
    number = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    if kind == "numeric" and number:
        return _held_number(series, value, rounded)
    fits = {
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "empty": True,
    }
    if not fits.get(kind, False):
        raise _refusal(series, value, f"it holds {_content(series, kind)}")
    return value


def _held_number(series: Any, value: Any, rounded: bool) -> Any:
    if is_object_column(series):
        is_decimal = pd.api.types.infer_dtype(series, skipna=True) == "decimal"
        return Decimal(str(value)) if is_decimal else value
    dtype = nw.from_native(series, series_only=True).dtype
    if dtype.is_decimal():
        scale = getattr(series.dtype, "pyarrow_dtype", series.dtype).scale
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


def _held_category(series: Any, value: Any) -> Any:
    """Return the category that a value is or names, or the value as a category more."""
    if not isinstance(series, pd.Series):
        if isinstance(value, str):
            return value
        raise _refusal(series, value, f"it holds {_content(series, 'categorical')}")
    known = series.cat.categories
    content = pd.api.types.infer_dtype(known, skipna=True)
    if content in ("integer", "floating", "mixed-integer-float", "decimal"):
        is_whole = content != "integer" or isinstance(value, Integral)
        fits = isinstance(value, Real) and not isinstance(value, bool) and is_whole
    elif content == "boolean":
        fits = isinstance(value, bool)
    else:
        # Of no category at all, or of a mixture, any name will do.
        fits = isinstance(value, str) or content.startswith("mixed")
        if fits and content not in ("string", "empty"):
            # An interval is known by its name; a name that is none would mix the two.
            named = {str(category): category for category in known}
            fits = value in named or content.startswith("mixed")
            value = named.get(value, value)
    if not fits:
        raise _refusal(series, value, f"it holds {_content(series, 'categorical')}")
    return value


def _content(series: Any, kind: str) -> str:
    if kind == "categorical" and isinstance(series, pd.Series):
        return f"categories of {pd.api.types.infer_dtype(series.cat.categories, skipna=True)}"
    return {
        "numeric": "numbers",
        "boolean": "True and False",
        "string": "strings",
        "categorical": "categories that are strings",
    }.get(kind, f"{kind} values")


def _refusal(series: Any, value: Any, why: str) -> ColumnValuesError:
    return ColumnValuesError(
        f"Column {series.name!r} of dtype {series.dtype} cannot be filled with "
        f"{value!r}: {why}. Choose another fill_value for it, convert the column, or leave it out "
        "of `columns` and give it a step of its own."
    )


def _fill_pandas(native: pd.Series, missing: np.ndarray, value: Any) -> pd.Series:
    dtype = native.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if value not in dtype.categories:
            native = native.cat.add_categories([value])
        # By its code: fillna takes a category that is a tuple for values of several rows.
        codes = native.cat.codes.to_numpy().copy()
        codes[missing] = native.cat.categories.get_loc(value)
        filled = pd.Categorical.from_codes(codes, dtype=native.dtype)
        return pd.Series(filled, index=native.index, name=native.name, copy=False)
    if isinstance(dtype, np.dtype):
        values = np.where(missing, np.array(value, dtype), native.to_numpy())
    elif isinstance(dtype, pd.ArrowDtype) and dtype.kind == "f":
        # fillna leaves an Arrow NaN, which pandas counts as a value.
        return native.mask(missing, value)
    else:
        # For strings, Series.fillna takes six times as long.
        values = native.array.fillna(value)
    return pd.Series(values, index=native.index, name=native.name, dtype=dtype, copy=False)


def _fill_polars(native: Any, value: Any) -> Any:
    polars = sys.modules["polars"]
    if isinstance(native.dtype, polars.Enum) and value not in native.dtype.categories:
        native = native.cast(polars.Enum([*native.dtype.categories, value]))
    if native.dtype == polars.Null:
        return polars.Series(native.name, [value]).new_from_index(0, len(native))
    if native.dtype.is_float():
        native = native.fill_nan(None)
    # polars widens a Decimal when it fills.
    return native.fill_null(value).cast(native.dtype)
