"""Pictures of the missing values of a frame."""

import html
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from skcook.utils._columns import is_missing
from skcook.utils._frames import read_table
from skcook.utils._optional import import_optional

#: A picture has no more rows of pixels than this; several rows of the data share one.
_MOST_BINS = 240

#: Names beyond this number would overlap: every second, third, ... is written.
_MOST_LABELS = 60

#: Bars and correlations beyond this number cannot be read.
_MOST_COLUMNS = 40

#: In a heatmap of more columns, figures have one digit, and small ones are left out.
_MOST_FIGURES = 14

#: Rows of the table in a notebook.
_MOST_ROWS_HTML = 10

_KINDS = ("matrix", "bar", "heatmap")
_PRESENT, _MISSING = "#dfe6ee", "#b3261e"


class MissingValuesDisplay:
    """Show where values are missing, how many, and which are missing together.

    Make one by `from_frame`; all parameters are kept as attributes.

    Parameters
    ----------
    columns : list of str
        The names of the columns.
    n_rows : int
        Number of rows of the data.
    n_missing : ndarray of int of shape (n_columns,)
        Number of missing values of each column.
    share : ndarray of shape (n_bins, n_columns)
        Share of values that are missing, for each column and each bin of rows, in order.
    correlation : ndarray of shape (n_columns, n_columns) or None
        How much the missing values of two columns go together: 1 if always, -1 if never; NaN for a
        column that is full or empty. Computed for the heatmap alone.
    kind : {"matrix", "bar", "heatmap"}, default="matrix"
        What `plot` draws.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the picture is.
    figure_ : matplotlib Figure
        The figure that it is in.

    See Also
    --------
    summarize : The numbers, one row per column.
    profile : A page with all three pictures.

    Examples
    --------
    >>> from skcook.datasets import load_penguins
    >>> from skcook.eda import MissingValuesDisplay
    >>> display = MissingValuesDisplay.from_frame(load_penguins().frame, kind="bar")
    >>> dict(zip(display.columns, display.n_missing.tolist()))["sex"]
    11
    """

    def __init__(self, *, columns, n_rows, n_missing, share, correlation=None, kind="matrix"):
        self.columns = columns
        self.n_rows = n_rows
        self.n_missing = n_missing
        self.share = share
        self.correlation = correlation
        self.kind = kind

    def __repr__(self):
        total = int(self.n_missing.sum())
        return (
            f"<MissingValuesDisplay kind={self.kind!r}: {total} of {self.n_rows} x "
            f"{len(self.columns)} values missing>"
        )

    def _repr_html_(self):
        most = np.argsort(-self.n_missing, kind="stable")[:_MOST_ROWS_HTML]
        cells = "".join(
            f"<tr><td>{html.escape(str(self.columns[i]))}</td><td>{self.n_missing[i]:,}</td>"
            f"<td>{_percent(self.n_missing[i] / max(self.n_rows, 1))}</td></tr>"
            for i in most
            if self.n_missing[i]
        )
        head = "<tr><th>column</th><th>missing</th><th>share</th></tr>"
        return f"<p>{html.escape(repr(self))}</p>" + (
            f"<table>{head}{cells}</table>" if cells else ""
        )

    @classmethod
    def from_frame(cls, X, kind="matrix", *, ax=None):
        """Look at a frame and draw it.

        Parameters
        ----------
        X : {DataFrame, ndarray} of shape (n_rows, n_columns)
            The data: pandas, polars or numpy.
        kind : {"matrix", "bar", "heatmap"}, default="matrix"
            "matrix" shows where values are missing: rows from top to bottom, columns from left to
            right; "bar" how many are, most first; "heatmap" which columns miss values together,
            those that do side by side.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : MissingValuesDisplay
            The display, drawn.
        """
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(_KINDS)}; got {kind!r}.")
        frame = read_table(X).frame
        if not len(frame.columns):
            raise ValueError("X has no columns, so there is nothing to draw.")
        n_rows = len(frame)
        edges = np.linspace(0, n_rows, min(n_rows, _MOST_BINS) + 1).astype(int)
        masks, share, n_missing = [], [], []
        for name in frame.columns:
            missing = is_missing(frame[name])
            n_missing.append(int(missing.sum()))
            counts = np.diff(np.concatenate([[0], np.cumsum(missing)])[edges])
            share.append(counts / np.diff(edges))
            if kind == "heatmap" and 0 < n_missing[-1] < n_rows:
                masks.append(missing)
        display = cls(
            columns=list(frame.columns),
            n_rows=n_rows,
            n_missing=np.array(n_missing),
            share=np.column_stack(share),
            correlation=_correlation(masks, np.array(n_missing), n_rows)
            if kind == "heatmap"
            else None,
            kind=kind,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : MissingValuesDisplay
            The display itself.
        """
        pyplot = import_optional("matplotlib.pyplot", feature="MissingValuesDisplay", extra="plot")
        if ax is None:
            _, ax = pyplot.subplots(figsize=self.figure_size, layout="constrained")
        {"matrix": self._matrix, "bar": self._bar, "heatmap": self._heatmap}[self.kind](ax)
        for text in [ax.title, *ax.get_xticklabels(), *ax.get_yticklabels()]:
            # A name such as "$price$" is a name, not a formula.
            text.set_parse_math(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @property
    def figure_size(self):
        """Width and height in inches of a figure on which all can be read."""
        n = len(self.columns)
        if self.kind == "bar":
            return 8, 1.5 + 0.26 * min(max(np.count_nonzero(self.n_missing), 3), _MOST_COLUMNS)
        if self.kind == "heatmap":
            shown = len(self._partly_missing())
            return 3.5 + 0.3 * max(shown, 6), 3 + 0.27 * max(shown, 6)
        return min(max(0.45 * n + 2, 6), 16), 6

    def _matrix(self, ax: Any) -> None:
        colors = import_optional("matplotlib.colors", feature="MissingValuesDisplay", extra="plot")
        cmap = colors.LinearSegmentedColormap.from_list("missing", [_PRESENT, _MISSING])
        # One hole among thousands of rows must be seen, too.
        visible = np.where(self.share > 0, 0.2 + 0.8 * np.sqrt(self.share), 0)
        n = len(self.columns)
        extent = (-0.5, n - 0.5, max(self.n_rows, 1), 0)
        ax.imshow(
            visible, cmap=cmap, vmin=0, vmax=1, aspect="auto", interpolation="none", extent=extent
        )
        if n <= _MOST_LABELS:
            ax.set_xticks(np.arange(n - 1) + 0.5, minor=True)
            ax.grid(which="minor", axis="x", color="white", linewidth=1)
            ax.tick_params(which="minor", length=0)
        step = -(-n // _MOST_LABELS)
        ax.set_xticks(np.arange(0, n, step), [_short(c) for c in self.columns[::step]])
        ax.tick_params(axis="x", labeltop=True, labelbottom=False, top=False, bottom=False)
        _turn(ax, n, top=True)
        ax.set_ylabel("row")
        ax.spines[:].set_visible(False)
        total = int(self.n_missing.sum())
        if total:
            cells = self.n_rows * n
            ax.set_xlabel(f"{total:,} of {cells:,} values missing ({_percent(total / cells)})")
        else:
            ax.set_xlabel("no value missing")

    def _bar(self, ax: Any) -> None:
        order = np.argsort(-self.n_missing, kind="stable")
        with_holes = int(np.count_nonzero(self.n_missing))
        order = order[: min(max(with_holes, 1), _MOST_COLUMNS)][::-1]
        if not with_holes:
            _say(ax, "No value is missing.")
            return
        share = self.n_missing[order] / self.n_rows
        bars = ax.barh(np.arange(len(order)), share, color=_MISSING, height=0.7)
        labels = [
            f"{count:,} ({_percent(part)})"
            for count, part in zip(self.n_missing[order], share, strict=True)
        ]
        ax.bar_label(bars, labels, padding=4, fontsize=8)
        ax.set_yticks(np.arange(len(order)), [_short(self.columns[i]) for i in order])
        ax.set_ylim(-0.6, len(order) - 0.4)
        # Room for the figures behind the longest bar.
        ax.set_xlim(0, share.max() * 1.25)
        ax.xaxis.set_major_formatter(lambda value, _: _percent(value) if value <= 1 else "")
        ax.set_xlabel("share of values missing")
        ax.spines[["top", "right"]].set_visible(False)
        full = len(self.columns) - with_holes
        note = f"{with_holes} of {len(self.columns)} columns miss values"
        if with_holes > _MOST_COLUMNS:
            note += f"; the {_MOST_COLUMNS} with most"
        elif full:
            note += f"; the other {full} are complete" if full > 1 else "; the other is complete"
        ax.set_title(note, loc="left", fontsize=10)

    def _heatmap(self, ax: Any) -> None:
        kept = self._partly_missing()
        if len(kept) < 2:
            _say(ax, "Fewer than two columns miss some values,\nso none miss them together.")
            return
        kept = kept[_clustered(self.correlation[np.ix_(kept, kept)])]
        values = self.correlation[np.ix_(kept, kept)]
        n = len(kept)
        lower = np.where(np.tri(n, k=-1, dtype=bool), values, np.nan)[1:, :-1]
        image = ax.imshow(lower, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
        names = [_short(self.columns[i]) for i in kept]
        ax.set_xticks(np.arange(n - 1), names[:-1])
        ax.set_yticks(np.arange(n - 1), names[1:])
        _turn(ax, n, top=False)
        for (i, j), value in np.ndenumerate(lower):
            # In a large picture only those that say something, without the zero before the point.
            if np.isnan(value) or (n > _MOST_FIGURES and abs(value) < 0.1):
                continue
            color = "white" if abs(value) > 0.6 else "#222222"
            text = f"{value:.2f}".replace("-0.00", "0.00")
            if n > _MOST_FIGURES:
                text = f"{value:.1f}".replace("0.", ".")
            size = 8 if n <= _MOST_FIGURES else 6
            ax.text(j, i, text, ha="center", va="center", size=size, color=color)
        ax.spines[:].set_visible(False)
        ax.figure.colorbar(image, ax=ax, shrink=0.8, label="correlation of being missing")
        partly = int(((self.n_missing > 0) & (self.n_missing < self.n_rows)).sum())
        if partly > n:
            ax.set_title(f"the {n} of {partly} columns with most values missing", fontsize=10)

    def _partly_missing(self) -> np.ndarray:
        """Return the columns that can be correlated: at most as many as can be read."""
        kept = np.flatnonzero((self.n_missing > 0) & (self.n_missing < self.n_rows))
        if len(kept) > _MOST_COLUMNS:
            most = np.argsort(-self.n_missing[kept], kind="stable")[:_MOST_COLUMNS]
            kept = np.sort(kept[most])
        return kept


def _correlation(masks: list[np.ndarray], n_missing: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the correlation between columns of being missing."""
    full = np.full((len(n_missing), len(n_missing)), np.nan)
    if not masks:
        return full
    partly = np.flatnonzero((n_missing > 0) & (n_missing < n_rows))
    together = np.zeros((len(masks), len(masks)))
    for start in range(0, n_rows, 50_000):
        part = np.array([mask[start : start + 50_000] for mask in masks], dtype=np.float32)
        together += part @ part.T
    mean = n_missing[partly] / n_rows
    deviation = np.sqrt(mean * (1 - mean))
    correlation = (together / n_rows - np.outer(mean, mean)) / np.outer(deviation, deviation)
    full[np.ix_(partly, partly)] = np.clip(correlation, -1, 1)
    return full


def _clustered(correlation: np.ndarray) -> np.ndarray:
    """Return an order in which columns that miss their values together stand side by side.

    Shapes: correlation (n, n); returns order (n,).
    """
    if len(correlation) < 3:
        return np.arange(len(correlation))
    distance = np.clip(1 - (correlation + correlation.T) / 2, 0, 2)
    np.fill_diagonal(distance, 0)
    return leaves_list(
        linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    )


def _short(name: str, most: int = 24) -> str:
    name = " ".join(name.split())
    return name if len(name) <= most else name[: most - 1] + "…"


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 and share else f"{100 * share:.0f} %"


def _turn(ax: Any, n: int, *, top: bool) -> None:
    """Turn the names on the x axis so that they do not overlap."""
    for label in ax.get_xticklabels():
        label.set_rotation(90 if n > 16 else 45)
        label.set_rotation_mode("anchor")
        label.set_ha("left" if top else "right")
        if n > 16:
            label.set_va("center")
            label.set_fontsize(8)


def _say(ax: Any, text: str) -> None:
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes)
    ax.set_axis_off()
