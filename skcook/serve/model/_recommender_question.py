"""What a recommender may be asked over HTTP: the members of a body, and how each is read."""

import math
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts._answers import METHODS
from skcook.artifacts.schema._validate import Problem, problem
from skcook.exceptions import ColumnValuesError, SchemaError
from skcook.recommend import SideTable
from skcook.recommend.interactions._ids import index_of, places_of
from skcook.serve.model._raw_rows import check_count, shape_error
from skcook.utils._json import json_type

DEFAULT_K = 10
# Longer lists are the business of a batch, not of a request.
MAX_K = 1000


@dataclass(frozen=True)
class RecommendRequest:
    """Ids that fit the model, as the batcher takes them."""

    method: str
    ids: list[Any]
    k: int
    exclude_seen: bool
    warnings: list[dict[str, Any]]
    #: What else the method is given: candidates, a history, features of today.
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """How many ids there are."""
        return len(self.ids)

    @property
    def key(self) -> Hashable:
        """Requests with equal keys can be asked together."""
        return self.k, self.exclude_seen, id(self) if self.more else None


class RecommenderIds:
    """The ids that a recommender knows, as JSON brings them."""

    def __init__(self, estimator: Any) -> None:
        self.known = {"users": estimator.user_ids_, "items": estimator.item_ids_}
        self._index = {name: index_of(np.asarray(ids)) for name, ids in self.known.items()}

    def kind(self, name: str) -> str:
        """Return the JSON type of the ids: "integer", "number", "string", or "any" of them."""
        ids = self.known[name]
        if ids.dtype.kind in "iu":
            return "integer"
        if ids.dtype.kind == "f":
            return "number"
        is_mixed = any(isinstance(value, int | float) for value in ids.tolist())
        return "any" if is_mixed else "string"

    def misses(self, name: str, ids: list[Any]) -> list[int]:
        """Return the places of the ids that the model does not know."""
        found = places_of(self._index[name], series_of(ids).to_numpy())
        return [int(i) for i in np.flatnonzero(found < 0)]

    def wrong(self, name: str, value: Any, *loc: str | int) -> Problem | None:
        """Return what is wrong with an id, or None."""
        kind, got = self.kind(name), json_type(value)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(value, float) and not math.isfinite(value):
            return problem("not_finite", *loc, expected="finite number", got="infinite")
        fits = {
            "string": isinstance(value, str),
            "integer": number and value == math.floor(value),
            "number": number,
            "any": number or isinstance(value, str),
        }
        expected = "string or number" if kind == "any" else kind
        return None if fits[kind] else problem("type", *loc, expected=expected, got=got)


