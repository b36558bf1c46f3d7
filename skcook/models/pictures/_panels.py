"""The pictures of predictions, one function per panel, and a display without a picture."""

import html
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from sklearn.metrics import (
    auc,
    average_precision_score,
    confusion_matrix,
    mean_absolute_error,
    precision_recall_curve,
    r2_score,
    roc_curve,
    root_mean_squared_error,
)

#: More classes than this are drawn as one average: eleven lines cannot be told apart.
MAX_LINES = 6
#: Of many classes, how many of the worst are named all the same.
N_WORST = 3
#: Most names along the side of a matrix, and most letters of a name.
MAX_TICKS, MAX_WIDTH = 25, 18
_GREY = "0.6"


class Panel(NamedTuple):
    """A picture of the predictions that an `EvaluationDisplay` holds, and what it needs of them."""

    title: str
    #: Draws into an Axes, and returns the numbers that it shows.
    draw: Callable[[Any, Any], dict[str, Any]]
    task: str
    needs: str = ""


def _one_against_rest(data):
    """Return, for each class that is drawn, its name, where it is true, and its score."""
    classes, score = data.classes, data.y_score
    names = short_names(classes)
    if len(classes) == 2:
        return [(names[1], data.y_true == classes[1], score[:, 1])]
    return [(names[i], data.y_true == c, score[:, i]) for i, c in enumerate(classes)]


def _roc(ax, data):
    grid, mean = np.linspace(0, 1, 201), np.zeros(201)
    curves = [
        (name, *roc_curve(true, score, sample_weight=data.sample_weight)[:2])
        for name, true, score in _one_against_rest(data)
        if true.any() and not true.all()
    ]
    values = {name: auc(false, true) for name, false, true in curves}
    for name, false, true in curves:
        mean += np.interp(grid, false, true) / len(curves)
        ax.plot(false, true, **_line(name, values))
    if len(curves) > 1:
        label = f"mean: {np.mean(list(values.values())):.3f}"
        ax.plot(grid, mean, color="0.2", linestyle="--", linewidth=1.8, label=label)
    ax.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8, linestyle=":")
    ax.set(xlabel="False positive rate", ylabel="True positive rate")
    _unit(ax)
    if curves:
        point = _operating_point(data)
        if point is not None:
            ax.plot(point["fall_out"], point["recall"], "o", color="C3", label="as predicted")
        ax.legend(title="AUC", loc="lower right", frameon=False)
    else:
        _note(ax, "These rows are of one class:\nthere is no curve.")
    return {"roc_auc": values}


def _note(ax, text):
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color="0.35")


def _line(name, values):
    """Style a curve: named while there are few; thin and grey among many, but for the worst."""
    if len(values) <= MAX_LINES or name in sorted(values, key=values.__getitem__)[:N_WORST]:
        return {"linewidth": 1.8, "label": f"{name}: {values[name]:.3f}", "zorder": 3}
    return {"linewidth": 0.8, "color": "0.75"}


def _operating_point(data):
    """Return the rates at which two classes are predicted, or None for more classes."""
    if len(data.classes) != 2:
        return None
    true, called = data.y_true == data.classes[1], data.y_pred == data.classes[1]
    weight = np.ones(len(true)) if data.sample_weight is None else data.sample_weight
    hits, calls, positives = ((weight * m).sum() for m in (true & called, called, true))
    negatives = weight.sum() - positives
    return {
        "recall": hits / positives if positives else np.nan,
        "fall_out": (calls - hits) / negatives if negatives else np.nan,
        "precision": hits / calls if calls else np.nan,
    }


