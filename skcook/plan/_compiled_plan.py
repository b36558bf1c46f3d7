"""A fitted model as a plan: the same numbers, without a frame."""

import logging
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if

from skcook.base._flow import DoubtError, FlowColumn, Kind, Null
from skcook.exceptions import PlanRefused
from skcook.plan._check import check, compare
from skcook.plan._wrappers import compile_model

_FLOATS = {"float64": "float64", "float32": "float32", "Float64": "float64", "Float32": "float32"}
_INTEGERS = frozenset(
    [f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)]
    + [f"{u}Int{bits}" for u in ("", "U") for bits in (8, 16, 32, 64)]
)
_TEXTS = frozenset(["str", "string", "object", "String", "Categorical"])
_LEVELS = frozenset(["category", "Enum"])
#: What the dtypes of Arrow do as those of pandas that know missing values.
_ARROW = {
    "float": "Float32", "double": "Float64", "bool": "boolean",
    "string": "string", "large_string": "string", "date32[day]": "datetime64[s]",
    **{name.lower(): name for name in _INTEGERS if "I" in name},
}  # fmt: skip
_BOOLEANS = frozenset(["bool", "boolean", "Boolean", "object"])


def sources(schema: Any) -> list[FlowColumn]:
    """Return one column per column of the schema."""
    if schema.input == "texts":
        name = schema.columns[0].name
        return [FlowColumn(name, "text", "str", null="none", one_dimensional=True)]
    if schema.input not in ("frame", "array"):
        raise PlanRefused(f"the model takes {schema.input}, which have no columns")
    if schema.input == "array" and not str(schema.dtype).startswith(("float", "int", "uint")):
        raise PlanRefused(f"the model takes an array of dtype {schema.dtype}")
    return [_source(column, place, schema) for place, column in enumerate(schema.columns)]


def _time(dtype: str) -> str:
    """Return the numpy dtype of moments that a frame holds; an empty string if it is unknown."""
    if dtype == "Date":
        return "datetime64[D]"
    if dtype == "object":
        return "datetime64[us]"
    if dtype.startswith("Datetime["):
        return dtype.replace("Datetime", "datetime64")
    return dtype if dtype.startswith("datetime64") else ""


def _without_arrow(dtype: str) -> str:
    """Return the name that pandas has for a dtype of Arrow, if it is one with an equal."""
    name = dtype.removesuffix("[pyarrow]")
    if name.startswith("timestamp["):
        return name.replace("timestamp", "datetime64").replace("tz=", "")
    return dtype if name == dtype else _ARROW.get(name, dtype)


def _source(column: Any, place: int, schema: Any) -> FlowColumn:
    dtype = _without_arrow((schema.dtype if schema.input == "array" else column.dtype) or "")
    kind: Kind
    if column.type in ("number", "integer") and dtype in _FLOATS:
        kind, now = "number", _FLOATS[dtype]
    elif column.type in ("number", "integer") and dtype in _INTEGERS:
        # A missing value makes floats of plain integers.
        plain = dtype.islower() and schema.container != "polars"
        kind, now = "number", "float64" if column.nullable and plain else dtype
    elif column.type in ("number", "integer") and dtype == "object":
        kind, now = "number", dtype
    elif column.type == "boolean" and dtype in _BOOLEANS:
        kind, now = "boolean", "object" if dtype == "bool" and column.nullable else dtype
    elif (column.type == "string" and dtype in _TEXTS) or (
        dtype in _LEVELS and column.type in ("string", "integer", "number", "boolean")
    ):
        kind, now = "text", dtype
    elif column.type in ("datetime", "date") and _time(dtype):
        kind, now = "time", _time(dtype)
    elif column.type == "duration" and dtype.startswith(("timedelta64", "Duration")):
        kind, now = "duration", dtype
    elif column.type == "unknown" and dtype == "object":
        kind, now = "mixed", dtype
    else:
        raise PlanRefused(f"column {column.name!r} is of type {column.type} ({dtype or 'unknown'})")
    null: Null = column.null if now == "object" else "na" if now == "string" else "nan"
    if schema.container == "polars":
        null = "none"
    read = "float32" if now == "float32" else "float64"
    flow = FlowColumn(column.name, kind, now, column.nullable, null, read, place)
    if dtype in _LEVELS:
        # Whatever the schema says, a value that is no level reaches the pipeline as missing.
        flow = flow.then("levels", frozenset(column.categories or ()), nullable=True)
    return flow


LOGGER = logging.getLogger("skcook.plan")

