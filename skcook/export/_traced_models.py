"""The model at the end of a plan, from a matrix to answers, as arithmetic on a graph's values.

Answers that are one number per row have shape (n, 1) here, labels (n,).
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import SGDClassifier

from skcook.base._flow import ByClassName
from skcook.exceptions import ExportRefused
from skcook.export._graph import Value, chosen, labelled, sigmoid, two_classes
from skcook.export._traced_transformers import squared_distances
from skcook.export._traced_trees import (
    trace_boosted,
    trace_forest,
    trace_lightgbm,
    trace_sums,
    trace_xgboost,
)
from skcook.plan._models import (
    LINEAR,
    SIGMOID,
    Called,
    Label,
    Linear,
    Linked,
    OneColumn,
    Sigmoid,
    Softmax,
    functions_of,
)
from skcook.plan._trees import (
    Boosted,
    Forest,
    LightGBMLabels,
    Nodes,
    QuickBooster,
    TwoClasses,
    tree_tables,
)


@singledispatch
def trace_function(function: Any, x: Value) -> Value:
    """Return what a function of the plan makes of a matrix."""
    raise ExportRefused(f"{type(function).__name__} cannot be exported.")


@trace_function.register
def _(function: Linear, x: Value) -> Value:
    weights = function.weights
    if weights.ndim == 1:
        return x @ weights[:, None] + float(np.ravel(function.intercept)[0])
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


#: By class, what makes scores or probabilities of a matrix: (model, method, x) to a value.
_MODELS = ByClassName()


def trace_called(model: Any, method: str, x: Value) -> Value:
    """Return what a method of a fitted model gives; raise `ExportRefused` if it is unknown."""
    name = type(model).__name__
    if name not in _MODELS:
        raise ExportRefused(
            f"{name} cannot be exported. Linear models, trees, forests, boosting and these can: "
            f"{', '.join(sorted(_MODELS))}."
        )
    return _MODELS[name](model, method, x.cast("float64"))


def _answer(model: Any, method: str, proba: Value) -> Value:
    """Return probabilities, or the label of the greatest."""
    return proba if method == "predict_proba" else labelled(proba.argmax(), model.classes_)


# Linear models with a link.


@_MODELS.of(*LINEAR)
def _linear(model: Any, method: str, x: Value) -> Value:
    weights = np.atleast_2d(model.coef_).T.astype(np.float64)
    scores = x @ weights + np.reshape(model.intercept_, (1, -1)).astype(np.float64)
    if method == "decision_function" or not hasattr(model, "classes_"):
        return scores
    is_flat = weights.shape[1] == 1
    if method == "predict":
        return labelled(chosen(scores, is_flat=is_flat), model.classes_)
    if is_flat:
        return two_classes(sigmoid(scores))
    if isinstance(model, SGDClassifier) and model.loss == "log_loss":
        shares = sigmoid(scores)
        return shares / shares.sum()
    if type(model).__name__ in SIGMOID or isinstance(model, LinearDiscriminantAnalysis):
        return scores.softmax()
    raise ExportRefused(f"predict_proba of {type(model).__name__} cannot be exported.")


@_MODELS.of("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
def _generalized_linear(model: Any, method: str, x: Value) -> Value:
    raw = x @ model.coef_[:, None] + float(model.intercept_)
    kind = type(model._base_loss.link).__name__
    return raw if kind == "IdentityLink" else raw.apply("Exp")


# Networks, Bayes, neighbours, support vectors.

_ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "identity": lambda x: x,
    "relu": lambda x: x.apply("Relu"),
    "tanh": lambda x: x.apply("Tanh"),
    "logistic": sigmoid,
    "softmax": Value.softmax,
}


@_MODELS.of("MLPClassifier", "MLPRegressor")
def _network(model: Any, method: str, x: Value) -> Value:
    last = len(model.coefs_) - 1
    for i, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        name = model.out_activation_ if i == last else model.activation
        x = _ACTIVATIONS[name](x @ weights + bias[None])
    if not hasattr(model, "classes_"):
        return x
    return _answer(model, method, two_classes(x) if model.n_outputs_ == 1 else x)


@_MODELS.of("GaussianNB")
def _gaussian_bayes(model: Any, method: str, x: Value) -> Value:
    n_classes, width = model.theta_.shape
    apart = x.reshape(-1, 1, width) - model.theta_[None]
    squares = (apart * apart / model.var_[None]).sum(axis=2).reshape(-1, n_classes)
    start = np.log(model.class_prior_) - 0.5 * np.log(2 * np.pi * model.var_).sum(axis=1)
    return _answer(model, method, (squares * -0.5 + start[None]).softmax())


@_MODELS.of("BernoulliNB", "MultinomialNB", "ComplementNB")
def _counting_bayes(model: Any, method: str, x: Value) -> Value:
    log_share, start = model.feature_log_prob_, model.class_log_prior_
    name = type(model).__name__
    if name == "BernoulliNB":
        x = x if model.binarize is None else (x > float(model.binarize)).cast("float64")
        log_none = np.log1p(-np.exp(log_share))
        log_share, start = log_share - log_none, start + log_none.sum(axis=1)
    joint = x @ log_share.T
    is_alone = name == "ComplementNB" and len(model.classes_) > 1
    return _answer(model, method, (joint if is_alone else joint + start[None]).softmax())


@_MODELS.of("KNeighborsClassifier", "KNeighborsRegressor")
def _neighbours(model: Any, method: str, x: Value) -> Value:
    if model.weights not in ("uniform", None) or model.effective_metric_ != "euclidean":
        raise ExportRefused(
            f"{type(model).__name__} can be exported with weights='uniform' and distances of "
            f"Euclid; it has weights={model.weights!r}, metric={model.effective_metric_!r}."
        )
    y = model._y
    if y.ndim == 2:
        raise ExportRefused(f"{type(model).__name__} of several outputs cannot be exported.")
    points = np.asarray(model._fit_X, dtype=np.float64)
    if points.size > _MOST_CELLS:
        raise ExportRefused(f"{type(model).__name__} holds {len(points)} rows, too many to export.")
    k = x.graph.constant([model.n_neighbors], "int64")
    order = x.graph.add("TopK", -squared_distances(x, points), k, dtype="int64", axis=1)
    if hasattr(model, "classes_"):
        votes = np.eye(len(model.classes_))[y]
    else:
        votes = np.asarray(y, dtype=np.float64)[:, None]
    n_outputs = votes.shape[1]
    near = x.graph.constant(votes).take(order, axis=0).sum().reshape(-1, n_outputs)
    mean = near / float(model.n_neighbors)
    return _answer(model, method, mean) if hasattr(model, "classes_") else mean


#: Numbers that neighbours may hold: each row is compared with all of them.
_MOST_CELLS = 2_000_000


@_MODELS.of("SVC", "SVR", "NuSVC", "NuSVR")
def _support_vectors(model: Any, method: str, x: Value) -> Value:
    if method == "predict_proba" or callable(model.kernel) or model._sparse:
        raise ExportRefused(f"{method} of {type(model).__name__} cannot be exported.")
    kernel = _kernel(model, x, np.asarray(model.support_vectors_))
    n_classes = len(getattr(model, "classes_", ()))
    if n_classes <= 2:
        scores = kernel @ np.asarray(model._dual_coef_).T + float(model._intercept_[0])
        if not n_classes:
            return scores
        if method == "decision_function":
            return -scores
        return labelled(chosen(-scores, is_flat=True), model.classes_)
    pairs = list(itertools.combinations(range(n_classes), 2))
    scores = kernel @ _weights_of_pairs(model, pairs) + model._intercept_[None]
    first, second = (np.eye(n_classes)[[pair[side] for pair in pairs]] for side in (0, 1))
    lost = (scores < 0.0).cast("float64")
    votes = (1.0 - lost) @ first + lost @ second
    if method == "predict":
        return labelled(votes.argmax(), model.classes_)
    if model.decision_function_shape == "ovo":
        return scores
    sums = scores @ (first - second)
    return votes + sums / ((sums.apply("Abs") + 1.0) * 3.0)


def _weights_of_pairs(model: Any, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return the weight of each support vector in the machine of each pair of classes.

    Shapes: returns (n_vectors, n_pairs).
    """
    ends = np.cumsum(model.n_support_)
    of_class = [slice(end - n, end) for n, end in zip(model.n_support_, ends, strict=True)]
    coef = np.asarray(model._dual_coef_)
    weights = np.zeros((coef.shape[1], len(pairs)))
    for k, (i, j) in enumerate(pairs):
        weights[of_class[i], k] = coef[j - 1, of_class[i]]
        weights[of_class[j], k] = coef[i, of_class[j]]
    return weights


