"""A frame described: what is in each column, as a table."""

import html
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from skcook.utils._columns import (
    counted_values,
    is_missing,
    is_missing_value,
    is_object_column,
    is_pandas,
    kind_of,
    numeric_values,
    objects,
    present_values,
    read_durations,
    read_times,
    rows_between,
    unique_values,
    whole_numbers,
)
from skcook.utils._frames import read_table
from skcook.utils._keys import read_key, repeated_columns
from skcook.utils._optional import import_optional

#: From so many rows on, values that all differ are worth a word.
_ID_ROWS = 20
#: A share of one value that makes a column nearly constant.
_NEARLY = 0.99

_FIELDS = {
    "column": "str",
    "dtype": "str",
    "n_missing": "int64",
    "missing": "float64",
    "n_unique": "Int64",
    "n_zero": "Int64",
    **dict.fromkeys(("mean", "std", "min", "q25", "median", "q75", "max"), "float64"),
    **dict.fromkeys(("top", "examples", "notes"), "str"),
}


class FrameSummary(pd.DataFrame):
    """The frame that `summarize` returns."""

    @property
    def _constructor(self):
        return FrameSummary

    def to_markdown(self, *args, **kwargs):
        """Return the summary as a table of Markdown.

        Parameters
        ----------
        *args, **kwargs : object
            For the method of pandas, which needs tabulate; without any, nothing is needed.

        Returns
        -------
        text : str
            One line per row, below the names.
        """
        if args or kwargs:
            return super().to_markdown(*args, **kwargs)
        frame = self if self.index.name is None else self.reset_index()
        return _markdown(list(frame.columns), frame.astype(object).to_numpy().tolist())


@cache
def _polars_summary() -> type:
    polars = import_optional("polars", feature="summarize", extra="all")

    class PolarsSummary(polars.DataFrame):  # type: ignore[name-defined]
        """The polars frame that `summarize` returns."""

        def to_markdown(self) -> str:
            """Return the summary as a table of Markdown."""
            return _markdown(self.columns, self.rows())

        def __reduce__(self):
            return polars.DataFrame, (self.to_dict(as_series=True),)

    return PolarsSummary


def summarize(X, y=None):
    """Summarize a frame: one row for each of its columns.

    Parameters
    ----------
    X : {DataFrame, ndarray} of shape (n_rows, n_columns)
        The data: pandas, polars or numpy.
    y : array-like of shape (n_rows,), default=None
        The target. Given, the notes name the columns that give it away.

    Returns
    -------
    summary : DataFrame of shape (n_columns, 16)
        A polars frame if `X` is one, else a pandas frame; ``summary.to_markdown()`` is a table for
        a report. It has the columns

        - column: its name;
        - dtype: as its library writes it;
        - n_missing: number of missing values (None, NaN, NaT, pd.NA and null alike);
        - missing: their share, from 0 to 1;
        - n_unique: number of different values, missing ones left out; missing itself for values
          that cannot be compared, such as lists;
        - n_zero: number of zeros, of a column of numbers;
        - mean, std, min, q25, median, q75, max: of a column of numbers; min and max of integers
          beyond 2**53 as they are (then as objects, in polars as strings);
        - top: the most frequent values of a column of strings, categories or booleans, with
          their counts; the first and the last of a column of dates, the least and the greatest of
          durations;
        - examples: the first different values;
        - notes: what deserves a look. "constant", "nearly constant"; "all values differ", as those
          of an id do; "mixes int, str"; "repeats 'a'", a column of the same values; "is y" and
          "tells y", of a column that gives the target away.

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
    >>> print(summary[["column", "n_unique", "notes"]].head(2).to_markdown())
    | column | n_unique | notes |
    | --- | --- | --- |
    | species | 3 |  |
    | island | 3 |  |
    """
    table = read_table(X)
    names = list(table.native.columns)
    labels = [str(label) for label in table.labels or names]
    selected = table.columns(names)
    columns = {name: selected[name] for name in names}
    shown = dict(zip(names, labels, strict=True))
    repeats = repeated_columns({n: c for n, c in columns.items() if kind_of(c) != "empty"})
    target = None if y is None else _target(y, len(selected))
    rows = []
    for name, column in columns.items():
        row = {**_describe(column), "column": shown[name], "dtype": str(table.native[name].dtype)}
        notes = _notes(column, row)
        if name in repeats and "constant" not in notes:
            notes.append(f"repeats {shown[repeats[name]]!r}")
        if target is not None and (leak := _leak(column, row, target)):
            notes.append(leak)
        rows.append({**row, "notes": ", ".join(notes)})
    return _frame(rows, table.container == "polars")


def _frame(rows: list[dict[str, Any]], is_polars: bool) -> Any:
    values = {name: [row[name] for row in rows] for name in _FIELDS}
    dtypes = dict(_FIELDS)
    for name in ("min", "max"):
        if any(isinstance(v, int) and float(v) != v for v in values[name]):
            dtypes[name] = "str" if is_polars else "object"
        else:
            values[name] = [None if v is None else float(v) for v in values[name]]
    if not is_polars:
        return FrameSummary({n: pd.Series(values[n], dtype=dtype) for n, dtype in dtypes.items()})
    polars = import_optional("polars", feature="summarize", extra="all")
    types = {
        "str": polars.String,
        "int64": polars.Int64,
        "Int64": polars.Int64,
        "float64": polars.Float64,
    }
    for name in ("min", "max"):
        if dtypes[name] == "str":
            values[name] = [None if v is None else str(v) for v in values[name]]
    return _polars_summary()(values, schema={n: types[dtype] for n, dtype in dtypes.items()})


