"""The vectorizers inside a model, the words of a text as they see them, and all under one mask."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from skcook.explain.masked._token_masks import TokenMasks, split_as, token_masks, word_masks
from skcook.explain.masked._word_spans import find_tokens, split_by_rule

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
