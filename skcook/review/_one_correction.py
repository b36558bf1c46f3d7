"""A correction: one thing that people know about a model's reasons, as a plain record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from skcook.exceptions import CorrectionError
from skcook.review._text_edits import PATTERNS
from skcook.utils._validation import did_you_mean, in_words

#: What each kind of correction may say in its detail.
KINDS: Mapping[str, tuple[str, ...]] = {
    "drop": (),
    "word": ("column",),
    "pattern": ("column",),
    "merge": ("levels", "into"),
    "ban": ("levels",),
    "direction": ("sign", "target"),
    "row": ("label", "leave_out"),
}


@dataclass(frozen=True)
class Correction:
    """One correction, with who made it, when and why."""

    kind: str
    feature: Any
    detail: dict[str, Any] = field(default_factory=dict)
    votes: tuple[int, int] | None = None
    who: str = ""
    when: str = ""
    why: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CorrectionError(f"kind={self.kind!r} is none of {in_words(list(KINDS))}.")
        if not isinstance(self.feature, str | int) or isinstance(self.feature, bool):
            raise CorrectionError(
                f"The feature of a correction is a name or a position; got {self.feature!r:.60}."
            )
        unknown = [key for key in self.detail if key not in KINDS[self.kind]]
        if unknown:
            raise CorrectionError(
                f"A correction of kind {self.kind!r} knows no {in_words(unknown)}; it knows "
                f"{in_words(list(KINDS[self.kind])) or 'no detail'}."
            )
        _CHECKS.get(self.kind, lambda _: None)(self)

    @property
    def key(self) -> tuple[str, str]:
        """What is corrected; two corrections of one key contradict or repeat each other."""
        return self.kind, json.dumps([self.feature, self.detail], sort_keys=True, default=str)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        record = asdict(self)
        record["votes"] = None if self.votes is None else list(self.votes)
        return record

    @classmethod
    def of(cls, record: Any) -> "Correction":
        """Make a correction of a record."""
        if isinstance(record, cls):
            return record
        if not isinstance(record, Mapping) or not {"kind", "feature"} <= set(record):
            raise CorrectionError(
                "A correction is a record with kind and feature, such as "
                f"{{'kind': 'drop', 'feature': 'branch'}}; got {record!r:.80}."
            )
        known = cls.__dataclass_fields__
        unknown = [str(key) for key in record if key not in known]
        if unknown:
            match = did_you_mean(unknown[0], list(known))
            raise CorrectionError(
                f"A correction has no {in_words(unknown)}"
                + (f"; did you mean {match!r}?" if match else f"; it has {in_words(list(known))}.")
            )
        values = {key: value for key, value in record.items() if value is not None}
        if "votes" in values:
            values["votes"] = tuple(values["votes"])
        if not isinstance(values.setdefault("detail", {}), Mapping):
            raise CorrectionError(f"detail must be a dict; got {values['detail']!r:.60}.")
        values["detail"] = dict(values["detail"])
        return cls(**values)

    def __str__(self) -> str:
        said = "".join(f", {key} {value!r}" for key, value in self.detail.items())
        votes = f" ({self.votes[0]} of {self.votes[1]} votes)" if self.votes else ""
        why = f": {self.why}" if self.why else ""
        return f"{self.kind} {self.feature!r}{said}{votes}{why}"


def _check_pattern(correction: Correction) -> None:
    if correction.feature not in PATTERNS:
        raise CorrectionError(
            f"There is no group of texts named {correction.feature!r}; there are "
            f"{in_words(list(PATTERNS))}. Regular expressions are not taken."
        )


def _check_levels(correction: Correction) -> None:
    levels = correction.detail.get("levels")
    if isinstance(levels, str) or not isinstance(levels, Sequence) or not levels:
        raise CorrectionError(
            f"A correction of kind {correction.kind!r} needs levels, a list; got {levels!r:.60}."
        )
    if correction.kind == "merge" and "into" not in correction.detail:
        raise CorrectionError("A merge needs into, a level, or None for a missing value.")


def _check_direction(correction: Correction) -> None:
    if correction.detail.get("sign") not in ("up", "down"):
        raise CorrectionError(
            f"A direction needs sign='up' or 'down'; got {correction.detail.get('sign')!r:.60}."
        )


def _check_row(correction: Correction) -> None:
    detail = correction.detail
    if ("label" in detail) == bool(detail.get("leave_out", False)):
        raise CorrectionError("A correction of a row needs a label, or leave_out=True.")


def _check_word(correction: Correction) -> None:
    if not isinstance(correction.feature, str) or not correction.feature.strip():
        raise CorrectionError(f"A word is a string that is not empty; got {correction.feature!r}.")


_CHECKS = {
    "word": _check_word,
    "pattern": _check_pattern,
    "merge": _check_levels,
    "ban": _check_levels,
    "direction": _check_direction,
    "row": _check_row,
}


def now() -> str:
    """Return the time as text, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
