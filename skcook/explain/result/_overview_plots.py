"""Pictures of many explanations: what matters overall, and how weights follow values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skcook.explain.result._explanation_plots import AGAINST, FOR, Z95, plain_text, pyplot
from skcook.utils._json import to_json

#: Colours of cohorts and targets; matplotlib's own ten follow.
COLOURS = (FOR, AGAINST, "#3b8f4a", "#8c5aa8", "#9a7b1f", "#4aa3a3")


#: A curve of more values than this is of the means between so many quantiles.
N_MEANS = 24


def _check(explanations: Sequence[Any]) -> None:
    if not len(explanations):
        raise ValueError("There is no explanation to plot.")


def _by_target(explanations: Sequence[Any]) -> dict[Any, list[Any]]:
    """Return the explanations of each target."""
    found: dict[Any, list[Any]] = {}
    for item in explanations:
        found.setdefault(item.target, []).append(item)
    return found


def _largest(explanations: Sequence[Any], n: int) -> list[str]:
    """Return the features of the largest mean absolute weight, the largest first."""
    sizes: dict[str, float] = {}
    for item in explanations:
        for feature in item.features:
            sizes[feature.feature] = sizes.get(feature.feature, 0.0) + abs(feature.weight)
    return sorted(sizes, key=lambda name: -sizes[name])[:n]


def _panels(explanations, ax, n_features, room, per_line):
    """Return axes, and for each its target, its explanations and its largest features."""
    _check(explanations)
    targets = _by_target(explanations)
    panels = [(target, items, _largest(items, n_features)) for target, items in targets.items()]
    if ax is not None:
        if len(targets) > 1:
            named = ", ".join(map(str, list(targets)[:5]))
            raise ValueError(
                f"The explanations are of {len(targets)} targets ({named}), which do not share "
                'an axis: what raises one lowers another. Ask for one, explain(X, targets=["..."]),'
                " or leave `ax` out."
            )
        axes = np.array([ax])
    else:
        heights = [room + per_line * len(names) for *_, names in panels]
        _, grid = pyplot().subplots(
            len(targets), 1, squeeze=False, figsize=(8, sum(heights)), height_ratios=heights,
            layout="constrained",
        )  # fmt: skip
        axes = grid[:, 0]
    return axes, panels


def _one_or_all(axes):
    return axes[0] if len(axes) == 1 else axes


def plot_summary(explanations: Sequence[Any], *, n_features: int, ax: Any = None) -> Any:
    """Draw the weights of many rows, a line of dots per feature and a panel per target."""
    axes, panels = _panels(explanations, ax, n_features, 1.6, 0.38)
    for panel, (target, items, names) in zip(axes, panels, strict=True):
        _draw_dots(panel, target, items, names[::-1])
    return _one_or_all(axes)


def _draw_dots(ax, target, items, names):
    found = {name: [] for name in names}
    for item in items:
        for feature in item.features:
            if feature.feature in found:
                found[feature.feature].append((feature.weight, feature.value))
    coloured = None
    for place, name in enumerate(names):
        weights = np.array([weight for weight, _ in found[name]])
        shades = _shades([value for _, value in found[name]])
        offsets = place + 0.3 * _spread(weights)
        if shades is None:
            ax.scatter(weights, offsets, s=10, color="0.55", linewidths=0)
        else:
            coloured = ax.scatter(
                weights, offsets, s=10, c=shades, cmap="coolwarm", vmin=0, vmax=1, linewidths=0
            )
    if coloured is not None:
        bar = ax.figure.colorbar(coloured, ax=ax, ticks=[0, 1], pad=0.02, aspect=30)
        bar.set_ticklabels(["low", "high"])
        bar.set_label("value (grey: not a number)")
    ax.set_yticks(np.arange(len(names)), [plain_text(name) for name in names])
    ax.axvline(0, color="0.5", linewidth=0.8)
    _finish(ax, f"what each adds to {_output(target)}", f"{_output(target)}, {_rows(items)}")


def _output(target):
    return "the prediction" if target is None else f"the output for {target}"


def _rows(items):
    rows = len({item.row for item in items})
    return f"{rows} row{'s' if rows != 1 else ''}"


def _finish(ax, label, title):
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.locator_params(axis="x", nbins=7)
    ax.set_xlabel(plain_text(label, most=90))
    ax.set_title(plain_text(title, most=90), loc="left", fontsize="medium")


def plot_importance(
    explanations: Sequence[Any], *, n_features: int, cohorts: Any = None, ax: Any = None
) -> Any:
    """Draw mean absolute weights, a bar per feature and cohort."""
    _check(explanations)
    names = _largest(explanations, n_features)[::-1]
    groups = _cohorts(explanations, cohorts)
    if ax is None:
        size = (8, 1.4 + (0.22 + 0.16 * len(groups)) * len(names))
        ax = pyplot().subplots(figsize=size, layout="constrained")[1]
    width = 0.8 / len(groups)
    for number, (group, items) in enumerate(groups.items()):
        sizes = dict.fromkeys(names, 0.0)
        for item in items:
            for feature in item.features:
                if feature.feature in sizes:
                    sizes[feature.feature] += abs(feature.weight) / len(items)
        places = np.arange(len(names)) + 0.4 - width * (number + 0.5)
        label = f"{group} ({_rows(items)})"
        colour = COLOURS[number] if number < len(COLOURS) else f"C{number}"
        ax.barh(places, list(sizes.values()), height=0.92 * width, color=colour, label=label)
    ax.set_yticks(np.arange(len(names)), [plain_text(name) for name in names])
    if cohorts is not None:
        ax.legend(frameon=False, loc="lower right")
    _finish(ax, "mean size of the weight", f"What matters over {_rows(explanations)}")
    return ax


def _group_name(value):
    """Return a value as one that names a group: a list, too, is a name."""
    name = to_json(value)
    return str(value) if isinstance(name, list | dict) else name


def _cohorts(explanations, cohorts):
    """Return the explanations of each cohort."""
    if cohorts is None:
        return {"all": list(explanations)}
    if isinstance(cohorts, str):
        group_of = [
            next((_group_name(f.value) for f in item.features if f.feature == cohorts), "not shown")
            for item in explanations
        ]
        if set(group_of) == {"not shown"}:
            raise ValueError(
                f"No explanation has a feature {cohorts!r}; there are "
                f"{', '.join(map(repr, _largest(explanations, 10)))}. Give the group of each row."
            )
    else:
        rows = list(dict.fromkeys(item.row for item in explanations))
        if len(cohorts) != len(rows):
            raise ValueError(
                f"cohorts has {len(cohorts)} entries; {len(rows)} rows were explained, and each "
                "has one group."
            )
        group = dict(zip(rows, list(cohorts), strict=True))
        group_of = [_group_name(group[item.row]) for item in explanations]
    found: dict[Any, list[Any]] = {}
    for name, item in zip(group_of, explanations, strict=True):
        found.setdefault(name, []).append(item)
    if len(found) > len(COLOURS) + 10:
        raise ValueError(
            f"cohorts makes {len(found)} groups; at most {len(COLOURS) + 10} can be told apart. "
            "Group them, for example by quartile."
        )
    return found


def plot_heatmap(explanations: Sequence[Any], *, n_features: int, ax: Any = None) -> Any:
    """Draw weights as colours, a column per row explained and a panel per target."""
    axes, panels = _panels(explanations, ax, n_features, 2.2, 0.3)
    for panel, (target, items, names) in zip(axes, panels, strict=True):
        place = {name: i for i, name in enumerate(names)}
        items = sorted(items, key=lambda item: item.prediction)
        weights = np.zeros((len(names), len(items)))
        for column, item in enumerate(items):
            for feature in item.features:
                if feature.feature in place:
                    weights[place[feature.feature], column] += feature.weight
        limit = np.abs(weights).max(initial=0.0) or 1.0
        image = panel.imshow(
            weights, aspect="auto", cmap="coolwarm", vmin=-limit, vmax=limit, interpolation="none"
        )
        bar = panel.figure.colorbar(image, ax=panel, pad=0.02, aspect=30)
        bar.set_label("weight (red: raises it)")
        panel.set_yticks(np.arange(len(names)), [plain_text(name) for name in names])
        _finish(
            panel,
            f"rows, by {_output(target)}: {items[0].prediction:.3g} to {items[-1].prediction:.3g}",
            f"{_output(target)}, {_rows(items)}",
        )
        panel.set_xticks([])
    return _one_or_all(axes)


def plot_dependence(
    explanations: Sequence[Any], features: Any, *, n_features: int, ax: Any = None
) -> Any:
    """Draw weights against values, a panel per feature and a colour per target."""
    _check(explanations)
    known = _largest(explanations, 10**9)
    names = [features] if isinstance(features, str) else list(features or known[:n_features])
    if unknown := [name for name in names if name not in known]:
        raise ValueError(
            f"No explanation shows {unknown[0]!r}; those shown are "
            f"{', '.join(map(repr, known[:10]))}. Explain with a larger n_features to see more."
        )
    if ax is not None and len(names) != 1:
        raise ValueError(f"One `ax` holds one feature; there are {len(names)}. Leave `ax` out.")
    if ax is None:
        columns = min(len(names), 3)
        rows = -(-len(names) // columns)
        _, grid = pyplot().subplots(
            rows, columns, squeeze=False, figsize=(4.4 * columns, 3.4 * rows), layout="constrained"
        )
        axes = grid.ravel()
        for empty in axes[len(names) :]:
            empty.axis("off")
        axes = axes[: len(names)]
    else:
        axes = np.array([ax])
    targets = _by_target(explanations)
    for panel, name in zip(axes, names, strict=True):
        _draw_dependence(panel, name, targets)
    return axes


def _draw_dependence(ax, name, targets):
    found = {
        target: [
            (to_json(f.value), f.weight, f.std_error)
            for item in items
            for f in item.features
            if f.feature == name
        ]
        for target, items in targets.items()
    }
    values = [value for points in found.values() for value, _, _ in points if value is not None]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    missing = any(value is None for points in found.values() for value, _, _ in points)
    if numeric:
        at = {value: value for value in values}
        low, high = (min(values), max(values)) if values else (0.0, 0.0)
        at[None] = high + 0.12 * ((high - low) or 1.0)
    else:
        levels = list(dict.fromkeys(sorted(map(str, values))))
        at = {value: levels.index(str(value)) for value in values} | {None: len(levels)}
    for number, (target, points) in enumerate(found.items()):
        if not points:
            continue
        colour = COLOURS[number] if number < len(COLOURS) else f"C{number}"
        x = np.array([at[value] for value, _, _ in points], dtype=float)
        weights = np.array([weight for _, weight, _ in points])
        errors = Z95 * np.nan_to_num([error for _, _, error in points])
        ax.plot(x, weights, "o", color=colour, markersize=3, alpha=0.4, markeredgewidth=0)
        if numeric:
            known = np.array([value is not None for value, _, _ in points])
            middle, mean, error = _curve(x[known], weights[known], errors[known])
            ax.plot(middle, mean, color=colour, linewidth=1.5, label=str(target))
            ax.fill_between(middle, mean - error, mean + error, color=colour, alpha=0.2, lw=0)
            ax.plot(
                x[known], np.full(known.sum(), 0.02), "|", color="0.3", markersize=6, alpha=0.5,
                transform=ax.get_xaxis_transform(),
            )  # fmt: skip
        places = x[~known] if numeric else x
        if len(places):
            middle, mean, error = _curve(
                places, *((weights[~known], errors[~known]) if numeric else (weights, errors))
            )
            ax.errorbar(
                middle, mean, yerr=error, fmt="D", color=colour, markersize=5, elinewidth=1.2,
                label=None if numeric else str(target),
            )  # fmt: skip
    if not numeric:
        ticks = [*levels, *(["missing"] if missing else [])]
        ax.set_xticks(
            np.arange(len(ticks)), [plain_text(tick, most=14) for tick in ticks],
            rotation=30 if len(ticks) > 3 else 0, ha="right" if len(ticks) > 3 else "center",
        )  # fmt: skip
    elif missing:
        ax.annotate(
            "missing", (at[None], 0), xycoords=("data", "axes fraction"), fontsize="small",
            ha="center", va="bottom",
        )  # fmt: skip
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    n_rows = len({item.row for items in targets.values() for item in items})
    n_shown = max(len(points) for points in found.values())
    in_part = f" (shown in {n_shown} of {n_rows} rows)" if n_shown < n_rows else ""
    ax.set_xlabel(plain_text(name, most=40) + (in_part if len(targets) == 1 else ""))
    ax.set_ylabel("weight, its mean and 95 % interval", fontsize="small")
    if len(targets) > 1:
        ax.legend(frameon=False, fontsize="small")


def _curve(x, weights, errors):
    """Return the mean weight and the mean interval at each value, or between quantiles of many.

    Columns are drawn independently, so the mean over rows is what a value does by itself. The
    errors come from one sample, so that the mean has as much of them as a row.
    """
    values, counts = np.unique(x, return_counts=True)
    edges = values
    if len(values) > N_MEANS:
        # A value of its own weight, such as 0 gain, stands alone: the next value begins a new bin.
        often = counts > len(x) / N_MEANS
        quantiles = np.quantile(x, np.linspace(0, 1, N_MEANS + 1)[:-1])
        edges = np.unique(np.concatenate([quantiles, values[often], values[1:][often[:-1]]]))
    bins = np.searchsorted(edges, x, "right") - 1
    count = np.bincount(bins)
    full = count > 0
    return tuple(np.bincount(bins, part)[full] / count[full] for part in (x, weights, errors))


def plot_interactions(explanations: Sequence[Any], *, n_pairs: int, ax: Any = None) -> Any:
    """Draw the mean absolute weight of pairs of features."""
    sizes: dict[tuple[str, ...], float] = {}
    for item in explanations:
        for pair in item.interactions:
            key = tuple(sorted(pair.features))
            sizes[key] = sizes.get(key, 0.0) + abs(pair.weight) / len(explanations)
    if not sizes:
        raise ValueError("No explanation has pairs of features that act together.")
    pairs = sorted(sizes, key=lambda pair: -sizes[pair])[:n_pairs][::-1]
    if ax is None:
        size = (8, 1.4 + 0.34 * len(pairs))
        ax = pyplot().subplots(figsize=size, layout="constrained")[1]
    ax.barh(np.arange(len(pairs)), [sizes[pair] for pair in pairs], color=FOR, height=0.7)
    ax.set_yticks(np.arange(len(pairs)), [plain_text(" with ".join(pair)) for pair in pairs])
    _finish(
        ax,
        "mean size of what two add together, beyond what each does",
        f"Pairs over {_rows(explanations)}",
    )
    return ax


def _shades(values: list[Any]) -> np.ndarray | None:
    """Return the ranks of numbers in [0, 1]; None for anything else."""
    values = [_as_number(value) for value in values]
    if not all(isinstance(value, float) for value in values):
        return None
    numbers = np.array(values, dtype=float)
    known = np.sort(numbers[~np.isnan(numbers)])
    if len(known) == 0 or known[0] == known[-1]:
        return None
    middle = np.searchsorted(known, numbers, "left") + np.searchsorted(known, numbers, "right")
    return np.where(np.isnan(numbers), 0.5, middle / (2 * len(known)))


def _as_number(value: Any) -> Any:
    """Return a number or a date as a float, what is missing as NaN, and all else as it is."""
    if to_json(value) is None:
        return np.nan
    if hasattr(value, "timestamp"):
        return float(value.timestamp())
    value = to_json(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


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
