"""Explanations as pictures: bars from zero, or a ladder from the average to the prediction."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from skcook.utils._optional import import_optional

#: From a standard error to half of a 95 % interval.
Z95 = 1.96
FOR, AGAINST, NEITHER = "#1f6fb2", "#c4561f", "0.6"


class Line(NamedTuple):
    """One line of a picture or a page: a feature, the sum of the others, or the rest."""

    part: str
    text: str
    value: str
    weight: float
    error: float


def number(value: float, digits: int = 3) -> str:
    """Return a number with few digits that count, a large one in full."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.{digits}g}"


def signed(value: float) -> str:
    """Return a number with its sign."""
    return f"{'-' if value < 0 else '+'}{number(abs(value))}"


def pyplot() -> Any:
    """Import matplotlib's pyplot."""
    return import_optional("matplotlib.pyplot", feature="A plot of explanations", extra="plot")


def plain_text(text: str, *, most: int = 60) -> str:
    """Keep matplotlib from reading a text as mathematics, and cut the middle of a long one."""
    if len(text) > most:
        text = f"{text[: most // 2 - 2]}...{text[-(most - most // 2 - 1) :]}"
    return text.replace("$", r"\$")


def plot(explanations: Sequence[Any], ax: Any = None, *, kind: str = "bars") -> Any:
    """Draw explanations under each other, on one scale."""
    if not len(explanations):
        raise ValueError("There is no explanation to plot.")
    if kind not in _DRAW:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _DRAW))}; got {kind!r}.")
    if ax is not None and len(explanations) != 1:
        raise ValueError(
            f"One `ax` holds one explanation; there are {len(explanations)}. "
            "Plot them one by one, or leave `ax` out."
        )
    scale = common_scale(explanations)
    limits = _limits(explanations, kind, scale)
    if ax is not None:
        _draw(explanations[0], ax, kind, scale, limits, picture=explanations[0].has_picture)
        return np.array([ax])
    pictures = any(item.has_picture for item in explanations)
    heights = [
        1.5 + 0.3 * max(len(item.lines) + 2 * (kind == "ladder"), 1) for item in explanations
    ]
    heights = [max(h, 3.0) if pictures else h for h in heights]
    _, grid = pyplot().subplots(
        len(explanations),
        2 if pictures else 1,
        squeeze=False,
        figsize=(13 if pictures else 8, sum(heights)),
        height_ratios=heights,
        width_ratios=[5, 5] if pictures else [1],
        layout="constrained",
    )
    for item, row in zip(explanations, grid, strict=True):
        if item.has_picture:
            _draw(item, row[0], kind, scale, limits, picture=True)
            _DRAW[kind](item, row[1], limits)
        else:
            _draw(item, row[0], kind, scale, limits, picture=False)
            for empty in row[1:]:
                empty.axis("off")
    return grid[:, 0]


def common_scale(explanations: Sequence[Any]) -> float:
    """Return the largest weight of several explanations, so that their bars can be compared.

    Never less than a hundredth of what the model says: next to nothing is drawn as nothing.
    """
    sizes = [max(item.reach, 0.01 * abs(item.prediction)) for item in explanations]
    return max(sizes, default=0.0) or 1.0


def _limits(explanations, kind, scale):
    """Return where the axes of all explanations begin and end."""
    if kind == "bars":
        return -1.2 * scale, 1.2 * scale
    reached = [value for item in explanations for value in (item.prediction, *_ends(item))]
    low, high = min(reached), max(reached)
    room = (high - low) or scale
    return low - 0.15 * room, high + 0.25 * room


def _ends(item):
    """Return where the steps of a ladder end, the intercept first."""
    return item.intercept + np.cumsum([0.0, *(line.weight for line in item.lines)])


def _draw(item, ax, kind, scale, limits, *, picture):
    if picture:
        item.draw(ax, scale)
    else:
        _DRAW[kind](item, ax, limits)
    output = "" if item.target is None else f" for {item.target}"
    title = f"{item.name}: {number(item.prediction)}{output}; {item.start} {number(item.intercept)}"
    note = item.note
    ax.set_title(
        plain_text(title, most=72) + ("" if note is None else f"\n{_wrapped(note)}"),
        loc="left",
        fontsize="medium",
    )