def _precision_recall(ax, data):
    wanted = _one_against_rest(data)
    drawn = [one for one in wanted if one[1].any()]
    values = {
        name: average_precision_score(true, score, sample_weight=data.sample_weight)
        for name, true, score in drawn
    }
    for name, true, score in drawn:
        precision, recall, _ = precision_recall_curve(true, score, sample_weight=data.sample_weight)
        ax.step(recall, precision, where="post", **_line(name, values))
    if len(wanted) == 1:
        share = np.average(wanted[0][1], weights=data.sample_weight)
        ax.axhline(share, color=_GREY, linewidth=0.8, linestyle=":")
    if len(wanted) > MAX_LINES:
        true = np.concatenate([t for _, t, _ in wanted])
        score = np.concatenate([s for _, _, s in wanted])
        weight = None if data.sample_weight is None else np.tile(data.sample_weight, len(wanted))
        precision, recall, _ = precision_recall_curve(true, score, sample_weight=weight)
        average = average_precision_score(true, score, sample_weight=weight)
        label = f"all classes: {average:.3f}"
        ax.step(recall, precision, where="post", color="0.2", linewidth=1.8, label=label)
    ax.set(xlabel="Recall", ylabel="Precision")
    _unit(ax)
    if values:
        point = _operating_point(data)
        if point is not None:
            ax.plot(point["recall"], point["precision"], "o", color="C3", label="as predicted")
        legend = ax.legend(title="Average precision", loc="lower left", framealpha=0.85)
        legend.get_frame().set_linewidth(0)
    else:
        _note(ax, "These rows have none of the second class:\nthere is no curve.")
    return {"average_precision": values}


