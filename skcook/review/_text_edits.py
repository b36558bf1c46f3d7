"""Texts without the words and the groups that were struck."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.review._column_edits import find_column, text_columns
from skcook.review._text_patterns import PATTERNS
from skcook.utils._frames import container_of, is_frame
from skcook.utils._validation import in_words

_WORD = re.compile(r"\w++")


def make_text_edit(words: Sequence[str], patterns: Sequence[str]) -> Callable[[str], str]:
    """Return the function that takes groups, then words, out of a text.

    A word goes where it stands by itself, in whatever case.
    """
    simple = {word.lower() for word in words if _WORD.fullmatch(word)}
    others = sorted({word for word in words if not _WORD.fullmatch(word)}, key=len, reverse=True)
    other = re.compile("(?i)" + "|".join(map(_alone, others))) if others else None
    steps = [step for name, step in PATTERNS.items() if name in patterns]

    def edit(text: str) -> str:
        for step in steps:
            text = step(text)
        if other is not None:
            text = other.sub("", text)
        if simple:
            text = _WORD.sub(lambda m: "" if m[0].lower() in simple else m[0], text)
        return text

    return edit


def _alone(word: str) -> str:
    """Return the pattern of a word that is not part of a longer one."""
    before = r"(?<!\w)" if re.match(r"\w", word) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", word) else ""
    return before + re.escape(word) + after


def find_texts(X: Any, column: Any) -> int | None:
    """Return the position of the column of texts, or None if `X` is the texts themselves."""
    if not is_frame(X) and getattr(X, "ndim", 1) == 1:
        if column is not None:
            raise ColumnsError(
                f"A correction names the column {column!r} of texts, and X is a "
                f"{type(X).__name__} of texts."
            )
        return None
    if column is not None:
        return find_column(X, column)
    if X.shape[1] == 1:
        return 0
    raise ColumnsError(
        f"X has {X.shape[1]} columns: a correction of words needs the column they stand in, "
        f"column=...; these hold text: {in_words(text_columns(X)) or 'none'}."
    )


def edit_texts(X: Any, position: int | None, edit: Callable[[str], str]) -> Any:
    """Return `X` with each text edited; what is no text stays as it is."""
    if position is None:
        return _edited(X, edit)
    container = container_of(X)
    if container == "numpy":
        out = X.astype(object)
        out[:, position] = [edit(v) if isinstance(v, str) else v for v in X[:, position]]
        return out
    if container == "pandas":
        out = X.copy(deep=False)
        out.isetitem(position, _edited(X.iloc[:, position], edit))
        return out
    return X.with_columns(_edited(X.to_series(position), edit))


def _edited(texts: Any, edit: Callable[[str], str]) -> Any:
    """Return texts in the container that they came in."""
    if isinstance(texts, pd.Series):
        values = [edit(v) if isinstance(v, str) else v for v in texts]
        dtype = texts.dtype if isinstance(texts.dtype, pd.StringDtype) else object
        return pd.Series(values, index=texts.index, name=texts.name, dtype=dtype)
    if isinstance(texts, np.ndarray):
        values = [edit(str(v)) if isinstance(v, str) else v for v in texts.tolist()]
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return out
    if hasattr(texts, "to_list"):  # a polars Series
        values = [edit(v) if isinstance(v, str) else v for v in texts.to_list()]
        return type(texts)(texts.name, values)
    if isinstance(texts, list | tuple):
        return type(texts)([edit(v) if isinstance(v, str) else v for v in texts])
    raise TypeError(
        f"X must be texts in a list, Series, array or frame; got {type(texts).__name__}."
    )
