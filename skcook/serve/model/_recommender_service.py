"""What a recommender is asked: the items for users, and the items like others."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts.answers._methods import METHODS
from skcook.artifacts.schema._row_problems import Problem, problem
from skcook.exceptions import ColumnValuesError, SchemaError
from skcook.recommend import recommender_of
from skcook.serve.model._raw_rows import check_count, shape_error
from skcook.serve.model._refusals import UnknownIdsError
from skcook.utils._json import json_type
from skcook.utils._json_values import to_json

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

    @property
    def n_rows(self) -> int:
        """How many ids there are."""
        return len(self.ids)

    @property
    def key(self) -> Hashable:
        """Requests with equal keys can be asked together."""
        return self.k, self.exclude_seen


class Recommender:
    """The recommender inside a model."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._ids = {"users": estimator.user_ids_, "items": estimator.item_ids_}
        self._index = {
            name: pd.Index(ids, dtype=np.asarray(ids).dtype) for name, ids in self._ids.items()
        }
        # A catalogue of one item has no similar items.
        can = hasattr(estimator, "similar_items") and len(self._ids["items"]) > 1
        self.methods = ("recommend", "similar") if can else ("recommend",)

    def max_k(self, method: str) -> int:
        """Return the longest list that can be had."""
        return min(len(self._ids["items"]) - (method == "similar"), MAX_K)

    def id_type(self, method: str) -> str:
        """Return the JSON type of the ids: "integer", "number", "string", or "any" of them."""
        return self._kind(METHODS[method].takes)

    def _kind(self, name: str) -> str:
        ids = self._ids[name]
        if ids.dtype.kind in "iu":
            return "integer"
        if ids.dtype.kind == "f":
            return "number"
        return "string" if all(isinstance(value, str) for value in ids) else "any"

    def example(self, method: str) -> Any:
        """Return an id that the model knows."""
        return to_json(self._ids[METHODS[method].takes][0])

    def parse(self, method: str, document: Any, max_rows: int) -> RecommendRequest:
        """Compare a body with what the model takes."""
        name = METHODS[method].takes
        if not isinstance(document, dict):
            raise shape_error([], "type", "object", json_type(document))
        allowed = [name, "k", *(["exclude_seen"] if method == "recommend" else [])]
        problems = [
            problem("unknown_member", key, allowed=allowed)
            for key in document
            if key not in allowed
        ]
        most = self.max_k(method)
        k = document.get("k", min(DEFAULT_K, most))
        # In JSON 5.0 is the integer 5; true is none.
        if isinstance(k, float) and k.is_integer():
            k = int(k)
        if type(k) is not int or not 1 <= k <= most:
            got = json_type(k) if type(k) is not int else "an integer outside"
            problems.append(problem("range", "k", expected=f"an integer from 1 to {most}", got=got))
        seen = document.get("exclude_seen", True)
        if not isinstance(seen, bool):
            problems.append(
                problem("type", "exclude_seen", expected="boolean", got=json_type(seen))
            )
        ids = document.get(name)
        if name not in document:
            problems.append(problem("missing_member", name, expected="array", got="nothing"))
        elif not isinstance(ids, list):
            problems.append(problem("type", name, expected="array", got=json_type(ids)))
        elif not ids:
            problems.append(problem("empty", name, expected="at least one id", got="none"))
        else:
            check_count(len(ids), max_rows)
            kind = self.id_type(method)
            problems += [p for i, value in enumerate(ids) if (p := _check(value, kind, name, i))]
        if problems or not isinstance(ids, list):
            raise SchemaError("The question does not fit.", problems)
        check_count(len(ids) * k, 10 * max_rows)
        unknown = [
            {"loc": [name, int(i)], "code": "unknown_id"}
            for i in np.flatnonzero(self._index[name].get_indexer(_series(ids)) < 0)
        ]
        return RecommendRequest(method, ids, k, seen, unknown)

    def answer(self, requests: Sequence[RecommendRequest]) -> list[Any]:
        """Answer requests of one method and key: a list of items for each id, in order."""
        first = requests[0]
        ids = [value for request in requests for value in request.ids]
        unique = list(dict.fromkeys(ids))
        try:
            frame = self._ask(first, unique)
        except ColumnValuesError as exc:
            refused = [p for p in first.warnings if self._refuses(first, first.ids[p["loc"][-1]])]
            if not refused:
                raise
            raise SchemaError("The model does not know these ids.", refused) from exc
        found: dict[Any, list[dict[str, Any]]] = {value: [] for value in unique}
        # How many were left to choose from is for frames; an answer shows it by its length.
        frame = frame.drop(columns="available", errors="ignore")
        columns = [to_json(frame.iloc[:, i]) for i in range(frame.shape[1])]
        for who, _, item, score, *title in zip(*columns, strict=True):
            more = {"title": title[0]} if title else {}
            found[who].append({"item": item, "score": score, **more})
        return [found[value] for value in ids]

    @property
    def can_explain(self) -> bool:
        """Whether it says why an item has its score."""
        return hasattr(self._estimator, "explain")

    @property
    def n_known(self) -> tuple[int, int]:
        """How many users and items it knows."""
        return len(self._ids["users"]), len(self._ids["items"])

    def known_likes(self, user: Any) -> list[dict[str, Any]]:
        """Return what a user liked, the most popular first."""
        self._require_known(users=user)
        frame = self._estimator.known_likes(_series([user]))
        columns = [to_json(frame.iloc[:, i]) for i in range(frame.shape[1])]
        return [
            {"item": item, "likes": likes, **({"title": title[0]} if title else {})}
            for item, likes, *title in zip(*columns, strict=True)
        ]

    def why(self, user: Any, item: Any) -> dict[str, Any]:
        """Return the score of an item for a user with its parts and what it is like."""
        self._require_known(users=user, items=item)
        told: dict[str, Any] = to_json(self._estimator.explain(user, item).to_dict())
        return told

    def find_items(self, text: str, most: int) -> list[dict[str, Any]]:
        """Return the items whose title, or id, holds a text."""
        wanted = text.casefold()
        found = [i for i, name in enumerate(self._names) if wanted in name][:most]
        return [
            {
                "item": to_json(self._ids["items"][i]),
                **({"title": to_json(self._titles[i])} if self._titles is not None else {}),
            }
            for i in found
        ]

    @cached_property
    def _titles(self) -> Any:
        found = self._estimator._titles("item", self._ids["items"])
        return np.asarray(found[0][1], dtype=object) if found else None

    @cached_property
    def _names(self) -> list[str]:
        ids = [str(value) for value in self._ids["items"]]
        titles = [""] * len(ids) if self._titles is None else self._titles
        return [f"{a or ''} {b}".casefold() for a, b in zip(titles, ids, strict=True)]

    def _require_known(self, **asked: Any) -> None:
        """Refuse an id of another kind, and one that the model does not know."""
        problems: list[Problem] = []
        for name, value in asked.items():
            who = name.removesuffix("s")
            if (wrong := _check(value, self._kind(name), who)) is not None:
                problems.append(wrong)
            elif self._index[name].get_indexer(_series([value]))[0] < 0:
                problems.append(problem("unknown_id", who))
        if problems:
            is_unknown = all(wrong["code"] == "unknown_id" for wrong in problems)
            error = UnknownIdsError if is_unknown else SchemaError
            raise error("The question does not fit.", problems)

    def _ask(self, request: RecommendRequest, ids: list[Any]) -> Any:
        if request.method == "similar":
            return self._estimator.similar_items(_series(ids), request.k)
        return self._estimator.recommend(_series(ids), request.k, exclude_seen=request.exclude_seen)

    def _refuses(self, request: RecommendRequest, value: Any) -> bool:
        try:
            self._ask(request, [value])
        except ColumnValuesError:
            return True
        return False


def find_recommender(model: Any) -> Recommender | None:
    """Return the recommender inside a model, or None if there is none."""
    try:
        estimator = recommender_of(model)
    except TypeError:
        return None
    return Recommender(estimator) if hasattr(estimator, "item_ids_") else None


def _series(ids: list[Any]) -> "pd.Series[Any]":
    # Left to itself pandas would make strings of its own kind, which are found more slowly.
    is_number = all(isinstance(value, (int, float)) for value in ids)
    return pd.Series(ids) if is_number else pd.Series(ids, dtype=object)


def _check(value: Any, kind: str, *loc: str | int) -> Problem | None:
    """Return what is wrong with an id, or None."""
    got = json_type(value)
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
