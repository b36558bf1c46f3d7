"""What a plan answers, wrappers included, as arithmetic on a graph's values.

Answers that are one number per row have shape (n, 1), labels (n,).
"""

from typing import Any

import numpy as np

from skcook.base._flow import ByClassName
from skcook.exceptions import ExportRefused
from skcook.export._graph import Value, labelled, two_classes
from skcook.export._traced_columns import Tracer
from skcook.export._traced_models import trace_function
from skcook.export._traced_transformers import UFUNCS, interpolated
from skcook.plan._models import OfChanged, OfMatrix, Relabelled, functions_of
from skcook.plan._wrappers import OfRows, PlannedMember

#: By class, what a method of a wrapper answers: (tracer, wrapper, method) to a value.
_WRAPPERS = ByClassName()


def trace_answer(tracer: Tracer, answer: Any) -> Value:
    """Return what a method of a plan answers; raise `ExportRefused` if a part is unknown."""
    if isinstance(answer, OfMatrix):
        return _of_matrix(tracer, answer)
    if isinstance(answer, Relabelled):
        return labelled(trace_answer(tracer, answer.predict), answer.classes)
    if isinstance(answer, OfChanged):
        raise ExportRefused("A model whose rows are changed before it cannot be exported.")
    name = type(answer.wrapper if isinstance(answer, OfRows) else answer).__name__
    if name not in _WRAPPERS:
        raise ExportRefused(f"{name} cannot be exported.")
    return _WRAPPERS[name](tracer, answer.wrapper, answer.method)


def _of_matrix(tracer: Tracer, answer: OfMatrix) -> Value:
    values = tracer.matrix(answer.matrix)
    tracer.doubt_infinite(values)
    if not answer.allow_nan:
        tracer.doubt_missing(values)
    return trace_function(answer.function, values)


def _member(tracer: Tracer, member: PlannedMember, method: str) -> Value:
    return trace_answer(tracer, member.answers.methods[method])


# Thresholds and calibration.


@_WRAPPERS.of("FixedThresholdClassifier", "TunedThresholdClassifierCV")
def _threshold(tracer: Tracer, wrapper: Any, method: str) -> Value:
    member = wrapper.estimator_
    if method != "predict":
        return _member(tracer, member, method)
    asked = wrapper.response_method
    if asked == "auto":
        has_shares = "predict_proba" in member.answers.methods
        asked = "predict_proba" if has_shares else "decision_function"
    classes = np.asarray(wrapper.classes_)
    if hasattr(wrapper, "_curve_scorer"):
        label = wrapper._curve_scorer._get_pos_label()
    else:
        label = wrapper.pos_label
    place = 1 if label is None else int(np.flatnonzero(classes == label)[0])
    scores = _member(tracer, member, asked)
    if asked == "predict_proba":
        scores = scores.take([place])
    elif place == 0:
        scores = -scores
    threshold = getattr(wrapper, "best_threshold_", getattr(wrapper, "threshold", "auto"))
    if threshold == "auto":
        threshold = 0.5 if asked == "predict_proba" else 0.0
    above = (scores >= float(threshold)).cast("int64").reshape(-1)
    return labelled(above, classes[[1 - place, place]])


@_WRAPPERS.of("CalibratedClassifierCV")
def _calibrated(tracer: Tracer, wrapper: Any, method: str) -> Value:
    members = wrapper.calibrated_classifiers_
    total = _calibrated_member(tracer, members[0])
    for member in members[1:]:
        total = total + _calibrated_member(tracer, member)
    proba = total / float(len(members))
    return proba if method == "predict_proba" else labelled(proba.argmax(), wrapper.classes_)


