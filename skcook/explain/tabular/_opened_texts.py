"""Columns of text, opened into their words.

A text is one of a row's values, and its weight is shared out among its words. A path begins with a
row of the sample, of which some columns have the values of the row that is explained, and with the
text emptied; the words come back one after the other, and what each adds is averaged over paths.
The twin of a path brings the words back in the reverse order, and leaves the other columns to the
other row. What the words do not account for stays with the column: it is the weight of an empty
text against the texts of the background.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.exceptions import ColumnsError
from skcook.explain._local_fits import widening
from skcook.explain._model_outputs import Method
from skcook.explain.masked._text_reader import inner_pipeline, split_as_read, vectorizers_of
from skcook.explain.masked._word_spans import Words
from skcook.explain.result._explanation import Feature, word_name
from skcook.explain.tabular._questions import Ask
from skcook.explain.tabular._shared_sample import Sample
from skcook.utils._columns import holds_free_text

#: Questions about the words of a text, where few rows are explained together and where many are,
#: and how many pairs of paths that may be.
QUESTIONS_FEW, QUESTIONS_MANY = 512, 128
LEAST_PAIRS, MOST_PAIRS = 4, 32
#: A text of more different words is opened into so many pieces.
MOST_WORDS = 256


@dataclass
class OpenedText:
    """A text and what its words do.

    Shapes: effects, errors (n_words, n_targets); `spread` (n_targets,) is the error of what all
    words do together.
    """

    words: Words
    effects: np.ndarray
    errors: np.ndarray
    spread: np.ndarray

    def features(self, column: str, t: int, weight: float, error: float) -> Iterator[Feature]:
        """Yield the words with their weights, and what is left of the column's own weight."""
        effects, errors = self.effects[:, t].tolist(), self.errors[:, t].tolist()
        for word, effect, own in zip(self.words.names, effects, errors, strict=True):
            name = word_name(column, word)
            yield Feature(name, word, name, effect, own)
        left = float(np.hypot(error, self.spread[t]))
        yield Feature(column, "", f"{column} without its words", weight - sum(effects), left)


def find_text_columns(wanted: Any, sample: Sample, model: Any, method: Method) -> list[int]:
    """Return the columns whose words are explained: those named, or those that hold free text."""
    layout, alone = sample.layout, np.bincount(sample.player)[sample.player] == 1
    if wanted is None:
        return []
    if isinstance(wanted, str) and wanted == "auto":
        # A pipeline in which no vectorizer reads a column takes its values as names.
        sees_words = method == "call" or not hasattr(inner_pipeline(model), "steps")
        return [
            j
            for j, kind in enumerate(layout.kinds)
            if kind == "string" and alone[j] and holds_free_text(sample.columns[j].levels or ())
            if sees_words or vectorizers_of(model, _named(sample, j))
        ]
    places = [layout.position(name, "text") for name in wanted]
    for j in places:
        name = layout.display_names()[j]
        if layout.kinds[j] not in ("string", "object", "empty"):
            raise ColumnsError(
                f"text names {name!r}, which holds {layout.kinds[j]} values; the words of a column "
                "of strings can be explained."
            )
        if not alone[j]:
            raise ColumnsError(
                f"text names {name!r}, which is in a group, and a group is explained as one. "
                "Take it out of `groups` or of `text`."
            )
    return sorted(set(places))


def _named(sample: Sample, j: int) -> tuple[Any, int]:
    return sample.layout.known_names()[j], j


