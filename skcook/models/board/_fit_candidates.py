"""Fit and score models on folds, keep the failures and the predictions, and report the progress."""

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import check_scoring
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed

from skcook.base._delegation import fit_weights
from skcook.utils._sklearn import routing_enabled, rows_of, scorer_function

Row = dict[str, Any]


class BoardData(NamedTuple):
    """What every model of a board is fitted to and scored on.

    Shapes: X (n_samples, n_features), y (n_samples,), weight (n_samples,), classes (n_classes,).
    """

    X: Any
    y: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]
    scorers: dict[str, Any]
    weight: np.ndarray | None = None
    classes: np.ndarray | None = None
    train_scores: bool = False
    groups: Any = None


def _model_has(method: str) -> Callable[[Any], bool]:
    return lambda predicted: hasattr(predicted.model, method)


class PredictedRows(BaseEstimator):
    """A fitted model and the rows that it is scored on: every metric shares its predictions."""

    def __init__(self, model: Any, classes: np.ndarray | None) -> None:
        self.model = model
        self.classes_: Any = getattr(model, "classes_", None) if classes is None else classes
        self._made: dict[str, Any] = {}

    def predict(self, X: Any) -> Any:
        """Return the predictions."""
        return self._once("predict", X)

    @available_if(_model_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities, a column of zeros for a class that the model has not seen."""
        found = np.asarray(self._once("predict_proba", X))
        seen = getattr(self.model, "classes_", self.classes_)
        if self.classes_ is None or len(seen) == len(self.classes_):
            return found
        wide = np.zeros((len(found), len(self.classes_)))
        wide[:, np.searchsorted(self.classes_, seen)] = found
        return wide

    @available_if(_model_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Return the scores of the classes."""
        return self._once("decision_function", X)

    def _once(self, method: str, X: Any) -> Any:
        if method not in self._made:
            self._made[method] = getattr(self.model, method)(X)
        return self._made[method]

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.model)


def run_models(
    models: dict[str, Any],
    data: BoardData,
    *,
    n_jobs: int | None = None,
    verbose: int = 0,
    task: Any = nullcontext,
    deadline: float | None = None,
) -> list[Row]:
    """Cross-validate models on the same folds; an exception in place of a model is its reason."""
    report = Reporter(verbose, len(models), len(data.folds), next(iter(data.scorers)), task)
    done: dict[str, list[Row]] = {name: [] for name in models}
    started: list[str] = []
    reasons = {name: model for name, model in models.items() if isinstance(model, Exception)}

    def tasks() -> Iterator[tuple[Any, int]]:
        for name, model in models.items():
            if name in reasons:
                continue
            if started and deadline is not None and time.perf_counter() >= deadline:
                reasons[name] = RuntimeError("not run: the time budget was used up")
                continue
            for fold in range(len(data.folds)):
                started.append(name)
                yield model, fold

    for place, result in enumerate(run_folds(tasks(), data, n_jobs)):
        name = started[place]
        done[name].append(result)
        report.fit(name, done[name])
    return [
        result_row(name, done[name], data, reason_of(reasons[name]) if name in reasons else "")
        for name in models
    ]


def run_folds(
    tasks: Iterable[tuple[Any, int]], data: BoardData, n_jobs: int | None
) -> Iterator[Row]:
    """Fit and score each model on its fold, and give each result as soon as it is there."""
    # A generator gives a result once those before it are there.
    yield from Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_fit_and_score)(clone(model), data, fold) for model, fold in tasks
    )


