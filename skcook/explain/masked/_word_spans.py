"""A document taken apart into words, and put together again without some of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

#: What a word is where neither the user nor the model says so.
WORD = r"\w+"


@dataclass(frozen=True)
class Words:
    """A document as words that can be left out.

    Shapes: feature (n_tokens,).
    """

    document: str
    names: list[str]
    values: list[int]
    feature: np.ndarray
    spans: list[tuple[int, int] | None]

    @classmethod
    def of(
        cls, document: str, tokens: list[str], spans: list[Any], *, bag_of_words: bool
    ) -> "Words":
        """Turn tokens into features: one a distinct word, or one a position."""
        if not bag_of_words:
            places = np.arange(len(tokens))
            return cls(document, tokens, (places + 1).tolist(), places, spans)
        number: dict[str, int] = {}
        feature = np.array([number.setdefault(token, len(number)) for token in tokens], np.intp)
        counts = np.bincount(feature, minlength=len(number)).tolist()
        return cls(document, list(number), counts, feature, spans)

    def __len__(self) -> int:
        return len(self.names)

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


def split_by_pattern(document: str, pattern: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Find the words of a document."""
    spans = [match.span() for match in re.finditer(pattern, document)]
    spans = [(start, stop) for start, stop in spans if stop > start]
    return [document[start:stop] for start, stop in spans], spans


def split_by_function(
    document: str, split: Callable[[str], list[str]]
) -> tuple[list[str], list[tuple[int, int] | None]]:
    """Let a function split a document, and find where its words stand."""
    tokens = list(split(document))
    lower = document.lower()
    if len(lower) != len(document):  # a capital whose small letter is two
        lower = document
    spans: list[tuple[int, int] | None] = []
    end = 0
    for token in tokens:
        start = _find(lower, token.lower() if lower is not document else token, end)
        if start < 0:
            spans.append(None)
            continue
        end = start + len(token)
        spans.append((start, end))
    return tokens, spans


def _find(text: str, token: str, end: int) -> int:
    """Find a token at the end of the last one, or at the start of a later word."""
    if not token:
        return -1
    start = text.find(token, end)
    inside = token[0].isalnum()
    while start > end and inside and text[start - 1].isalnum():
        start = text.find(token, start + 1)
    return start
