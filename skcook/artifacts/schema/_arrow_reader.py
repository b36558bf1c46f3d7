"""Arrow records read by a schema: whole columns at once where all is usual, for batches of rows.

What `_validate` asks of each value is asked of a column here. Where a column holds anything else,
the answer is None, and its values are read one by one, as the server reads them: that gives the
same frame and the same warnings, a hundred times slower, and says what is wrong
(benchmarks/bench_batch.py).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts.schema._rows import GROUPED, MISSING
from skcook.artifacts.schema._schema import Schema
from skcook.artifacts.schema._schema_column import Column
from skcook.utils import import_optional

arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
compute = import_optional("pyarrow.compute", feature="skcook-score", extra="batch")

#: The values of a column with the dtype that the model takes, and how many warnings of each code.
Read = tuple[Any, dict[str, int]]


def read_table(
    schema: Schema, table: Any, *, as_text: bool
) -> tuple[Any, Counter[tuple[str, str]]] | None:
    """Return the frame that the model takes and the warnings by column and code, or None."""
    if schema.input == "texts" or schema.container not in ("pandas", "numpy"):
        return None
    arrays: list[Any] = []
    warnings: Counter[tuple[str, str]] = Counter()
    for column in schema.columns:
        read = _read(column, table.column(column.name), as_text=as_text)
        if read is None:
            return None
        arrays.append(read[0])
        warnings.update({(column.name, code): n for code, n in read[1].items() if n})
    if schema.container == "numpy":
        frame = np.column_stack(arrays).astype(schema.dtype or "float64", copy=False)
    else:
        frame = pd.DataFrame(dict(enumerate(arrays)), copy=False)
        frame.columns = pd.Index(schema.names if schema.labels is None else list(schema.labels))
    return frame, warnings


def _read(column: Column, values: Any, *, as_text: bool) -> Read | None:
    """Read a column, or return None where only value by value can tell."""
    dtype, kind = column.dtype or "", values.type
    if values.null_count and not column.nullable and not as_text:
        return None
    if column.type in ("number", "integer"):
        # Not the nullable and Arrow dtypes.
        usual = column.dtype is None or dtype.startswith(("float", "int", "uint"))
        numbers = _as_floats(values, as_text=as_text) if usual else None
        return None if numbers is None else _read_numbers(column, numbers)
    if column.type == "string" and dtype in ("str", "string", "object", "category"):
        return _read_strings(column, values, as_text=as_text)
    if column.type in ("datetime", "date"):
        return _read_times(column, values)
    if column.type == "boolean" and dtype == "bool" and not column.nullable:
        return (values.to_numpy(), {}) if arrow.types.is_boolean(kind) else None
    return None


def _as_floats(values: Any, *, as_text: bool) -> np.ndarray | None:
    """Return numbers, or the text of numbers, as float64 with NaN for missing values."""
    kind = values.type
    is_text = as_text and arrow.types.is_string(kind)
    if is_text:
        cells = compute.utf8_trim_whitespace(values)
        absent = compute.is_in(cells, value_set=arrow.array(sorted(MISSING)))
        values = compute.if_else(absent, None, cells)
    elif not (arrow.types.is_integer(kind) or arrow.types.is_floating(kind)):
        return None
    try:
        values = compute.cast(values, arrow.float64())
    except arrow.ArrowInvalid:
        return None  # no number, or an integer that no float64 is equal to
    if is_text and compute.any(compute.is_nan(values)).as_py():
        return None  # a spelling of NaN that is none of those for a missing value
    numbers: np.ndarray = values.to_numpy()
    return numbers


def _read_numbers(column: Column, numbers: np.ndarray) -> Read | None:
    present = numbers[~np.isnan(numbers)]
    n_missing = len(numbers) - len(present)
    least, greatest = column.bounds
    low, high = (present.min(), present.max()) if len(present) else (least, greatest)
    if (n_missing and not column.nullable) or not least <= low <= high <= greatest:
        return None
    # From 2**53 on a float64 no longer tells neighbours apart.
    is_exact = len(present) == 0 or max(-low, high) < 2**53
    if column.type == "integer" and not (is_exact and (present == np.trunc(present)).all()):
        return None
    warnings = _warn_of_missing(column, n_missing)
    if column.categories is not None:
        known = np.array(column.categories, dtype=float)
        warnings["category"] = int((~np.isin(present, known)).sum())
        if warnings["category"] and column.unknown == "error":
            return None
    elif isinstance(column.minimum, int | float) and isinstance(column.maximum, int | float):
        warnings["range"] = int(((present < column.minimum) | (present > column.maximum)).sum())
    dtype = np.dtype(column.dtype or "float64")
    if dtype.kind in "iu" and column.nullable:
        dtype = np.dtype("float64")
    return numbers.astype(dtype, copy=False), warnings


def _read_strings(column: Column, values: Any, *, as_text: bool) -> Read | None:
    if arrow.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not (arrow.types.is_string(values.type) or arrow.types.is_large_string(values.type)):
        return None
    values = values.combine_chunks()
    if as_text and column.nullable:
        values = compute.if_else(compute.equal(values, ""), None, values)
    elif as_text:
        values = compute.fill_null(values, "")
    warnings = _warn_of_missing(column, values.null_count)
    codes = None
    if column.categories is not None:
        known = arrow.array([str(v) for v in column.categories], values.type)
        codes = compute.index_in(values, value_set=known)
        warnings["category"] = codes.null_count - values.null_count
        if warnings["category"] and column.unknown == "error":
            return None
    if column.dtype == "category":
        dtype = pd.CategoricalDtype(list(column.categories or ()), ordered=column.ordered)
        filled = compute.fill_null(codes, -1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(filled, dtype=dtype), warnings
    if column.dtype != "object":
        return pd.array(arrow.chunked_array([values]), dtype=column.dtype), warnings
    if column.null == "na":
        return None
    objects = values.to_numpy(zero_copy_only=False)
    if column.null == "nan" and values.null_count:
        absent = compute.is_null(values).to_numpy(zero_copy_only=False)
        objects = np.where(absent, np.nan, objects)
    # Without the dtype, pandas would make strings of it.
    return pd.Series(objects, dtype=object), warnings


def _read_times(column: Column, values: Any) -> Read | None:
    """Read timestamps without a zone as the dtype seen at save."""
    dtype = column.dtype or ""
    naive = arrow.types.is_timestamp(values.type) and values.type.tz is None
    if not naive or not dtype.startswith("datetime64[") or "," in dtype:
        return None
    unit = dtype.removeprefix("datetime64[").rstrip("]")
    try:
        times = compute.cast(values, arrow.timestamp(unit)).to_numpy()
    except arrow.ArrowInvalid:
        return None  # a time that the dtype cannot hold
    present = times[~np.isnat(times)]
    n_missing = len(times) - len(present)
    if n_missing and not column.nullable:
        return None
    warnings = _warn_of_missing(column, n_missing)
    if column.minimum is not None and column.maximum is not None:
        low, high = np.datetime64(str(column.minimum)), np.datetime64(str(column.maximum))
        warnings["range"] = int(((present < low) | (present > high)).sum())
    return times.astype(dtype, copy=False), warnings


def _warn_of_missing(column: Column, n_missing: int) -> dict[str, int]:
    return {"never_missing": n_missing} if column.null_fraction == 0 else {}


def with_points(table: Any, names: Sequence[str]) -> Any:
    """Do what `with_point` does to each cell of some columns, for whole columns at once."""
    for name in names:
        cells = compute.utf8_trim_whitespace(table.column(name))
        grouped = compute.match_substring_regex(cells, f"^{GROUPED}$")
        refused = compute.replace_substring(cells, ".", "'")
        plain = compute.if_else(grouped, compute.replace_substring(cells, ".", ""), refused)
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, compute.replace_substring(plain, ",", "."))
    return table


def plain_values(values: Any) -> list[Any]:
    """Return Arrow values as JSON would give them."""
    kind = values.type
    if arrow.types.is_dictionary(kind):
        return plain_values(values.cast(kind.value_type))
    plain: list[Any] = values.to_pylist()
    if arrow.types.is_floating(kind):
        # A NaN in a file of numbers is a missing value.
        return [None if value is None or value != value else value for value in plain]
    if arrow.types.is_date(kind) or arrow.types.is_timestamp(kind):
        return [None if value is None else value.isoformat() for value in plain]
    if arrow.types.is_duration(kind):
        return [None if value is None else value.total_seconds() for value in plain]
    if arrow.types.is_decimal(kind):
        return [None if value is None else float(value) for value in plain]
    return plain