def _threshold(ax, data):
    """Draw what comes of predicting the second class from a score on: rates, and the cost."""
    name, true, score = _one_against_rest(data)[0]
    weight = np.ones(len(true)) if data.sample_weight is None else data.sample_weight
    order = np.argsort(-score, kind="stable")
    score, true, weight = score[order], true[order], weight[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    thresholds = score[last]
    calls, hits = np.cumsum(weight)[last], np.cumsum(weight * true)[last]
    positives = (weight * true).sum()
    recall = hits / positives if positives else np.full(len(hits), np.nan)
    precision = np.divide(hits, calls, out=np.zeros(len(hits)), where=calls > 0)
    f1 = 2 * hits / (calls + positives)
    for values, label in ((precision, "precision"), (recall, "recall"), (f1, "F1")):
        ax.plot(thresholds, values, label=label, linewidth=1.8)
    best, what = thresholds[np.argmax(f1)], "best F1"
    if data.costs is not None:
        false_positive, false_negative = data.costs
        cost = (calls - hits) * false_positive + (positives - hits) * false_negative
        cost = cost / weight.sum()
        best, what = thresholds[np.argmin(cost)], "least cost"
        twin = ax.twinx()
        twin.plot(thresholds, cost, color="0.3", linestyle="--", label="cost")
        twin.set_ylabel("Cost per row (dashed)")
        twin.spines[["top"]].set_visible(False)
        ax.set_zorder(twin.get_zorder() + 1)  # the legend lies above the cost
        ax.patch.set_visible(False)
    ax.axvline(best, color=_GREY, linestyle=":", label=f"{what}: {best:.3g}")
    if data.threshold is not None:
        label = f"the model's: {data.threshold:.3g}"
        ax.axvline(data.threshold, color="C3", label=label)
    ax.set(xlabel=f"Threshold for {name}", ylabel="Rate", ylim=(-0.02, 1.02))
    legend = ax.legend(framealpha=0.85, fontsize=8)
    legend.get_frame().set_linewidth(0)
    return {"best_threshold": float(best)}


def _confusion(ax, data):
    matrix = confusion_matrix(
        data.y_true, data.y_pred, labels=data.classes, sample_weight=data.sample_weight
    )
    totals = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    names = short_names(data.classes)
    places = range(len(names))
    turned = 45 if max(map(len, names)) * len(names) > 30 else 0
    if len(names) > 12:
        turned = 90
    # As many names as there is room for.
    shown = slice(None, None, -(-len(names) // MAX_TICKS))
    size = 10 if len(names) <= 12 else 7
    ax.set_xticks(
        places[shown], names[shown], rotation=turned, fontsize=size,
        ha="right" if turned == 45 else "center",
    )  # fmt: skip
    ax.set_yticks(places[shown], names[shown], fontsize=size)
    if len(names) <= 12:
        size = 10 if len(names) <= 5 else 7
        for i in places:
            for j in places:
                text = f"{matrix[i, j]}" if data.sample_weight is None else f"{matrix[i, j]:.1f}"
                if len(names) <= 5:
                    text += f"\n{share[i, j]:.0%}"
                color = "white" if share[i, j] > 0.55 else "0.15"
                ax.text(j, i, text, ha="center", va="center", color=color, fontsize=size)
    ax.set(xlabel="Predicted", ylabel="True")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return {"confusion_matrix": matrix}


def _calibration(ax, data):
    values, wanted = {}, _one_against_rest(data)
    if len(wanted) > MAX_LINES:
        best = data.y_score.argmax(axis=1)
        correct = data.classes[best] == data.y_true
        wanted = [("the predicted class", correct, data.y_score.max(axis=1))]
    for name, true, score in wanted:
        mean, observed, error = _reliability(true, score, data.sample_weight)
        values[name] = float(np.average((score - true) ** 2, weights=data.sample_weight))
        ax.errorbar(
            mean,
            observed,
            yerr=error,
            marker="o",
            markersize=4,
            linewidth=1.5,
            elinewidth=0.8,
            label=f"{name}: {values[name]:.3f}",
        )
    ax.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8, linestyle=":")
    ax.set(xlabel="Predicted probability", ylabel="Observed share")
    _unit(ax)
    ax.legend(title="Brier score", loc="upper left", frameon=False)
    return {"brier": values}


def _reliability(true, score, weight, n_bins=10):
    """Return, for bins of as many rows each, the mean score, the share true, two errors of it."""
    weight = np.ones(len(true)) if weight is None else weight
    order = np.argsort(score, kind="stable")
    parts = [part for part in np.array_split(order, min(n_bins, len(order))) if len(part)]
    parts = [part for part in parts if weight[part].any()]
    mean = np.array([np.average(score[part], weights=weight[part]) for part in parts])
    share = np.array([np.average(true[part], weights=weight[part]) for part in parts])
    # Rows of unequal weight tell as much as so many of equal weight (Kish).
    sizes = np.array([weight[part].sum() ** 2 / (weight[part] ** 2).sum() for part in parts])
    # Wilson's interval: it does not vanish where all rows of a bin agree.
    z = 1.96
    centre = (share + z**2 / (2 * sizes)) / (1 + z**2 / sizes)
    half = z * np.sqrt(share * (1 - share) / sizes + z**2 / (4 * sizes**2)) / (1 + z**2 / sizes)
    return mean, share, np.clip([share - centre + half, centre + half - share], 0, None)


def _scores(ax, data):
    low, high = data.y_score.min(), data.y_score.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    bins = np.linspace(low, high, 31)
    names = dict(zip(data.classes.tolist(), short_names(data.classes), strict=True))
    if len(data.classes) == 2:
        score, groups = data.y_score[:, 1], data.classes
        ax.set_xlabel(f"Score of {names[data.classes.tolist()[1]]}")
    else:
        column = {label: i for i, label in enumerate(data.classes)}
        own = [column[label] for label in data.y_true]
        score, groups = data.y_score[np.arange(len(own)), own], data.classes
        ax.set_xlabel("Score of the true class")
    few = len(groups) <= MAX_LINES
    for group in groups.tolist() if few else [None]:
        rows = data.y_true == group if few else np.ones(len(score), dtype=bool)
        if rows.any():
            name = names[group] if few else "all classes"
            label = f"{name} ({rows.sum()})"
            weights = None if data.sample_weight is None else data.sample_weight[rows]
            ax.hist(score[rows], bins=bins, weights=weights, density=True, alpha=0.5, label=label)
    ax.set(ylabel="Density of rows", yticks=[])
    ax.legend(title="True class", frameon=False)
    return {}


def _predicted(ax, data):
    both = (data.y_true, data.y_pred)
    r2 = r2_score(*both, sample_weight=data.sample_weight) if len(data.y_true) > 1 else np.nan
    rmse = root_mean_squared_error(*both, sample_weight=data.sample_weight)
    mae = mean_absolute_error(*both, sample_weight=data.sample_weight)
    _cloud(ax, data.y_pred, data.y_true)
    ends = [min(v.min() for v in both), max(v.max() for v in both)]
    ax.plot(ends, ends, color=_GREY, linewidth=1, linestyle="--")
    text = f"R² {r2:.3f}\nRMSE {rmse:.4g}\nMAE {mae:.4g}"
    ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top")
    ax.set(xlabel="Predicted", ylabel="Actual")
    return {"r2": r2, "rmse": rmse, "mae": mae}


def _residuals(ax, data):
    residuals = data.y_true - data.y_pred
    _cloud(ax, data.y_pred, residuals)
    ax.axhline(0, color=_GREY, linewidth=1, linestyle="--")
    order = np.argsort(data.y_pred, kind="stable")
    parts = np.array_split(order, max(1, min(12, len(order) // 15)))
    x = [data.y_pred[part].mean() for part in parts]
    quartiles = np.array([np.percentile(residuals[part], [25, 50, 75]) for part in parts])
    if len(parts) > 2:
        ax.plot(x, quartiles[:, 1], color="C3", linewidth=2, label="median")
        ax.fill_between(
            x, quartiles[:, 0], quartiles[:, 2], color="C3", alpha=0.15, label="middle half"
        )
        ax.legend(frameon=False)
    ax.set(xlabel="Predicted", ylabel="Actual - predicted")
    return {}


def _qq(ax, data):
    residuals = data.y_true - data.y_pred
    if len(residuals) > 1 and residuals.std() > 0:
        (expected, ordered), (slope, intercept, _) = stats.probplot(residuals)
        _cloud(ax, expected, ordered)
        ends = expected[[0, -1]]
        ax.plot(ends, intercept + slope * ends, color="C3", linewidth=1.5)
    ax.set(xlabel="Quantile of a normal distribution", ylabel="Quantile of the residuals")
    return {}


def _cloud(ax, x, y):
    """Draw points that stay readable whether there are fifty or fifty thousand."""
    alpha = float(np.clip(30 / np.sqrt(max(len(x), 1)), 0.08, 0.8))
    ax.plot(x, y, "o", color="C0", alpha=alpha, markersize=4, markeredgewidth=0, rasterized=True)


def _unit(ax):
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def short_names(labels):
    """Return a name for each label that fits a picture, and no two of them alike."""
    names = [str(label) for label in labels]
    width = MAX_WIDTH
    if max(map(len, names), default=0) <= width:
        return names
    cut = [name if len(name) <= width else name[: width - 1] + "…" for name in names]
    if len(set(cut)) < len(cut):
        # Long names often begin alike: then their ends tell them apart.
        cut = [n if len(n) <= width else n[:5] + "…" + n[6 - width :] for n in names]
    if len(set(cut)) < len(cut):
        cut = [f"{place}: {name}"[: width - 1] + "…" for place, name in enumerate(names, start=1)]
    return cut


PANELS: dict[str, Panel] = {
    "roc": Panel("ROC curve", _roc, "classification", "scores"),
    "precision_recall": Panel(
        "Precision and recall", _precision_recall, "classification", "scores"
    ),
    "confusion": Panel("Confusion matrix", _confusion, "classification"),
    "threshold": Panel("Threshold", _threshold, "classification", "two scores"),
    "calibration": Panel("Calibration", _calibration, "classification", "probabilities"),
    "scores": Panel("Score distribution", _scores, "classification", "scores"),
    "predicted": Panel("Predicted and actual", _predicted, "regression"),
    "residuals": Panel("Residuals", _residuals, "regression"),
    "qq": Panel("Residuals against the normal", _qq, "regression"),
}


#: Most numbers in a line, and in a table.
IN_LINE, IN_TABLE = 5, 30


class DisplayRepr(ABC):
    """The repr and the HTML of a display: its numbers, since the picture shows itself.

    A subclass names what it is of in ``estimator_name`` or ``method`` and gives `_numbers`.
    """

    @abstractmethod
    def _numbers(self) -> list[tuple[str, Any]]:
        """Return the numbers by their names, the most important first."""

    def __repr__(self) -> str:
        numbers = self._numbers()
        parts = [f"{name}={_shown(value)}" for name, value in numbers[:IN_LINE]]
        more = ["..."] if len(numbers) > IN_LINE else []
        return f"{type(self).__name__}({', '.join([*self._of(), *parts, *more])})"

    def _repr_html_(self) -> str:
        numbers = self._numbers()
        rows = "".join(
            f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(_shown(value))}</td></tr>"
            for name, value in numbers[:IN_TABLE]
        )
        left = len(numbers) - IN_TABLE
        more = f"<p>and {left} more</p>" if left > 0 else ""
        title = html.escape(" of ".join([type(self).__name__, *self._of()]))
        return f"<div><p><b>{title}</b></p><table>{rows}</table>{more}</div>"

    def _of(self) -> list[str]:
        name = getattr(self, "estimator_name", None) or getattr(self, "method", None)
        return [str(name)] if name else []


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
