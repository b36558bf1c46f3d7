"""The input of a model: what columns it takes, and how rows become the frame it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from skcook.artifacts._displays import schema_html, schema_text
from skcook.artifacts.schema._build import (
    array_builder,
    frame_builder,
    images_builder,
    texts_builder,
)
from skcook.artifacts.schema._capture import capture_input, texts_of
from skcook.artifacts.schema._infer import infer_columns
from skcook.artifacts.schema._rows import ParsedRows, read_cells, row_problems, table_problems
from skcook.artifacts.schema._schema_column import Column, Scalar, to_json_value
from skcook.artifacts.schema._validate import make_reader, problem, schema_error, warning_of
from skcook.exceptions import ArtifactFormatError
from skcook.utils._frames import read_table
from skcook.utils._json import json_type

InputKind = Literal["frame", "array", "texts", "images"]
Container = Literal["pandas", "polars", "numpy", "list"]

#: Raise it when an older reader would misread a schema written now.
SCHEMA_FORMAT = 1


def checked_facts(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a `Schema` that a JSON Schema names, or raise."""
    facts = schema.get("x-skcook") if isinstance(schema, Mapping) else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(facts, Mapping) or not isinstance(properties, Mapping):
        raise ArtifactFormatError("The schema is not one that skcook wrote.")
    if facts.get("format") != SCHEMA_FORMAT:
        raise ArtifactFormatError(
            f"The schema has format {facts.get('format')!r}; this version of skcook reads "
            f"format {SCHEMA_FORMAT}. Update skcook."[:300]
        )
    names, labels, n_rows = facts.get("columns"), facts.get("labels"), facts.get("n_rows")
    sound = (
        isinstance(names, list)
        and len({name for name in names if isinstance(name, str)}) == len(names) == len(properties)
        and set(names) == set(properties)
        and all(isinstance(prop, Mapping) for prop in properties.values())
        and facts.get("input") in get_args(InputKind)
        and facts.get("container") in get_args(Container)
        and isinstance(facts.get("dtype"), str | None)
        and (facts["input"] not in ("texts", "images") or len(names) == 1)
        and (labels is None or (isinstance(labels, list) and len(labels) == len(names)))
        and all(isinstance(label, Scalar | None) for label in labels or ())
        and (n_rows is None or (type(n_rows) is int and n_rows >= 0))
    )
    if not sound:
        raise ArtifactFormatError("The schema is damaged.")
    return {
        "columns": names,
        "input": facts["input"],
        "container": facts["container"],
        "dtype": facts.get("dtype"),
        "labels": None if labels is None else tuple(labels),
        "n_rows": n_rows or 0,
    }