def _describe(column: Any) -> dict[str, Any]:
    missing = is_missing(column)
    n_missing, kind = int(missing.sum()), kind_of(column)
    row: dict[str, Any] = dict.fromkeys(_FIELDS)
    row["n_missing"] = n_missing
    row["missing"] = n_missing / len(column) if len(column) else 0.0
    row["examples"], row["n_unique"] = _examples(column, kind)
    if n_missing == len(column):
        return row
    if kind == "numeric":
        row.update(_statistics(column, missing))
    elif kind in ("string", "categorical", "boolean"):
        row["top"] = _top(column)
    elif kind == "datetime":
        clock = read_times(column)[0][~missing]
        row["top"] = _joined(map(_moment, (clock.min(), clock.max())), " to ")
    elif kind == "duration":
        lengths = read_durations(column)[~missing]
        row["top"] = _joined(map(pd.Timedelta, (lengths.min(), lengths.max())), " to ")
    return row


def _moment(time: np.datetime64) -> str:
    text = str(time).replace("T", " ")
    head, _, fraction = text.partition(".")
    return head if not fraction.strip("0") else text


def _statistics(column: Any, missing: np.ndarray) -> dict[str, Any]:
    values = numeric_values(column)[~missing]
    with np.errstate(invalid="ignore", over="ignore"):
        quartiles = np.quantile(values, [0.25, 0.5, 0.75])
        spread = float(values.std(ddof=1)) if len(values) > 1 else None
        row = {"mean": float(values.mean()), "std": spread, "n_zero": int((values == 0).sum())}
    exact = read_key(column).values[~missing]
    row["min"], row["max"] = (
        value.item() if isinstance(value, np.generic) else value
        for value in (exact.min(), exact.max())
    )
    return {**row, **dict(zip(("q25", "median", "q75"), map(float, quartiles), strict=True))}


def _examples(column: Any, kind: str) -> tuple[str, int | None]:
    """Return the first different values, and how many there are; None if they have no hash."""
    values = present_values(column)
    try:
        if kind == "object":
            # 1, 1.0 and True are equal, and three things in a column of objects.
            seen = {(type(value), value): value for value in values}
            words = [repr(v) if isinstance(v, str) else v for v in list(seen.values())[:3]]
            return _joined(words), len(seen)
        unique = unique_values(values)
        if not is_pandas(values) and values.dtype.is_float():
            unique = unique.filter(unique.is_not_nan())
        return _joined(list(unique[:3])), len(unique)
    except TypeError:
        return _joined(rows_between(values, 0, 3).to_list()), None


def _notes(column: Any, row: dict[str, Any]) -> list[str]:
    """Return what deserves a look in a column."""
    n_present = len(column) - row["n_missing"]
    if not n_present:
        return ["no value"] if len(column) else []
    notes = []
    kind = kind_of(column)
    if kind == "object":
        types = sorted({type(value).__name__ for value in present_values(column)})
        if len(types) > 1:
            notes.append(f"mixes {', '.join(types)}")
    if row["n_unique"] == 1:
        notes.append("constant" if not row["n_missing"] else "constant where not missing")
    elif row["n_unique"] == n_present:
        is_float = kind == "numeric" and whole_numbers(column) is None
        if n_present >= _ID_ROWS and not is_float and kind in ("string", "numeric"):
            notes.append("all values differ")
    elif row["n_unique"] and kind != "object" and row["n_unique"] - 1 <= (1 - _NEARLY) * n_present:
        share = counted_values(column)[1].max() / n_present
        if share >= _NEARLY:
            notes.append(f"nearly constant ({100 * share:.1f} %)")
    return notes


def _target(y: Any, n_rows: int) -> Any:
    column = y if hasattr(y, "dtype") and hasattr(y, "unique") else pd.Series(objects(y))
    if is_object_column(column):
        column = column.infer_objects()
    if len(column) != n_rows:
        raise ValueError(f"y has {len(column)} values and X has {n_rows} rows.")
    return column


def _leak(column: Any, row: dict[str, Any], target: Any) -> str | None:
    """Tell whether a column gives the target away."""
    kinds = (kind_of(column), kind_of(target))
    if "object" in kinds or "empty" in kinds or (row["n_unique"] or 0) < 2:
        return None
    if repeated_columns({"y": target, "x": column}):
        return "is y"
    codes, _ = read_key(column).codes()
    answers, classes = read_key(target).codes()
    both = (codes >= 0) & (answers >= 0)
    if both.sum() < _ID_ROWS or len(classes) < 2:
        return None
    if kinds == ("numeric", "numeric") and len(classes) > _ID_ROWS:
        values, aims = numeric_values(column)[both], numeric_values(target)[both]
        if np.isfinite(values).all() and values.std() > 0 and aims.std() > 0:
            return "tells y" if abs(np.corrcoef(values, aims)[0, 1]) > 0.9999 else None
        return None
    # Each of its values, of which there are few, goes with one class.
    pairs = len(np.unique(codes[both] * len(classes) + answers[both]))
    n_values = len(np.unique(codes[both]))
    return "tells y" if pairs == n_values and 5 * n_values <= both.sum() else None


def _top(column: Any) -> str | None:
    """Return the most frequent values; None if each is there once."""
    values, counts = counted_values(column)
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


def _markdown(names: list[str], rows: list[Any]) -> str:
    lines = [names, ["---"] * len(names), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cell(value: Any) -> str:
    """Return a value as one cell: escaped, on one line, of a few digits."""
    if is_missing_value(value):
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(html.escape(text, quote=False).replace("|", "\\|").split())
