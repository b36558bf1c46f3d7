"""What a board shows: the results of many models as tables, as a picture and as a page."""

import html
from typing import Any

import numpy as np
import pandas as pd

from skcook.models.board._fit_candidates import Row, mean_score


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


def draw_board(results: list[Row], metric: str, ax: Any, leader: str | None) -> None:
    """Draw the scores of every fold, one line per model."""
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


def board_html(frame: pd.DataFrame, title: str) -> str:
    """Return the board as a table for a notebook."""
    shown = frame.drop(columns=["score_seconds"])
    if not shown["error"].any():
        shown = shown.drop(columns="error")
    table = shown.to_html(float_format=lambda value: f"{value:.4g}", border=0, na_rep="")
    return f"<div><p><b>{html.escape(title)}</b></p>{table}</div>"
