"""What a board shows: its order, its ties, and the results as tables, as a picture and as a page.

The scores of k folds are no k independent numbers: the training rows of two folds overlap. Two
answers take that into account, and tell whether the best is better than the others or tied:

- the corrected resampled t-test of Nadeau and Bengio (2003), which adds the share of test to
  training rows to the variance of the mean difference;
- the correlated Bayesian t-test of Benavoli et al. (2017), whose posterior gives the probability
  that the difference lies in a region of practical equivalence (ROPE), or beyond it.

References
----------
Nadeau C., Bengio Y. (2003), "Inference for the Generalization Error", Machine Learning 52.
Benavoli A., Corani G., Demsar J., Zaffalon M. (2017), "Time for a Change: a Tutorial for Comparing
Multiple Classifiers Through Bayesian Analysis", JMLR 18.
"""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from skcook.models.board._fit_candidates import Row, mean_score
from skcook.utils import import_optional

Folds = Sequence[tuple[np.ndarray, np.ndarray]]


def board_frame(results: list[Row], metrics: list[str], *, train: bool = False) -> pd.DataFrame:
    """Return one row per model."""
    rows = []
    for result in results:
        row = {"model": result["model"]}
        for metric in metrics:
            scores = _finite(result, metric)
            row[metric] = scores.mean() if len(scores) else np.nan
            row[f"{metric}_std"] = scores.std() if len(scores) else np.nan
            if train:
                seen = _finite(result, metric, "train_scores")
                row[f"{metric}_train"] = seen.mean() if len(seen) else np.nan
        row["p_best"] = result["p_best"]
        row["ties_with_best"] = result["ties_with_best"]
        for column in ("fit_seconds", "score_seconds"):
            taken = [seconds for seconds in result[column] if np.isfinite(seconds)]
            row[column] = np.mean(taken) if taken else np.nan
        row["error"] = result["error"]
        rows.append(row)
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))


def _finite(result: Row, metric: str, kind: str = "scores") -> np.ndarray:
    """Return the scores of the folds that have one; none of a model that failed on a fold."""
    scores = np.array([] if result["failed"] else result[kind][metric], dtype=float)
    return scores[np.isfinite(scores)]


def fold_frame(results: list[Row], metrics: list[str], *, train: bool = False) -> pd.DataFrame:
    """Return one row per model and fold."""
    return pd.DataFrame(
        [
            {
                "model": result["model"],
                "fold": fold,
                **{metric: result["scores"][metric][fold] for metric in metrics},
                **{
                    f"{metric}_train": result["train_scores"][metric][fold]
                    for metric in metrics
                    if train
                },
                "fit_seconds": result["fit_seconds"][fold],
                "score_seconds": result["score_seconds"][fold],
                "error": result["errors"][fold],
            }
            for result in results
            for fold in range(len(result["errors"]))
        ]
    )


def headline(results: list[Row], leader: str | None) -> str:
    """Return who leads, and who is tied with it."""
    if leader is None:
        return "no model leads"
    tied = [row["model"] for row in results if row["ties_with_best"] and row["model"] != leader]
    if not tied:
        return f"{leader} leads"
    return f"{leader} leads, tied with {', '.join(tied)}"


