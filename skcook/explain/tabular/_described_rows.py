"""Rows as they come in, and their explanations as they go out."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.exceptions import ColumnsError
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.result._reasons import Feature
from skcook.utils._frames import container_of, is_frame
from skcook.utils._validation import check_columns


def read_rows(explainer: Any, X: Any) -> tuple[Any, list[Any] | None]:
    """Return rows with the background's columns in the background's order, and their labels."""
    layout = explainer.sample_.layout
    if isinstance(X, dict):
        X = pd.DataFrame([X])
    elif isinstance(X, pd.Series):
        X = X.to_frame().T.infer_objects()
    if is_frame(X) and layout.container != "numpy":
        wanted = layout.known_names()
        given = list(X.columns)
        if given != wanted:
            check_columns([str(name) for name in given], [str(name) for name in wanted])
            order = [given.index(name) for name in wanted]
            X = X.iloc[:, order] if hasattr(X, "iloc") else X[wanted]
        return X, _labels(X)
    if container_of(X) is None:
        X = np.asarray(X, dtype=object)
    if X.ndim != 2 or X.shape[1] != explainer.n_features_in_:
        raise ColumnsError(
            f"X must have the {explainer.n_features_in_} columns of the background; "
            f"it has shape {X.shape}."
        )
    return X, _labels(X)


def _labels(X: Any) -> list[Any] | None:
    """Return the labels of rows, None where they are only positions."""
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index) or index.equals(pd.RangeIndex(len(X))):
        return None
    return index.tolist()


def describe(
    explainer: Any,
    rows: Any,
    found: Any,
    texts: dict[int, dict[int, Any]],
    wanted: np.ndarray,
    owner: np.ndarray,
    start: int,
    labels: list[Any] | None,
) -> Explanations:
    """Say what was found about rows, in the order of the targets that were asked for.

    Shapes: wanted and owner (n_explanations,); `texts` holds the opened texts by row and player.
    """
    shown = explainer.sample_.to_display(rows.cells, rows.states)
    names, most = explainer.target_names_, explainer.n_features
    sd = explainer._prepared().output_sd
    slots: list[Any] = [None] * len(wanted)
    for t, result in found.items():
        for i, slot in enumerate(np.flatnonzero(wanted == t)):
            r = int(owner[slot])
            weights, errors = result.weights[i].tolist(), result.errors[i].tolist()
            opened = texts.get(r, {})
            features = [
                Feature(name, values[r], rules[r], weights[p], errors[p])
                for p in result.chosen[i].tolist()
                if p not in opened
                for name, values, rules in (shown[p],)
            ]
            n_explained = result.n_explained
            for p, text in opened.items():
                parts = list(text.features(shown[p][0], t, weights[p], errors[p]))
                features += parts
                n_explained += len(parts) - 1
            if opened:
                features = sorted(features, key=lambda f: -abs(f.weight))[:most]
            slots[slot] = Explanation(
                row=start + r,
                label=None if labels is None else labels[r],
                target=names[t],
                prediction=float(rows.outputs[r, t]),
                local_prediction=float(result.local[i]),
                intercept=float(result.intercept[i]),
                r2=float(result.r2[i]),
                features=features,
                n_others=max(n_explained - len(features), 0),
                interactions=result.interactions[i],
                output_sd=float(sd[t]),
                source={shown[p][0]: text.words.marked() for p, text in opened.items()} or None,
            )
    return Explanations(slots)


def generator(random_state: Any) -> np.random.Generator:
    """Return a generator for a seed of any kind."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


def part_of(X: Any, start: int, size: int) -> Any:
    """Return some of the rows."""
    return X.iloc[start : start + size] if hasattr(X, "iloc") else X[start : start + size]
