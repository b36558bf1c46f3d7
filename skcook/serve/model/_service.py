"""One model being served: the only code of the server that touches it."""

import logging
import math
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from skcook.artifacts import ParsedRows
from skcook.artifacts._answers import METHODS, Method, find_refused, labels_of, row_methods
from skcook.artifacts.schema._validate import problem
from skcook.exceptions import PlanRefused, SchemaError
from skcook.plan import Plan, compile  # noqa: A004 - the field's word
from skcook.serve._config import ServeConfig
from skcook.serve.model._batcher import Batcher
from skcook.serve.model._curves import Curves
from skcook.serve.model._drift import Drift
from skcook.serve.model._raw_rows import RawRows
from skcook.serve.model._recommender_question import RecommendRequest
from skcook.serve.model._recommender_service import Recommender, find_recommender
from skcook.serve.model._refusals import DeadlineError, MethodUnavailableError, RefusedRowsError
from skcook.serve.model._review_rows import ReviewRows
from skcook.utils._frames import container_of
from skcook.utils._json import to_json
from skcook.utils._sklearn import rows_of

LOGGER = logging.getLogger("skcook.serve")

#: A report on explanations is of so many rows, for models of at most so many outputs, and a page
#: waits for it so many seconds.
_REPORT_ROWS, _REPORT_TARGETS, _REPORT_SECONDS = 20, 10, 5.0
#: Calls that run at a time where requests do not share them.
_CALLERS = 32

Observe = Callable[[str, int, int], None]


