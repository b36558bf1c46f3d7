"""A document taken apart into words, and put together again without some of them.

What a word is, the user says by `split`, or else the model's vectorizer by its own tokens. Where
neither does, a rule does: runs of letters and digits with the marks on them, and emoji. Scripts
that put no space between words are cut into what a reader sees as one character: a Han character, a
hiragana, a Thai consonant with its vowels; katakana stay together.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import compress, pairwise
from textwrap import shorten
from typing import Any

import numpy as np

#: Scripts without spaces between words; one of these characters, with its marks, is a word.
_UNSPACED = (
    "\u1000-\u102a\u1780-\u17b3\u3005\u3007\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_THAI = "[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[\u0e30\u0e32\u0e33]?"
_LAO = "[\u0ec0-\u0ec4]?[\u0e81-\u0eae][\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece]*[\u0eb0\u0eb2\u0eb3]?"
_EMOJI = "[\u203c\u2049\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_TONES = "[\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"


@cache
def _rule(symbols: bool) -> re.Pattern[str]:
    """Return the pattern of a word where no vectorizer says what one is."""
    marks = "".join(chr(i) for i in range(0x300, 0x20000) if _is_joined(chr(i)))
    letter = f"[^\\W{_UNSPACED}{_KATAKANA}\u0e01-\u0eff]"
    return re.compile(
        "|".join(
            [
                _THAI,
                _LAO,
                f"[{_UNSPACED}][\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087{marks}]*",
                f"[{_KATAKANA}]+",
                f"{letter}(?:{letter}|[{marks}])*",
                r"\w",
                f"[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}{_TONES}*(?:\u200d{_EMOJI}{_TONES}*)*",
                *([r"[^\w\s]+"] if symbols else []),
            ]
        )
    )


def _is_joined(character: str) -> bool:
    """Tell whether a character belongs to the one before it."""
    return character in "\u200c\u200d" or unicodedata.category(character)[0] == "M"


@dataclass(frozen=True)
class Words:
    """A document as words that can be left out; `read` is what the vectorizer gets of it.

    Shapes: feature (n_tokens,).
    """

    document: str
    names: list[str]
    values: list[int]
    feature: np.ndarray
    spans: list[tuple[int, int] | None]
    read: str

    @classmethod
    def of(
        cls,
        document: str,
        tokens: list[str],
        spans: list[Any],
        *,
        bag_of_words: bool,
        read: str | None = None,
    ) -> "Words":
        """Turn tokens into features: one per distinct word, or one per place."""
        read = document if read is None else read
        if not bag_of_words:
            places = np.arange(len(tokens))
            return cls(document, tokens, (places + 1).tolist(), places, spans, read)
        number: dict[str, int] = {}
        feature = np.array([number.setdefault(token, len(number)) for token in tokens], np.intp)
        counts = np.bincount(feature, minlength=len(number)).tolist()
        return cls(document, list(number), counts, feature, spans, read)

    @classmethod
    def in_pieces(cls, document: str, spans: list[Any], n_pieces: int) -> "Words":
        """Cut a document of many words into pieces of about as many words each."""
        known = [span for span in spans if span is not None]
        ends = np.linspace(0, len(known), n_pieces + 1).astype(int).tolist()
        pieces: list[Any] = [(known[a][0], known[b - 1][1]) for a, b in pairwise(ends)]
        names = [shorten(document[start:stop], 60, placeholder=" ...") for start, stop in pieces]
        places = np.arange(n_pieces)
        return cls(document, names, (places + 1).tolist(), places, pieces, document)

    def __len__(self) -> int:
        return len(self.names)

    def describe(self, j: int) -> tuple[str, int, str]:
        """Return a word, how often or where it stands, and what its weight is about."""
        return self.names[j], self.values[j], self.names[j]

    def texts(self, kept: np.ndarray, placeholder: str) -> Iterator[str]:
        """Return the text under each mask.

        Shapes: kept (n_masks, n_features).
        """
        pieces, end = [], 0
        for start, stop in self.spans:  # type: ignore[misc]
            pieces += [self.document[end:start], self.document[start:stop], placeholder]
            end = stop
        pieces.append(self.document[end:])
        n, length = len(kept), len(pieces)
        use = np.ones((n, length), np.uint8)
        use[:, 1::3] = kept[:, self.feature]
        use[:, 2::3] = (1 - use[:, 1::3]) if placeholder else 0
        present = [bool(piece) for piece in pieces]
        pieces, use = list(compress(pieces, present)), use[:, present]
        length, flags = len(pieces), use.tobytes()
        for start in range(0, n * length, max(length, 1)):
            yield "".join(compress(pieces, flags[start : start + length]))
        if not length:
            yield from [""] * n

    def marked(self) -> tuple[tuple[str, str | None, int], ...]:
        """Return the whole text in pieces: text, word and value, None between the words."""
        pieces: list[tuple[str, str | None, int]] = []
        end = 0
        for j, span in zip(self.feature, self.spans, strict=True):
            if span is None:
                continue
            start, stop = span
            if start > end:
                pieces.append((self.document[end:start], None, 0))
            pieces.append((self.document[start:stop], self.names[j], self.values[j]))
            end = stop
        if end < len(self.document):
            pieces.append((self.document[end:], None, 0))
        return tuple(pieces)


def split_by_pattern(
    document: str, pattern: str | re.Pattern[str]
) -> tuple[list[str], list[tuple[int, int]]]:
    """Find the words of a document by a pattern of one."""
    spans = [match.span() for match in re.finditer(pattern, document)]
    spans = [(start, stop) for start, stop in spans if stop > start]
    return [document[start:stop] for start, stop in spans], spans


def split_by_rule(
    document: str, *, symbols: bool = False
) -> tuple[list[str], list[tuple[int, int]]]:
    """Find the words of a document by the rule, and on request the runs of other characters."""
    return split_by_pattern(document, _rule(symbols))


def split_by_function(
    document: str, split: Callable[[str], list[str]]
) -> tuple[list[str], list[tuple[int, int] | None]]:
    """Let a function split a document, and find where its words stand."""
    tokens = [str(token) for token in split(document)]
    return tokens, find_tokens(document, tokens)


def find_tokens(document: str, tokens: list[str]) -> list[tuple[int, int] | None]:
    """Find where tokens stand in a document, whatever became of case and accents.

    Shapes: returns spans (n_tokens,), None for a token that is not there.
    """
    folded, place = _fold(document)
    spans: list[tuple[int, int] | None] = []
    end = 0
    for token in tokens:
        wanted, _ = _fold(token)
        start = _find(folded, wanted, end)
        if start < 0:
            spans.append(None)
            continue
        end = start + len(wanted)
        spans.append((place[start], place[end - 1] + 1))
    # Marks that folding took off belong to the letter before them.
    return [span and (span[0], _end_of_marks(document, span[1])) for span in spans]


def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text in small letters without accents, and where each of its characters stood."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    characters, place = [], []
    for i, character in enumerate(text):
        small = character.lower()
        if not character.isascii():
            plain = unicodedata.normalize("NFKD", small)
            small = "".join(c for c in plain if not unicodedata.combining(c)) or (
                "" if unicodedata.combining(character) else small
            )
        characters.append(small)
        place += [i] * len(small)
    return "".join(characters), place


def _end_of_marks(document: str, stop: int) -> int:
    while stop < len(document) and unicodedata.combining(document[stop]):
        stop += 1
    return stop


def _find(text: str, token: str, end: int) -> int:
    """Find a token at the end of the last one, or at the start of a later word."""
    if not token:
        return -1
    start = text.find(token, end)
    inside = token[0].isalnum()
    while start > end and inside and text[start - 1].isalnum():
        start = text.find(token, start + 1)
    return start
