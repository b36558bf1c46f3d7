"""Structured answers of a model as flat, named columns, as CSV and Parquet want them.

A result is what a method returns, or what the server has of it: rows of JSON values. Either way
``predict_proba`` of two outputs becomes ``probability_0_no``, ``probability_0_yes``,
``probability_1_low``, ...; a frame keeps the names of its columns behind the name of the method.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skcook.utils._json_values import to_json

#: A sparse answer is written out only up to this many columns: a file of more helps no reader.
MAX_COLUMNS = 10_000


def count_rows(result: Any) -> int | None:
    """Return how many rows a result answers; None if it is no result for rows."""
    if isinstance(result, list) and result and all(isinstance(p, np.ndarray) for p in result):
        counts = {len(part) if part.ndim else None for part in result}  # one array per output
        return counts.pop() if len(counts) == 1 else None
    shape = getattr(result, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) else None
    sized = isinstance(result, Sequence) and not isinstance(result, str | bytes)
    return len(result) if sized else None


def flat_columns(name: str, result: Any, labels: Any = None) -> dict[str, Any]:
    """Return a result as columns: arrays of numpy, or lists of scalars and JSON text.

    Shapes: result (n_rows, ...); labels (n_columns,), or one such list per output.
    """
    if hasattr(result, "iloc") and hasattr(result, "columns"):
        columns = [result.iloc[:, j].to_numpy() for j in range(result.shape[1])]
        return _join(name, _unique(result.columns), columns)
    if hasattr(result, "get_columns"):
        return _join(name, result.columns, [c.to_numpy() for c in result.get_columns()])
    if hasattr(result, "tocsc"):
        return _sparse_columns(name, result.tocsc(), labels)
    if isinstance(result, list) and result and all(isinstance(p, np.ndarray) for p in result):
        return _outputs(name, result, labels)
    if isinstance(result, list | tuple):
        return _row_columns(name, list(result), labels)
    array = np.asarray(result)
    if array.ndim == 1 and array.dtype == object:
        return _row_columns(name, array.tolist(), labels)
    if array.ndim <= 1:
        return {name: array.reshape(-1)}
    return _join_parts(name, [array[:, j] for j in range(array.shape[1])], labels)


def _sparse_columns(name: str, matrix: Any, labels: Any) -> dict[str, Any]:
    if matrix.shape[1] > MAX_COLUMNS:
        raise ValueError(
            f"the answers are a sparse matrix of {matrix.shape[1]:,} columns; a file can have "
            f"{MAX_COLUMNS:,}. Score the whole pipeline with its predictor, or reduce the columns."
        )
    columns = [matrix[:, [j]].toarray().ravel() for j in range(matrix.shape[1])]
    return _join_parts(name, columns, labels)


def _outputs(name: str, parts: list[Any], labels: Any) -> dict[str, Any]:
    """Return the columns of several outputs: one array per output."""
    nested = labels if isinstance(labels, list | tuple) and len(labels) == len(parts) else None
    columns: dict[str, Any] = {}
    for i, part in enumerate(parts):
        columns |= flat_columns(f"{name}_{i}", part, None if nested is None else nested[i])
    return columns


def _row_columns(name: str, rows: list[Any], labels: Any) -> dict[str, Any]:
    """Return the columns of rows that are Python objects."""
    first = next((row for row in rows if row is not None), None)
    if isinstance(first, Mapping) and all(isinstance(r, Mapping | None) for r in rows):
        keys = list(dict.fromkeys(key for row in rows if row for key in row))
        values = [[None if row is None else row.get(key) for row in rows] for key in keys]
        return _join_parts(name, values, keys)
    nested = [_as_list(row) for row in rows]
    widths = {len(row) for row in nested if row is not None}
    if len(widths) == 1 and None not in nested:
        columns = [[row[j] for row in nested if row is not None] for j in range(widths.pop())]
        return _join_parts(name, columns, labels)
    return {name: [_scalar(row) for row in rows]}


def _as_list(row: Any) -> list[Any] | None:
    if isinstance(row, np.ndarray):
        return row.tolist() if row.ndim else None
    return list(row) if isinstance(row, list | tuple) else None


def _scalar(value: Any) -> Any:
    """Return a value that a cell can hold: JSON text of what is none."""
    plain = to_json(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else plain


def _join_parts(name: str, columns: list[Any], labels: Any) -> dict[str, Any]:
    """Name columns by their labels, and flatten those that are not flat yet."""
    given = [] if labels is None else list(labels)
    fits = len(given) == len(columns)
    one_per_output = fits and all(isinstance(g, list | tuple | np.ndarray) for g in given)
    names = _unique(given if fits and not one_per_output else range(len(columns)))
    flat: dict[str, Any] = {}
    for j, (label, column) in enumerate(zip(names, columns, strict=True)):
        inner = given[j] if one_per_output else None
        flat |= flat_columns(f"{name}_{label}", column, inner)
    return flat


def _join(name: str, labels: Any, columns: list[Any]) -> dict[str, Any]:
    return {f"{name}_{label}": col for label, col in zip(_unique(labels), columns, strict=True)}


def _unique(labels: Any) -> list[str]:
    """Return labels as text, repeated ones with a number behind."""
    seen: dict[str, int] = {}
    names = []
    for label in labels:
        text = str(label)
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text}_{seen[text]}")
    return names
