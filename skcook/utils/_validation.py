"""Checks that every part shares, with errors that show the difference."""

import difflib
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from skcook.exceptions import ColumnsError


def did_you_mean(name: str, candidates: Sequence[str]) -> str | None:
    """Return the candidate closest to a name, or None if none is close."""
    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found else None


def check_columns(got: Sequence[str], expected: Sequence[str], *, name: str = "X") -> None:
    """Raise if columns that are needed are absent, or others came."""
    missing = [column for column in expected if column not in set(got)]
    unknown = [column for column in got if column not in set(expected)]
    if not missing and not unknown:
        return
    lines = [f"The columns of {name} differ from those expected."]
    if missing:
        lines.append(f"Missing: {', '.join(missing)}.")
    if unknown:
        lines.append(f"Unknown: {', '.join(unknown)}.")
    pairs = [f"{u!r} -> {m!r}" for u in unknown if (m := did_you_mean(u, missing))]
    if pairs:
        lines.append(f"Did you mean: {', '.join(pairs)}?")
    raise ColumnsError(" ".join(lines))


def warn_user(message: str) -> None:
    """Warn at the line of the user's code, however deep inside skcook the cause is."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals["__name__"].partition(".")[0] in ("skcook", "sklearn"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


def in_words(values: Sequence[Any], limit: int = 10) -> str:
    """Return values as a short list for an error message."""
    plain = [
        v.item() if isinstance(v, np.str_ | np.number | np.bool_) else v for v in values[:limit]
    ]
    parts = [r if len(r) <= 60 else r[:57] + "..." for r in map(repr, plain)]
    more = len(values) - limit
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
