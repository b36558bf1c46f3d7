"""One model being served: the only code of the server that touches it."""

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import Body
from skcook.serve.http._encode import encode, encode_explanation
from skcook.serve.http._problems import Problem, RefusedRowsError
from skcook.serve.model._batcher import Batcher
from skcook.serve.model._drift import Drift
from skcook.serve.model._recommender_service import (
    ID_METHODS,
    Question,
    Recommender,
    find_recommender,
)

LOGGER = logging.getLogger("skcook.serve")

# Methods that take rows of the input schema and give one result per row.
ROW_METHODS = ("predict", "predict_proba", "decision_function", "transform")

# Below this many pixels a side, squares are as good as superpixels that follow what is seen.
SMALL_IMAGE = 64

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
        self._model = artifact.model
        self._explainer = _choose_explainer(artifact)
        self.recommender: Recommender | None = find_recommender(artifact.model)
        self.methods: tuple[str, ...] = self._find_methods()
        self._observe = observe
        self._batchers = {method: self._batcher(method) for method in self.methods}
        # What each method answers to the example, once it was asked.
        self.example_results: dict[str, Sequence[Any]] = {}
        self._users, self._retired = 0, False
        self._lock = threading.Lock()

    def _find_methods(self) -> tuple[str, ...]:
        found = [name for name in ROW_METHODS if callable(getattr(self._model, name, None))]
        if self._explainer is not None:
            found.append("explain")
        if self.recommender is not None:
            found.extend(self.recommender.methods)
        return tuple(found)

    @property
    def classes(self) -> list[Any] | None:
        """The classes that probabilities are given for; None if the model has none."""
        classes = getattr(self._model, "classes_", None)
        return None if classes is None else encode(classes)

    @property
    def task(self) -> str:
        """What it is: "classifier", "regressor", "recommender", "transformer" or "other"."""
        if self.recommender is not None:
            return "recommender"
        return str(self.artifact.manifest.get("task") or "other")

    @property
    def example(self) -> dict[str, Any] | None:
        """A row that the model takes."""
        example: dict[str, Any] | None = self.artifact.example
        background = self.artifact.background
        if example is None and self.schema.input == "images" and background is not None:
            # No image is typical, so a real one stands for them.
            return {self.schema.names[0]: background[0].tolist()}
        return example

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

    def require(self, method: str) -> None:
        """Refuse a method that the model does not have."""
        if method not in self.methods:
            raise Problem(
                "method-unavailable",
                f"The model has {', '.join(self.methods)}.",
                code="method_unavailable",
                available=list(self.methods),
            )

    def parse(self, body: Body) -> Any:
        """Compare rows with the schema."""
        if len(body) == 0:
            loc = ["rows"] if body.rows is not None else ["data"]
            problem = {"loc": loc, "code": "empty", "expected": "at least one row", "got": "none"}
            raise SchemaError("There are no rows.", [problem])
        if body.rows is not None:
            return self.schema.parse_rows(body.rows)
        if body.is_text:
            return self.schema.parse_strings(body.columns, body.data)
        return self.schema.parse_columns(body.columns, body.data)

    def run(self, method: str, rows: Any, key: Hashable = None) -> list[Any]:
        """Call a method of the model, together with those who call it at the same time."""
        timeout = self.config.timeout
        try:
            if not self.config.batching and method != "explain":
                return list(self._call_rows(method, rows, key))
            return list(self._batchers[method].submit(rows, timeout=timeout, key=key))
        except (ValueError, TypeError, ArithmeticError, LookupError) as exc:
            raise self._blame(method, rows.frame, key, exc) from exc

    def parse_question(self, method: str, document: Any) -> Question:
        """Compare the body of a question to the recommender with what it takes."""
        if self.recommender is None:
            raise AssertionError("require the method first")
        return self.recommender.parse(method, document, self.config.max_rows)

    def ask(self, question: Question) -> list[Any]:
        """Ask the recommender, together with those who ask the same at the same time."""
        if not self.config.batching:
            return self._answer([question])
        batcher = self._batchers[question.method]
        return list(batcher.submit(question, timeout=self.config.timeout, key=question.key))

    def _answer(self, questions: Sequence[Question]) -> list[Any]:
        if self.recommender is None:
            raise AssertionError("only recommenders have batchers for questions")
        return self.recommender.answer(questions)

    def warm_up(self) -> None:
        """Call every method once with the example, so that no client pays for first calls."""
        if self.example is None:
            return
        frame = self.schema.parse_rows([self.example]).frame
        for method in self.methods:
            if method in ID_METHODS and self.recommender is not None:
                body = {ID_METHODS[method]: [self.recommender.example(method)]}
                self._answer([self.parse_question(method, body)])
            else:
                result = self._call(method, frame, "predicted" if method == "explain" else None)
                self.example_results[method] = result

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
        # Each of them holds this object. Without them the model goes when its last user does, and
        # need not wait for a garbage collector that may have been told to leave it alone.
        self._batchers = {}

    def _batcher(self, method: str) -> Batcher:
        config = self.config

        def observe(requests: int, rows: int) -> None:
            if self._observe is not None:
                self._observe(method, requests, rows)

        def run(parts: Sequence[Any], key: Hashable) -> Sequence[Any]:
            if method in ID_METHODS:
                return self._answer(parts)
            return self._call_rows(method, type(parts[0]).join(parts), key)

        return Batcher(
            run,
            window=config.batch_window,
            max_rows=config.batch_rows,
            max_queue=config.max_queue,
            observe=observe,
            name=f"{self.name}.{method}",
        )

    def _call_rows(self, method: str, rows: Any, key: Hashable) -> Sequence[Any]:
        self.drift.observe(rows.data, rows.n_rows)
        return self._call(method, rows.frame, key)

    def _call(self, method: str, frame: Any, key: Hashable) -> Sequence[Any]:
        if method == "explain":
            return self._explain(frame, key)
        result = getattr(self._model, method)(frame)
        if isinstance(result, list) and method == "predict_proba":
            # Several outputs: scikit-learn gives one array an output, and we give one list a row.
            return [list(row) for row in zip(*(encode(part) for part in result), strict=True)]
        rows: Sequence[Any] = encode(result)
        return rows

    def _explain(self, frame: Any, key: Hashable) -> list[Any]:
        targets = list(key) if isinstance(key, tuple) else key
        results: list[list[Any]] = [[] for _ in range(len(frame))]
        for explanation in self._explainer.explain(frame, targets=targets):
            item = encode_explanation(explanation)
            results[int(item["row"])].append(item)
        return results

    def _blame(self, method: str, frame: Any, key: Hashable, exc: Exception) -> Exception:
        """Tell whether rows or the model are at fault, and return what to raise."""
        if isinstance(exc, SchemaError):
            return exc
        try:
            self.warm_up()
        except Exception:  # noqa: BLE001 - a model that fails on its own example is at fault itself
            return exc
        refused = self._refused(method, frame, key, 0)
        return RefusedRowsError(refused) if refused else exc

    def _refused(self, method: str, frame: Any, key: Hashable, start: int) -> list[int]:
        """Return the positions of the rows that the model refuses, by halving."""
        try:
            self._call(method, frame, key)
        except Exception:  # noqa: BLE001 - the question is which rows raise, not what
            if len(frame) == 1:
                return [start]
            half = len(frame) // 2
            return [
                *self._refused(method, frame[:half], key, start),
                *self._refused(method, frame[half:], key, start + half),
            ]
        return []


def _choose_explainer(artifact: Any) -> Any:
    """Return what explains this model: itself, an explainer over its background, or None."""
    model, background = artifact.model, artifact.background
    if callable(getattr(model, "explain", None)) and not hasattr(model, "recommend"):
        return model
    if background is None or artifact.manifest.get("task") not in ("classifier", "regressor"):
        return None
    from skcook.explain import ImageExplainer, TabularExplainer, TextExplainer

    try:
        if artifact.schema.input == "texts":
            return TextExplainer(model, random_state=0).fit(background)
        if artifact.schema.input == "images":
            return ImageExplainer(model, **_cut(artifact.schema.columns[0])).fit(background)
        return TabularExplainer(model, random_state=0).fit(background)
    except Exception:
        # Predictions are worth serving without explanations; the log says why there are none.
        LOGGER.exception("no explanations", extra={"fields": {"model": artifact.name}})
        return None


def _cut(column: Any) -> dict[str, Any]:
    """Return how images of this size are cut: into some 64 parts, so that the cost is known."""
    if min(column.shape[:2]) >= SMALL_IMAGE:
        return {"segmenter": "slic", "random_state": 0}
    return {"segmenter": "grid", "hide_color": column.minimum, "random_state": 0}