class Reporter:
    """Reports how far the run is, on the standard error and to scikit-learn's callbacks."""

    def __init__(
        self, verbose: int, n_models: int, n_folds: int, metric: str, task: Any = nullcontext
    ) -> None:
        self.verbose, self.n_models, self.n_folds, self.metric = verbose, n_models, n_folds, metric
        self.task = task
        self.n_done = 0

    def fit(self, name: str, done: list[Row]) -> None:
        """Report one fit, and the model once it was fitted on every fold."""
        with self.task(f"{name}, fold {len(done)}"):
            pass  # fitted already, perhaps by another process
        if self.verbose > 1:
            self.say(f"    {name}, fold {len(done)} of {self.n_folds}: {self._text(done[-1:])}")
        if len(done) == self.n_folds:
            self.n_done += 1
            if self.verbose:
                self.say(f"[{self.n_done}/{self.n_models}] {name:<16}{self._text(done)}")

    def _text(self, results: list[Row]) -> str:
        error = next((result["error"] for result in results if result["error"]), "")
        scores = [result["scores"][self.metric] for result in results]
        if not np.isfinite(scores).any():
            return error[:100]
        seconds = sum(result["fit_seconds"] + result["score_seconds"] for result in results)
        return f"{self.metric} {np.nanmean(scores):.4f}   {seconds:.1f} s   {error[:80]}".rstrip()

    def say(self, line: str) -> None:
        """Write a line to the standard error."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _fit_and_score(model: Any, data: BoardData, fold: int) -> Row:
    """Fit on one fold and score on its rest; a failure is a result."""
    train, test = data.folds[fold]
    result: Row = {
        "scores": dict.fromkeys(data.scorers, np.nan),
        "train_scores": dict.fromkeys(data.scorers, np.nan),
        "fit_seconds": np.nan,
        "score_seconds": np.nan,
        "error": "",
        "failed": True,
        "predictions": None,
    }
    try:
        start = time.perf_counter()
        params = fit_weights(model, None if data.weight is None else data.weight[train])
        X_train = rows_of(data.X, train)
        model.fit(X_train, data.y[train], **params)
        result["fit_seconds"] = time.perf_counter() - start
        start = time.perf_counter()
        X_test = rows_of(data.X, test)
        view = PredictedRows(model, data.classes)
        scores, errors = _scores(view, X_test, test, data)
        result["scores"], result["error"] = scores, "; ".join(errors)
        result["failed"] = len(errors) == len(scores) > 0
        result["score_seconds"] = time.perf_counter() - start
        if data.classes is None:
            result["predictions"] = np.asarray(view.predict(X_test), dtype=float)
        elif hasattr(view, "predict_proba"):
            result["predictions"] = view.predict_proba(X_test)
        if data.train_scores:
            view = PredictedRows(model, data.classes)
            result["train_scores"], _ = _scores(view, X_train, train, data)
    except Exception as exc:  # noqa: BLE001 - whatever a model raises is its row's reason
        result["error"] = reason_of(exc)
    return result


def _scores(
    view: PredictedRows, X: Any, rows: np.ndarray, data: BoardData
) -> tuple[dict[str, float], list[str]]:
    """Return each metric, NaN where it has no value, and the reasons."""
    y = data.y[rows]
    params = {} if data.weight is None else {"sample_weight": data.weight[rows]}
    scores, errors = {}, []
    for metric, scorer in data.scorers.items():
        try:
            # A function of one's own may look at the model itself.
            model = view.model if scorer_function(scorer) is None else view
            # Without routing, scikit-learn's call of several scorers drops the weights of one whose
            # function does not name them.
            scoring = check_scoring(scoring={metric: scorer}) if routing_enabled() else scorer
            with warnings.catch_warnings():
                # Said before the fits start, where a class has few rows.
                warnings.filterwarnings("ignore", "y_pred contains classes not in y_true")
                score = scoring(model, X, y, **params)
                scores[metric] = float(score[metric] if routing_enabled() else score)
        except Exception as exc:  # noqa: BLE001 - likewise
            scores[metric] = np.nan
            reason = reason_of(exc)
            if reason not in errors:
                errors.append(reason)
    return scores, errors


def mean_score(row: Row, metric: str) -> float:
    """Return the mean score of a model; one that could not be computed on any fold ranks last."""
    scores = np.asarray(row["scores"][metric], dtype=float)
    scores = scores[np.isfinite(scores)]
    return float(scores.mean()) if len(scores) else -np.inf


def reason_of(exc: Exception) -> str:
    """Return an error as one line."""
    text = " ".join(str(exc).split())
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def result_row(name: str, folds: list[Row], data: BoardData, error: str = "") -> Row:
    """Put the folds of a model together."""
    return {
        "model": name,
        "scores": {m: [fold["scores"][m] for fold in folds] for m in data.scorers},
        "train_scores": {m: [fold["train_scores"][m] for fold in folds] for m in data.scorers},
        "fit_seconds": [fold["fit_seconds"] for fold in folds],
        "score_seconds": [fold["score_seconds"] for fold in folds],
        "errors": [fold["error"] for fold in folds],
        "error": error or next((fold["error"] for fold in folds if fold["error"]), ""),
        "failed": bool(error) or not folds or any(fold["failed"] for fold in folds),
        "params": {},
        "predictions": _out_of_fold(folds, data),
    }


def _out_of_fold(folds: list[Row], data: BoardData) -> np.ndarray | None:
    """Return the mean prediction of each row by models that had not seen it, else NaN.

    Shapes: returns predictions (n_samples,) or (n_samples, n_classes).
    """
    if not folds or any(fold["predictions"] is None for fold in folds):
        return None
    total = np.zeros((len(data.y), *folds[0]["predictions"].shape[1:]))
    times = np.zeros(len(data.y))
    for fold, (_, test) in zip(folds, data.folds, strict=True):
        total[test] += fold["predictions"]
        times[test] += 1
    with np.errstate(invalid="ignore"):
        return total / times.reshape(-1, *[1] * (total.ndim - 1))
