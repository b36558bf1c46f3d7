"""The model at the end of a plan: from a matrix to answers.

Linear models and trees have arithmetic of their own here. Any other model is called with the
matrix that its pipeline would give it, which spares the frames before it. `Answers` holds one
function of the cells per method.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.utils import get_tags

from skcook.base._flow import DoubtError, FlowColumn, common_float
from skcook.exceptions import PlanRefused
from skcook.plan._matrix import Cells, Matrix
from skcook.plan._steps import anonymous, is_sklearn
from skcook.plan._trees import Boosted, Forest, forest_of, hist_boosting_of, lightgbm_functions

METHODS = ("predict", "predict_proba", "decision_function")

#: How far sums may be from the pipeline's: BLAS adds one row in another order than many.
SUMS = 1e-12

Answer = Callable[[Cells], np.ndarray]


@dataclass(frozen=True)
class Answers:
    """What a model answers to cells, by method; `tolerance` is 0 where every bit must agree."""

    methods: Mapping[str, Answer]
    tolerance: float = 0.0
    #: Whether sums are in single precision, whose order of addition shows.
    single: bool = False

    def relabelled(self, classes: np.ndarray) -> "Answers":
        """Return answers whose `predict` gives labels instead of their positions."""
        predict = Relabelled(self.methods["predict"], classes)
        return replace(self, methods={**self.methods, "predict": predict})

    def of_rows(self, change: "Callable[[Cells], Cells]") -> "Answers":
        """Return answers to rows after a change of their cells."""
        return replace(self, methods={m: OfChanged(a, change) for m, a in self.methods.items()})


@dataclass(frozen=True)
class Relabelled:
    """Labels for the positions that a classifier predicts."""

    predict: Answer
    classes: np.ndarray

    def __call__(self, cells: Cells) -> np.ndarray:
        return self.classes[self.predict(cells)]


@dataclass(frozen=True)
class OfChanged:
    """An answer to rows whose cells are changed before."""

    answer: Answer
    change: Callable[[Cells], Cells]

    def __call__(self, cells: Cells) -> np.ndarray:
        return self.answer(self.change(cells))


@dataclass(frozen=True)
class OfMatrix:
    """An answer that a function makes of the matrix of the rows."""

    matrix: Matrix
    function: Callable[[np.ndarray], np.ndarray]
    allow_nan: bool

    def __call__(self, cells: Cells) -> np.ndarray:
        values = self.matrix(cells)
        if not np.isfinite(values).all() and (not self.allow_nan or np.isinf(values).any()):
            raise DoubtError
        return self.function(values)


def compile_final(estimator: Any, columns: Sequence[FlowColumn]) -> Answers:
    """Return the answers of a model that takes a matrix."""
    name = type(estimator).__name__
    dtype = common_float(columns)
    columns = [column.as_number(dtype, who=name) for column in columns]
    if len(columns) != getattr(estimator, "n_features_in_", len(columns)):
        raise PlanRefused(f"{name} takes {estimator.n_features_in_} columns, not {len(columns)}")
    is_sparse = any(column.sparse for column in columns)
    # Trees that take missing values take none in a sparse matrix.
    allow_nan = bool(get_tags(estimator).input_tags.allow_nan) and not is_sparse
    if type(estimator).__module__.startswith("xgboost.") and is_sparse:
        raise PlanRefused(f"{name} takes the zeros of a sparse matrix for missing values")
    functions, dtype, tolerance = functions_of(estimator, dtype)
    matrix = Matrix(columns, dtype)
    methods = {m: OfMatrix(matrix, f, allow_nan) for m, f in functions.items()}
    return Answers(methods, tolerance, single=dtype == "float32" and tolerance > 0)


Functions = dict[str, Callable[[np.ndarray], Any]]


def functions_of(estimator: Any, dtype: str) -> tuple[Functions, str, float]:
    """Return the functions of the matrix, its dtype, and how close they come."""
    name = type(estimator).__name__
    if is_sklearn(estimator):
        if name in LINEAR and _is_plain_linear(estimator):
            return _linear(estimator), "float64", SUMS
        if name in _TREES:
            return _forest(forest_of(estimator)), "float32", 0.0
        if name.startswith("HistGradientBoosting") and not np.any(estimator.is_categorical_):
            boosted = hist_boosting_of(estimator)
            return _boosted(boosted, estimator), "float64", 0.0
    if type(estimator).__module__.startswith("lightgbm."):
        found = lightgbm_functions(estimator)
        if found is not None:
            return found, "float64", 0.0
    if type(estimator).__module__.startswith("xgboost."):
        methods = [m for m in METHODS if hasattr(estimator, m)]
        return {m: Called(estimator, m, {"validate_features": False}) for m in methods}, dtype, 0.0
    if not is_sklearn(estimator):
        raise PlanRefused(f"the model {type(estimator).__module__}.{name} has no plan")
    model = anonymous(estimator)
    return {m: Called(model, m) for m in METHODS if hasattr(model, m)}, dtype, SUMS


class Called:
    """A method of a model, called with an array."""

    def __init__(self, model: Any, method: str, settings: Mapping[str, Any] | None = None) -> None:
        self.model, self.method, self.settings = model, method, dict(settings or {})

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return getattr(self.model, self.method)(values, **self.settings)


# Linear models.

LINEAR = frozenset(
    [
        "LogisticRegression", "LogisticRegressionCV", "RidgeClassifier", "RidgeClassifierCV",
        "SGDClassifier", "Perceptron", "PassiveAggressiveClassifier", "LinearSVC",
        "LinearDiscriminantAnalysis", "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV",
        "ElasticNet", "ElasticNetCV", "SGDRegressor", "LinearSVR", "BayesianRidge",
        "ARDRegression", "HuberRegressor", "Lars", "LarsCV", "LassoLars", "LassoLarsCV",
        "LassoLarsIC", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV",
        "TheilSenRegressor", "QuantileRegressor",
    ]
)  # fmt: skip
SIGMOID = frozenset(["LogisticRegression", "LogisticRegressionCV"])


def _is_plain_linear(estimator: Any) -> bool:
    """Tell whether a linear model is one product and one sum, in double precision."""
    coef = getattr(estimator, "coef_", None)
    if not isinstance(coef, np.ndarray) or coef.dtype != np.float64:
        return False
    is_classifier = hasattr(estimator, "classes_")
    if is_classifier and hasattr(estimator, "predict_proba"):
        return type(estimator).__name__ in SIGMOID and coef.ndim == 2
    return coef.ndim == (2 if is_classifier else 1)


@dataclass(frozen=True)
class Linear:
    """Weights and an intercept."""

    weights: np.ndarray
    intercept: Any

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return values @ self.weights + self.intercept


@dataclass(frozen=True)
class Sigmoid:
    """Probabilities of two classes from one score."""

    score: Linear

    def __call__(self, values: np.ndarray) -> np.ndarray:
        second = expit(self.score(values))
        out = np.empty((len(second), 2))
        np.subtract(1, second, out=out[:, 0])
        out[:, 1] = second
        return out


@dataclass(frozen=True)
class Softmax:
    """Probabilities of several classes from their scores."""

    scores: Linear

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return softmax(self.scores(values), axis=1)


@dataclass(frozen=True)
class Label:
    """The label of the greatest score, or of a positive one."""

    scores: Callable[[np.ndarray], np.ndarray]
    classes: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        scores = self.scores(values)
        places = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(np.intp)
        return self.classes.take(places, axis=0)


def _linear(estimator: Any) -> Functions:
    weights, intercept = np.ascontiguousarray(estimator.coef_.T), estimator.intercept_
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        return {"predict": Linear(weights, intercept)}
    is_binary = weights.shape[1] == 1
    if is_binary:
        scores = Linear(weights[:, 0].copy(), np.ravel(intercept)[0])
    else:
        scores = Linear(weights, intercept)
    functions: Functions = {"predict": Label(scores, classes), "decision_function": scores}
    if type(estimator).__name__ in SIGMOID:
        functions["predict_proba"] = Sigmoid(scores) if is_binary else Softmax(scores)
    return functions


# Trees.

_TREES = frozenset(
    [
        f"{kind}{task}"
        for kind in ("DecisionTree", "ExtraTree", "RandomForest", "ExtraTrees")
        for task in ("Classifier", "Regressor")
    ]
)


@dataclass(frozen=True)
class OneColumn:
    """The only column of an answer."""

    function: Callable[[np.ndarray], np.ndarray]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return self.function(values)[:, 0]


@dataclass(frozen=True)
class EachOutput:
    """The probabilities of each of several outputs, cut out of one table."""

    forest: Forest
    n_classes: Sequence[int]

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        table = self.forest(values).reshape(len(values), len(self.n_classes), -1)
        return [table[:, k, :n] for k, n in enumerate(self.n_classes)]


@dataclass(frozen=True)
class EachLabel:
    """The most probable label of each of several outputs."""

    proba: EachOutput
    classes: Sequence[np.ndarray]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        out = np.empty((len(values), len(self.classes)), dtype=self.classes[0].dtype)
        for k, (proba, classes) in enumerate(zip(self.proba(values), self.classes, strict=True)):
            out[:, k] = classes.take(proba.argmax(axis=1))
        return out


def _forest(forest: Forest) -> Functions:
    classes = getattr(forest.estimator, "classes_", None)
    if forest.estimator.n_outputs_ > 1:
        if classes is None:
            return {"predict": forest}
        proba = EachOutput(forest, [len(some) for some in classes])
        return {"predict_proba": proba, "predict": EachLabel(proba, classes)}
    if classes is None:
        return {"predict": OneColumn(forest)}
    return {"predict_proba": forest, "predict": Label(forest, classes)}


@dataclass(frozen=True)
class Linked:
    """Raw sums of trees after the loss's own function."""

    boosted: Boosted
    function: Callable[[np.ndarray], np.ndarray]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return self.function(self.boosted(values))


def _boosted(boosted: Boosted, estimator: Any) -> Functions:
    """Return the functions of scikit-learn's histogram boosting, by its own loss."""
    classes = getattr(estimator, "classes_", None)
    loss = estimator._loss
    if classes is None:
        return {"predict": Linked(OneColumn(boosted), loss.link.inverse)}  # type: ignore[arg-type]
    proba = Linked(boosted, loss.predict_proba)
    decide: Any = OneColumn(boosted) if boosted.n_outputs == 1 else boosted
    return {
        "predict_proba": proba,
        "decision_function": decide,
        "predict": Label(decide, classes),
    }