def _kernel(model: Any, x: Value, points: np.ndarray) -> Value:
    """Return the similarity of rows and support vectors, of shape (n, n_vectors)."""
    gamma = float(model._gamma)
    if model.kernel == "rbf":
        return (squared_distances(x, points) * -gamma).apply("Exp")
    product = x @ points.T
    if model.kernel == "linear":
        return product
    inner = product * gamma + float(model.coef0)
    if model.kernel == "poly":
        return inner ** float(model.degree)
    if model.kernel == "sigmoid":
        return inner.apply("Tanh")
    raise ExportRefused(f"{type(model).__name__}(kernel={model.kernel!r}) cannot be exported.")


# Models around models, which take the same matrix.


def _member(model: Any, method: str, x: Value) -> Value:
    functions, dtype, _ = functions_of(model, "float64")
    if method not in functions:
        raise ExportRefused(f"{type(model).__name__} has no {method}.")
    return trace_function(functions[method], x.cast(dtype)).cast("float64")


@_MODELS.of("OneVsRestClassifier")
def _one_vs_rest(model: Any, method: str, x: Value) -> Value:
    members = model.estimators_
    if model.multilabel_ or any(type(m).__name__ == "_ConstantPredictor" for m in members):
        raise ExportRefused("OneVsRestClassifier of several or of absent labels has no export.")
    scored = all(hasattr(member, "decision_function") for member in members)
    if method == "predict_proba" or not scored:
        scores = [_member(member, "predict_proba", x).take([1]) for member in members]
    else:
        scores = [_member(member, "decision_function", x) for member in members]
    table, n = x.graph.concat(scores), len(members)
    if method == "decision_function":
        return table
    if method == "predict_proba":
        total = table.sum()
        return two_classes(table) if n == 1 else table / total.equals(0.0).where(1.0, total)
    if n == 1:
        return labelled(chosen(table - (0.0 if scored else 0.5), is_flat=True), model.classes_)
    # Of equal scores the last one counts.
    return labelled(table.take(range(n - 1, -1, -1)).argmax(), model.classes_[::-1])


