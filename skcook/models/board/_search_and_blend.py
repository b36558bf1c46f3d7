"""What makes a board better than its recipes: a search on its own folds, blends and stacks."""

import time
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.model_selection import ParameterSampler

from skcook.models.board._board_setup import board_spaces, splitter_of
from skcook.models.board._fit_candidates import (
    BoardData,
    Reporter,
    Row,
    mean_score,
    result_row,
    run_folds,
)
from skcook.utils import import_optional

#: Settings for each recipe where nothing limits a search.
N_ITER = 10


class RandomSettings:
    """Settings drawn at random."""

    def __init__(self, space: dict[str, Any], seed: int | None) -> None:
        self.space = space
        self.random = np.random.RandomState(seed)

    def ask(self) -> dict[str, Any]:
        """Return settings to try."""
        return next(iter(ParameterSampler(self.space, 1, random_state=self.random)))

    def tell(self, score: float | None) -> None:
        """Learn the score of the settings asked for last; None if they were given up."""


class OptunaSettings:
    """Settings by Optuna's tree-structured Parzen estimator."""

    def __init__(self, space: dict[str, Any], seed: int | None) -> None:
        self.space = space
        optuna: Any = import_optional("optuna", feature='search="optuna"', extra="search")
        self.pruned = optuna.trial.TrialState.PRUNED
        level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            self.study = optuna.create_study(
                direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
            )
        finally:
            optuna.logging.set_verbosity(level)

    def ask(self) -> dict[str, Any]:
        """Return settings to try."""
        self.trial = self.study.ask(self.space)
        return self.trial.params

    def tell(self, score: float | None) -> None:
        """Learn the score of the settings asked for last; None if they were given up."""
        if score is None or not np.isfinite(score):
            self.study.tell(self.trial, state=self.pruned)
        else:
            self.study.tell(self.trial, score)


def search_board(
    models: dict[str, Any],
    given: Any,
    rows: list[Row],
    data: BoardData,
    *,
    task: str,
    search: str,
    n_iter: int | None,
    deadline: float | None,
    seed: int | None,
    n_jobs: int | None,
    verbose: int,
) -> list[Row]:
    """Search the recipes among the models, set the best settings in `models`, return the rows."""
    library, kind = ("optuna", OptunaSettings) if search == "optuna" else ("scipy", RandomSettings)
    failed = {row["model"] for row in rows if row["failed"]}
    askers = {
        name: kind(space, seed)
        for name, space in board_spaces(models, given, task, library).items()
        if name not in failed
    }
    if not askers:
        return rows
    if n_iter is None and deadline is None:
        n_iter = N_ITER
    report = Reporter(verbose, len(rows), len(data.folds), next(iter(data.scorers)))
    rows = _search_models(models, rows, askers, data, n_iter, deadline, n_jobs, report)
    for row in rows:
        if row["params"]:
            models[row["model"]] = clone(models[row["model"]]).set_params(**row["params"])
    return rows


def _search_models(
    models: dict[str, Any],
    rows: list[Row],
    askers: dict[str, Any],
    data: BoardData,
    n_iter: int | None,
    deadline: float | None,
    n_jobs: int | None,
    report: Reporter,
) -> list[Row]:
    """Try settings for each model until all have had their turns or the time is up."""
    # Better models get more turns: the best one in every cycle, the second in every second one, and
    # so on. Settings whose first fold is far below that of the model's best are given up there. A
    # model keeps the row of its best settings.
    metric = next(iter(data.scorers))
    best = {row["model"]: row for row in rows}
    turns = dict.fromkeys(askers, 0)
    cycle = 0
    while n_iter is None or min(turns.values(), default=n_iter) < n_iter:
        ranked = sorted(askers, key=lambda name: mean_score(best[name], metric), reverse=True)
        turn = [
            name
            for place, name in enumerate(ranked, start=1)
            if (n_iter is None or turns[name] < n_iter)
            # Without an end in time every model gets as many turns as any other.
            and (deadline is None or cycle % place == 0)
        ]
        for name in turn:
            if deadline is not None and time.perf_counter() >= deadline:
                return list(best.values())
            settings = askers[name].ask()
            row = _try(name, clone(models[name]).set_params(**settings), best[name], data, n_jobs)
            turns[name] += 1
            if row is None:
                askers[name].tell(None)
                continue
            score = mean_score(row, metric)
            askers[name].tell(score)
            if not row["failed"] and score > mean_score(best[name], metric):
                best[name] = row | {"params": settings}
                if report.verbose > 1:
                    report.say(f"    {name}, settings {turns[name]}: {metric} {score:.4f}")
        cycle += 1
    return list(best.values())


def _try(name: str, model: Any, best: Row, data: BoardData, n_jobs: int | None) -> Row | None:
    """Return the row of a model, or None if its first fold already shows that it is worse."""
    metric = next(iter(data.scorers))
    (first,) = run_folds([(model, 0)], data, None)
    known = np.asarray(best["scores"][metric], dtype=float)
    if first["failed"]:
        return None
    if len(known) > 1 and first["scores"][metric] < known[0] - np.nanstd(known):
        return None
    rest = run_folds([(model, fold) for fold in range(1, len(data.folds))], data, n_jobs)
    return result_row(name, [first, *rest], data)


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


def blend_of(
    models: dict[str, Any], predictions: dict[str, Any], data: BoardData, task: str
) -> Any:
    """Return an average of models, weighed by their out-of-fold predictions."""
    weights = greedy_weights(predictions, data.y, data.classes)
    chosen = [(name.replace("__", "_"), clone(models[name])) for name in weights]
    shares = [count / sum(weights.values()) for count in weights.values()]
    if task == "classification":
        return VotingClassifier(chosen, voting="soft", weights=shares)
    return VotingRegressor(chosen, weights=shares)


def stack_folds(cv: Any, task: str, seed: int | None, data: BoardData) -> Any:
    """Return the folds of a stack: those of the board, which an int draws again for other rows."""
    if isinstance(cv, Integral) and data.groups is None:
        return splitter_of(cv, task, seed)
    tested = np.sort(np.concatenate([test for _, test in data.folds]))
    if not np.array_equal(tested, np.arange(len(data.y))):
        raise ValueError(
            "A stack learns from one prediction of each row, and the folds of this board do not "
            "test each row once. Use blend(), or a board with an int or a KFold as cv."
        )
    return data.folds


def stack_of(
    models: dict[str, Any],
    rows: list[Row],
    top: int,
    final: Any,
    *,
    task: str,
    cv: Any,
) -> Any:
    """Return a model that learns from the out-of-fold predictions of the best ones."""
    if not isinstance(top, Integral) or top < 1:
        raise ValueError(f"A stack needs at least one model: set top to 1 or more, not {top!r}.")
    names = [row["model"] for row in rows if not row["failed"]][:top]
    chosen = [(name.replace("__", "_"), clone(models[name])) for name in names]
    kind = StackingClassifier if task == "classification" else StackingRegressor
    stack = kind(chosen, final_estimator=final, cv=cv)
    # The last model is fitted on arrays, so it predicts from arrays, whatever is set for all.
    return stack.set_output(transform="default")
