"""JSON texts, read by the standard alone.

Python's own reader takes ``NaN`` and ``Infinity``, lets the last of two equal keys win and accepts
halves of surrogate pairs that no encoder takes back. None of that is JSON, and each would change a
row behind its sender's back, so all of it is refused here.
"""

import json
from decimal import Decimal
from typing import Any

import numpy as np


class NotJSONError(ValueError):
    """A text that is not JSON, though Python's own reader may take it."""


def parse_json(raw: bytes | str) -> Any:
    """Return the value of a JSON text, or raise a `NotJSONError` that says what is wrong."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated_keys
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as exc:
        raise NotJSONError(f"the byte at position {exc.start} is not UTF-8") from exc
    except UnicodeEncodeError as exc:
        raise NotJSONError("a string holds half of a surrogate pair") from exc
    except json.JSONDecodeError as exc:
        raise NotJSONError(f"{exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    except RecursionError as exc:
        raise NotJSONError("it is nested too deeply") from exc
    except NotJSONError:
        raise
    except ValueError as exc:
        # Integers of more digits than Python reads.
        raise NotJSONError("a number is too long") from exc
    return value


def _refuse_constant(name: str) -> None:
    raise NotJSONError(f"{name} is not JSON; a missing value is written null")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise NotJSONError("an object has the same key twice")
    return record


def json_type(value: Any) -> str:
    """Return JSON's name of the type of a value, of Python or of numpy."""
    if value is None:
        return "null"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | np.integer):
        return "integer"
    if isinstance(value, float | np.floating | Decimal):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple | set | np.ndarray) else "object"
