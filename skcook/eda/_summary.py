"""What is in each column of a frame."""

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from skcook.utils._frames import is_missing, kind_of, numeric_values, read_table
from skcook.utils._optional import import_optional


def summarize(X):
    """Summarize a frame: one row for each of its columns.

    Parameters
    ----------
    X : {DataFrame, ndarray} of shape (n_rows, n_columns)
        The data: pandas, polars or numpy.

    Returns
    -------
    summary : DataFrame of shape (n_columns, 10)
        A polars frame if `X` is one, else a pandas frame, with the columns

        - column: its name;
        - dtype: as its library writes it;
        - n_missing: number of missing values (None, NaN, NaT, pd.NA and null alike);
        - missing: their share, from 0 to 1;
        - n_unique: number of different values, missing ones left out; missing itself for values
          that cannot be compared, such as lists;
        - min, median, max: of a column of numbers;
        - top: the most frequent values of a column of strings, categories or booleans, with
          their counts; the first and the last of a column of dates;
        - examples: the first different values.

    See Also
    --------
    profile : A page to look at.
    MissingValuesDisplay : Pictures of the missing values.

    Examples
    --------
    >>> from skcook.datasets import load_penguins
    >>> from skcook.eda import summarize
    >>> summary = summarize(load_penguins().frame)
    >>> summary[["column", "n_missing", "n_unique", "median"]].iloc[[0, 2, 6]]
               column  n_missing  n_unique  median
    0         species          0         3     NaN
    2  bill_length_mm          2       164   44.45
    6             sex         11         2     NaN
    >>> summary["top"][6]
    'male (168), female (165)'
    """
    table = read_table(X)
    labels = table.labels or table.frame.columns
    rows = [
        {"column": str(label), **_describe(table.frame[name])}
        for label, name in zip(labels, table.frame.columns, strict=True)
    ]
    fields: dict[str, Any] = {
        "column": "str",
        "dtype": "str",
        "n_missing": "int64",
        "missing": "float64",
        "n_unique": "Int64",
        **dict.fromkeys(("min", "median", "max"), "float64"),
        **dict.fromkeys(("top", "examples"), "str"),
    }
    if table.container == "polars":
        polars = import_optional("polars", feature="summarize", extra="all")
        types = {
            "str": polars.String,
            "int64": polars.Int64,
            "Int64": polars.Int64,
            "float64": polars.Float64,
        }
        return polars.DataFrame(rows, schema={name: types[t] for name, t in fields.items()})
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=t) for name, t in fields.items()}
    )


def _describe(series: nw.Series) -> dict[str, Any]:
    missing = is_missing(series)
    n_missing = int(missing.sum())
    native, kind = series.to_native(), kind_of(series)
    row: dict[str, Any] = {
        "dtype": str(native.dtype),
        "n_missing": n_missing,
        "missing": n_missing / len(series) if len(series) else 0.0,
        "n_unique": None,
        **dict.fromkeys(("min", "median", "max", "top", "examples")),
    }
    unique = _unique(series)
    if unique is None:
        first = series[np.flatnonzero(~missing)[:3].tolist()]
        row["examples"] = _joined(first.to_native().to_list())
        return row
    row["n_unique"] = len(unique)
    row["examples"] = _joined(unique[:3].to_list())
    if n_missing == len(series):
        return row
    if kind == "numeric":
        values = numeric_values(series)[~missing]
        row["min"], row["max"] = float(values.min()), float(values.max())
        row["median"] = float(np.median(values))
    elif kind in ("string", "categorical", "boolean"):
        row["top"] = _top(native)
    elif kind == "datetime":
        row["top"] = _joined([unique.min(), unique.max()], " to ")
    return row


def _unique(series: nw.Series) -> nw.Series | None:
    """Return the different values in their order; None if they cannot be compared by hash."""
    if series.dtype.is_nested():
        return None
    try:
        unique = series.unique(maintain_order=True)
    except TypeError:
        return None
    missing = is_missing(unique)
    return unique.filter((~missing).tolist()) if missing.any() else unique


def _top(native: Any) -> str | None:
    """Return the most frequent values; None if each is there once."""
    if isinstance(native, pd.Series):
        counted = native.value_counts(sort=False)
        values, counts = counted.index.to_numpy(dtype=object), counted.to_numpy(dtype=int)
    else:
        counted = native.drop_nulls().value_counts(name="count")
        values = np.array(counted[native.name].to_list(), dtype=object)
        counts = counted["count"].to_numpy()
    if counts.max() == 1 < len(counts):
        return None
    third = np.partition(counts, -3)[-3] if len(counts) > 3 else 1
    pairs = sorted(
        (-int(counts[i]), str(values[i])) for i in np.flatnonzero(counts >= max(third, 1))
    )
    return _joined(f"{_short(value)} ({-count})" for count, value in pairs[:3])


def _joined(values: Iterable[Any], separator: str = ", ") -> str:
    return separator.join(_short(str(value), 60) for value in values)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
