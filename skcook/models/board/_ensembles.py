"""Blends and stacks of a board's models."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)

#: More turns refine the weights below what the data can tell.
TURNS = 50


def greedy_weights(
    predictions: dict[str, np.ndarray | None], y: np.ndarray, classes: np.ndarray | None
) -> dict[str, int]:
    """Return how often each model was added to the blend, by its out-of-fold predictions.

    Each turn adds the model that lowers the loss of the blend most, models may come again
    (Caruana et al. 2004, "Ensemble Selection from Libraries of Models"). The loss is that of the
    probabilities' logarithm, or the squared error. Of all turns the best blend is kept.

    Shapes: each prediction (n_samples,) or (n_samples, n_classes), y (n_samples,).
    """
    usable = {name: made for name, made in predictions.items() if made is not None}
    if not usable:
        raise ValueError("There is no model to blend: none predicts probabilities or numbers.")
    seen = ~np.any([np.isnan(p).reshape(len(y), -1).any(axis=1) for p in usable.values()], axis=0)
    if not seen.any():
        raise ValueError("The folds leave no row that was predicted out of fold.")
    truth = y[seen] if classes is None else np.searchsorted(classes, y[seen])
    parts = {name: made[seen] for name, made in usable.items()}
    total, counts = np.zeros_like(next(iter(parts.values()))), dict.fromkeys(parts, 0)
    best, kept = np.inf, dict(counts)
    for turn in range(1, TURNS + 1):
        losses = {
            name: _loss((total + part) / turn, truth, classes) for name, part in parts.items()
        }
        name = min(losses, key=losses.__getitem__)
        total, counts[name] = total + parts[name], counts[name] + 1
        if losses[name] < best - 1e-12:
            best, kept = losses[name], dict(counts)
    return {name: count for name, count in kept.items() if count}


def _loss(predicted: np.ndarray, truth: np.ndarray, classes: np.ndarray | None) -> float:
    if classes is None:
        return float(np.mean((predicted - truth) ** 2))
    of_truth = predicted[np.arange(len(truth)), truth]
    return float(-np.mean(np.log(np.clip(of_truth, 1e-6, 1))))


def blend_of(models: dict[str, Any], weights: dict[str, int], task: str) -> Any:
    """Return an average of models, weighed."""
    chosen = [(name.replace("__", "_"), clone(models[name])) for name in weights]
    shares = [count / sum(weights.values()) for count in weights.values()]
    if task == "classification":
        return VotingClassifier(chosen, voting="soft", weights=shares)
    return VotingRegressor(chosen, weights=shares)


def stack_of(models: dict[str, Any], names: list[str], task: str, cv: Any, final: Any) -> Any:
    """Return a model that learns from the out-of-fold predictions of others."""
    chosen = [(name.replace("__", "_"), clone(models[name])) for name in names]
    kind = StackingClassifier if task == "classification" else StackingRegressor
    stack = kind(chosen, final_estimator=final, cv=cv)
    # The last model is fitted on arrays, so it predicts from arrays, whatever is set for all.
    return stack.set_output(transform="default")
