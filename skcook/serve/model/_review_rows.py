"""The rows of a model that people review, with its reasons, and what is known of a verdict."""

import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from skcook.explain import Explanations
from skcook.review import row_keys
from skcook.review._directions import trend_of
from skcook.review._proxies import propose_groups
from skcook.review._text_edits import PATTERNS
from skcook.utils._json import to_json
from skcook.utils._sklearn import rows_of

#: Rows that are explained, and picked from.
POOL = 60
#: Reasons of a row that are asked about.
N_REASONS = 8
#: Less than this share of the largest weight is no reason.
_NEGLIGIBLE = 1e-3


class ReviewRows:
    """Rows from the background in a model's file, explained once by its service."""

    def __init__(self, service: Any) -> None:
        # The service holds these rows; a model that is replaced must go at once, without a cycle.
        self._service = weakref.proxy(service)
        self._lock = threading.Lock()
        self._explained: Explanations | None = None
        self._keys: list[str] = []

    @property
    def is_text(self) -> bool:
        """Whether words are judged, and not columns."""
        return bool(self._service.schema.input == "texts")

    @property
    def kind(self) -> str:
        """What a wrong reason becomes."""
        return "word" if self.is_text else "drop"

    @property
    def groups(self) -> list[str]:
        """The groups of text that can be struck by name."""
        return list(PATTERNS) if self.is_text else []

    def explained(self) -> Explanations:
        """Explain the pool, once."""
        with self._lock:
            if self._explained is None:
                background = self._service.artifact.background
                pool = rows_of(background, list(range(min(POOL, len(background)))))
                self._explained = Explanations(self._service.explain_rows(pool))
                self._keys = row_keys(pool)
            return self._explained

    def pick(self, n: int, judged: Collection[Any]) -> list[dict[str, Any]]:
        """Pick rows that together show most of what was not judged, as JSON."""
        asked = [_without(item, judged) for item in self.explained()]
        picked = Explanations([item for item in asked if item.features]).pick(n)
        return [self._record(item) for item in picked]

    def _record(self, item: Any) -> dict[str, Any]:
        return {
            "row_id": self._keys[item.row],
            "row": self._service.background_row(item.row),
            "explanation": {**to_json(item.to_dict()), **to_json(item.picture_dict())},
        }

    def reason(self, row_id: str | None, feature: Any) -> tuple[Any, Any] | None:
        """Return a row's explanation and its reason of this feature; None if it was not shown."""
        if row_id is None:
            return None
        for item in self.explained():
            if self._keys[item.row] != row_id:
                continue
            for known in item.features:
                if known.feature == feature:
                    return item, known
        return None

    def trend(self, feature: str) -> str | None:
        """Tell which way the number, or the second class, goes with a column; None if neither."""
        classes = self._service.classes
        if classes is not None and len(classes) != 2:
            return None
        return trend_of(self.explained(), feature, classes)

    def proposals(self, verdicts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Propose groups of text in which the words stand that were struck."""
        if not self.is_text:
            return []
        wrong = [v for v in verdicts if v["verdict"] == "wrong"]
        struck = [str(v["feature"]) for v in wrong if v["kind"] == "word"]
        gone = [v["feature"] for v in wrong if v["kind"] == "pattern"]
        known = {str(v["feature"]) for v in verdicts if "feature" in v}
        texts = self._service.artifact.background
        return [item._asdict() for item in propose_groups(texts, struck, known, gone)]


def can_review(service: Any) -> bool:
    """Tell whether people can judge a model's reasons: it has rows, and explains them."""
    return (
        service.task in ("classifier", "regressor")
        and "explain" in service.methods
        and service.artifact.background is not None
        and service.schema.input != "images"
        and service.picture_shape is None
    )


def _without(item: Any, judged: Collection[Any]) -> Any:
    """Keep the largest reasons that are to be asked; the others are part of the sum of others.

    Columns are judged as wholes, and the words of one of their texts are no column.
    """
    is_table = item.kind == "tabular"
    words = {f.feature for f in item.features if is_table and f.rule == f.feature}
    largest = max((abs(f.weight) for f in item.features), default=0.0)
    asked = [
        f
        for f in item.features
        if f.feature not in judged and f.feature not in words
        if abs(f.weight) > _NEGLIGIBLE * largest
    ][:N_REASONS]
    n_others = item.n_others + len(item.features) - len(asked)
    return replace(item, features=asked, n_others=n_others)
