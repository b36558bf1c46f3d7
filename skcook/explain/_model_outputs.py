"""The output of a model as a 2-D array: one row per sample, one column per target."""

from typing import Any, Literal

import numpy as np
from sklearn.base import is_classifier, is_outlier_detector

from skcook.utils._sklearn import num_samples

Method = Literal["predict_proba", "decision_function", "predict", "call"]


def choose_method(estimator: Any, response_method: str) -> Method:
    """Choose the method of a model that is explained."""
    if not hasattr(estimator, "predict") and callable(estimator):
        return "call"
    if response_method != "auto":
        wanted = [response_method]
    elif is_classifier(estimator):
        wanted = ["predict_proba", "decision_function"]
    elif is_outlier_detector(estimator):
        wanted = ["decision_function", "predict"]
    else:
        wanted = ["predict", "decision_function"]
    for method in wanted:
        if hasattr(estimator, method):
            return method  # type: ignore[return-value]
    raise TypeError(
        f"{type(estimator).__name__} has no {' or '.join(wanted)}, so there is no number to "
        "explain. Give a model that has, or a callable that returns scores."
    )


def model_outputs(estimator: Any, method: Method, X: Any) -> np.ndarray:
    """Ask the model.

    Shapes: returns outputs (n, n_targets).
    """
    answer = estimator(X) if method == "call" else getattr(estimator, method)(X)
    name = getattr(estimator, "__name__", type(estimator).__name__)
    what = f"{name}()" if method == "call" else f"{name}.{method}"
    if isinstance(answer, list) and answer and np.ndim(answer[0]) == 2:
        raise ValueError(
            f"{what} returned a list of {len(answer)} arrays: several labels at once cannot be "
            "explained together. Explain one of them through a callable."
        )
    try:
        outputs = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise ValueError(
            f"{what} must return numbers to be explained; it returned {answer!r:.80}."
        ) from exc
    if outputs.ndim == 1:
        outputs = outputs[:, None]
    n = num_samples(X)
    if outputs.ndim != 2 or len(outputs) != n or outputs.shape[1] == 0:
        raise ValueError(
            f"{what} must return one row of scores for each of the {n} rows; "
            f"it returned an array of shape {np.shape(answer)}."
        )
    if not np.isfinite(outputs).all():
        raise ValueError(f"{what} returned NaN or infinite values, which cannot be explained.")
    if method == "decision_function" and is_classifier(estimator) and outputs.shape[1] == 1:
        outputs = np.hstack([-outputs, outputs])
    return outputs


def target_names(estimator: Any, method: Method, n_targets: int) -> list[Any]:
    """Name the columns of the outputs."""
    classes = getattr(estimator, "classes_", None)
    if method in ("predict_proba", "decision_function") and classes is not None:
        if len(classes) == n_targets:
            return list(np.asarray(classes).tolist())
        raise ValueError(
            f"{type(estimator).__name__}.{method} returned {n_targets} columns for "
            f"{len(classes)} classes; explain it through a callable that returns one per class."
        )
    return [None] if n_targets == 1 else list(range(n_targets))


def choose_targets(
    targets: Any, names: list[Any], outputs: np.ndarray, *, one_of_many: bool
) -> list[np.ndarray]:
    """Choose which outputs of each row are explained.

    Shapes: outputs (n, n_targets).
    """
    n = len(outputs)
    if isinstance(targets, str) and targets == "predicted" and one_of_many:
        return [np.array([best]) for best in outputs.argmax(axis=1)]
    if isinstance(targets, str) and targets in ("all", "predicted"):
        return [np.arange(len(names))] * n
    if isinstance(targets, str) or np.ndim(targets) == 0:
        targets = [targets]
    wanted = []
    for target in targets:
        target = target.item() if isinstance(target, np.generic) else target
        if target not in names:
            raise ValueError(
                f"The model has no target {target!r}; its targets: "
                f"{', '.join(map(repr, names))}. `targets` may also be 'predicted' or 'all'."
            )
        wanted.append(names.index(target))
    if not wanted:
        raise ValueError("`targets` is empty: name at least one, or use 'predicted' or 'all'.")
    return [np.array(wanted)] * n
