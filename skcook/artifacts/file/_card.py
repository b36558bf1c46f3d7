"""The card of a model: what it is for, in the words of those who made it."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from skcook.exceptions import ArtifactError
from skcook.utils._validation import did_you_mean

#: No text of a card is longer: a card is read, not searched.
MAX_TEXT = 10_000

_TEXTS = ("title", "target", "unit", "description", "purpose", "owner", "licence")
_LISTS = ("limits",)
_NUMBERS = ("metrics", "costs")
_KEYS = (*_TEXTS, *_LISTS, *_NUMBERS, "threshold", "fields")
_FIELD_KEYS = ("title", "unit", "description")


def checked_card(card: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a card as plain data, or raise an error that says what is wrong with it."""
    if card is None:
        return {}
    plain = plain_json(card, "card")
    for key, value in plain.items():
        if key not in _KEYS:
            match = did_you_mean(key, list(_KEYS))
            hint = f" Did you mean {match!r}?" if match else ""
            raise ArtifactError(f"card has no {key!r}.{hint} It may have {', '.join(_KEYS)}.")
        if key in _TEXTS:
            _check_text(f"card[{key!r}]", value)
        elif key in _LISTS:
            plain[key] = [value] if isinstance(value, str) else value
            if not isinstance(plain[key], list):
                raise ArtifactError(f"card[{key!r}] must be a text or a list of texts.")
            for item in plain[key]:
                _check_text(f"card[{key!r}]", item)
        elif key in _NUMBERS:
            if not isinstance(value, dict) or not all(map(_is_number, value.values())):
                raise ArtifactError(
                    f"card[{key!r}] must be a dict of names to numbers, such as "
                    '{"roc_auc": 0.91}; ' + f"got {value!r}."[:200]
                )
        elif key == "threshold" and not _is_number(value):
            raise ArtifactError(f"card['threshold'] must be a number; got {value!r}."[:200])
    if "fields" in plain:
        plain["fields"] = _checked_fields(plain["fields"])
    return plain


def check_fields(card: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise if a card describes a column that the model does not take."""
    known = list(names)
    for name in card.get("fields", {}):
        if name not in known:
            match = did_you_mean(name, known)
            hint = f"; did you mean {match!r}?" if match else f". It takes {', '.join(known)}."
            raise ArtifactError(f"card['fields'] describes {name!r}, which no column is{hint}")


def _checked_fields(fields: Any) -> dict[str, dict[str, str]]:
    if not isinstance(fields, dict):
        raise ArtifactError("card['fields'] must be a dict of columns.")
    found: dict[str, dict[str, str]] = {}
    for name, facts in fields.items():
        told = {"description": facts} if isinstance(facts, str) else facts
        if not isinstance(told, dict) or not set(told) <= set(_FIELD_KEYS):
            raise ArtifactError(
                f"card['fields'][{name!r}] must be a description, or a dict of "
                f"{', '.join(_FIELD_KEYS)}."
            )
        for key, value in told.items():
            _check_text(f"card['fields'][{name!r}][{key!r}]", value)
        found[name] = told
    return found


def _check_text(what: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ArtifactError(f"{what} must be a text; got {type(value).__name__}.")
    if len(value) > MAX_TEXT:
        raise ArtifactError(f"{what} has {len(value):,} characters, and may have {MAX_TEXT:,}.")


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # An integer of JSON may be larger than any float.
    return is_number and abs(value) <= sys.float_info.max


def plain_json(given: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    """Return a dict as JSON would give it back, or raise if JSON cannot hold it."""
    if given is None:
        return {}
    try:
        return json.loads(json.dumps(dict(given), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as exc:
        raise ArtifactError(
            f"{name} must be a dict of what JSON holds (strings, finite numbers, lists, dicts): "
            f"{exc}."
        ) from exc
