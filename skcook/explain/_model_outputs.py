"""The output of a model as a 2-D array: one row per sample, one column per target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector

from skcook.utils._sklearn import num_samples

Method = Literal["predict_proba", "decision_function", "predict", "inplace_predict", "call"]

#: Rows of the sample on which a model's own prediction is compared with its likeliest class.
N_COMPARED = 512


@dataclass(frozen=True)
class Likeliest:
    """A choice of targets: the classes that the model finds likeliest at each row."""

    n: int


def _is(check: Callable[[Any], bool], estimator: Any) -> bool:
    """Ask scikit-learn what an estimator is; an object of another kind is nothing."""
    return hasattr(estimator, "__sklearn_tags__") and check(estimator)


def choose_method(estimator: Any, response_method: str) -> Method:
    """Choose the method of a model that is explained."""
    if not hasattr(estimator, "predict") and callable(estimator):
        return "call"
    if response_method != "auto":
        wanted = [response_method]
    elif _is(is_classifier, estimator):
        wanted = ["predict_proba", "decision_function"]
    elif _is(is_outlier_detector, estimator):
        wanted = ["decision_function", "predict"]
    elif _is(is_clusterer, estimator):
        wanted = ["predict"]
    elif not hasattr(estimator, "__sklearn_tags__"):
        # A booster of xgboost predicts from frames by this method alone.
        wanted = ["predict_proba", "inplace_predict", "predict"]
    else:
        wanted = ["predict", "decision_function"]
        if hasattr(estimator, "predict_proba"):
            wanted.insert(0, "predict_proba")
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
    return as_outputs(estimator, method, answer, num_samples(X))


def as_outputs(estimator: Any, method: Method, answer: Any, n: int) -> np.ndarray:
    """Return what a model answered to n rows as its outputs.

    Shapes: returns outputs (n, n_targets).
    """
    name = getattr(estimator, "__name__", type(estimator).__name__)
    what = f"{name}()" if method == "call" else f"{name}.{method}"
    if method == "predict" and _is(is_clusterer, estimator):
        answer = np.asarray(answer)[:, None] == np.array(_clusters(estimator, answer))
    if isinstance(answer, list) and answer and np.ndim(answer[0]) == 2:
        # Several outputs, each with its classes: of two, the second says all.
        answer = np.hstack([part[:, 1:] if part.shape[1] == 2 else part for part in answer])
    try:
        outputs = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise ValueError(
            f"{what} must return numbers to be explained; it returned {answer!r:.80}."
        ) from exc
    if outputs.ndim == 1:
        outputs = outputs[:, None]
    if outputs.ndim != 2 or len(outputs) != n or outputs.shape[1] == 0:
        raise ValueError(
            f"{what} must return one row of scores for each of the {n} rows; "
            f"it returned an array of shape {np.shape(answer)}."
        )
    if not np.isfinite(outputs).all():
        raise ValueError(f"{what} returned NaN or infinite values, which cannot be explained.")
    if method == "decision_function" and _is(is_classifier, estimator) and outputs.shape[1] == 1:
        outputs = np.hstack([-outputs, outputs])
    return outputs


def _clusters(estimator: Any, answer: Any = ()) -> list[Any]:
    """Return the numbers of a clusterer's clusters."""
    n = getattr(estimator, "n_clusters", None)
    if isinstance(n, int):
        return list(range(n))
    labels = getattr(estimator, "labels_", None)
    return np.unique(answer if labels is None else labels).tolist()


def target_names(estimator: Any, method: Method, n_targets: int, y: Any = None) -> list[Any]:
    """Name the columns of the outputs: by classes, or by the columns of `y`."""
    classes = getattr(estimator, "classes_", None)
    columns = getattr(y, "columns", ())
    outputs = [name.item() if isinstance(name, np.generic) else name for name in columns]
    if method in ("predict_proba", "decision_function") and classes is not None:
        if isinstance(classes, list) and classes and np.ndim(classes[0]) == 1:
            names: list[Any] = []
            for i, mine in enumerate(classes):
                output = outputs[i] if len(outputs) == len(classes) else i
                mine = np.asarray(mine).tolist()
                names += [output] if len(mine) == 2 else [f"{output} = {one}" for one in mine]
            if len(names) == n_targets:
                return names
        elif len(classes) == n_targets:
            named = len(outputs) == n_targets and getattr(estimator, "multilabel_", False)
            return outputs if named else np.asarray(classes).tolist()
        raise ValueError(
            f"{type(estimator).__name__}.{method} returned {n_targets} columns for "
            f"{len(classes)} classes; explain it through a callable that returns one per class."
        )
    if method == "predict" and _is(is_clusterer, estimator):
        return _clusters(estimator)
    if n_targets == 1:
        return [None]
    return outputs if len(outputs) == n_targets else list(range(n_targets))


def one_class_each(estimator: Any, method: Method, names: list[Any]) -> bool:
    """Tell whether a row has one of the targets: classes or clusters, not several outputs."""
    if len(names) < 2 or isinstance(getattr(estimator, "classes_", None), list):
        return False
    if getattr(estimator, "multilabel_", False):
        return False
    return method != "predict" or _is(is_clusterer, estimator)


def predicts_otherwise(
    estimator: Any, method: Method, outputs: np.ndarray, frame: Callable[[np.ndarray], Any]
) -> bool:
    """Tell whether a classifier's prediction is not its likeliest class: it has a threshold, say.

    Shapes: outputs (n, n_targets); `frame` returns some of those rows.
    """
    classes = getattr(estimator, "classes_", None)
    if method not in ("predict_proba", "decision_function") or classes is None:
        return False
    if isinstance(classes, list) or len(classes) != outputs.shape[1] or len(classes) < 2:
        return False
    # Those nearest to the border between two classes, and some from everywhere.
    two = np.partition(outputs, -2, axis=1)[:, -2:]
    nearest = np.argsort(two[:, 1] - two[:, 0], kind="stable")[: N_COMPARED // 2]
    everywhere = np.linspace(0, len(outputs) - 1, N_COMPARED // 2).astype(np.intp)
    rows = np.unique(np.concatenate([nearest, everywhere]))
    told = np.asarray(estimator.predict(frame(rows)))
    likeliest = np.asarray(classes)[outputs[rows].argmax(axis=1)]
    clear = (two[rows, 1] - two[rows, 0]) > 1e-9 * np.abs(two[rows]).max()
    return told.shape == likeliest.shape and bool((told != likeliest)[clear].any())


def predicted_targets(estimator: Any, X: Any, names: list[Any]) -> np.ndarray:
    """Return the position of the class that the model predicts for each row."""
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[label] for label in np.asarray(estimator.predict(X)).tolist()], np.intp)


def choose_targets(
    targets: Any,
    names: list[Any],
    outputs: np.ndarray,
    *,
    one_of_many: bool,
    predicted: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Choose which outputs of each row are explained.

    Shapes: outputs (n, n_targets), predicted (n,) is the class predicted, if it is not the
    likeliest.
    """
    n = len(outputs)
    if isinstance(targets, Likeliest):
        if not one_of_many:
            return [np.arange(len(names))] * n
        return list(np.argsort(-outputs, axis=1, kind="stable")[:, : targets.n])
    if isinstance(targets, str) and targets == "predicted" and one_of_many:
        likeliest = outputs.argmax(axis=1) if predicted is None else predicted
        return [np.array([best]) for best in likeliest]
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
