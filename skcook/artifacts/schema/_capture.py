"""See what columns a model is given: names, dtypes, categories, ranges, missing values."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.artifacts.schema._infer import enrich
from skcook.artifacts.schema._schema_column import Column, ColumnType, Scalar, to_json_value
from skcook.utils._columns import (
    holds_dates,
    is_missing,
    is_missing_value,
    is_object_column,
    kind_of,
    null_name,
    numeric_values,
    plain_storage,
    read_times,
)
from skcook.utils._frames import Table, read_table

#: A string column with more values than this is prose or an identifier, not a choice.
MAX_CATEGORIES = 200


def capture_input(X: Any, model: Any = None) -> dict[str, Any]:
    """Describe what a model is given: the settings of a `Schema`."""
    texts = texts_of(X)
    if texts is not None:
        return _capture_texts(*texts)
    if hasattr(X, "tocsr"):
        raise TypeError(
            "X_example is a sparse matrix. Save the whole pipeline, with the vectorizer or "
            "the encoder in it, and give the rows that it is given; or leave X_example out."
        )
    if isinstance(X, list | tuple):
        if X and all(isinstance(row, Mapping) for row in X):
            raise TypeError(
                "X_example is a list of dicts, which no schema describes: rows have columns. Give "
                "the model a DataFrame, with a step in it that makes the dicts."
            )
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and X.ndim > 2:
        column = capture_images(X)
        return {"columns": (column,), "input": "images", "container": "numpy",
                "dtype": column.dtype, "n_rows": len(X)}  # fmt: skip
    if isinstance(X, np.ndarray) and X.dtype.kind in "US":
        X = X.astype(object)  # a dtype of fixed width would cut longer strings
    columns, table = capture_columns(X)
    if model is not None:
        columns = enrich(columns, model)
    for label in table.labels or ():
        if not isinstance(label, Scalar | np.integer | None) and not is_missing_value(label):
            raise TypeError(
                f"X_example has a column labelled {label!r}. Labels are strings or numbers; give "
                "it names, such as X.columns = X.columns.map(str)."
            )
    is_array = table.container == "numpy"
    dtype = str(X.dtype) if is_array else None
    if is_array and X.dtype.kind in "iu" and any(c.type == "number" for c in columns):
        dtype = "float64"
    return {
        "columns": tuple(columns),
        "input": "array" if is_array else "frame",
        "container": table.container,
        "dtype": dtype,
        "labels": None if table.labels is None else tuple(table.labels),
        "n_rows": len(table.frame),
    }


def _capture_texts(values: list[str], container: str) -> dict[str, Any]:
    frame = pd.DataFrame({"text": pd.Series(values, dtype=object)})
    column = replace(
        capture_columns(frame)[0][0],
        name="text", text=True, categories=None, frequencies=(), null="none",
    )  # fmt: skip
    return {"columns": (column,), "input": "texts", "container": container, "n_rows": len(values)}


def capture_columns(X: Any) -> tuple[list[Column], Table]:
    """Describe the columns of a frame or an array.

    Shapes: X (n_rows, n_columns).
    """
    table = read_table(X, name="X_example")
    if table.frame.shape[0] == 0:
        raise ValueError("X_example has no rows; give some rows as the model is given them.")
    is_array = table.container == "numpy"
    if is_array and X.dtype.kind not in "biufO":
        raise TypeError(
            f"X_example is an array of dtype {X.dtype}. An array holds numbers, booleans or Python "
            "objects; give times and other types in a DataFrame."
        )
    columns = []
    for name in table.frame.columns:
        native = plain_storage(table.native[name])
        column = _capture(nw.from_native(native, series_only=True))
        if is_array:
            column = replace(column, dtype=str(X.dtype))
        columns.append(column)
    return columns, table


def capture_images(X: np.ndarray) -> Column:
    """Describe an array of images, or of other arrays.

    Shapes: X (n_rows, ...).
    """
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X_example holds arrays of dtype {X.dtype}; give arrays of numbers.")
    if not X.size:
        raise ValueError(f"X_example is empty: its shape is {X.shape}.")
    return Column(
        "image",
        "array",
        str(X.dtype),
        nullable=False,
        minimum=float(np.nanmin(X)),
        maximum=float(np.nanmax(X)),
        shape=X.shape[1:],
    )


def _capture(series: nw.Series[Any]) -> Column:
    kind, missing = kind_of(series), is_missing(series)
    column = Column(
        name=series.name,
        dtype=_dtype_name(series),
        nullable=bool(missing.any()),
        null_fraction=round(float(missing.mean()), 6),
        null=_null_of(series, missing),
    )
    describe: dict[str, Callable[[Column, nw.Series[Any], np.ndarray], Column]] = {
        "numeric": _numeric,
        "boolean": _boolean,
        "string": _string,
        "categorical": _categorical,
        "datetime": _datetime,
        "duration": _duration,
        "empty": _empty,
        "object": _object,
    }
    return describe[kind](column, series, missing)


def _dtype_name(series: nw.Series[Any]) -> str:
    native = series.to_native()
    if isinstance(native, pd.Series):
        return str(native.dtype)
    dtype = native.dtype
    name = str(dtype).partition("(")[0]
    if name == "Datetime":
        zone = "" if dtype.time_zone is None else f", {dtype.time_zone}"
        return f"Datetime[{dtype.time_unit}{zone}]"
    if name == "Decimal":
        return f"Decimal[{dtype.precision}, {dtype.scale}]"
    return f"Duration[{dtype.time_unit}]" if name == "Duration" else name


def _null_of(series: nw.Series[Any], missing: np.ndarray) -> Any:
    """Tell how a missing value stands among Python objects."""
    if not is_object_column(series) or not missing.any():
        return "nan"
    return null_name(series.to_native().iloc[int(np.argmax(missing))])


def _first(series: nw.Series[Any], missing: np.ndarray) -> Any:
    present = np.flatnonzero(~missing)
    return to_json_value(series[int(present[0])]) if len(present) else None


def _numeric(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    values = numeric_values(series)
    values = values[np.isfinite(values)]
    whole: ColumnType = "integer" if series.dtype.is_integer() else "number"
    if is_object_column(series):
        inferred = pd.api.types.infer_dtype(series.to_native(), skipna=True)
        whole = "integer" if inferred == "integer" else "number"
    column = replace(column, type=whole, example=_finite(_first(series, missing)))
    if not len(values):
        return column
    return _with_range(column, values, int if whole == "integer" else float)


def _with_range(column: Column, values: np.ndarray, as_type: type) -> Column:
    """Describe numbers: ends, deciles, shares that are not above each, one value at the median."""
    deciles = np.quantile(values, np.linspace(0, 1, 11))
    shares = np.searchsorted(np.sort(values), deciles, side="right") / len(values)
    return replace(
        column,
        minimum=as_type(deciles[0]),
        maximum=as_type(deciles[-1]),
        quantiles=tuple(deciles.tolist()),
        cumulative=tuple(round(share, 6) for share in shares.tolist()),
        example=as_type(np.quantile(values, 0.5, method="lower")),
    )


def _finite(value: Any) -> Any:
    return value if value is not None and abs(value) < np.inf else None


def _boolean(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    column = replace(column, type="boolean", example=_first(series, missing))
    values = [bool(value) for value in pd.Series(series.to_list(), dtype=object)[~missing]]
    if not values:
        return column
    share = round(sum(values) / len(values), 6)
    return replace(column, frequencies=(round(1 - share, 6), share))


def _string(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    column = replace(column, type="string", example=_first(series, missing))
    counts = pd.Series(series.to_list(), dtype=object)[~missing].value_counts()
    n_rows, n_values = int((~missing).sum()), len(counts)
    if n_values == 0:
        return column
    if n_values > MAX_CATEGORIES or n_values > max(1, n_rows // 2):
        # No choice among few: prose if there are spaces in it, a name or a number plate if not.
        spaces = sum(str(value).count(" ") for value in counts.index[:100])
        return replace(column, text=spaces > 2 * min(n_values, 100))
    return _with_counts(column, counts.sort_index(), str(counts.index[0]))


def _with_counts(column: Column, counts: pd.Series, example: Any) -> Column:
    total = max(int(counts.sum()), 1)
    return replace(
        column,
        categories=tuple(to_json_value(value) for value in counts.index),
        frequencies=tuple(round(float(n) / total, 6) for n in counts),
        example=example,
    )


def _categorical(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    native = series.to_native()
    if isinstance(native, pd.Series):
        categories = list(native.cat.categories)
        ordered = bool(native.cat.ordered)
    else:
        categories = series.cat.get_categories().to_list()
        ordered = series.dtype == nw.Enum
        if not ordered:
            categories = sorted(native.unique().drop_nulls().to_list())
    try:
        values = [to_json_value(value) for value in categories]
    except TypeError as exc:
        raise TypeError(
            f"X_example: the categories of column {column.name!r} are no strings, numbers or "
            f"booleans: {exc}. Convert them to strings."
        ) from None
    kinds: dict[type, ColumnType] = {
        str: "string", bool: "boolean", int: "integer", float: "number",
    }  # fmt: skip
    found = {kinds[type(value)] for value in values if value is not None}
    if len(found) > 1 or pd.api.types.is_datetime64_any_dtype(pd.Index(categories)):
        raise TypeError(
            f"X_example: the categories of column {column.name!r} are of several kinds or times. "
            "Convert them to strings."
        )
    counts = pd.Series(series.to_list(), dtype=object)[~missing].value_counts()
    counts = pd.Series([int(counts.get(v, 0)) for v in categories], index=values, dtype="int64")
    column = replace(column, type=found.pop() if found else "string", ordered=ordered)
    example = counts.index[int(counts.to_numpy().argmax())] if len(counts) else None
    return _with_counts(column, counts, to_json_value(example))


def _datetime(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    date_only = series.dtype == nw.Date or (
        is_object_column(series) and holds_dates(series.to_native())
    )
    column = replace(column, type="date" if date_only else "datetime")
    if missing.all():
        return column
    places = np.flatnonzero(~missing)
    places = places[np.argsort(read_times(series)[1][places], kind="stable")]
    low, middle, high = (to_json_value(series[int(places[i])]) for i in (0, len(places) // 2, -1))
    return replace(column, minimum=low, maximum=high, example=middle)


def _duration(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    seconds = [to_json_value(value) for value in series.to_list()]
    values = np.array([v for v in seconds if v is not None], dtype=float)
    column = replace(column, type="duration")
    return _with_range(column, values, float) if len(values) else column


def _empty(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    dtype = "Object" if column.dtype == "Null" else column.dtype
    return replace(column, type="unknown", nullable=True, dtype=dtype)


def _object(column: Column, series: nw.Series[Any], missing: np.ndarray) -> Column:
    present = [v for v, absent in zip(series.to_list(), missing, strict=True) if not absent]
    if all(isinstance(value, UUID) for value in present):
        # A UUID comes as its text, by which a recommender and ColumnCleaner know it.
        texts = nw.from_native(pd.Series(map(str, present), dtype=object), series_only=True)
        return _string(column, texts, np.zeros(len(present), dtype=bool))
    for value in series.to_list():
        try:
            to_json_value(value)
        except TypeError:
            raise TypeError(
                f"X_example: column {column.name!r} holds a value of type "
                f"{type(value).__qualname__}. A column of a model's input holds strings, numbers, "
                "booleans, times or missing values."
            ) from None
    return replace(column, type="unknown", example=_first(series, missing))


def texts_of(X: Any) -> tuple[list[str], str] | None:
    """Return `X` as a list of texts, if that is what it is."""
    container = "list"
    if isinstance(X, pd.Series):
        container = "pandas"
    elif isinstance(X, np.ndarray) and X.ndim == 1:
        container = "numpy"
    elif "polars" in sys.modules and isinstance(X, sys.modules["polars"].Series):
        container = "polars"
    elif not isinstance(X, list | tuple):
        return None
    values = list(X)
    missing = [is_missing_value(value) for value in values]
    if not values or not all(isinstance(v, str) or m for v, m in zip(values, missing)):
        return None
    return [None if m else str(v) for v, m in zip(values, missing)], container  # type: ignore[misc]