def draw_board(results: list[Row], metric: str, ax: Any, leader: str | None) -> Any:
    """Draw the scores of every fold, one line per model, and return the Axes."""
    pyplot = import_optional("matplotlib.pyplot", feature="plot", extra="plot")
    if ax is None:
        size = (7, 1.2 + 0.45 * len(results))
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
    rows = [row for row in results if len(_finite(row, metric))]
    rows.sort(key=lambda row: (mean_score(row, metric), row["model"] == leader))
    for place, row in enumerate(rows):
        scores = _finite(row, metric)
        color = "0.55"
        if row["ties_with_best"]:
            color = "C0" if row["model"] == leader else "tab:cyan"
        ax.plot([min(scores), max(scores)], [place, place], color=color, linewidth=1)
        ax.plot(scores, [place] * len(scores), "o", color=color, alpha=0.45, markersize=5)
        ax.plot(np.mean(scores), place, "D", color=color, markersize=8)
        ax.annotate(
            f"{np.mean(scores):.4g}",
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            color=color,
        )
    ax.set_yticks(range(len(rows)), [row["model"] for row in rows])
    ax.set(xlabel=metric, ylim=(-0.6, max(len(rows), 1) - 0.4))
    ax.set_title(headline(results, leader), loc="left", wrap=True)
    without = {row["model"] for row in results} - {row["model"] for row in rows}
    notes = []
    for what, ran in (("not run", False), ("failed", True)):
        names = [r["model"] for r in results if r["model"] in without and bool(r["errors"]) == ran]
        if names:
            notes.append(f"{what}: {', '.join(names)}")
    if notes:
        # Below the axis: beside a long headline there is no room.
        ax.annotate(
            "; ".join(notes), (1, -0.02), xycoords="axes fraction", xytext=(0, -34),
            textcoords="offset points", ha="right", va="top", fontsize=9, color="C3",
        )  # fmt: skip
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def board_html(frame: pd.DataFrame, title: str) -> str:
    """Return the board as a table for a notebook."""
    shown = frame.drop(columns=["score_seconds"])
    if not shown["error"].any():
        shown = shown.drop(columns="error")
    table = shown.to_html(float_format=lambda value: f"{value:.4g}", border=0, na_rep="")
    return f"<div><p><b>{html.escape(title)}</b></p>{table}</div>"


#: Below this the best is held to be better.
LEVEL = 0.05


def rank_rows(rows: list[Row], metric: str, folds: Folds, compare: str, rope: float) -> list[Row]:
    """Return the rows with the best first, each compared with it; failed models come last."""
    failed = [row for row in rows if row["failed"]]
    ranked = [row for row in rows if not row["failed"]]
    if not ranked:
        names: dict[str, list[str]] = {}
        for row in failed:
            names.setdefault(row["error"], []).append(row["model"])
        reasons = "; ".join(f"{', '.join(models)}: {error}" for error, models in names.items())
        all_types = all(row["error"].startswith("TypeError") for row in failed)
        raise (TypeError if all_types else ValueError)(f"Every model failed. {reasons}")
    rows = sorted(ranked, key=lambda row: mean_score(row, metric), reverse=True) + failed
    test_share = float(np.mean([len(test) / (len(train) + len(test)) for train, test in folds]))
    best = np.asarray(rows[0]["scores"][metric], dtype=float)
    for place, row in enumerate(rows):
        scores = np.asarray(row["scores"][metric], dtype=float)
        p = np.nan
        if place == 0 and np.isfinite(scores).any():
            p = 1.0
        elif not row["failed"] and len(scores) == len(best):
            p = probability_of_a_tie(best, scores, test_share, compare=compare, rope=rope)
        row["p_best"] = p
        row["ties_with_best"] = bool(p >= LEVEL)
    return rows


def probability_of_a_tie(
    best: np.ndarray,
    other: np.ndarray,
    test_share: float,
    *,
    compare: str = "corrected_t",
    rope: float = 0.01,
) -> float:
    """Return how well the scores of the folds agree with `other` being as good as `best`.

    Shapes: best (n_folds,), other (n_folds,).
    """
    both = np.isfinite(best) & np.isfinite(other)
    difference = (best - other)[both]
    n = len(difference)
    if n < 2:
        return np.nan
    mean, variance = difference.mean(), difference.var(ddof=1)
    scale = np.sqrt(variance * (1 / n + test_share / (1 - test_share)))
    # Rounding in the last digit is no difference between folds.
    if scale <= 1e-12 * max(1.0, np.abs(best[both]).max()):
        near = rope if compare == "bayes" else 1e-12
        return float(abs(mean) <= near)
    if compare == "bayes":
        return float(stats.t.cdf(rope, df=n - 1, loc=mean, scale=scale))
    return float(2 * stats.t.sf(abs(mean) / scale, df=n - 1))