@_MODELS.of("BaggingClassifier", "BaggingRegressor")
def _bag(model: Any, method: str, x: Value) -> Value:
    is_classifier = hasattr(model, "classes_")
    asked = "predict_proba" if is_classifier and method == "predict" else method
    made = []
    for member, features in zip(model.estimators_, model.estimators_features_, strict=True):
        if is_classifier and len(member.classes_) < len(model.classes_):
            raise ExportRefused("A bagged model that did not see all classes cannot be exported.")
        made.append(_member(member, asked, x.take(features)))
    mean = functools.reduce(Value.__add__, made) / float(len(made))
    return labelled(mean.argmax(), model.classes_) if asked != method else mean


# Gradient boosting over exact splits.


@_MODELS.of("GradientBoostingClassifier", "GradientBoostingRegressor")
def _gradient_boosting(model: Any, method: str, x: Value) -> Value:
    if type(model.init_).__name__ not in ("DummyClassifier", "DummyRegressor", "str"):
        raise ExportRefused(f"{type(model).__name__}(init=...) cannot be exported.")
    trees = tree_tables([tree.tree_ for tree in model.estimators_.ravel()])
    start = model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))
    for tree in trees:
        tree["value"] = tree["value"] * model.learning_rate
    raw = trace_sums(Nodes.join(trees, np.float32), x.cast("float32"), start[0])
    if not hasattr(model, "classes_") or method == "decision_function":
        return raw
    if model.loss != "log_loss":
        raise ExportRefused(f"GradientBoostingClassifier(loss={model.loss!r}) cannot be exported.")
    proba = two_classes(sigmoid(raw)) if len(start[0]) == 1 else raw.softmax()
    return _answer(model, method, proba)
