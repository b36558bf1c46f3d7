"""The model at the end of a plan, from a matrix to answers, as arithmetic on a graph's values.

Answers that are one number per row have shape (n, 1) here, labels (n,).
"""

from functools import singledispatch
from typing import Any

import numpy as np

from skcook.exceptions import ExportRefused
from skcook.export._class_values import chosen, labelled, sigmoid, two_classes
from skcook.export._graph import Value
from skcook.export._saved_boosters import trace_lightgbm, trace_xgboost
from skcook.export._traced_estimators import trace_called
from skcook.export._tree_ensembles import trace_boosted, trace_forest
from skcook.plan._lightgbm import LightGBMLabels, QuickBooster, TwoClasses
from skcook.plan._models import Called, Label, Linear, Linked, OneColumn, Sigmoid, Softmax
from skcook.plan._trees import Boosted, Forest


@singledispatch
def trace_function(function: Any, x: Value) -> Value:
    """Return what a function of the plan makes of a matrix."""
    raise ExportRefused(f"{type(function).__name__} cannot be exported.")


@trace_function.register
def _(function: Linear, x: Value) -> Value:
    weights = function.weights
    if weights.ndim == 1:
        return x @ weights[:, None] + float(function.intercept)
    return x @ weights + np.atleast_2d(function.intercept)


@trace_function.register
def _(function: Sigmoid, x: Value) -> Value:
    return two_classes(sigmoid(trace_function(function.score, x)))


@trace_function.register
def _(function: Softmax, x: Value) -> Value:
    return trace_function(function.scores, x).softmax()


@trace_function.register
def _(function: Forest, x: Value) -> Value:
    return trace_forest(function, x)


@trace_function.register
def _(function: Boosted, x: Value) -> Value:
    return trace_boosted(function, x)


@trace_function.register
def _(function: OneColumn, x: Value) -> Value:
    return trace_function(function.function, x)


@trace_function.register
def _(function: Linked, x: Value) -> Value:
    raw = trace_function(function.boosted, x)
    kind = type(getattr(function.function, "__self__", None)).__name__
    if kind in _LINKS:
        return _LINKS[kind](raw)
    raise ExportRefused(f"Histogram boosting with {kind} cannot be exported.")


#: What the losses and links of scikit-learn's boosting make of raw sums.
_LINKS = {
    "IdentityLink": lambda raw: raw,
    "LogLink": lambda raw: raw.apply("Exp"),
    "LogitLink": sigmoid,
    "HalfBinomialLoss": lambda raw: two_classes(sigmoid(raw)),
    "HalfMultinomialLoss": Value.softmax,
}


@trace_function.register
def _(function: QuickBooster, x: Value) -> Value:
    return trace_lightgbm(function.estimator, x)


@trace_function.register
def _(function: TwoClasses, x: Value) -> Value:
    return two_classes(trace_function(function.booster, x))


@trace_function.register
def _(function: LightGBMLabels, x: Value) -> Value:
    return labelled(trace_function(function.proba, x).argmax(), function.classes)


@trace_function.register
def _(function: Label, x: Value) -> Value:
    scores = trace_function(function.scores, x)
    return labelled(chosen(scores, is_flat=_is_flat(function.scores)), function.classes)


def _is_flat(function: Any) -> bool:
    """Tell whether a function gives one score per row."""
    return (
        isinstance(function, OneColumn)
        or getattr(getattr(function, "weights", None), "ndim", 2) == 1
    )


@trace_function.register
def _(function: Called, x: Value) -> Value:
    if type(function.model).__module__.startswith("xgboost."):
        return _trace_xgboost_method(function.model, function.method, x)
    return trace_called(function.model, function.method, x)


def _trace_xgboost_method(model: Any, method: str, x: Value) -> Value:
    made = trace_xgboost(model, x)
    classes = getattr(model, "classes_", None)
    if classes is None:
        return made
    proba = made if len(classes) > 2 else two_classes(made)
    return proba if method == "predict_proba" else labelled(proba.argmax(), classes)
