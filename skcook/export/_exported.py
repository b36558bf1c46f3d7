"""A model as a graph, compared with the model before anyone gets it."""

import json
import math
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.artifacts import Artifact
from skcook.exceptions import ExportRefused, MissingDependencyError, PlanRefused
from skcook.export._graph import Graph, onnx_model
from skcook.export._traced_answers import trace_answer
from skcook.export._traced_columns import Tracer
from skcook.plan import Plan
from skcook.plan import compile as compile_plan
from skcook.plan._check import typical_rows
from skcook.utils import import_optional


def to_onnx(model: Any, schema: Any = None, rows: Any = None) -> Any:
    """Turn a fitted model into an ONNX model with the same answers.

    The whole pipeline is written as ONNX operators in double precision, from its plan (see
    `skcook.plan.compile`). The result is run by onnxruntime over the file's sample, the schema's
    example, and rows made of it with every nullable column missing, every category, one that is
    unknown, and both ends of each range. Where one number differs from the model's by more than
    1e-6 (relative to it from 1 on), or one label is another, there is no ONNX model.

    Parameters
    ----------
    model : Artifact or estimator
        What `skcook.artifacts.read` returned, or a fitted pipeline, search, wrapper or model.
    schema : Schema, default=None
        What an estimator takes: ``skcook.artifacts.Schema.capture(X)`` of the training data. An
        artifact has its own.
    rows : DataFrame or ndarray, default=None
        Real rows to compare with, such as some of the training data. An artifact has its own.

    Returns
    -------
    proto : onnx.ModelProto
        The model. Its inputs are the columns, each of shape (n_rows, 1): texts as strings, with
        "" for a missing one; numbers, booleans and times as doubles, with NaN for a missing one;
        times in seconds since 1970, UTC. Its outputs are ``predict``, ``predict_proba`` and
        ``decision_function``, as far as the model has them, and ``refused``, which is true for a
        row that the model itself would refuse or warn of; its numbers then are NaN.

    Raises
    ------
    ExportRefused
        If there is none; the message names the part that cannot be exported.
    MissingDependencyError
        If onnx or onnxruntime is not installed.

    Examples
    --------
    >>> import onnxruntime
    >>> from skcook import export
    >>> from skcook.artifacts import Schema
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> model = tabular_pipeline("logistic").fit(X, y)
    >>> proto = export.to_onnx(model, Schema.capture(X, model), X)
    >>> [field.name for field in proto.graph.output]
    ['predict', 'decision_function', 'predict_proba', 'refused']
    >>> session = onnxruntime.InferenceSession(proto.SerializeToString())
    >>> row = X.iloc[:1].astype({"body_mass_g": float, "flipper_length_mm": float})
    >>> given = {name: row[[name]].to_numpy() for name in X}
    >>> session.run(["predict"], given)[0].tolist()
    ['Adelie']

    What has no operators is refused by name:

    >>> from sklearn.neighbors import NearestCentroid
    >>> X = X[["bill_length_mm", "bill_depth_mm"]].dropna()
    >>> model = NearestCentroid().fit(X, y[X.index])
    >>> export.to_onnx(model, Schema.capture(X, model), X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ExportRefused: NearestCentroid cannot be exported. ...
    """
    return export(model, schema, rows).proto


#: How far a number may be from the model's, relative to it from 1 on.
TOLERANCE = 1e-6

#: Rows that are also given alone: runtimes compute one row in another way than many.
_SINGLES = 20

#: The output that tells rows which the model itself would refuse, or warn of.
REFUSED = "refused"


@dataclass(frozen=True)
class Exported:
    """A graph and the ONNX model of it, after they were compared with the model itself.

    `examples` are rows that the schema alone gives, and `answers` what the model says of them.
    """

    graph: Graph
    proto: Any
    methods: tuple[str, ...]
    n_rows: int
    difference: float
    examples: Any
    answers: dict[str, np.ndarray]


def export(model: Any, schema: Any = None, rows: Any = None) -> Exported:
    """Return a model as a graph that answers as it does; raise `ExportRefused` if there is none."""
    if isinstance(model, Artifact):
        model, schema, rows = model.model, model.schema, model.background
    elif schema is None:
        raise TypeError("A model that comes without its file is exported with its `schema`.")
    try:
        plan = compile_plan(model, schema, rows)
        parsed = typical_rows(schema, rows)
    except PlanRefused as exc:
        raise ExportRefused(f"A model without a plan cannot be exported: {exc}") from exc
    first = {method: plan.run(method, parsed[0]) for method in plan.methods}
    if any(isinstance(answer, list) for answer in first.values()):
        raise ExportRefused("Classes of several outputs cannot be exported.")
    tables = {method for method, answer in first.items() if answer.ndim == 2}
    try:
        graph = graph_of(plan, schema.columns, tables)
    except ExportRefused:
        raise
    except PlanRefused as exc:
        raise ExportRefused(f"It cannot be exported: {exc}") from exc
    except Exception as exc:  # a foreign model may be made in any way
        raise ExportRefused(
            f"The model could not be read for an export: {type(exc).__name__}: {exc}"
        ) from exc
    facts = {"skcook.schema": json.dumps(schema.to_json_schema())}
    try:
        proto = onnx_model(graph, facts)
    except MissingDependencyError:
        raise
    except Exception as exc:
        raise ExportRefused(f"onnx does not take the model: {exc}") from exc
    if rows is not None:
        parsed += [schema.parse_rows([record]) for record in schema.to_records(rows)]
    together = type(parsed[0]).join(parsed)
    check = _Check(graph, proto, model, plan.methods)
    check.run(together)
    of_schema = _of_schema(schema)
    nothing = _some(together, np.arange(0))
    examples, answers = check.known(type(nothing).join(of_schema) if of_schema else nothing)
    return Exported(
        graph, proto, plan.methods, together.n_rows, check.difference, examples, answers
    )


