"""Documents under masks, as a model wants them: as texts, or as its vectorizers read them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline

from skcook.exceptions import ColumnsError
from skcook.explain._model_outputs import model_outputs
from skcook.explain.masked._token_masks import TokenMasks, split_as, token_masks, word_masks
from skcook.explain.masked._word_spans import (
    Words,
    find_tokens,
    split_by_function,
    split_by_pattern,
    split_by_rule,
)
from skcook.utils._columns import is_missing_value
from skcook.utils._frames import is_frame
from skcook.utils._validation import in_words

#: Where an estimator that holds another has it, the fitted one first.
_WRAPPED = ("best_estimator_", "estimator_", "estimator")


def inner_pipeline(model: Any) -> Any:
    """Return the pipeline inside a search, a calibration, a frozen estimator, ..."""
    while not isinstance(model, Pipeline):
        calibrated = getattr(model, "calibrated_classifiers_", None)
        candidates = [getattr(model, name, None) for name in _WRAPPED]
        inner = (
            calibrated[0] if calibrated else next((c for c in candidates if c is not None), None)
        )
        if inner is None:
            break
        model = inner
    return model


def steps_of(pipeline: Pipeline) -> list[tuple[str, Any]]:
    """Return the steps of a pipeline, those of pipelines in it one by one."""
    found = []
    for name, step in pipeline.steps:
        if isinstance(step, Pipeline):
            found += [(f"{name}__{inner}", part) for inner, part in steps_of(step)]
        elif step is not None and step != "passthrough":
            found.append((name, step))
    return found


def vectorizers_of(model: Any, column: tuple[Any, int] | None = None) -> list[Any]:
    """Return what reads the texts of a model, after each other or side by side, if it is seen.

    `column` is the name and the place of a column of a frame; None is a model of texts alone.
    """
    model = inner_pipeline(model)
    if isinstance(model, Pipeline):
        before: list[Any] = []
        for _, step in steps_of(model):
            if found := vectorizers_of(step, column):
                return before + found
            before.append(step)
        return []
    if isinstance(model, FeatureUnion):
        return [
            found for _, step in model.transformer_list for found in vectorizers_of(step, column)
        ]
    if isinstance(model, ColumnTransformer):
        steps = getattr(model, "transformers_", model.transformers)
        return [
            found
            for _, step, columns in steps
            if column is None or _holds(columns, column)
            for found in vectorizers_of(step, column)
        ]
    by_column = getattr(model, "vectorizers_", None)
    if isinstance(by_column, Mapping) and column is not None:
        return [by_column[column[0]]] if column[0] in by_column else []
    reads = hasattr(model, "build_analyzer") or hasattr(model, "split_words")
    return [model] if reads else []


def _holds(columns: Any, column: tuple[Any, int]) -> bool:
    """Tell whether a part of a ColumnTransformer gets a column."""
    if isinstance(columns, str | int):
        return columns in column
    # A slice, a mask or a function may hold any column.
    return not isinstance(columns, Sequence) or any(one in columns for one in column)


def split_as_read(
    readers: list[Any], document: str
) -> tuple[list[str], list[tuple[int, int] | None]]:
    """Split a document into the tokens that its only reader sees, or else by the rule."""
    tokens = split_as(readers[0], document) if len(readers) == 1 else None
    if tokens is not None:
        spans = find_tokens(document, tokens)
        if None not in spans:
            return tokens, spans
    # Several readers, or a vectorizer of characters, may look at anything that is there.
    words, places = split_by_rule(document, symbols=bool(readers))
    return words, list(places)


class SideBySide:
    """A document for all parts of a FeatureUnion, or of a ColumnTransformer over one column."""

    def __init__(self, parts: list[tuple[TokenMasks, Pipeline | None, float]], is_sparse: bool):
        self.parts, self.is_sparse = parts, is_sparse

    def split_words(self, document: str) -> list[str]:
        """Return the words of a document, which are the same for every part."""
        return self.parts[0][0].split_words(document)

    def transform_masked(self, document: str, masks: np.ndarray) -> Any:
        """Return the document's row under each mask."""
        found = []
        for part, after, weight in self.parts:
            matrix = part.transform_masked(document, masks)
            matrix = matrix if after is None else after.transform(matrix)
            found.append(matrix if weight == 1 else matrix * weight)
        if any(map(sparse.issparse, found)):
            together = sparse.hstack(found).tocsr()
            return together if self.is_sparse else together.toarray()
        return np.hstack(found)


def masks_of(step: Any) -> TokenMasks | None:
    """Return what masks the words of a step that reads texts; None if only the step itself can."""
    columns: list[Any]
    if getattr(type(step), "transform", None) is FeatureUnion.transform:
        named, is_sparse = step.transformer_list, True
        columns = [0] * len(named)
    elif getattr(type(step), "transform", None) is ColumnTransformer.transform:
        if step.n_features_in_ != 1:
            return None
        named = [(name, part) for name, part, _ in step.transformers_]
        columns, is_sparse = [one for *_, one in step.transformers_], step.sparse_output_
    else:
        return token_masks(step)
    weights = step.transformer_weights or {}
    read = []
    for (name, part), column in zip(named, columns, strict=True):
        if part == "drop":
            continue
        inner = steps_of(part) if isinstance(part, Pipeline) else [(name, part)]
        if not inner or not isinstance(column, str | int):
            return None
        read.append((inner[0][1], inner[1:], weights.get(name, 1)))
    of = token_masks if len(read) == 1 else word_masks
    parts = [
        (of(reader), Pipeline(after) if after else None, weight) for reader, after, weight in read
    ]
    known = [(masks, after, weight) for masks, after, weight in parts if masks is not None]
    return SideBySide(known, is_sparse) if known and len(known) == len(parts) else None


