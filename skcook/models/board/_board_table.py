"""What a board shows: the results of many models as tables and as a picture."""

from typing import Any

import numpy as np
import pandas as pd

from skcook.models.board._fit_candidates import mean_score


def board_frame(results: list[dict[str, Any]], metrics: list[str]) -> pd.DataFrame:
    """Return one row per model."""
    rows = []
    for result in results:
        row = {"model": result["model"]}
        for metric in metrics:
            scores = np.array(result["scores"][metric], dtype=float)
            failed = bool(result["error"]) or not len(scores)
            row[metric] = np.nan if failed else scores.mean()
            row[f"{metric}_std"] = np.nan if failed else scores.std()
        for column in ("fit_seconds", "score_seconds"):
            taken = [seconds for seconds in result[column] if np.isfinite(seconds)]
            row[column] = np.mean(taken) if taken else np.nan
        row["error"] = result["error"]
        rows.append(row)
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))


def fold_frame(results: list[dict[str, Any]], metrics: list[str]) -> pd.DataFrame:
    """Return one row per model and fold."""
    return pd.DataFrame(
        [
            {
                "model": result["model"],
                "fold": fold,
                **{metric: result["scores"][metric][fold] for metric in metrics},
                "fit_seconds": result["fit_seconds"][fold],
                "score_seconds": result["score_seconds"][fold],
                "error": result["errors"][fold],
            }
            for result in results
            for fold in range(len(result["errors"]))
        ]
    )


def draw_board(results: list[dict[str, Any]], metric: str, ax: Any, leader: str) -> None:
    """Draw the scores of every fold, one line per model."""
    rows = [row for row in results if not row["error"]]
    rows.sort(key=lambda row: mean_score(row, metric))
    for place, row in enumerate(rows):
        scores = row["scores"][metric]
        color = "C0" if place == len(rows) - 1 else "0.55"
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
    ax.set(xlabel=metric, ylim=(-0.6, len(rows) - 0.4))
    ax.set_title(f"{leader} leads", loc="left")
    failed = [row["model"] for row in results if row["error"]]
    if failed:
        ax.set_title(f"not run: {', '.join(failed)}", loc="right", fontsize=9, color="C3")
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
