"""Texts without the words and the groups that were struck.

People never give regular expressions: the name of a group is enough, and each group takes time
linear in the text, however hostile.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.review._column_edits import find_column, text_columns
from skcook.utils._columns import objects
from skcook.utils._frames import container_of, is_frame
from skcook.utils._validation import in_words

_EMAIL = re.compile(r"(?<![\w.%+!=/-])[A-Za-z0-9._%+!=/-]++@[A-Za-z0-9.-]++(?:@[A-Za-z0-9.-]++)*+")
_LINK = re.compile(r"""(?i)\b(?:https?://|ftp://|mailto:|www\.)[^\s<>"']++""")
_NUMBER = re.compile(r"(?<![\w.,])[+-]?\d++(?:[.,:/-]\d++)*+(?![^\W_])")

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}+):(?:[ \t]|$)")
_MBOX = re.compile(r"From \S++ ")
#: A block of "Name: value" lines is a header if one of these names is in it.
_HEADER_NAMES = frozenset(
    {
        "approved", "article-i.d.", "bcc", "cc", "content-transfer-encoding", "content-type",
        "date", "delivered-to", "distribution", "expires", "followup-to", "from", "in-reply-to",
        "lines", "message-id", "mime-version", "newsgroups", "nntp-posting-host",
        "organization", "path", "received", "references", "reply-to", "return-path", "sender",
        "sent", "subject", "summary", "to", "x-mailer", "x-newsreader", "xref", "split",
    }
)  # fmt: skip
# "> text", "| text", ": text" and "AB> text".
_QUOTED = re.compile(r"[ \t]*(?:[>|]|:[ \t]|[A-Z]{1,4}>)")
_WROTE = re.compile(r"(?i)\b(?:writes|wrote|write|said|schrieb|escribi[oó]|a écrit)[ \t]*:?[ \t]*$")
_ARTICLE = re.compile(r"(?i)[ \t]*(?:in (?:article|message|<)|on\b.{0,120}[0-9]{2})")
_FORWARDED = re.compile(
    r"(?i)[ \t>]*-{2,}+[ \t]*(?:original message|forwarded message|forwarded by)|"
    r"[ \t]*begin forwarded message:"
)
_RULE = re.compile(r"[ \t]*(?:-[ \t-]*+|_[ \t_]+|=[ \t=]{2,}+|\*[ \t*]{2,}+|~[ \t~]{2,}+)$")
_CLOSING = re.compile(
    r"(?i)[ \t]*(?:(?:best|kind|warm|many)[ \t]+)?(?:regards|wishes|thanks|cheers|sincerely|yours|"
    r"greetings|mfg|viele grüße|cordialement|saludos)\b[^.!?]{0,30}$"
)
#: A signature is looked for in so many last lines, and an unmarked one has at most that many.
_SIGNATURE_LINES, _SHORT_BLOCK = 15, 4


def _without_header(text: str) -> str:
    """Take off the block of ``Name: value`` lines at the start."""
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    end, known = start, 0
    if end < len(lines) and _MBOX.match(lines[end]):
        end, known = end + 1, 1
    while end < len(lines):
        name = _FIELD.match(lines[end].rstrip("\r"))
        if name:
            known += name[1].lower() in _HEADER_NAMES
        elif end == start or not lines[end].startswith((" ", "\t")) or not lines[end].strip():
            break
        end += 1
    return "\n".join(lines[end:]).lstrip("\r\n") if known else text


def _without_quotes(text: str) -> str:
    """Take out quoted lines, the line that says whose words follow, and forwarded messages."""
    lines = text.split("\n")
    cut = next((i for i, line in enumerate(lines) if _FORWARDED.match(line)), len(lines))
    lines = lines[:cut]
    quoted = [bool(_QUOTED.match(line)) for line in lines]
    for i, line in enumerate(lines):
        if len(line) > 300 or not _WROTE.search(line.rstrip("\r")):
            continue
        followed = any(quoted[i + 1 : i + 4])
        before = i > 0 and bool(_ARTICLE.match(lines[i - 1]))
        if followed or before or _ARTICLE.match(line) or "@" in line:
            quoted[i] = True
            if before:
                quoted[i - 1] = True
    kept = [line for line, is_quoted in zip(lines, quoted) if not is_quoted]
    kept = [line for line in kept if not re.match(r"(?i)[ \t]*in article <", line)]
    return "\n".join(kept)


