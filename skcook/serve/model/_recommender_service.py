"""What a recommender is asked: the items for users, and the items like others."""

from collections.abc import Sequence
from typing import Any

from skcook.artifacts._answers import METHODS
from skcook.artifacts.schema._validate import Problem, problem
from skcook.exceptions import ColumnValuesError, SchemaError
from skcook.recommend import recommender_of
from skcook.serve.model._recommender_question import (
    MAX_K,
    QuestionReader,
    RecommenderIds,
    RecommendRequest,
    series_of,
)
from skcook.serve.model._refusals import UnknownIdsError
from skcook.utils._json import to_json


class Recommender:
    """The recommender inside a model."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._ids = RecommenderIds(estimator)
        # A catalogue of one item has no similar items.
        can = hasattr(estimator, "similar_items") and len(self._ids.known["items"]) > 1
        self.methods = ("recommend", "similar") if can else ("recommend",)

    def max_k(self, method: str) -> int:
        """Return the longest list that can be had."""
        return min(len(self._ids.known["items"]) - (method == "similar"), MAX_K)

    def id_type(self, method: str) -> str:
        """Return the JSON type of the ids: "integer", "number", "string", or "any" of them."""
        return self._ids.kind(METHODS[method].takes)

    def example(self, method: str) -> Any:
        """Return an id that the model knows."""
        return to_json(self._ids.known[METHODS[method].takes][0])

    def reader(self, method: str) -> QuestionReader:
        """Return what reads the bodies of a method."""
        return QuestionReader(self._estimator, self._ids, method, self.max_k(method))

    def parse(self, method: str, document: Any, max_rows: int) -> RecommendRequest:
        """Compare a body with what the model takes."""
        return self.reader(method).read(document, max_rows)

    def answer(self, requests: Sequence[RecommendRequest]) -> list[Any]:
        """Answer requests of one method and key: a list of items for each id, in order."""
        first = requests[0]
        ids = [value for request in requests for value in request.ids]
        unique = list(dict.fromkeys(ids))
        try:
            frame = self._ask(first, unique)
        except ColumnValuesError as exc:
            unknown = [p for p in first.warnings if len(p["loc"]) == 2]
            refused = [p for p in unknown if self._refuses(first, first.ids[p["loc"][-1]])]
            if not refused:
                raise
            raise SchemaError("The model does not know these ids.", refused) from exc
        found: dict[Any, list[dict[str, Any]]] = {value: [] for value in unique}
        # How many were left to choose from is for frames; an answer shows it by its length.
        frame = frame.drop(columns="available", errors="ignore")
        for line in _records(frame, "who", "rank", "item", "score"):
            del line["rank"]
            found[line.pop("who")].append(line)
        return [found[value] for value in ids]

    @property
    def takes_history(self) -> bool:
        """Whether what a user likes today tells it anything."""
        return bool(self._estimator.takes_history)

    @property
    def user_table(self) -> Any:
        """The features of users that a request may bring for others; None if it may bring none."""
        is_taken = "user_features" in self.reader("recommend").members
        return self._estimator.feature_tables()["user"] if is_taken else None

    @property
    def can_explain(self) -> bool:
        """Whether it says why an item has its score."""
        return hasattr(self._estimator, "explain")

    @property
    def n_known(self) -> tuple[int, int]:
        """How many users and items it knows."""
        return len(self._ids.known["users"]), len(self._ids.known["items"])

    def known_likes(self, user: Any) -> list[dict[str, Any]]:
        """Return what a user liked, the most popular first."""
        self._require_known(users=user)
        frame = self._estimator.known_likes(series_of([user]))
        return _records(frame, "item", "likes")

    def why(self, user: Any, item: Any) -> dict[str, Any]:
        """Return the score of an item for a user with its parts and what it is like."""
        self._require_known(users=user, items=item)
        told: dict[str, Any] = to_json(self._estimator.explain(user, item).to_dict())
        return told

    def find_items(self, text: str, most: int) -> list[dict[str, Any]]:
        """Return the items whose title, or id, holds a text."""
        return _records(self._estimator.find_items(text, most), "item")

    def _require_known(self, **asked: Any) -> None:
        """Refuse an id of another kind, and one that the model does not know."""
        problems: list[Problem] = []
        for name, value in asked.items():
            who = name.removesuffix("s")
            if (wrong := self._ids.wrong(name, value, who)) is not None:
                problems.append(wrong)
            elif self._ids.misses(name, [value]):
                problems.append(problem("unknown_id", who))
        if problems:
            is_unknown = all(wrong["code"] == "unknown_id" for wrong in problems)
            error = UnknownIdsError if is_unknown else SchemaError
            raise error("The question does not fit.", problems)

    def _ask(self, request: RecommendRequest, ids: list[Any]) -> Any:
        if request.method == "similar":
            return self._estimator.similar_items(series_of(ids), request.k, **request.more)
        return self._estimator.recommend(
            series_of(ids), request.k, exclude_seen=request.exclude_seen, **request.more
        )

    def _refuses(self, request: RecommendRequest, value: Any) -> bool:
        try:
            self._ask(request, [value])
        except ColumnValuesError:
            return True
        return False


def _records(frame: Any, *names: str) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON by these names; a column more holds the titles."""
    columns = [to_json(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return [dict(zip((*names, "title"), line)) for line in zip(*columns, strict=True)]


def find_recommender(model: Any) -> Recommender | None:
    """Return the recommender inside a model, or None if there is none."""
    try:
        estimator = recommender_of(model)
    except TypeError:
        return None
    return Recommender(estimator) if hasattr(estimator, "item_ids_") else None