def _wrapped(note, width=64):
    lines = [""]
    for word in plain_text(note, most=400).split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(line.rstrip() for line in lines)


def _label(line: Line) -> str:
    value = f"  ({plain_text(line.value, most=24)})" if line.value else ""
    return plain_text(line.text, most=44) + value


def _colours(lines):
    sides = np.where([line.weight >= 0 for line in lines], FOR, AGAINST)
    return [
        side if line.part == "feature" else NEITHER for side, line in zip(sides, lines, strict=True)
    ]


def _plot_bars(item: Any, ax: Any, limits: tuple[float, float]) -> None:
    """Draw the weights as bars from zero."""
    lines = item.lines[::-1]
    weights, errors = ([getattr(line, name) for line in lines] for name in ("weight", "error"))
    places = np.arange(len(lines))
    ax.barh(places, weights, color=_colours(lines), height=0.7)
    ax.errorbar(weights, places, xerr=errors, fmt="none", ecolor="0.25", elinewidth=1, capsize=2)
    ax.set_yticks(places, [_label(line) for line in lines])
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.set_xlim(*limits)
    gap = 0.01 * (limits[1] - limits[0])
    for place, line in zip(places, lines, strict=True):
        end = line.weight + np.copysign(line.error + gap, line.weight)
        ax.text(
            end, place, signed(line.weight), va="center", fontsize="small",
            ha="left" if line.weight >= 0 else "right",
        )  # fmt: skip
    _finish(item, ax, lines)


def _plot_ladder(item: Any, ax: Any, limits: tuple[float, float]) -> None:
    """Draw the weights as steps from the intercept to the prediction."""
    lines = item.lines
    starts, ends = _ends(item)[:-1], _ends(item)[1:]
    places = -np.arange(1, len(lines) + 1)
    weights = [line.weight for line in lines]
    ax.barh(places, weights, left=starts, color=_colours(lines), height=0.7)
    errors = [line.error for line in lines]
    ax.errorbar(ends, places, xerr=errors, fmt="none", ecolor="0.25", elinewidth=1, capsize=2)
    last = -len(lines) - 1
    for value, top, bottom in zip(
        [item.intercept, *ends], [0, *places], [*places, last], strict=True
    ):
        ax.plot([value, value], [top, bottom], color="0.5", linewidth=0.8, zorder=0)
    ax.plot([item.intercept, item.prediction], [0, last], "D", color="0.2", markersize=5)
    ax.set_xlim(*limits)
    gap = 0.01 * (limits[1] - limits[0])
    for place, line, start, end in zip(places, lines, starts, ends, strict=True):
        ax.text(
            max(start, end) + line.error + gap, place, signed(line.weight), va="center",
            fontsize="small",
        )  # fmt: skip
    this = f"this {item.item.lower()}"
    ax.set_yticks(
        [0, *places, last],
        [
            f"{item.start}   {number(item.intercept)}",
            *map(_label, lines),
            f"{this}   {number(item.prediction)}",
        ],
    )
    _finish(item, ax, lines)


def _finish(item, ax, lines):
    """Say what colours and numbers mean, and take away what says nothing."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.locator_params(axis="x", nbins=6)
    output = "the prediction" if item.target is None else f"the output for {item.target}"
    ax.set_xlabel(plain_text(f"what each adds to {output} (line: 95 % interval)", most=80))
    colours = _colours(lines)
    names = {FOR: "raises it", AGAINST: "lowers it", NEITHER: "not shown, not explained"}
    patch = import_optional("matplotlib.patches", feature="A plot", extra="plot").Patch
    keys = [patch(color=colour, label=name) for colour, name in names.items() if colour in colours]
    if keys:
        ax.legend(
            handles=keys, loc="upper right", bbox_to_anchor=(1, 0), ncols=3, frameon=False,
            fontsize="small", borderaxespad=4.6,
        )  # fmt: skip


_DRAW = {"bars": _plot_bars, "ladder": _plot_ladder}
