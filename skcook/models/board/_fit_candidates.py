"""Fit and score every model on every fold, keep the failures, and tell how far it is."""

import sys
import time
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.utils.parallel import Parallel, delayed

from skcook.models._fit_data import fit_weights
from skcook.utils._sklearn import rows_of


def run_models(
    models: dict[str, Any],
    X: Any,
    y: np.ndarray,
    folds: list[tuple[np.ndarray, np.ndarray]],
    scorers: dict[str, Any],
    *,
    sample_weight: np.ndarray | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> list[dict[str, Any]]:
    """Cross-validate models on the same folds.

    Shapes: X (n_samples, n_features), y (n_samples,), sample_weight (n_samples,).
    """
    tasks = [
        (name, model, train, test)
        for name, model in models.items()
        if not isinstance(model, Exception)
        for train, test in folds
    ]
    done: dict[str, list[dict[str, Any]]] = {name: [] for name in models}
    report = _Reporter(verbose, len(models), len(folds), next(iter(scorers)))
    # A generator gives each result as soon as it is there and those before it.
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_fit_and_score)(clone(model), X, y, sample_weight, train, test, scorers)
        for _, model, train, test in tasks
    )
    for (name, *_), result in zip(tasks, results, strict=True):
        done[name].append(result)
        report.fit(name, done[name])
    return [
        _row(name, done[name], scorers, _reason(model) if isinstance(model, Exception) else "")
        for name, model in models.items()
    ]


class _Reporter:
    """Tells how far the run is, on the standard error."""

    def __init__(self, verbose: int, n_models: int, n_folds: int, metric: str):
        self.verbose, self.n_models, self.n_folds, self.metric = verbose, n_models, n_folds, metric
        self.n_done = 0

    def fit(self, name: str, done: list[dict[str, Any]]) -> None:
        if self.verbose > 1:
            self._write(f"    {name}, fold {len(done)} of {self.n_folds}: {self._text(done[-1:])}")
        if len(done) == self.n_folds:
            self.n_done += 1
            if self.verbose:
                self._write(f"[{self.n_done}/{self.n_models}] {name:<16}{self._text(done)}")

    def _text(self, results: list[dict[str, Any]]) -> str:
        error = next((result["error"] for result in results if result["error"]), "")
        if error:
            return error[:100]
        score = np.mean([result["scores"][self.metric] for result in results])
        seconds = sum(result["fit_seconds"] + result["score_seconds"] for result in results)
        return f"{self.metric} {score:.4f}   {seconds:.1f} s"

    def _write(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _fit_and_score(model, X, y, weight, train, test, scorers) -> dict[str, Any]:
    """Fit on one fold and score on its rest; a failure is a result."""
    result: dict[str, Any] = {
        "scores": dict.fromkeys(scorers, np.nan),
        "fit_seconds": np.nan,
        "score_seconds": np.nan,
        "error": "",
    }
    try:
        start = time.perf_counter()
        params = fit_weights(model, None if weight is None else weight[train])
        model.fit(rows_of(X, train), y[train], **params)
        result["fit_seconds"] = time.perf_counter() - start
        start = time.perf_counter()
        X_test, y_test = rows_of(X, test), y[test]
        params = {} if weight is None else {"sample_weight": weight[test]}
        # One call for all metrics: they share the predictions.
        scores = check_scoring(scoring=scorers)(model, X_test, y_test, **params)
        result["scores"] = {metric: float(score) for metric, score in scores.items()}
        result["score_seconds"] = time.perf_counter() - start
    except Exception as exc:  # noqa: BLE001 - whatever a model raises is its row's reason
        result["error"] = _reason(exc)
    return result


def mean_score(row: dict[str, Any], metric: str) -> float:
    """Return the mean score of a model; one that could not be computed ranks last."""
    mean = float(np.mean(row["scores"][metric]))
    return mean if np.isfinite(mean) else -np.inf


def _reason(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__


def _row(name: str, folds: list[dict[str, Any]], scorers: Any, error: str) -> dict[str, Any]:
    return {
        "model": name,
        "scores": {metric: [fold["scores"][metric] for fold in folds] for metric in scorers},
        "fit_seconds": [fold["fit_seconds"] for fold in folds],
        "score_seconds": [fold["score_seconds"] for fold in folds],
        "errors": [fold["error"] for fold in folds],
        "error": error or next((fold["error"] for fold in folds if fold["error"]), ""),
    }