class TextOpener:
    """Opens the texts of rows into their words, as the model's vectorizers see them.

    `columns` are the places of the texts, `most` is how many rows are in one question at most.
    """

    def __init__(self, sample: Sample, columns: list[int], model: Any, most: int):
        self.sample, self.most = sample, most
        self.readers = {j: vectorizers_of(model, _named(sample, j)) for j in columns}

    def open(
        self, ask: Ask, cells: list[np.ndarray], rows: np.ndarray, *, is_few: bool
    ) -> dict[int, dict[int, OpenedText]]:
        """Return the opened texts of rows, by row and player; a text without words is left whole.

        Shapes: cells (n,), rows (n_wanted,).
        """
        found: dict[int, dict[int, OpenedText]] = {}
        waiting: list[tuple[int, int, Words, _Paths]] = []
        n_waiting = 0
        for r in rows.tolist():
            for j, readers in self.readers.items():
                text = cells[j][r]
                if not isinstance(text, str):
                    continue
                words = split_text(readers, text)
                if not len(words):
                    continue
                paths = _Paths.draw(
                    self.sample, j, len(words), QUESTIONS_FEW if is_few else QUESTIONS_MANY
                )
                if waiting and n_waiting + paths.n_questions > self.most:
                    self._ask(ask, cells, waiting, found)
                    waiting, n_waiting = [], 0
                waiting.append((r, j, words, paths))
                n_waiting += paths.n_questions
        if waiting:
            self._ask(ask, cells, waiting, found)
        return found

    def _ask(self, ask, cells, waiting, found):
        """Ask about some texts in one question, and keep what their words do."""
        parts = [paths.cells(self.sample, cells, r, j, words) for r, j, words, paths in waiting]
        answers = ask([np.concatenate(column) for column in zip(*parts, strict=True)])
        ends = np.cumsum([paths.n_questions for *_, paths in waiting])
        for (r, j, words, paths), mine in zip(waiting, np.split(answers, ends[:-1]), strict=True):
            p = int(self.sample.player[j])
            found.setdefault(r, {})[p] = OpenedText(words, *paths.effects(mine))


def split_text(readers: list[Any], text: str) -> Words:
    """Split a text into its different words, or, where they are very many, into pieces."""
    tokens, spans = split_as_read(readers, text)
    words = Words.of(text, tokens, spans, bag_of_words=True)
    return words if len(words) <= MOST_WORDS else Words.in_pieces(text, spans, MOST_WORDS // 2)


@dataclass
class _Paths:
    """Pairs of paths on which words come back.

    Shapes: places (n_paths, n_words) tells when each word comes, mine (n_paths, n_players) which
    players have the row's values, starts (n_paths,) the rows of the sample beside them.
    """

    places: np.ndarray
    mine: np.ndarray
    starts: np.ndarray

    @classmethod
    def draw(cls, sample: Sample, j: int, n_words: int, questions: int) -> "_Paths":
        """Draw paths, the same for all texts of so many words."""
        m = int(np.clip(questions // (2 * (n_words + 1)), LEAST_PAIRS, MOST_PAIRS))
        rng = np.random.default_rng((m, n_words))
        order = rng.permuted(np.tile(np.arange(n_words), (m, 1)), axis=1)
        places = np.argsort(np.concatenate([order, order[:, ::-1]]), axis=1)
        share = rng.permutation((np.arange(m) + 0.5) / m)[:, None]
        mine = rng.random((m, len(sample.player_names))) < share
        mine = np.concatenate([mine, ~mine])
        mine[:, sample.player[j]] = True
        return cls(places, mine, np.tile(np.resize(sample.pairs(m), m), 2))

    @property
    def n_questions(self) -> int:
        """How many questions they ask."""
        return self.places.shape[0] * (self.places.shape[1] + 1)

    def cells(self, sample, cells, r, j, words):
        """Return the rows to ask about."""
        n_paths, n = self.places.shape
        kept = self.places[:, None, :] < np.arange(n + 1)[:, None]
        texts = np.empty(n_paths * (n + 1), dtype=object)
        texts[:] = list(words.texts(kept.reshape(-1, n), ""))
        mixed = []
        for c, values in enumerate(sample.cells(self.starts)):
            if c == j:
                mixed.append(texts)
                continue
            changed = np.where(self.mine[:, sample.player[c]], cells[c][r], values)
            mixed.append(np.repeat(changed, n + 1))
        return mixed

    def effects(self, answers):
        """Return the effects of words, their errors, and the error of their sum."""
        n_paths, n = self.places.shape
        m = n_paths // 2
        unit = np.abs(answers).max() or 1.0  # no float holds the squares of the largest
        gains = np.diff(answers.reshape(n_paths, n + 1, -1) / unit, axis=1)
        gains = np.take_along_axis(gains, self.places[:, :, None], axis=1)
        pairs = (gains[:m] + gains[m:]) / 2
        factor = widening(m) / m**0.5 * unit
        errors = pairs.std(axis=0, ddof=1) * factor
        return pairs.mean(axis=0) * unit, errors, pairs.sum(axis=1).std(axis=0, ddof=1) * factor
