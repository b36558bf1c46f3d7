"""Vectorizers side by side: one document under masks for a union of them."""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from skcook.explain.masked._model_vectorizers import steps_of
from skcook.explain.masked._token_masks import TokenMasks, token_masks, word_masks


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
