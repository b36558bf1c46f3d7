"""A search over the settings of a board's models, on the board's own folds."""

import time
from typing import Any

import numpy as np
from sklearn.base import clone

from skcook.models._search_space import sample_settings
from skcook.models.board._candidates import board_spaces
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
        return sample_settings(self.space, self.random)

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
