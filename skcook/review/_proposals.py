"""What else may be wrong, given what was struck: proxies, words of a kind, whole groups of text."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from skcook.review._proxies import correlations, find_proxies, word_presence
from skcook.review._text_patterns import PATTERNS

#: A column is proposed from this r2 on: honest columns were seen to reach .12.
MIN_R2 = 0.15
#: Two words go together from this correlation on.
MIN_PHI = 0.3
#: A group is proposed if it holds so much of what the struck words stand for, and so many of them.
MIN_INSIDE, MIN_WORDS = 0.6, 2
_MOST_TEXTS = 1000
#: So many struck words that are alike cast doubt on one that was called right.
_DOUBT = 3


class Proposal(NamedTuple):
    """Something to ask a person: `Review.mark` takes its feature and kind."""

    feature: Any
    kind: str
    share: float
    because: str


def propose_columns(
    model: Any, X: Any, struck: Sequence[Any], known: Collection[Any], n: int, seed: Any
) -> list[Proposal]:
    """Propose the columns that tell what a model made of those that were struck."""
    best: dict[Any, Proposal] = {}
    for feature in struck:
        proxies = find_proxies(model, X, feature, random_state=seed)
        for line in proxies[proxies["r2"] >= MIN_R2].itertuples():
            told = f"it tells {line.r2:.0%} of what the model made of {feature!r}"
            if line.feature not in known and line.r2 > best.get(line.feature, _NONE).share:
                best[line.feature] = Proposal(line.feature, "drop", float(line.r2), told)
    return _best(best.values(), n)


_NONE = Proposal(None, "", 0.0, "")


def propose_groups(
    texts: Any, struck: Collection[str], known: Collection[str], gone: Collection[str] = ()
) -> list[Proposal]:
    """Propose the groups of text in which the struck words stand, beside the groups `gone`."""
    words = {word.lower() for word in struck}
    if len(words) < MIN_WORDS:
        return []
    texts = [text for text in texts if isinstance(text, str)][:_MOST_TEXTS]
    for name in PATTERNS.keys() & gone:
        texts = [PATTERNS[name](text) for text in texts]
    everywhere = _count(texts, words)
    found = []
    for name, step in PATTERNS.items():
        if name in known or not everywhere:
            continue
        outside = _count([step(text) for text in texts], words)
        inside = [1 - outside[word] / times for word, times in everywhere.items()]
        share = 1 - outside.total() / everywhere.total()
        if share >= MIN_INSIDE and sum(part >= 0.5 for part in inside) >= MIN_WORDS:
            told = f"{share:.0%} of the places of the struck words are in it"
            found.append(Proposal(name, "pattern", share, told))
    return _best(found, len(found))


def _count(texts: Sequence[str], words: set[str]) -> Counter[str]:
    found = (word for text in texts for word in re.findall(r"\w+", text.lower()))
    return Counter(word for word in found if word in words)


def propose_words(
    texts: Any, struck: Collection[str], known: Collection[str], doubted: Collection[str], n: int
) -> list[Proposal]:
    """Propose words that stand with the struck ones, or are spelled alike.

    Words that were called right by few are `doubted`: proposed if several struck ones are alike.
    """
    words, presence = word_presence(texts)
    place = {word: j for j, word in enumerate(words)}
    columns = [place[word.lower()] for word in struck if word.lower() in place]
    if not columns:
        return []
    known = {word.lower() for word in known}
    doubted = {word.lower() for word in doubted}
    best: dict[str, Proposal] = {}
    phi = correlations(presence, columns)
    for i, j in zip(*np.nonzero(phi >= MIN_PHI)):
        word, with_word = words[j], words[columns[i]]
        if word not in known and phi[i, j] > best.get(word, _NONE).share:
            told = f"it goes with {with_word!r} (correlation {phi[i, j]:.2f})"
            best[word] = Proposal(word, "word", float(phi[i, j]), told)
    stems: dict[str, list[str]] = {}
    for word in struck:
        stems.setdefault(_stem(word.lower()), []).append(word)
    for word in words:
        alike = stems.get(_stem(word), []) if len(_stem(word)) >= 4 else []
        needed = _DOUBT if word in doubted else 1
        if len(alike) >= needed and word not in known - doubted and word not in best:
            share = len(_stem(word)) / len(word)
            told = f"it is spelled like {alike[0]!r}"
            if word in doubted:
                told += f", and {len(alike)} such words were struck, while it was called right"
            best[word] = Proposal(word, "word", share, told)
    return _best(best.values(), n)


def _stem(word: str) -> str:
    """Return a word without its number or its last letter: "host12" and "host3" are of a kind."""
    without = re.sub(r"\d+\Z", "", word)
    return without if without != word else word[:-1]


def _best(proposals: Any, n: int) -> list[Proposal]:
    return sorted(proposals, key=lambda p: (-p.share, str(p.feature)))[:n]