@dataclass(frozen=True, repr=False)
class Schema:
    """What a model takes: columns, their types and what is known of their values.

    Parameters
    ----------
    columns : tuple of Column
        The columns, in the model's order.
    input : {"frame", "array", "texts", "images"}, default="frame"
        What the model is called with. "texts" is one column of strings, passed as a list (or as
        the Series or the array that it was captured from); "images" one column of arrays of
        numbers, passed as one array with rows along the first axis.
    container : {"pandas", "polars", "numpy", "list"}, default="pandas"
        The library of it.
    dtype : str or None, default=None
        The dtype of an array.
    labels : tuple or None, default=None
        The labels of a pandas frame whose labels are no strings; its columns are called "x0", ...
    n_rows : int, default=0
        How many rows were seen.

    Attributes
    ----------
    names : list of str
        The names of the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.artifacts import Schema
    >>> X = pd.DataFrame({"age": [31.0, None], "island": ["Biscoe", "Biscoe"]})
    >>> schema = Schema.capture(X)
    >>> schema.parse_rows([{"island": "Biscoe", "age": None}]).frame
       age  island
    0  NaN  Biscoe
    >>> schema.parse_rows([{"islands": "Biscoe", "age": "36"}])
    Traceback (most recent call last):
        ...
    skcook.exceptions.SchemaError: The rows have 3 problems. Row 0, column 'island': missing_column
    (did you mean 'islands'?). Row 0, column 'islands': unknown_column (did you mean 'island'?).
    Row 0, column 'age': type (expected number, got string).
    """

    columns: tuple[Column, ...]
    input: InputKind = "frame"
    container: Container = "pandas"
    dtype: str | None = None
    labels: tuple[Any, ...] | None = None
    n_rows: int = 0

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def __repr__(self) -> str:
        return schema_text(self)

    def _repr_html_(self) -> str:
        return schema_html(self)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def source(self) -> str:
        """Whether every column was "captured", or some were "inferred"."""
        captured = all(column.source == "captured" for column in self.columns)
        return "captured" if captured else "inferred"

    @property
    def example(self) -> dict[str, Any] | None:
        """A typical row: medians and most frequent values; None if there is none that fits."""
        row = {column.name: column.example for column in self.columns}
        known = any(value is not None for value in row.values())
        if not known or self.source != "captured":
            return None
        return None if row_problems(self._by_name, [row]) else row

    @classmethod
    def capture(cls, X: Any, model: Any = None) -> "Schema":
        """See it in data.

        Parameters
        ----------
        X : DataFrame of pandas or polars, ndarray, or sequence of str
            Rows as the model is given them, the more the better: the training data.
        model : estimator, default=None
            The fitted model. It tells what X cannot: which categories its encoders know, and
            where missing values are taken care of.

        Returns
        -------
        schema : Schema
            Every column typed.

        Raises
        ------
        TypeError
            If X is of no known container, or a column holds something else than scalars.
        ValueError
            If X has no rows.
        """
        return cls(**capture_input(X, model))

    @classmethod
    def infer(cls, model: Any) -> "Schema":
        """Conclude it from a fitted model alone.

        Parameters
        ----------
        model : estimator
            The fitted model.

        Returns
        -------
        schema : Schema
            Names wherever scikit-learn keeps them; a type only where a fitted part of the model
            proves it, "unknown" elsewhere.

        Raises
        ------
        ValueError
            If the model tells nothing of its input.
        """
        kind, columns = infer_columns(model)
        container = {"frame": "pandas", "array": "numpy", "texts": "list"}[kind]
        dtype = None
        if kind == "array":
            numbers = all(c.type in ("number", "integer", "boolean") for c in columns)
            dtype = "float64" if numbers else "object"
        return cls(tuple(columns), kind, container, dtype)  # type: ignore[arg-type]

    def parse_rows(self, records: Sequence[Mapping[str, Any]]) -> ParsedRows:
        """Check rows given as objects.

        Parameters
        ----------
        records : sequence of mapping
            One mapping of column to value per row, as JSON gives them. The order of the keys is
            free.

        Returns
        -------
        rows : ParsedRows
            The rows, and warnings.

        Raises
        ------
        SchemaError
            Listing every problem of every row.
        """
        if not isinstance(records, list | tuple):
            raise schema_error([problem("type", "rows", expected="array", got=json_type(records))])
        if not records:
            raise schema_error([problem("empty", "rows", expected="at least one row")])
        keys = self._by_name.keys()
        if all(type(row) is dict and row.keys() == keys for row in records):
            data = [[row[name] for row in records] for name in self._by_name]
            parsed = self._read(data)
            if parsed is not None:
                return parsed
        return self._slow(records)

    def parse_columns(self, columns: Sequence[str], data: Sequence[Sequence[Any]]) -> ParsedRows:
        """Check rows given as a list of names and one list of values per row.

        Parameters
        ----------
        columns : sequence of str
            The names, in the order of the values.
        data : sequence of sequence
            The rows.

        Returns
        -------
        rows : ParsedRows
            The rows, and warnings.

        Raises
        ------
        SchemaError
            Listing every problem of every row.
        """
        return self._parse_table(columns, data, as_text=False)

    def parse_strings(
        self, columns: Sequence[str], data: Sequence[Sequence[str | None]]
    ) -> ParsedRows:
        """Check rows of text cells, such as those of a CSV file.

        Parameters
        ----------
        columns : sequence of str
            The names, in the order of the cells.
        data : sequence of sequence of str or None
            The rows. A cell is read by the column's type: "36" is a number in a column of
            numbers, and a string in one of strings. An empty cell is a missing value.

        Returns
        -------
        rows : ParsedRows
            The rows, and warnings.

        Raises
        ------
        SchemaError
            Listing every problem of every row.
        """
        return self._parse_table(columns, data, as_text=True)

    def to_records(self, X: Any) -> list[dict[str, Any]]:
        """Write rows as objects that `parse_rows` reads.

        Parameters
        ----------
        X : DataFrame, ndarray or sequence of str
            Rows as the model takes them.

        Returns
        -------
        records : list of dict
            One per row, of values that JSON has.
        """
        if self.input == "texts":
            texts = texts_of(X)
            if texts is None:
                raise TypeError(f"X must be a sequence of strings; got {type(X).__qualname__}.")
            return [{self.columns[0].name: value} for value in texts[0]]
        if self.input == "images":
            return [{self.columns[0].name: image.tolist()} for image in np.asarray(X)]
        frame = read_table(X).frame
        values = [[to_json_value(v) for v in frame[name].to_list()] for name in self.names]
        return [dict(zip(self.names, row)) for row in zip(*values)]

    def to_json_schema(self) -> dict[str, Any]:
        """Describe one row in JSON Schema.

        Returns
        -------
        schema : dict
            JSON Schema 2020-12 of one row as an object; what it has no words for stands under
            "x-skcook".
        """
        facts: dict[str, Any] = {
            "format": SCHEMA_FORMAT,
            "input": self.input,
            "container": self.container,
            "columns": self.names,
            "source": self.source,
            "n_rows": self.n_rows,
        }
        if self.dtype is not None:
            facts["dtype"] = self.dtype
        if self.labels is not None:
            facts["labels"] = [to_json_value(label) for label in self.labels]
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {column.name: column.to_json_schema() for column in self.columns},
            "required": self.names,
            "additionalProperties": False,
            "x-skcook": facts,
        }

    @classmethod
    def from_json_schema(cls, schema: Mapping[str, Any]) -> "Schema":
        """Read what `to_json_schema` wrote.

        Parameters
        ----------
        schema : mapping
            The JSON Schema of one row.

        Returns
        -------
        schema : Schema
            The schema.

        Raises
        ------
        ArtifactFormatError
            If it is of another form, or of a later one.
        """
        try:
            facts = checked_facts(schema)
            columns = [
                Column.from_json_schema(name, schema["properties"][name])
                for name in facts.pop("columns")
            ]
            made = cls(tuple(columns), **facts)
            made.build([[] for _ in columns])  # a dtype of a file may be none
        except ArtifactFormatError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
            raise ArtifactFormatError(f"The schema is damaged: {exc}"[:300]) from exc
        return made

    def build(self, data: list[list[Any]]) -> Any:
        """Make what the model is called with.

        Parameters
        ----------
        data : list of list
            Parsed values, one list per column.

        Returns
        -------
        X : DataFrame, ndarray, list or Series
            The rows, in the container and with the dtypes of the schema.
        """
        return self._builder(data)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _readers(self) -> list[Any]:
        return [make_reader(column) for column in self.columns]

    @cached_property
    def _builder(self) -> Any:
        if self.input == "array":
            return array_builder(self.columns, self.dtype or "float64")
        if self.input == "images":
            return images_builder(self.columns[0])
        if self.input == "texts":
            return texts_builder(self.container)
        return frame_builder(self.columns, self.container, self.labels)

    def _read(self, data: list[list[Any]]) -> ParsedRows | None:
        parsed, warnings = [], []
        for column, reader, values in zip(self.columns, self._readers, data):
            read = reader(values)
            if read is None:
                return None
            parsed.append(read[0])
            for i, code in read[1]:
                warnings.append(warning_of(column, i, code))
        return ParsedRows(self, parsed, len(parsed[0]), warnings)

    def _slow(self, records: Sequence[Any]) -> ParsedRows:
        """List the problems, or read rows of unusual types after all."""
        problems = row_problems(self._by_name, records)
        if problems:
            raise schema_error(problems)
        data = [
            [row[c.name] if c.type == "array" else to_json_value(row[c.name]) for row in records]
            for c in self.columns
        ]
        parsed = self._read(data)
        if parsed is None:
            raise AssertionError("the quick pass refused what the slow one allowed")
        return parsed

    def _parse_table(self, columns: Any, data: Any, *, as_text: bool) -> ParsedRows:
        problems = table_problems(self._by_name, columns, data)
        if problems:
            raise schema_error(problems)
        place = {name: j for j, name in enumerate(columns)}
        values = [[row[place[name]] for row in data] for name in self._by_name]
        if as_text:
            values = [read_cells(column, cells) for column, cells in zip(self.columns, values)]
        parsed = self._read(values)
        if parsed is not None:
            return parsed
        names = self.names
        return self._slow([dict(zip(names, row)) for row in zip(*values)])
