"""From Arrow records to the frame that the model takes, a batch at a time.

Rows of a file are nearly always right, so a batch first takes the quick way: whole columns are
checked and converted at once. If anything in it is unusual, the batch takes the exact way
instead, value by value through the model's schema, the same as the server's; rows that do
not fit are set aside with their problems, and the rest goes on. Both ways build the same frame.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts import Column, Schema
from skcook.artifacts.schema._rows import GROUPED, MISSING, NUMERIC
from skcook.exceptions import SchemaError
from skcook.utils import import_optional


@dataclass(frozen=True)
class ReadBatch:
    """A batch that was read."""

    frame: Any
    rows: np.ndarray
    problems: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)


class BatchReader:
    """Read batches for one model."""

    def __init__(self, schema: Schema, *, as_text: bool) -> None:
        self.schema = schema
        self.as_text = as_text
        self._numeric = [c.name for c in schema.columns if c.type in NUMERIC]

    def read(self, batch: Any, *, decimal: str = ".") -> ReadBatch:
        """Read a batch; `decimal` is the mark that its text cells have in numbers."""
        if isinstance(batch, list):
            return self._exact(batch)
        batch = batch.select(self.schema.names)
        if decimal == "," and self.as_text:
            batch = _with_points(batch, self._numeric)
        quick = self._quick(batch)
        return quick if quick is not None else self._exact(batch)

    # The quick way.

    def _quick(self, batch: Any) -> ReadBatch | None:
        if self.schema.input == "texts" or self.schema.container not in ("pandas", "numpy"):
            return None
        warnings: Counter[tuple[str, str]] = Counter()
        arrays = []
        for column in self.schema.columns:
            converted = self._column(column, batch.column(column.name), warnings)
            if converted is None:
                return None
            arrays.append(converted)
        if self.schema.container == "numpy":
            frame = np.column_stack(arrays).astype(self.schema.dtype or "float64", copy=False)
        else:
            labels = self.schema.labels
            frame = pd.DataFrame(dict(enumerate(arrays)), copy=False)
            frame.columns = pd.Index(self.schema.names if labels is None else list(labels))
        return ReadBatch(frame, np.arange(batch.num_rows), warnings=warnings)

    def _column(self, column: Column, values: Any, warnings: Counter[tuple[str, str]]) -> Any:
        """Convert a whole column, or return None where only the exact way can tell."""
        arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
        if values.null_count and not column.nullable and not self.as_text:
            return None
        if column.type in ("number", "integer"):
            numbers = self._numbers(column, values, arrow)
            return None if numbers is None else _finish_numbers(column, numbers, warnings)
        if column.type == "string" and column.dtype in ("str", "string", "object", "category"):
            return self._strings(column, values, arrow, warnings)
        if column.type in ("datetime", "date"):
            return _times(column, values, arrow, warnings)
        plain = column.type == "boolean" and column.dtype == "bool" and not column.nullable
        return values.to_numpy() if plain and arrow.types.is_boolean(values.type) else None

    def _numbers(self, column: Column, values: Any, arrow: Any) -> np.ndarray | None:
        """Return float64 with NaN for missing values, or None."""
        compute = import_optional("pyarrow.compute", feature="skcook-score", extra="batch")
        if column.dtype is not None and not column.dtype.startswith(("float", "int", "uint")):
            return None  # nullable and Arrow dtypes
        kind = values.type
        if self.as_text and arrow.types.is_string(kind):
            trimmed = compute.utf8_trim_whitespace(values)
            absent = compute.is_in(trimmed, value_set=arrow.array(sorted(MISSING)))
            values = compute.if_else(absent, None, trimmed)
            try:
                values = compute.cast(values, arrow.float64())
            except arrow.ArrowInvalid:
                return None
            if compute.any(compute.is_nan(values)).as_py():
                return None  # a spelling of NaN that is none of those for a missing value
        elif arrow.types.is_integer(kind) or arrow.types.is_floating(kind):
            try:
                values = compute.cast(values, arrow.float64())
            except arrow.ArrowInvalid:
                return None  # an integer that no float64 is equal to
        else:
            return None
        if values.null_count and not column.nullable:
            return None
        numbers = values.to_numpy()
        if column.type == "integer" or not column.nullable:
            finite = numbers[~np.isnan(numbers)] if column.nullable else numbers
            if not np.isfinite(finite).all():
                return None
            # Beyond 2**53 a float64 no longer tells neighbours apart.
            inexact = (finite != np.trunc(finite)) | (np.abs(finite) > 2**53)
            if column.type == "integer" and inexact.any():
                return None
        return None if np.isinf(numbers).any() else numbers

    def _strings(
        self, column: Column, values: Any, arrow: Any, warnings: Counter[tuple[str, str]]
    ) -> Any:
        compute = import_optional("pyarrow.compute", feature="skcook-score", extra="batch")
        if arrow.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if not (arrow.types.is_string(values.type) or arrow.types.is_large_string(values.type)):
            return None
        values = values.combine_chunks()
        if self.as_text:
            if not column.nullable:
                values = compute.fill_null(values, "")
            else:
                values = compute.if_else(compute.equal(values, ""), None, values)
        codes = None
        if column.categories is not None:
            known = arrow.array([str(v) for v in column.categories], values.type)
            codes = compute.index_in(values, value_set=known)
            unseen = codes.null_count - values.null_count
            if unseen and column.unknown == "error":
                return None
            if unseen:
                warnings[column.name, "category"] += unseen
        if column.dtype == "category":
            dtype = pd.CategoricalDtype(list(column.categories or ()), ordered=column.ordered)
            filled = compute.fill_null(codes, -1).to_numpy(zero_copy_only=False)
            return pd.Categorical.from_codes(filled, dtype=dtype)
        if column.dtype == "object":
            if column.null == "na":
                return None
            objects = values.to_numpy(zero_copy_only=False)
            if column.null == "nan" and values.null_count:
                absent = compute.is_null(values).to_numpy(zero_copy_only=False)
                objects = np.where(absent, np.nan, objects)
            # Without the dtype, pandas would make strings of it.
            return pd.Series(objects, dtype=object)
        return pd.array(arrow.chunked_array([values]), dtype=column.dtype)

    # The exact way.

    def _exact(self, batch: Any) -> ReadBatch:
        n_rows = len(batch) if isinstance(batch, list) else batch.num_rows
        rows = np.arange(n_rows)
        problems: dict[int, list[dict[str, Any]]] = {}
        if isinstance(batch, list):
            values: list[Any] = batch
        else:
            columns = [_plain(batch.column(name)) for name in self.schema.names]
            values = list(zip(*columns))
        while len(rows):
            try:
                parsed = self._parse([values[i] for i in rows])
            except SchemaError as exc:
                bad: dict[int, list[dict[str, Any]]] = {}
                for problem in exc.problems:
                    position = int(rows[problem["loc"][1]])
                    found = {key: value for key, value in problem.items() if key != "loc"}
                    found["column"] = problem["loc"][2] if len(problem["loc"]) > 2 else None
                    bad.setdefault(position, []).append(found)
                problems |= bad
                rows = np.array([i for i in rows if i not in bad], dtype=int)
                continue
            warnings: Counter[tuple[str, str]] = Counter(
                (warning["loc"][2], warning["code"]) for warning in parsed.warnings
            )
            return ReadBatch(parsed.frame, rows, problems, warnings)
        return ReadBatch(None, rows, problems)

    def _parse(self, rows: Sequence[Any]) -> Any:
        if rows and isinstance(rows[0], tuple):
            if self.as_text:
                return self.schema.parse_strings(self.schema.names, rows)
            return self.schema.parse_columns(self.schema.names, rows)
        return self.schema.parse_rows(rows)


def _with_points(batch: Any, names: Sequence[str]) -> Any:
    """Do what `with_point` does to each cell of some columns, for whole columns at once."""
    compute = import_optional("pyarrow.compute", feature="skcook-score", extra="batch")
    for name in names:
        cells = compute.utf8_trim_whitespace(batch.column(name))
        grouped = compute.match_substring_regex(cells, f"^{GROUPED}$")
        refused = compute.replace_substring(cells, ".", "'")
        plain = compute.if_else(grouped, compute.replace_substring(cells, ".", ""), refused)
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, compute.replace_substring(plain, ",", "."))
    return batch


def _finish_numbers(
    column: Column, numbers: np.ndarray, warnings: Counter[tuple[str, str]]
) -> np.ndarray | None:
    """Check a column of floats against the schema and give it its dtype."""
    present = numbers[~np.isnan(numbers)]
    least, greatest = column.bounds
    low, high = (present.min(), present.max()) if len(present) else (np.inf, -np.inf)
    if len(present) and not (least <= low and high <= greatest):
        return None
    if column.categories is not None:
        unseen = int((~np.isin(present, np.array(column.categories, dtype=float))).sum())
        if unseen and column.unknown == "error":
            return None
        if unseen:
            warnings[column.name, "category"] += unseen
    elif isinstance(column.minimum, int | float) and isinstance(column.maximum, int | float):
        # Both counts go over the whole column, so only where there is something to count.
        if low < column.minimum:
            warnings[column.name, "range"] += int((present < column.minimum).sum())
        if high > column.maximum:
            warnings[column.name, "range"] += int((present > column.maximum).sum())
    dtype = np.dtype(column.dtype or "float64")
    if dtype.kind in "iu" and column.nullable:
        dtype = np.dtype("float64")
    return numbers.astype(dtype, copy=False)


def _times(
    column: Column, values: Any, arrow: Any, warnings: Counter[tuple[str, str]]
) -> np.ndarray | None:
    """Convert a column of timestamps without a zone to the dtype seen at save, or return None."""
    compute = import_optional("pyarrow.compute", feature="skcook-score", extra="batch")
    dtype = column.dtype or ""
    naive = arrow.types.is_timestamp(values.type) and values.type.tz is None
    if not naive or not dtype.startswith("datetime64[") or "," in dtype:
        return None
    unit = dtype.removeprefix("datetime64[").rstrip("]")
    try:
        values = compute.cast(values, arrow.timestamp(unit))
    except arrow.ArrowInvalid:
        return None  # a time that the dtype cannot hold
    times = values.to_numpy()
    present = times[~np.isnat(times)]
    if len(present) < len(times) and not column.nullable:
        return None
    if column.minimum is not None and column.maximum is not None:
        low, high = np.datetime64(str(column.minimum)), np.datetime64(str(column.maximum))
        outside = int(((present < low) | (present > high)).sum())
        if outside:
            warnings[column.name, "range"] += outside
    return times.astype(dtype, copy=False)


def _plain(values: Any) -> list[Any]:
    """Return Arrow values as JSON would give them."""
    arrow = import_optional("pyarrow", feature="skcook-score", extra="batch")
    kind = values.type
    if arrow.types.is_dictionary(kind):
        return _plain(values.cast(kind.value_type))
    plain = values.to_pylist()
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
