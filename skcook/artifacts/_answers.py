"""What a model answers: its methods, answers as flat columns, and the rows that it refuses.

An answer is what a method returns, or what the server has of it: rows of JSON values. Either way
``predict_proba`` of two outputs becomes ``probability_0_no``, ``probability_0_yes``,
``probability_1_low``, ...; a frame keeps the names of its columns behind the name of the method.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from skcook.utils import import_optional
from skcook.utils._json import to_json


@dataclass(frozen=True)
class Method:
    """A method that a model may be asked for."""

    #: Its name: the method of the estimator, and the last part of the route.
    name: str
    #: What it takes: rows of the schema, or ids of a recommender.
    takes: Literal["rows", "users", "items"]
    #: What the answers are called in the server's JSON.
    answers: str
    #: What the columns of answers are called in files.
    column: str
    #: One line for people.
    title: str
    #: The labels of the columns: the model's classes, its output features, or none.
    labels: Literal["classes", "features"] | None = None


_TABLE = (
    Method("predict", "rows", "predictions", "prediction", "Predict each row"),
    Method("predict_proba", "rows", "probabilities", "probability",
           "Give the probability of each class", "classes"),
    Method("decision_function", "rows", "scores", "score",
           "Give the decision function of each row", "classes"),
    Method("score_samples", "rows", "scores", "sample_score",
           "Give the log-likelihood or the anomaly score of each row"),
    Method("transform", "rows", "rows", "transformed", "Transform each row", "features"),
    Method("explain", "rows", "explanations", "reason",
           "Say why each row is predicted as it is"),
    Method("recommend", "users", "recommendations", "item", "Recommend items to users"),
    Method("similar", "items", "similar", "item", "Find the items most like others"),
)  # fmt: skip

METHODS: Mapping[str, Method] = {method.name: method for method in _TABLE}

#: Methods of recommenders that are called from Python and not served.
_PYTHON_ONLY = ("recommend_users", "similar_items", "similar_users")


def row_methods(model: Any) -> list[Method]:
    """List the methods of a model that give one answer per row, as the table orders them."""
    found = [m for m in METHODS.values() if m.takes == "rows" and m.name != "explain"]
    return [m for m in found if callable(getattr(model, m.name, None))]


def methods_of(model: Any) -> list[str]:
    """Name the methods of a model that the manifest lists."""
    names = [name for name in METHODS if name != "similar"]
    return [n for n in (*names, *_PYTHON_ONLY) if callable(getattr(model, n, None))]


def labels_of(method: Method, model: Any) -> Any:
    """Return the labels of the columns of a method's answers, or None if they have none."""
    if method.labels == "classes":
        return getattr(model, "classes_", None)
    if method.labels == "features" and hasattr(model, "get_feature_names_out"):
        try:
            return list(model.get_feature_names_out())
        except (ValueError, AttributeError, TypeError):
            return None  # a step of the pipeline gives its features no names
    return None


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


#: What spreadsheets take for the beginning of a formula, also in its wide form.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def defused(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula.

    >>> defused("=1+1"), defused("-1.5"), defused(-1.5), defused("a-b")
    ("'=1+1", '-1.5', -1.5, 'a-b')
    """
    if isinstance(cell, str) and cell.startswith(_BEGINNINGS) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def defused_table(table: Any) -> Any:
    """Return an Arrow table with its texts and its names defused."""
    arrow = import_optional("pyarrow", feature="CSV", extra="batch")
    compute = import_optional("pyarrow.compute", feature="CSV", extra="batch")
    beginnings = arrow.array(_BEGINNINGS)
    for j, field in enumerate(table.schema):
        if arrow.types.is_string(field.type) or arrow.types.is_large_string(field.type):
            column = table.column(j)
            first = compute.utf8_slice_codeunits(column, 0, 1)
            if compute.any(compute.is_in(first, beginnings.cast(field.type))).as_py():
                cells = arrow.array(map(defused, column.to_pylist()), field.type)
                table = table.set_column(j, field, cells)
    return table.rename_columns([defused(name) for name in table.column_names])


#: Calls of the model that one search may cost.
MAX_CALLS = 64
#: An answer lists no more rows than these, so no more are looked for.
MAX_FOUND = 20


def find_refused(refuses: Callable[[int, int], bool], n_rows: int) -> Iterator[int]:
    """Yield the positions of rows that a model refuses, in order: all of them, or the first ones.

    ``refuses(start, stop)`` calls the model; rows 0 to `n_rows` are known to be refused together.

    >>> list(find_refused(lambda start, stop: start <= 3 < stop or start <= 6 < stop, 8))
    [3, 6]
    """
    n_found = n_calls = 0
    # Ranges still to be looked into, the first on top: each was refused, or must be because the
    # other half is not, or may be.
    ranges = [(0, n_rows, "was")]
    while ranges and n_found < MAX_FOUND:
        start, stop, refused = ranges.pop()
        single = stop - start == 1
        # A row is blamed only for what it does alone: some are refused only together.
        if refused == "may be" or (single and refused == "must be"):
            if n_calls == MAX_CALLS:
                return
            n_calls += 1
            if not refuses(start, stop):
                continue
        if single:
            n_found += 1
            yield start
            continue
        if n_calls == MAX_CALLS:
            return
        middle = (start + stop) // 2
        n_calls += 1
        if refuses(start, middle):
            ranges += [(middle, stop, "may be"), (start, middle, "was")]
        else:
            ranges.append((middle, stop, "must be"))