class ModelService:
    """A model with its schema, its explainer and a batcher for each of its methods."""

    def __init__(
        self,
        artifact: Any,
        config: ServeConfig,
        *,
        name: str | None = None,
        observe: Observe | None = None,
    ) -> None:
        self.artifact, self.config = artifact, config
        self.name = name or artifact.name or "model"
        self.version = str(artifact.version)
        self.schema = artifact.schema
        self.drift = Drift(artifact.schema)
        self.review_rows = ReviewRows(self)
        self.curves = Curves(self)
        self._model = artifact.model
        self.plan, self.no_plan = _find_plan(artifact, config)
        self._explainer = _find_explainer(artifact)
        self.recommender: Recommender | None = find_recommender(artifact.model)
        self.methods: tuple[str, ...] = self._find_methods()
        self._observe = observe
        self._batchers = {method: self._batcher(method) for method in self.methods}
        # For calls that are not shared. One search for refused rows goes on at a time.
        n_callers = 1 if config.batching else _CALLERS
        self._callers = ThreadPoolExecutor(n_callers, thread_name_prefix=self.name)
        # What each method answers to the example, once it was asked.
        self.example_results: dict[str, Sequence[Any]] = {}
        self._report: Future[list[dict[str, Any]]] | None = None
        self._users, self._retired = 0, False
        self._lock = threading.Lock()

    @property
    def row_methods(self) -> list[Method]:
        """The methods that answer one value, or one list of values, per row."""
        return row_methods(self._model)

    def labels(self, method: Method) -> Any:
        """Return the names of what a method answers per row; None if there are none."""
        return labels_of(method, self._model)

    def _find_methods(self) -> tuple[str, ...]:
        found = [method.name for method in self.row_methods]
        if self._explainer is not None:
            found.append("explain")
        if self.recommender is not None:
            found.extend(self.recommender.methods)
        return tuple(found)

    @property
    def classes(self) -> list[Any] | None:
        """The classes that probabilities are given for; None if the model has none."""
        classes = getattr(self._model, "classes_", None)
        return None if classes is None else to_json(classes)

    @property
    def targets(self) -> list[Any]:
        """The classes that may be asked about by name; none where there are several outputs."""
        classes = self.classes or []
        return [] if any(isinstance(value, list) for value in classes) else classes

    @property
    def identity(self) -> dict[str, str]:
        """What every answer says of who gave it."""
        return {"model": self.name, "version": self.version}

    @property
    def task(self) -> str:
        """What it is: "classifier", "regressor", "recommender", "transformer" or "other"."""
        if self.recommender is not None:
            return "recommender"
        return str(self.artifact.manifest.get("task") or "other")

    @property
    def card(self) -> dict[str, Any]:
        """What those who saved the model wrote about it."""
        return self.artifact.manifest.get("card") or {}

    @property
    def can_change(self) -> bool:
        """Whether it can be asked what would have to change in a row."""
        one_output = self.task == "regressor" or bool(self.targets)
        explainer = getattr(self._explainer, "explainer_", self._explainer)
        return one_output and hasattr(explainer, "what_would_change")

    @property
    def example(self) -> dict[str, Any] | None:
        """A row that the model takes."""
        example: dict[str, Any] | None = self.artifact.example
        background = self.artifact.background
        # No image is typical, so a real one stands for them.
        if background is not None and len(background):
            if example is None and self.schema.input == "images":
                return {self.schema.names[0]: background[0].tolist()}
            if self.picture_shape is not None:
                return self.background_row(0)
        return example

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """The shape of the images that rows of pixels are; None if rows are no images."""
        explainer = getattr(self._explainer, "explainer_", self._explainer)
        shape = getattr(explainer, "shape_", None)
        columns = self.schema.columns
        numbers = all(column.type in ("number", "integer") for column in columns)
        if self.schema.input not in ("frame", "array") or not shape or not numbers:
            return None
        channels = shape[2] if len(shape) == 3 else 1
        fits = channels in (1, 3, 4) and math.prod(shape) == len(columns)
        return tuple(shape) if fits else None

    @property
    def uses_threads(self) -> bool:
        """Whether any step of the model asks for several threads or processes."""
        settings = self._model.get_params(deep=True) if hasattr(self._model, "get_params") else {}
        return any(
            name.rpartition("__")[2] in ("n_jobs", "num_threads", "nthread", "thread_count")
            and value not in (None, 0, 1)
            for name, value in settings.items()
            if isinstance(value, int) or value is None
        )

    def require(self, method: str) -> Method:
        """Return a method from the table of methods, or refuse one that the model does not have."""
        if method not in self.methods:
            raise MethodUnavailableError(self.methods)
        return METHODS[method]

    def parse(self, rows: RawRows) -> ParsedRows:
        """Compare rows with the schema."""
        if len(rows) == 0:
            member = "rows" if rows.rows is not None else "data"
            found = problem("empty", member, expected="at least one row", got="none")
            raise SchemaError("There are no rows.", [found])
        if rows.rows is not None:
            return self.schema.parse_rows(rows.rows)
        if rows.is_text:
            return self.schema.parse_strings(rows.columns, rows.data)
        return self.schema.parse_columns(rows.columns, rows.data)

    def run(self, method: str, rows: ParsedRows, key: Hashable = None) -> list[Any]:
        """Call a method of the model, together with those who call it at the same time."""
        deadline = time.monotonic() + self.config.timeout
        try:
            return self._ask(method, rows, key, deadline)
        except (ValueError, TypeError, ArithmeticError, LookupError) as exc:
            if isinstance(exc, SchemaError):
                raise
            raise self._blame(method, rows, key, deadline, exc) from exc

    def recommend(self, request: RecommendRequest) -> list[Any]:
        """Ask the recommender, together with those who ask the same at the same time."""
        deadline = time.monotonic() + self.config.timeout
        return self._ask(request.method, request, request.key, deadline)

    def explain_rows(self, rows: Any) -> list[Any]:
        """Explain rows that the model was given as they are, for people to review."""
        return self._call_alone(self._explainer.explain, rows)

    def answer_alone(self, method: str, rows: ParsedRows) -> list[Any]:
        """Answer rows of the server's own: they do not count as input."""
        return self._call_alone(self._answer, method, rows, None)

    def background_row(self, position: int) -> dict[str, Any]:
        """Return a row of the sample in the model's file, as JSON."""
        background = self.artifact.background
        if self.schema.input == "texts":
            return {self.schema.names[0]: to_json(background[position])}
        if container_of(background) == "pandas":
            values = background.iloc[position].to_dict()
            return dict(to_json({str(name): value for name, value in values.items()}))
        line = rows_of(background, [position])
        cells = line.rows()[0] if hasattr(line, "rows") else line[0].tolist()
        return dict(zip(self.schema.names, to_json(list(cells)), strict=True))

    def what_would_change(
        self, row: ParsedRows, target: Any, **options: Any
    ) -> list[dict[str, Any]]:
        """Find the smallest changes of one row after which the model says something else."""

        def find() -> list[Any]:
            return self._explainer.what_would_change(row.frame, target, **options)

        return [to_json(item.to_dict()) for item in self._call_alone(find)]

    def faithfulness(self) -> list[dict[str, Any]]:
        """Return how far the reasons follow the model, one record per output; see `report`.

        It is measured when it is first asked for. Empty where nothing measures it, or not yet.
        """
        explainer = getattr(self._explainer, "explainer_", self._explainer)
        targets = getattr(explainer, "target_names_", ())
        if not hasattr(explainer, "report") or len(targets) > _REPORT_TARGETS:
            return []
        report = self._explainer.report

        def measure() -> list[dict[str, Any]]:
            try:
                return list(report(n_rows=_REPORT_ROWS).to_dict("records"))
            except Exception:
                LOGGER.exception("The explanations of %s could not be measured", self.name)
                return []

        with self._lock:
            if self._report is None:
                self._report = self._callers.submit(measure)
        try:
            return self._report.result(timeout=min(_REPORT_SECONDS, self.config.timeout))
        except TimeoutError:
            return []

    def _ask(self, method: str, rows: Any, key: Hashable, deadline: float) -> list[Any]:
        """Return the results before the deadline, from a shared call or from one of its own."""
        if self.config.batching or method == "explain":
            left = max(0.0, deadline - time.monotonic())
            return list(self._batchers[method].submit(rows, timeout=left, key=key))
        return self._call_alone(self._run, method, [rows], key, deadline=deadline)

    def _call_alone(
        self, function: Callable[..., Sequence[Any]], *given: Any, deadline: float | None = None
    ) -> list[Any]:
        """Return what a function returns, if it does before the deadline, or in time from now."""
        left = self.config.timeout if deadline is None else deadline - time.monotonic()
        call = self._callers.submit(function, *given)
        try:
            return list(call.result(timeout=max(0.0, left)))
        except TimeoutError as exc:
            if call.done() and not call.cancelled():
                raise
            call.cancel()
            raise DeadlineError from exc

    def warm_up(self) -> None:
        """Call every method once with the example, so that no client pays for first calls."""
        if self.example is None:
            return
        rows = self.schema.parse_rows([self.example])
        for method in self.methods:
            if self.recommender is not None and method in self.recommender.methods:
                body = {METHODS[method].takes: [self.recommender.example(method)]}
                request = self.recommender.parse(method, body, self.config.max_rows)
                self.recommender.answer([request])
            else:
                key = "predicted" if method == "explain" else None
                self.example_results[method] = self._answer(method, rows, key)

    def rows_waiting(self, method: str) -> int:
        """Return the number of rows that wait for `method`."""
        batcher = self._batchers.get(method)
        return 0 if batcher is None else batcher.rows_waiting

    def enter(self) -> bool:
        """Count one more request that uses this model; False if it was replaced meanwhile."""
        with self._lock:
            if self._retired:
                return False
            self._users += 1
            return True

    def leave(self) -> None:
        """Count one request less; the last one out of a replaced model closes it."""
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self._close()

    def retire(self) -> None:
        """Take no new requests; those under way are still answered."""
        with self._lock:
            self._retired = True
            idle = self._users == 0
        if idle:
            self._close()

    def _close(self) -> None:
        for batcher in self._batchers.values():
            batcher.close()
        self._callers.shutdown(wait=False)
        # Each of them holds this object. Without them the model goes when its last user does, and
        # need not wait for a garbage collector that may have been told to leave it alone.
        self._batchers = {}

    def _batcher(self, method: str) -> Batcher:
        config = self.config

        def observe(requests: int, rows: int) -> None:
            if self._observe is not None:
                self._observe(method, requests, rows)

        return Batcher(
            lambda parts, key: self._run(method, parts, key),
            window=config.batch_window,
            max_rows=config.batch_rows,
            max_queue=config.max_queue,
            observe=observe,
            name=f"{self.name}.{method}",
        )

    def _run(self, method: str, parts: Sequence[Any], key: Hashable) -> Sequence[Any]:
        """Answer the rows, or the ids, of several requests in one call."""
        if self.recommender is not None and method in self.recommender.methods:
            return self.recommender.answer(parts)
        rows = ParsedRows.join(parts)
        self.drift.observe(rows.data, rows.n_rows)
        return self._answer(method, rows, key)

    def _answer(self, method: str, rows: ParsedRows, key: Hashable) -> Sequence[Any]:
        """Return one result per row, as values that JSON has."""
        if method == "explain":
            return self._explain(rows, key)
        result = self.call(method, rows)
        if isinstance(result, list) and method == "predict_proba":
            # Of several outputs scikit-learn gives one array each, and we give one list per row.
            return [list(row) for row in zip(*(to_json(part) for part in result), strict=True)]
        return to_json(result)

    def call(self, method: str, rows: ParsedRows) -> Any:
        """Call the model: the one place where that is done, but for explanations."""
        if self.plan is not None and method in self.plan.methods:
            return self.plan.run(method, rows)
        return getattr(self._model, method)(rows.frame)

    def _explain(self, rows: ParsedRows, key: Hashable) -> list[Any]:
        targets = list(key) if isinstance(key, tuple) else key
        results: list[list[Any]] = [[] for _ in range(rows.n_rows)]
        for explanation in self._explainer.explain(rows.frame, targets=targets):
            item = {**to_json(explanation.to_dict()), **to_json(explanation.picture_dict())}
            results[int(item["row"])].append(item)
        return results

    def _blame(
        self, method: str, rows: ParsedRows, key: Hashable, deadline: float, exc: Exception
    ) -> Exception:
        """Tell whether rows or the model are at fault, and return what to raise."""

        def answers(part: ParsedRows) -> bool:
            try:
                self._call_alone(self._answer, method, part, key, deadline=deadline)
            except DeadlineError:
                raise
            except Exception:  # noqa: BLE001 - the question is which rows raise, not what
                return False
            return True

        def refuses(start: int, stop: int) -> bool:
            columns = [values[start:stop] for values in rows.data]
            return not answers(ParsedRows(rows.schema, columns, stop - start))

        # A model that fails on its own example is at fault itself.
        if self.example is not None and not answers(self.schema.parse_rows([self.example])):
            return exc
        refused: list[int] = []
        try:
            refused.extend(find_refused(refuses, rows.n_rows))
        except DeadlineError:
            # Those that were found in time say enough.
            if not refused:
                raise
        return RefusedRowsError(refused) if refused else exc


def _find_plan(artifact: Any, config: ServeConfig) -> tuple[Plan | None, str | None]:
    """Return the model's plan, or None and the reason."""
    if not config.plan:
        return None, "It was turned off."
    try:
        return compile(artifact.model, artifact.schema, artifact.background), None
    except PlanRefused as refused:
        LOGGER.info("no plan", extra={"fields": {"model": artifact.name, "why": str(refused)}})
        return None, str(refused)


def _find_explainer(artifact: Any) -> Any:
    """Return what explains this model: itself, an explainer over its background, or None."""
    from skcook.explain._self_explaining import explainer_of

    try:
        return explainer_of(artifact)
    except Exception:
        # Predictions are worth serving without explanations; the log says why there are none.
        LOGGER.exception("no explanations", extra={"fields": {"model": artifact.name}})
        return None
