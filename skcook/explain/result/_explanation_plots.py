"""Explanations as pictures."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from skcook.explain.result._overlays import LINES, lines_of, plot_regions, plot_words
from skcook.utils._optional import import_optional

if TYPE_CHECKING:
    from skcook.explain.result._explanation import Explanation
    from skcook.explain.result._explanation_list import Explanations

FOR, AGAINST = "#1f6fb2", "#c4561f"


def _pyplot() -> Any:
    return import_optional("matplotlib.pyplot", feature="A plot of explanations", extra="plot")


def plot_bars(explanation: "Explanation", ax: Any) -> None:
    """Draw the weights of one explanation as bars with their 95 % intervals."""
    features = explanation.features[::-1]
    weights, errors = explanation.weights[::-1], 1.96 * np.nan_to_num(explanation.std_errors[::-1])
    places = np.arange(len(features))
    ax.barh(places, weights, color=np.where(weights >= 0, FOR, AGAINST), height=0.7)
    ax.errorbar(weights, places, xerr=errors, fmt="none", ecolor="0.25", elinewidth=1, capsize=2)
    ax.set_yticks(places, [_plain_text(feature.rule) for feature in features])
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.margins(x=0.08)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("weight")


def plot(explanations: "Explanations", ax: Any = None) -> Any:
    """Draw explanations under each other."""
    if not len(explanations):
        raise ValueError("There is no explanation to plot.")
    if ax is not None:
        if len(explanations) != 1:
            raise ValueError(
                f"One `ax` holds one explanation; there are {len(explanations)}. "
                "Plot them one by one, or leave `ax` out."
            )
        axes = np.array([ax])
        _titled(explanations[0], _picture_of(explanations[0]) or plot_bars, ax)
        return axes
    pictures = [_picture_of(item) for item in explanations]
    heights = [_height(item) for item in explanations]
    columns = 2 if any(pictures) else 1
    _, grid = _pyplot().subplots(
        len(explanations),
        columns,
        squeeze=False,
        figsize=(8 if columns == 1 else 12, sum(heights)),
        height_ratios=heights,
        width_ratios=[5, 4][:columns],
        layout="constrained",
    )
    for item, picture, row in zip(explanations, pictures, grid, strict=True):
        if picture is None:
            _titled(item, plot_bars, row[0])
            for empty in row[1:]:
                empty.axis("off")
        else:
            _titled(item, picture, row[0])
            plot_bars(_first(item), row[1])
    return grid[:, 0]


def _picture_of(explanation: "Explanation") -> Any:
    """Return what draws a text or an image, None if there is none."""
    if explanation.source is None:
        return None
    return {"text": plot_words, "image": plot_regions}.get(explanation.kind)


def _first(explanation: "Explanation") -> "Explanation":
    """Keep what fits beside a picture: an image may have hundreds of superpixels."""
    return replace(explanation, features=explanation.features[:12])


def _height(explanation: "Explanation") -> float:
    bars = 1.3 + 0.3 * max(len(explanation.features), 1)
    if _picture_of(explanation) is None:
        return bars
    height = max(2.4, 1.3 + 0.3 * len(_first(explanation).features))
    if explanation.kind == "text":
        height = max(height, 0.8 + 0.2 * min(len(lines_of(explanation)), LINES + 1))
    return height


def _titled(explanation: "Explanation", draw: Any, ax: Any) -> None:
    draw(explanation, ax)
    of = "" if explanation.target is None else f" for {explanation.target}"
    low = "" if explanation.note is None else ": low, read with care"
    ax.set_title(
        _plain_text(f"Row {explanation.row}: {explanation.prediction:.3g}{of}")
        + f"\nlocal model {explanation.local_prediction:.3g}, R² {explanation.r2:.2f}{low}",
        loc="left",
        fontsize="medium",
    )


def plot_summary(explanations: "Explanations", *, n_features: int, ax: Any = None) -> Any:
    """Draw the weights of many rows, a line of dots a feature."""
    if not len(explanations):
        raise ValueError("There is no explanation to plot.")
    found: dict[str, list[tuple[float, Any]]] = {}
    for item in explanations:
        for feature in item.features:
            found.setdefault(feature.feature, []).append((feature.weight, feature.value))
    sizes = {name: sum(abs(w) for w, _ in pairs) for name, pairs in found.items()}
    names = sorted(sizes, key=lambda name: -sizes[name])[:n_features][::-1]
    if ax is None:
        size = (8, 1.4 + 0.38 * len(names))
        ax = _pyplot().subplots(figsize=size, layout="constrained")[1]
    numbers = None
    for place, name in enumerate(names):
        weights = np.array([w for w, _ in found[name]])
        colour = _shades([value for _, value in found[name]])
        offsets = place + 0.3 * _spread(weights)
        if colour is None:
            ax.scatter(weights, offsets, s=10, color="0.55", linewidths=0)
        else:
            numbers = ax.scatter(
                weights, offsets, s=10, c=colour, cmap="coolwarm", vmin=0, vmax=1, linewidths=0
            )
    if numbers is not None:
        bar = ax.figure.colorbar(numbers, ax=ax, ticks=[0, 1], pad=0.02, aspect=30)
        bar.set_ticklabels(["low", "high"])
        bar.set_label("value (grey: no number)", labelpad=-12)
    ax.set_yticks(np.arange(len(names)), [_plain_text(name) for name in names])
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("weight")
    rows = len({item.row for item in explanations})
    ax.set_title(f"Weights over {rows} rows", loc="left", fontsize="medium")
    return ax


def _shades(values: list[Any]) -> np.ndarray | None:
    """Return the ranks of numbers in [0, 1]; None for anything else."""
    known_types = (int, float, type(None))
    if any(isinstance(value, bool) or not isinstance(value, known_types) for value in values):
        return None
    numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
    known = np.sort(numbers[~np.isnan(numbers)])
    if len(known) == 0 or known[0] == known[-1]:
        return None
    middle = np.searchsorted(known, numbers, "left") + np.searchsorted(known, numbers, "right")
    return np.where(np.isnan(numbers), 0.5, middle / (2 * len(known)))


def _spread(weights: np.ndarray) -> np.ndarray:
    """Return offsets in [-1, 1] that keep dots of about equal weight apart."""
    span = np.ptp(weights) or 1.0
    cell = np.rint((weights - weights.min()) / span * 60).astype(int)
    offsets = np.zeros(len(weights))
    for c in np.unique(cell):
        inside = np.flatnonzero(cell == c)
        if len(inside) > 1:
            reach = min(1.0, len(inside) / 8)
            offsets[inside] = np.linspace(-reach, reach, len(inside))
    return offsets


def _plain_text(text: str) -> str:
    """Keep matplotlib from reading a text as mathematics, and cut a long one."""
    text = text if len(text) <= 60 else text[:57] + "..."
    return text.replace("$", r"\$")
