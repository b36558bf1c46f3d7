"""Documents under masks, as a model wants them."""

from collections.abc import Callable
from itertools import chain, islice

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from skcook.exceptions import ColumnsError
from skcook.explain._model_outputs import model_outputs
from skcook.explain.masked._word_spans import WORD, Words, split_by_function, split_by_pattern
from skcook.utils._frames import is_frame
from skcook.utils._validation import shown

#: More words than this make a local model that is no explanation.
MAX_WORDS = 5000


class Texts:
    """Documents for a model that gets texts."""

    def __init__(self, explainer, model, items: list[str], wrap: Callable):
        self.explainer = explainer
        self.batch_rows = explainer.batch_rows
        self.model = model
        self.items = items
        self.wrap = wrap

    def parts(self, i: int) -> Words:
        """Split a document into words."""
        words = Words.of(self.items[i], *self._split(i), bag_of_words=self.explainer.bag_of_words)
        if len(words) > MAX_WORDS:
            raise ValueError(
                f"Document {i} has {len(words)} words; at most {MAX_WORDS} can be told apart. "
                r"Explain larger pieces of it, for example sentences: split=r'[^.!?]+'."
            )
        return words

    def _split(self, i):
        split = self.explainer.split
        if not callable(split):
            return split_by_pattern(self.items[i], split or WORD)
        tokens, spans = split_by_function(self.items[i], split)
        if None in spans:
            raise ValueError(
                f"`split` made {tokens[spans.index(None)]!r} of document {i}, where it does not "
                "stand, so it cannot be left out. It must return the words as they are."
            )
        return tokens, spans

    def outputs(self, batch) -> list[np.ndarray]:
        """Ask the model about documents under masks.

        Shapes: returns outputs (n_masks, n_targets).
        """
        settings = self.explainer
        texts = chain.from_iterable(
            words.texts(kept, settings.placeholder) for words, kept in batch
        )
        answers = []
        while asked := list(islice(texts, settings.batch_rows)):
            answers.append(model_outputs(self.model, settings.method_, self.wrap(asked)))
        return np.split(np.vstack(answers), np.cumsum([len(kept) for _, kept in batch])[:-1])

    def describe(self, words: Words, j: int) -> tuple[str, int, str]:
        """Return a word, how often or where it stands, and what its weight is about."""
        return words.names[j], words.values[j], words.names[j]

    def mark(self, words: Words):
        """Return the text in pieces, each with the word it belongs to."""
        return words.marked()


class MaskedTexts(Texts):
    """Documents for a pipeline whose vectorizer makes a matrix of masks."""

    def __init__(self, explainer, model, items, wrap, pipeline):
        super().__init__(explainer, model, items, wrap)
        self.vectorizer = pipeline[0]
        self.rest = pipeline[1:]

    def _split(self, i):
        return split_by_function(self.items[i], self.vectorizer.split_words)

    def outputs(self, batch) -> list[np.ndarray]:
        """Ask the rest of the pipeline about documents under masks; see `Texts.outputs`."""
        settings = self.explainer
        return [
            np.vstack(
                [
                    model_outputs(
                        self.rest,
                        settings.method_,
                        self.vectorizer.transform_masked(
                            words.document,
                            kept[i : i + settings.batch_rows, words.feature],
                        ),
                    )
                    for i in range(0, len(kept), settings.batch_rows)
                ]
            )
            for words, kept in batch
        ]


def read_texts(explainer, model, X) -> Texts:
    """Read documents."""
    values, wrap = _values_of(X)
    items = [_as_text(value, i) for i, value in enumerate(values)]
    if explainer.split is None and not explainer.placeholder:
        pipeline = _masked_pipeline(model)
        if pipeline is not None:
            return MaskedTexts(explainer, model, items, wrap, pipeline)
    return Texts(explainer, model, items, wrap)


def _masked_pipeline(model):
    """Return the pipeline that reads masks, or None."""
    model = getattr(model, "best_estimator_", model)
    if not isinstance(model, Pipeline) or len(model) < 2:
        return None
    vectorizer = model[0]
    if not hasattr(vectorizer, "transform_masked") or not hasattr(vectorizer, "split_words"):
        return None
    try:
        # It says here whether it can: with its settings masks may not be exact.
        vectorizer.transform_masked("", np.ones((1, 0), bool))
    except ValueError:
        return None
    return model


def _values_of(X):
    """Return the entries, and what makes of texts what the model gets."""
    if isinstance(X, str | bytes):
        raise ValueError(
            f"X is one text, {shown([X])}; a list of documents is expected. Write [text]."
        )
    if isinstance(X, dict) or not hasattr(X, "__len__"):
        raise TypeError(f"X must be a sequence of documents; got {type(X).__name__}.")
    if getattr(X, "ndim", 1) == 2 or is_frame(X):
        if X.shape[1] != 1:
            raise ColumnsError(
                f"X has {X.shape[1]} columns; documents are one column. Choose it, as in "
                "frame[['text']]; for several columns together there is TabularExplainer."
            )
        if not is_frame(X):
            return X[:, 0].tolist(), lambda texts: np.array(texts, dtype=object)[:, None]
        column, frame = X.columns[0], type(X)
        return list(X[column]), lambda texts: frame({column: texts})
    return list(X), list


def _as_text(value, i):
    if isinstance(value, str):
        return str(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    raise ValueError(
        f"X holds {shown([value])} of {type(value).__name__} at position {i}; a document is a "
        "string, or missing."
    )