def _of_schema(schema: Any) -> list[Any]:
    """Return rows made of what the schema says, none of which need be real."""
    try:
        return typical_rows(schema)
    except PlanRefused:
        return []


def graph_of(plan: Plan, columns: Any, tables: Collection[str]) -> Graph:
    """Return the graph of a plan; its outputs are the plan's methods and `refused`."""
    graph = Graph()
    tracer = Tracer(graph, columns)
    if "" in graph.inputs:
        raise ExportRefused("ONNX has no inputs without a name, and a column is called ''.")
    clash = {*plan.methods, REFUSED} & set(graph.inputs)
    if clash:
        raise ExportRefused(f"The column {min(clash)!r} has the name of an output.")
    answers = plan._answers.methods
    made = {method: trace_answer(tracer, answers[method]) for method in plan.methods}
    refused = tracer.refused()
    for method, value in made.items():
        is_table = method in tables
        doubtful = refused if is_table else refused.reshape(-1)
        value = value if is_table else value.reshape(-1)
        if value.dtype in ("float32", "float64"):
            value = doubtful.where(math.nan, value.cast("float64"))
        elif value.dtype == "str":
            value = doubtful.where("", value, "str")
        graph.output(method, value, is_table=is_table)
    graph.output(REFUSED, refused.reshape(-1))
    return graph


def feeds(graph: Graph, columns: Any, data: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
    """Return parsed cells, one sequence per column, as the graph takes them."""
    made = {}
    for column, cells in zip(columns, data, strict=True):
        if graph.inputs[column.name] == "str":
            array = np.array(["" if cell is None else cell for cell in cells], dtype=object)
        else:
            # Times are parsed as nanoseconds, and are given as seconds.
            unit = 1e9 if column.type in ("datetime", "date") else 1.0
            array = np.array([math.nan if c is None else c / unit for c in cells], dtype=np.float64)
        made[column.name] = array[:, None]
    return made


class _Check:
    """The answers of an ONNX model beside those of the model itself."""

    def __init__(self, graph: Graph, proto: Any, model: Any, methods: Sequence[str]) -> None:
        runtime = import_optional("onnxruntime", feature="Exporting to ONNX", extra="onnx")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self.session = runtime.InferenceSession(
                proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:
            raise ExportRefused(f"onnxruntime does not take the model: {exc}") from exc
        self.graph, self.model, self.methods = graph, model, methods
        self.difference = 0.0

    def run(self, rows: Any) -> None:
        """Compare all answers; raise `ExportRefused` where one is too far from the model's."""
        given = feeds(self.graph, rows.schema.columns, rows.data)
        got = self._ask(given)
        kept = np.flatnonzero(~got[REFUSED])
        if not len(kept):
            raise ExportRefused(f"The exported model refuses each of {rows.n_rows} rows.")
        expected = self._model(_some(rows, kept))
        for method in self.methods:
            self._compare(method, expected[method], got[method][kept])
        for i in kept[:_SINGLES]:
            one = self._ask({name: values[[i]] for name, values in given.items()})
            for method in self.methods:
                self._compare(f"{method} of one row", got[method][[i]], one[method])

    def known(self, rows: Any) -> tuple[Any, dict[str, np.ndarray]]:
        """Return those of some rows that are not refused, and what the model says of them."""
        got = self._ask(feeds(self.graph, rows.schema.columns, rows.data))
        rows = _some(rows, np.flatnonzero(~got[REFUSED]))
        return rows, self._model(rows) if rows.n_rows else {}

    def _model(self, rows: Any) -> dict[str, np.ndarray]:
        answers = {}
        for method in self.methods:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    answers[method] = np.asarray(getattr(self.model, method)(rows.frame))
            except Exception as exc:
                raise ExportRefused(
                    f"{method}: the model refuses a row that its export answers: {exc}"
                ) from exc
        return answers

    def _ask(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        names = list(self.graph.outputs)
        try:
            return dict(zip(names, self.session.run(names, given), strict=True))
        except Exception as exc:
            raise ExportRefused(f"onnxruntime cannot run the model: {exc}") from exc

    def _compare(self, what: str, expected: np.ndarray, got: np.ndarray) -> None:
        if expected.shape != got.shape:
            raise ExportRefused(f"{what}: shape {got.shape} instead of {expected.shape}.")
        if expected.dtype.kind != "f":
            wrong = np.flatnonzero(expected.astype(object) != got.astype(object))
            if len(wrong):
                i = wrong[0]
                raise ExportRefused(
                    f"{what}: {got[i]!r} instead of {expected[i]!r}, and {len(wrong) - 1} more of "
                    f"{len(got)} rows."
                )
            return
        with np.errstate(invalid="ignore"):
            apart = np.abs(got - expected) / np.maximum(1.0, np.abs(expected))
        apart[(got == expected) | (np.isnan(got) & np.isnan(expected))] = 0.0
        self.difference = max(self.difference, float(np.nan_to_num(apart, nan=np.inf).max()))
        if self.difference > TOLERANCE:
            raise ExportRefused(
                f"{what}: numbers differ by {self.difference:.2g}, more than {TOLERANCE:g}."
            )


def _some(rows: Any, places: np.ndarray) -> Any:
    data = [[cells[i] for i in places] for cells in rows.data]
    return type(rows)(rows.schema, data, len(places))