def _without_signature(text: str) -> str:
    """Take off what ends a letter: after a rule or a closing, or a short last block of address."""
    lines = text.rstrip().split("\n")
    first = max(1, len(lines) - _SIGNATURE_LINES)
    for i in range(first, len(lines)):
        if _RULE.match(lines[i].rstrip("\r")):
            return "\n".join(lines[:i])
    for i in range(max(1, len(lines) - _SIGNATURE_LINES // 2), len(lines)):
        if len(lines[i]) <= 80 and _CLOSING.match(lines[i].rstrip("\r")):
            return "\n".join(lines[:i])
    blank = [i for i in range(1, len(lines)) if not lines[i].strip()]
    if blank and len(lines) - blank[-1] - 1 <= _SHORT_BLOCK:
        block = lines[blank[-1] + 1 :]
        if all(len(line) <= 80 for line in block) and _is_address(block):
            return "\n".join(lines[: blank[-1]])
    return text


def _is_address(block: list[str]) -> bool:
    """Tell whether lines read as a name and address, and not as a sentence."""
    if any("@" in line or _LINK.search(line) for line in block):
        return True
    words = [word for line in block for word in line.split()]
    ends = block[-1].rstrip().endswith((".", "!", "?", ","))
    return (
        len(words) <= 8 and not ends and sum(word[:1].isupper() for word in words) * 2 >= len(words)
    )


def _by(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: pattern.sub(" ", text)


#: Each group by its name, in the order in which they are taken out: headers and quotes are told by
#: their lines, so they go before what stands inside lines.
PATTERNS: dict[str, Callable[[str], str]] = {
    "headers": _without_header,
    "quotes": _without_quotes,
    "signatures": _without_signature,
    "emails": _by(_EMAIL),
    "links": _by(_LINK),
    "numbers": _by(_NUMBER),
}


_WORD = re.compile(r"\w++")


@lru_cache(maxsize=32)
def make_text_edit(words: tuple[str, ...], patterns: tuple[str, ...]) -> Callable[[str], str]:
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


def are_texts(X: Any) -> bool:
    """Tell whether `X` is a sequence of texts, and no table."""
    return not is_frame(X) and getattr(X, "ndim", 1) == 1


def find_texts(X: Any, column: Any) -> int | None:
    """Return the position of the column of texts, or None if `X` is the texts themselves."""
    if are_texts(X):
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
        out[:, position] = _edited(out[:, position], edit)
        return out
    if container == "pandas":
        out = X.copy(deep=False)
        out.isetitem(position, _edited(X.iloc[:, position], edit))
        return out
    return X.with_columns(_edited(X.to_series(position), edit))


def _edited(texts: Any, edit: Callable[[str], str]) -> Any:
    """Return texts in the container that they came in."""
    if not isinstance(texts, list | tuple | np.ndarray) and not hasattr(texts, "to_list"):
        raise TypeError(
            f"X must be texts in a list, Series, array or frame; got {type(texts).__name__}."
        )
    values = [edit(str(v)) if isinstance(v, str) else v for v in texts]
    if isinstance(texts, pd.Series):
        dtype = texts.dtype if isinstance(texts.dtype, pd.StringDtype) else object
        return pd.Series(values, index=texts.index, name=texts.name, dtype=dtype)
    if isinstance(texts, np.ndarray):
        return objects(values)
    if hasattr(texts, "to_list"):  # a polars Series
        return type(texts)(texts.name, values)
    return type(texts)(values)
