"""The same numbers or no plan: a plan compared with its pipeline before it is used."""

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from skcook.base._flow import DoubtError
from skcook.exceptions import PlanRefused, SchemaError
from skcook.utils._sklearn import rows_of

#: Real rows compared, and the categories of a column of which each gets a row.
MOST_ROWS, MOST_CATEGORIES = 64, 200

#: Seconds for the rows of one method; of a slow model fewer rows are compared.
SECONDS = 2.0

#: Rows for which the pipeline is asked one at a time, where its answers to many differ.
MOST_SINGLES = 32

_UNSEEN = "\N{LATIN SMALL LETTER OPEN O}unseen"


def check(plan: Any, rows: Any = None) -> None:
    """Raise `PlanRefused` if a plan and its pipeline differ over any of many rows."""
    model, schema = plan.reference
    compare(plan._answers, model, plan.methods, typical_rows(schema, rows))


def typical_rows(schema: Any, rows: Any = None) -> list[Any]:
    """Return real rows and unusual ones, each parsed alone; refuse a plan without any."""
    records = list(_records(schema, rows))
    if not records:
        raise PlanRefused(
            "there is no row to compare it with: give rows, or a schema that saw some"
        )
    parsed = [schema.parse_rows([records[0]])]
    for record in records[1:]:
        try:
            parsed.append(schema.parse_rows([record]))
        except SchemaError:
            # No such row reaches a model.
            continue
    return parsed


def compare(answers: Any, model: Any, methods: Sequence[str], rows: list[Any]) -> None:
    """Raise `PlanRefused` if answers and their pipeline differ over rows, given one by one."""
    usual = _messages(model, methods[0], rows[0].frame)
    for method in methods:
        _Comparison(answers, method, model, usual).check(rows)


class _Comparison:
    """The answers of a plan and of its pipeline to one method."""

    def __init__(self, answers: Any, method: str, model: Any, usual: set[str]) -> None:
        self.answer, self.tolerance = answers.methods[method], answers.tolerance
        self.model, self.method, self.usual = model, method, usual

    def check(self, parsed: list[Any]) -> None:
        answers: list[np.ndarray] = []
        kept: list[Any] = []
        # Of this thread's own time: the load of the machine decides nothing.
        deadline = time.thread_time() + SECONDS
        for one in parsed:
            if kept and time.thread_time() > deadline:
                break
            try:
                answers.append(self.planned(one))
                kept.append(one)
            except DoubtError:
                continue
        if not kept:
            raise PlanRefused(f"{self.method}: the plan answers none of {len(parsed)} rows")
        whole = type(kept[0]).join(kept)
        expected = self.expected(whole)
        with suppress(DoubtError):  # too many rows for a plan of so many columns
            self.same(expected, self.planned(whole), "many rows")
        # BLAS may add one row in another order than many: then the pipeline is asked for one.
        one_by_one = np.concatenate(answers)
        for i in self.different(expected, one_by_one, "one row")[:MOST_SINGLES]:
            self.same(self.expected(kept[i]), answers[i], "one row")

    def planned(self, rows: Any) -> np.ndarray:
        try:
            answer, said = _asked(self.answer, rows.data)
        except DoubtError:
            raise
        except ValueError as exc:
            raise DoubtError from exc  # a step refuses the row: the pipeline says so in its words
        except Exception as exc:
            raise PlanRefused(f"{self.method}: {type(exc).__name__}: {exc}") from exc
        self.usual |= said
        return _table(answer)

    def expected(self, rows: Any) -> np.ndarray:
        try:
            answer, said = _asked(getattr(self.model, self.method), rows.frame)
        except Exception as exc:
            raise PlanRefused(
                f"{self.method}: the model refuses a row that the plan answers: {exc}"
            ) from exc
        if said - self.usual:
            raise PlanRefused(
                f"{self.method}: the model warns where the plan does not: {min(said - self.usual)}"
            )
        return _table(answer)

    def different(self, expected: np.ndarray, got: np.ndarray, what: str) -> np.ndarray:
        """Return the rows that differ."""
        if expected.shape != got.shape or expected.dtype != got.dtype:
            raise PlanRefused(
                f"{self.method} of {what}: {got.dtype} of shape {got.shape} instead of "
                f"{expected.dtype} of shape {expected.shape}"
            )
        if expected.dtype.kind != "f":
            equal = expected == got
        elif self.tolerance:
            # What is computed in single precision can agree in single precision.
            near = max(self.tolerance, 8 * np.finfo(expected.dtype).eps)
            equal = np.isclose(got, expected, rtol=near, atol=near, equal_nan=True)
        else:
            equal = (got == expected) | (np.isnan(got) & np.isnan(expected))
        return np.flatnonzero(~equal.reshape(len(equal), -1).all(axis=1))

    def same(self, expected: np.ndarray, got: np.ndarray, what: str) -> None:
        rows = self.different(expected, got, what)
        if len(rows):
            raise PlanRefused(
                f"{self.method} of {what}: {got[rows[0]]!r} instead of {expected[rows[0]]!r}, "
                f"and {len(rows) - 1} rows more"
            )


def _asked(function: Any, rows: Any) -> tuple[Any, set[str]]:
    """Return an answer and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = function(rows)
    return answer, {str(warning.message) for warning in caught}


def _messages(model: Any, method: str, frame: Any) -> set[str]:
    """Return what a model warns of at every call."""
    try:
        return _asked(getattr(model, method), frame)[1]
    except Exception as exc:
        raise PlanRefused(f"the model refuses a typical row: {exc}") from exc


def _records(schema: Any, rows: Any) -> Iterator[dict[str, Any]]:
    """Yield typical rows, then rows of which one column each is unusual."""
    real = [] if rows is None else schema.to_records(_spread(rows))
    example = {column.name: column.example for column in schema.columns}
    fits = all(v is not None or c.nullable for v, c in zip(example.values(), schema.columns))
    base = example if fits and schema.source == "captured" else real[0] if real else None
    if base is None:
        return
    yield base
    yield from real
    for column in schema.columns:
        for value in _unusual(column):
            yield {**base, column.name: value}
    nothing = {column.name: None for column in schema.columns if column.nullable}
    if nothing:
        yield {**base, **nothing}


def _table(answer: Any) -> np.ndarray:
    """Return an answer as one array; the probabilities of several outputs side by side."""
    return np.hstack(answer) if isinstance(answer, list) else np.asarray(answer)


def _spread(rows: Any) -> Any:
    """Return some rows, spread over all."""
    n = len(rows)
    return rows_of(rows, np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).astype(int)))


def _unusual(column: Any) -> Iterator[Any]:
    if column.nullable:
        yield None
    categories = list(column.categories or ())[:MOST_CATEGORIES]
    yield from categories
    if column.type == "string" and column.unknown != "error":
        yield _UNSEEN
        if column.categories is None:
            yield from ("", f"{column.example} {_UNSEEN} {column.example}")
    if column.type == "boolean":
        yield from (False, True)
    low, high = column.minimum, column.maximum
    if low is None or high is None or column.type not in ("number", "integer"):
        return
    yield from (low, high, *column.quantiles[1:-1:2]) if column.type == "number" else (low, high)
    span = high - low
    if column.type == "number":
        yield from (low - span, high + span, low / 3, 0.1, 1e6)
    elif str(column.dtype).lower() in ("int64", "int32"):
        yield from (low - 1, high + span + 1)