def _calibrated_member(tracer: Tracer, member: Any) -> Value:
    if member.method not in ("sigmoid", "isotonic"):
        raise ExportRefused(f"CalibratedClassifierCV(method={member.method!r}) cannot be exported.")
    inner, classes = member.estimator, np.asarray(member.classes)
    if len(inner.classes_) != len(classes):
        raise ExportRefused("A calibrated model that did not see all classes cannot be exported.")
    asked = "decision_function"
    if asked not in inner.answers.methods:
        asked = "predict_proba"
    scores = _member(tracer, inner, asked)
    if len(classes) == 2:
        score = scores.take([1]) if asked == "predict_proba" else scores
        return two_classes(_calibrator(member.calibrators[0], score))
    each = [_calibrator(c, scores.take([i])) for i, c in enumerate(member.calibrators)]
    made = tracer.graph.concat(each)
    total = made.sum()
    return total.equals(0.0).where(1.0 / len(classes), made / total)


def _calibrator(calibrator: Any, score: Value) -> Value:
    if hasattr(calibrator, "a_"):
        return (score * -float(calibrator.a_) - float(calibrator.b_)).apply("Sigmoid")
    x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
    return interpolated(score, np.asarray(x, np.float64), np.asarray(y, np.float64))


# Several models.


@_WRAPPERS.of("VotingClassifier")
def _votes(tracer: Tracer, wrapper: Any, method: str) -> Value:
    weights = wrapper._weights_not_none or [1] * len(wrapper.estimators_)
    method_of_member = "predict_proba" if wrapper.voting == "soft" else "predict"
    total = None
    for member, weight in zip(wrapper.estimators_, weights, strict=True):
        votes = _member(tracer, member, method_of_member)
        if wrapper.voting == "hard":
            places = np.arange(len(wrapper.classes_))[None]
            votes = votes.reshape(-1, 1).equals(places).cast("float64")
        votes = votes * float(weight)
        total = votes if total is None else total + votes
    if total is None:
        raise ExportRefused("VotingClassifier has no model.")
    proba = total / float(sum(weights))
    return proba if method == "predict_proba" else labelled(proba.argmax(), wrapper.classes_)


@_WRAPPERS.of("VotingRegressor")
def _mean_of_models(tracer: Tracer, wrapper: Any, method: str) -> Value:
    weights = wrapper._weights_not_none or [1] * len(wrapper.estimators_)
    numbers = tracer.graph.concat([_member(tracer, m, "predict") for m in wrapper.estimators_])
    return numbers @ (np.array(weights, np.float64) / sum(weights))[:, None]


@_WRAPPERS.of("StackingClassifier", "StackingRegressor")
def _stack(tracer: Tracer, wrapper: Any, method: str) -> Value:
    columns = []
    is_binary = len(getattr(wrapper, "classes_", ())) == 2
    for member, asked in zip(wrapper.estimators_, wrapper.stack_method_, strict=True):
        made = _member(tracer, member, asked)
        if asked == "predict":
            made = made.cast("float64").reshape(-1, 1)
        columns.append(made.take([1]) if asked == "predict_proba" and is_binary else made)
    final = wrapper.final_estimator_
    functions, dtype, _ = functions_of(final, "float64")
    made = trace_function(functions[method], tracer.graph.concat(columns).cast(dtype))
    if method == "predict" and hasattr(wrapper, "classes_"):
        return labelled(made, wrapper.classes_)
    return made


# Targets.


@_WRAPPERS.of("TransformedTargetRegressor")
def _transformed_target(tracer: Tracer, wrapper: Any, method: str) -> Value:
    y, step = _member(tracer, wrapper.regressor_, "predict"), wrapper.transformer_
    name = type(step).__name__
    if name == "FunctionTransformer" and step.inverse_func is None:
        return y
    if name == "FunctionTransformer" and step.inverse_func in UFUNCS:
        return UFUNCS[step.inverse_func](y)
    if name in ("StandardScaler", "RobustScaler"):
        center = step.mean_ if name == "StandardScaler" else step.center_
        y = y if step.scale_ is None else y * step.scale_[None]
        return y if center is None else y + center[None]
    if name == "MinMaxScaler" and not step.clip:
        return (y - step.min_[None]) / step.scale_[None]
    what = step.inverse_func if name == "FunctionTransformer" else name
    raise ExportRefused(f"A target that was transformed by {what} cannot be exported.")