#: More words than this make a local model that is no explanation.
MAX_WORDS = 5000


class TextReader:
    """Documents for a model that gets texts."""

    def __init__(self, explainer, model, items: list[str], wrap: Callable):
        self.explainer = explainer
        self.batch_rows = explainer.batch_rows
        self.model = model
        self.items = items
        self.wrap = wrap
        self.readers = vectorizers_of(model)

    def parts(self, i: int) -> Words:
        """Split a document into words."""
        words = self._words(i)
        if len(words) > MAX_WORDS:
            raise ValueError(
                f"Document {i} has {len(words)} words; at most {MAX_WORDS} can be told apart. "
                r"Explain larger pieces of it, for example sentences: split=r'[^.!?]+'."
            )
        return words

    def _words(self, i):
        tokens, spans = self._split(i)
        return Words.of(self.items[i], tokens, spans, bag_of_words=self.explainer.bag_of_words)

    def _split(self, i):
        split, document = self.explainer.split, self.items[i]
        if isinstance(split, str):
            return split_by_pattern(document, split)
        if split is not None:
            tokens, spans = split_by_function(document, split)
            if None in spans:
                raise ValueError(
                    f"`split` made {tokens[spans.index(None)]!r} of document {i}, where it does "
                    "not stand, so it cannot be left out. It must return the words as they are."
                )
            return tokens, spans
        return split_as_read(self.readers, document)

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

    def given(self, start: int, stop: int):
        """Return documents as the model takes them."""
        return self.wrap(self.items[start:stop])


class MaskedTextReader(TextReader):
    """Documents for a pipeline whose vectorizer makes a matrix of masks."""

    def __init__(self, explainer, model, items, wrap, steps):
        super().__init__(explainer, model, items, wrap)
        self.before, self.masks, self.after = steps

    def _words(self, i):
        document = self.items[i]
        read = document if self.before is None else _read_by(self.before, self.wrap, document)
        tokens = self.masks.split_words(read)
        return Words.of(
            document,
            tokens,
            find_tokens(document, tokens),
            bag_of_words=self.explainer.bag_of_words,
            read=read,
        )

    def outputs(self, batch) -> list[np.ndarray]:
        """Ask the rest of the pipeline about documents under masks; see `TextReader.outputs`."""
        settings = self.explainer
        return [
            np.vstack(
                [
                    model_outputs(
                        self.after,
                        settings.method_,
                        self.masks.transform_masked(
                            words.read,
                            kept[i : i + settings.batch_rows].take(words.feature, axis=1),
                        ),
                    )
                    for i in range(0, len(kept), settings.batch_rows)
                ]
            )
            for words, kept in batch
        ]


def read_texts(explainer, model, X) -> TextReader:
    """Read documents."""
    values, wrap = _values_of(X)
    items = [_as_text(value, i) for i, value in enumerate(values)]
    if explainer.split is None and not explainer.placeholder:
        steps = _masked_steps(model, wrap)
        if steps is not None:
            return MaskedTextReader(explainer, model, items, wrap, steps)
    return TextReader(explainer, model, items, wrap)


def _masked_steps(model, wrap) -> tuple[Any, TokenMasks, Pipeline] | None:
    """Return what stands before the vectorizer of a pipeline, its masks, and what follows."""
    first, model = _inside(model)
    if not isinstance(model, Pipeline):
        return None
    steps = first + steps_of(model)
    for i, (_, step) in enumerate(steps[:-1]):
        masks = masks_of(step)
        if masks is None:
            continue
        before = Pipeline(steps[:i]) if i else None
        try:
            if before is not None:
                _read_by(before, wrap, "a")
            elif isinstance(masks, SideBySide):
                step.transform(wrap(["a"]))  # a table may have another column
        except (TypeError, ValueError, LookupError, AttributeError):
            return None
        return before, masks, Pipeline(steps[i + 1 :])
    return None


def _inside(model) -> tuple[list[tuple[str, Any]], Any]:
    """Return the model that answers as this one does, and the steps that its rows take before."""
    first: list[tuple[str, Any]] = []
    while True:
        if (inner := getattr(model, "best_estimator_", None)) is not None:
            model = inner
        elif isinstance(model, FrozenEstimator):
            model = model.estimator
        elif hasattr(model, "_edited_model"):  # says so of itself; others may change the answers
            step, model = model._edited_model()
            first.append((f"edits_{len(first)}", step))
        else:
            return first, model


def _read_by(steps, wrap, document):
    """Return what a vectorizer gets of a document after the steps before it."""
    texts = steps.transform(wrap([document]))
    if is_frame(texts):
        texts = texts[texts.columns[0]] if texts.shape[1] == 1 else ()
    texts = list(np.ravel(np.asarray(texts, dtype=object)))
    if len(texts) != 1 or not isinstance(texts[0], str):
        raise TypeError("The steps before the vectorizer do not make one text of one.")
    return texts[0]


def _values_of(X):
    """Return the entries, and what makes of texts what the model gets."""
    if isinstance(X, str | bytes):
        raise ValueError(
            f"X is one text, {in_words([X])}; a list of documents is expected. Write [text]."
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
    if is_missing_value(value):
        return ""
    raise ValueError(
        f"X holds {in_words([value])} of {type(value).__name__} at position {i}; a document is a "
        "string, or missing."
    )