#: What a plan that meets something odd may raise: the pipeline then has the word.
_ODD = (DoubtError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


def _has(method: str) -> Any:
    def check_method(plan: "Plan") -> bool:
        if method not in plan.methods:
            raise AttributeError(f"The model has no {method}; it has {', '.join(plan.methods)}.")
        return True

    return check_method


class Plan:
    """A fitted model that answers rows without making a frame of them.

    Make one by `compile`. It holds the pipeline's own arithmetic on plain columns: the answers are
    those of the pipeline, to the last bit for trees and to 1e-12 for sums. A row on which the plan
    has any doubt (a category that an encoder refuses, an infinite number) is given to the
    pipeline, whose answer, error or warning it gets.

    Parameters
    ----------
    model : estimator
        The fitted model.
    schema : Schema
        What it takes.

    Attributes
    ----------
    methods : tuple of str
        Those of ``predict``, ``predict_proba`` and ``decision_function`` that it answers.

    Notes
    -----
    A plan pickles. The model and the schema are kept beside it, and are read again only for a row
    that needs them.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skcook import plan
    >>> from skcook.artifacts import Schema
    >>> X = pd.DataFrame({"rooms": [1.0, 2.0, 5.0]})
    >>> model = DecisionTreeRegressor().fit(X, [90, 120, 300])
    >>> plan.compile(model, Schema.capture(X)).predict({"rooms": [2, 5]}).tolist()
    [120.0, 300.0]
    """

    def __init__(self, model: Any, schema: Any) -> None:
        self._answers = compile_model(model, sources(schema))
        self._names = [column.name for column in schema.columns]
        self._simple = [_SimpleCells(column) for column in schema.columns]
        self._reference: Any = (model, schema)
        self.methods = tuple(self._answers.methods)

    @available_if(_has("predict"))
    def predict(self, rows: Any) -> np.ndarray:
        """Predict.

        Parameters
        ----------
        rows : sequence of mapping, or mapping of sequences
            One mapping of column to value per row, or one sequence of values per column.

        Returns
        -------
        y : ndarray of shape (n_rows,)
            What the model's ``predict`` gives.

        Raises
        ------
        SchemaError
            If a row does not fit the schema.
        """
        return self._answer("predict", rows)

    @available_if(_has("predict_proba"))
    def predict_proba(self, rows: Any) -> np.ndarray:
        """Predict probabilities.

        Parameters
        ----------
        rows : sequence of mapping, or mapping of sequences
            As for `predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_rows, n_classes)
            What the model's ``predict_proba`` gives.
        """
        return self._answer("predict_proba", rows)

    @available_if(_has("decision_function"))
    def decision_function(self, rows: Any) -> np.ndarray:
        """Score.

        Parameters
        ----------
        rows : sequence of mapping, or mapping of sequences
            As for `predict`.

        Returns
        -------
        scores : ndarray of shape (n_rows,) or (n_rows, n_classes)
            What the model's ``decision_function`` gives.
        """
        return self._answer("decision_function", rows)

    def run(self, method: str, rows: Any) -> np.ndarray:
        """Answer rows that a schema has parsed.

        Parameters
        ----------
        method : str
            One of `methods`.
        rows : ParsedRows
            What ``schema.parse_rows`` returned.

        Returns
        -------
        answers : ndarray of shape (n_rows, ...)
            What the model's method gives.
        """
        answers = _by_plan(self._answers.methods[method], rows.data)
        return getattr(self.reference[0], method)(rows.frame) if answers is None else answers

    @property
    def reference(self) -> tuple[Any, Any]:
        """The model and the schema."""
        if isinstance(self._reference, bytes):
            self._reference = pickle.loads(self._reference)  # noqa: S301 - our own bytes
        return self._reference

    def __getstate__(self) -> dict[str, Any]:
        kept = self._reference
        if not isinstance(kept, bytes):
            model, schema = kept
            # A schema's caches hold functions, which do not pickle.
            kept = pickle.dumps((model, replace(schema)), protocol=5)
        return {**vars(self), "_reference": kept}

    def __repr__(self) -> str:
        return f"Plan({', '.join(self._names)}: {', '.join(self.methods)})"

    def _answer(self, method: str, rows: Any) -> np.ndarray:
        cells = self._cells(rows)
        if cells is not None:
            answers = _by_plan(self._answers.methods[method], cells)
            if answers is not None:
                return answers
        if isinstance(rows, Mapping):
            rows = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
        return self.run(method, self.reference[1].parse_rows(list(rows)))

    def _cells(self, rows: Any) -> list[list[Any]] | None:
        """Return rows as one list per column; None if the schema must look at them."""
        names = self._names
        try:
            if isinstance(rows, Mapping):
                cells = [list(rows[name]) for name in names]
                n_keys = [len(rows)]
            elif isinstance(rows, Sequence) and not isinstance(rows, str):
                cells = [[row[name] for row in rows] for name in names]
                n_keys = [len(row) for row in rows]
            else:
                return None
        except (KeyError, TypeError):
            return None
        if not cells[0] or any(n != len(names) for n in n_keys):
            return None
        for is_simple, column in zip(self._simple, cells, strict=True):
            if not is_simple(column):
                return None
        return cells


_TYPES: dict[str, frozenset[type]] = {
    "number": frozenset([int, float]),
    "integer": frozenset([int]),
    "boolean": frozenset([bool]),
    "string": frozenset([str]),
}


class _SimpleCells:
    """Tells whether cells of a column need no look of the schema."""

    def __init__(self, column: Any) -> None:
        self.types = _TYPES.get(column.type, frozenset())
        self.is_number = column.type in ("number", "integer")
        self.known = frozenset(column.categories or ()) if column.unknown == "error" else None

    def __call__(self, cells: list[Any]) -> bool:
        if not self.types.issuperset(map(type, cells)):
            return False
        if self.is_number:
            # NaN is in no range.
            return all(-(2**53) <= cell <= 2**53 for cell in cells)
        return self.known is None or self.known.issuperset(cells)


def compile(model: Any, schema: Any = None, rows: Any = None) -> Plan:  # noqa: A001 - the field's word
    """Turn a fitted model into a plan.

    The plan is compared with the model before it is returned: over the schema's example, over
    `rows`, and over rows made of them with every nullable column missing, every category, one that
    is unknown, and both ends of each range; one at a time and all at once. Where one answer
    differs, there is no plan.

    Parameters
    ----------
    model : estimator or Artifact
        A fitted pipeline, search, wrapper or model; or a model file that was read, which has a
        schema and rows of its own.
    schema : Schema
        What it takes: ``skcook.artifacts.Schema.capture(X, model)`` of the training data.
    rows : DataFrame or ndarray, default=None
        Real rows to compare with, such as some of the training data.

    Returns
    -------
    plan : Plan
        The plan.

    Raises
    ------
    PlanRefused
        If there is none; the message says why.

    Examples
    --------
    >>> from skcook import plan
    >>> from skcook.artifacts import Schema
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> model = tabular_pipeline("logistic").fit(X, y)
    >>> quick = plan.compile(model, Schema.capture(X), X)
    >>> quick.predict([X.iloc[0].to_dict()]).tolist()
    ['Adelie']
    >>> plan.compile(lambda rows: rows, Schema.capture(X))
    Traceback (most recent call last):
        ...
    skcook.exceptions.PlanRefused: function has none of predict, predict_proba, decision_function.
    """
    if schema is None and hasattr(model, "schema") and hasattr(model, "background"):
        model, schema, rows = model.model, model.schema, model.background if rows is None else rows
    if not any(callable(getattr(model, m, None)) for m in ("predict", "predict_proba")):
        raise PlanRefused(
            f"{type(model).__name__} has none of predict, predict_proba, decision_function."
        )
    if schema is None:
        raise PlanRefused(
            "a plan needs to know the columns, and rows to be compared with: "
            "compile(model, Schema.capture(X, model), X) with rows X as the model is given them, "
            "or compile(artifacts.read(path)) of a model file, which has both"
        )
    with _refusing():
        plan = Plan(model, schema)
        check(plan, rows)
    return plan


def compile_method(
    model: Any, method: str, schema: Any, rows: Sequence[Any]
) -> Callable[[Sequence[list[Any]]], np.ndarray | None]:
    """Return a model's method as a function of cells, one list per column.

    It is compared with the model over `rows`, each with its `data` and `frame`; of `schema` the
    columns are read alone. The function returns None where the model must be asked itself.
    """
    with _refusing():
        answers = compile_model(model, sources(schema))
        if method not in answers.methods:
            raise PlanRefused(f"{method} has no plan")
        compare(answers, model, [method], list(rows))
    return partial(_by_plan, answers.methods[method])


def _by_plan(planned: Callable[[Any], np.ndarray], cells: Any) -> np.ndarray | None:
    """Return a plan's answer, or None where it meets something odd: the log says what."""
    try:
        return planned(cells)
    except _ODD:
        LOGGER.debug("the model itself has to answer", exc_info=True)
        return None


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever breaks while a model is read and compared into the reason for no plan."""
    try:
        yield
    except PlanRefused:
        raise
    except Exception as exc:  # a foreign step may break in any way; it has no plan
        raise PlanRefused(
            f"the model could not be read or compared: {type(exc).__name__}: {exc}"
        ) from exc