class QuestionReader:
    """Reads the body of a question, and collects all that is wrong with it."""

    def __init__(self, estimator: Any, ids: RecommenderIds, method: str, most: int) -> None:
        self._ids, self._most = ids, most
        self._takes = METHODS[method].takes
        self._method = method
        self._estimator = estimator
        self._tables = estimator.feature_tables()
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []

    @property
    def members(self) -> list[str]:
        """The members that a body may have."""
        found = [self._takes, "k", "candidates", "filter"]
        if self._method == "recommend":
            found.insert(2, "exclude_seen")
            found += ["history"] if self._estimator.takes_history else []
            found += [f"{side}_features" for side in self._tables]
            found += ["max_per_category", "categories"] if self.categories else []
        return found

    @property
    def categories(self) -> list[str]:
        """The columns that say what the categories of items are."""
        table = getattr(self._estimator, "item_table_", None)
        return [] if table is None else list(table.columns)

    def feature_columns(self) -> dict[str, list[str]]:
        """Return the columns of features of users and items, the id first."""
        return {
            side: [table.id, *table.columns, *([table.title] if table.title else [])]
            for side, table in self._tables.items()
            if f"{side}_features" in self.members
        }

    def read(self, document: Any, max_rows: int) -> RecommendRequest:
        """Compare a body with what the model takes."""
        if not isinstance(document, dict):
            raise shape_error([], "type", "object", json_type(document))
        self._problems += [
            problem("unknown_member", key, allowed=self.members)
            for key in document
            if key not in self.members
        ]
        k = self._count(document, "k", min(DEFAULT_K, self._most), self._most)
        seen = document.get("exclude_seen", True)
        if not isinstance(seen, bool):
            self._wrong("exclude_seen", expected="boolean", got=json_type(seen))
        more: dict[str, Any] = {
            name: self._list(document, name) for name in ("candidates", "filter")
        }
        more["history"] = self._history(document, max_rows)
        for side in self._tables:
            more[f"{side}_features"] = self._features(document, side, max_rows)
        more |= self._limit(document)
        more = {name: value for name, value in more.items() if value is not None}
        # Today's users need not be named again.
        if "history" in more and self._takes not in document:
            document = {**document, self._takes: list(more["history"])}
        ids = self._ids_of(document, max_rows)
        if self._problems or k is None:
            raise SchemaError("The question does not fit.", self._problems)
        check_count(len(ids) * k, 10 * max_rows)
        if "history" in more:
            asked = set(ids)
            self._problems += [
                problem("not_asked", "history", i, "user", expected="one of the users")
                for i, user in enumerate(more["history"])
                if user not in asked
            ]
        self._note_unknown(ids, more)
        if self._problems:
            raise SchemaError("The question does not fit.", self._problems)
        for name in ("candidates", "filter"):
            if name in more:
                more[name] = series_of(more[name])
        return RecommendRequest(self._method, ids, k, seen, self._warnings, more)

    def _wrong(self, *loc: str | int, **facts: Any) -> None:
        self._problems.append(problem("type", *loc, **facts))

    def _count(self, document: Any, name: str, default: Any, most: int | None) -> Any:
        """Read a whole number from 1; 5.0 is one in JSON, true is none."""
        value = document.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None and name not in document:
            return None
        if type(value) is int and value >= 1 and (most is None or value <= most):
            return value
        got = json_type(value) if type(value) is not int else "an integer outside"
        expected = "an integer from 1" + ("" if most is None else f" to {most}")
        self._problems.append(problem("range", name, expected=expected, got=got))
        return None

    def _ids_of(self, document: Any, max_rows: int) -> list[Any]:
        """Read the users or the items that are asked about."""
        name = self._takes
        ids = document.get(name)
        if name not in document:
            self._problems.append(problem("missing_member", name, expected="array", got="nothing"))
            return []
        if isinstance(ids, list) and not ids:
            self._problems.append(problem("empty", name, expected="at least one id", got="none"))
            return []
        if isinstance(ids, list):
            check_count(len(ids), max_rows)
        return self._checked(ids, name, name)

    def _list(self, document: Any, name: str) -> list[Any] | None:
        """Read a list of items, if there is one."""
        return self._checked(document[name], "items", name) if name in document else None

    def _checked(self, ids: Any, kind: str, *loc: str | int) -> list[Any]:
        if not isinstance(ids, list):
            self._wrong(*loc, expected="array", got=json_type(ids))
            return []
        found = (self._ids.wrong(kind, value, *loc, i) for i, value in enumerate(ids))
        self._problems += [wrong for wrong in found if wrong]
        return ids

    def _history(self, document: Any, max_rows: int) -> dict[Any, list[Any]] | None:
        """Read what users liked by now: a list of {"user": id, "items": [ids]}."""
        if "history" not in document or "history" not in self.members:
            return None
        history: dict[Any, list[Any]] = {}
        for i, entry in enumerate(self._objects(document["history"], "history")):
            if set(entry) != {"user", "items"}:
                self._wrong("history", i, expected='{"user": id, "items": [ids]}', got="others")
                continue
            user = entry["user"]
            wrong = self._ids.wrong("users", user, "history", i, "user")
            items = self._checked(entry["items"], "items", "history", i, "items")
            if wrong:
                self._problems.append(wrong)
                continue
            if user in history:
                self._problems.append(problem("repeated", "history", i, "user"))
            history[user] = items
            if items and not self._problems:
                self._warnings += [
                    problem("unknown_id", "history", i, "items", j)
                    for j in self._ids.misses("items", items)
                ]
        check_count(sum(map(len, history.values())), 10 * max_rows)
        return history or None

    def _objects(self, value: Any, name: str) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            self._wrong(name, expected="array", got=json_type(value))
            return []
        if not value:
            self._problems.append(problem("empty", name, expected="at least one", got="none"))
        for i, entry in enumerate(value):
            if not isinstance(entry, dict):
                self._wrong(name, i, expected="object", got=json_type(entry))
        return value if all(isinstance(entry, dict) for entry in value) else []

    def _features(self, document: Any, side: str, max_rows: int) -> SideTable | None:
        """Read the features of ids that came after fit: a list of {id: ..., column: value}."""
        name, table = f"{side}_features", self._tables[side]
        if name not in document or name not in self.members:
            return None
        rows = self._objects(document[name], name)
        check_count(len(rows), max_rows)
        before = len(self._problems)
        allowed = self.feature_columns()[side]
        for i, row in enumerate(rows):
            self._problems += [
                problem("unknown_member", name, i, key, allowed=allowed)
                for key in row
                if key not in allowed
            ]
            wrong = self._ids.wrong(f"{side}s", row.get(table.id), name, i, table.id)
            self._problems += [wrong] if wrong else []
            for column in table.columns:
                if (expected := _misfit(row.get(column), column in table.numbers)) is not None:
                    self._wrong(name, i, column, expected=expected, got=json_type(row[column]))
        if not rows or len(self._problems) > before:
            return None
        cells = {key: [row.get(key) for row in rows] for key in allowed}
        frame = pd.DataFrame(
            {
                key: np.array(values, dtype=float) if key in table.numbers else series_of(values)
                for key, values in cells.items()
            }
        )
        try:
            return SideTable(frame, id=table.id, columns=table.columns, title=table.title)
        except ColumnValuesError:  # its cells are right, so an id is there twice
            self._problems.append(problem("repeated", name, expected="one row per id"))
            return None

    def _limit(self, document: Any) -> dict[str, Any]:
        """Read how many items of a category a list may hold."""
        names = ("max_per_category", "categories")
        given = [name for name in names if name in document and name in self.members]
        if not given:
            return {}
        for name in names:
            if name not in document:
                self._problems.append(problem("missing_member", name))
        column = document.get("categories")
        if "categories" in document and column not in self.categories:
            self._problems.append(problem("category", "categories", allowed=self.categories))
        most = self._count(document, "max_per_category", None, None)
        return {"max_per_category": most, "categories": column}

    def _note_unknown(self, ids: list[Any], more: dict[str, Any]) -> None:
        """Warn of ids that the model does not know, and refuse candidates that it does not."""
        described = {
            side: set(more[f"{side}_features"].ids.tolist())
            for side in self._tables
            if f"{side}_features" in more
        }
        told = set(more.get("history", {})) | described.get("user", set())
        self._warnings += [
            problem("unknown_id", self._takes, i)
            for i in self._ids.misses(self._takes, ids)
            if ids[i] not in told
        ]
        candidates = more.get("candidates", [])
        table = getattr(self._estimator, "item_table_", None)
        if candidates and table is not None and self._method == "recommend":
            listed = table.rows_of(series_of(candidates).to_numpy()) >= 0
        else:
            listed = np.zeros(len(candidates), dtype=bool)
        self._problems += [
            problem("unknown_id", "candidates", i)
            for i in self._ids.misses("items", candidates)
            if not listed[i] and candidates[i] not in described.get("item", set())
        ]
        if "candidates" in more and not candidates:
            self._problems.append(problem("empty", "candidates", expected="at least one id"))


def series_of(values: list[Any]) -> "pd.Series[Any]":
    """Return ids or cells as a column; strings stay objects, which are found soonest."""
    is_number = all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in values
    )
    return pd.Series(values) if is_number and values else pd.Series(values, dtype=object)


def _misfit(value: Any, is_number: bool) -> str | None:
    """Return what is expected of a feature that does not fit its column, or None."""
    if value is None:
        return None
    if is_number:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "number or null"
        # Integers of JSON have no end; those of a column of numbers do.
        return None if abs(value) <= sys.float_info.max else "finite number or null"
    cells = value if isinstance(value, list) else [value]
    if all(isinstance(cell, str | bool | int | float) for cell in cells):
        return None
    return "string, number, boolean, null, or an array of them"
