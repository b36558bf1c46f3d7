"""Groups of text that a person may strike by name.

People never give regular expressions: a name is enough, and each group takes time linear in the
text, however hostile.
"""

import re
from collections.abc import Callable

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
