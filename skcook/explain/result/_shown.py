"""The tables, pages and plots that one explanation and many have in common.

A page is self-contained, and nothing from the data can become markup.
"""

import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from skcook.explain.result._explanation_plots import Line, common_scale, number, plot, signed
from skcook.utils._files import fill, fill_page, template, write_atomic

#: Weights below this share of the scale are not painted.
FAINT = 0.01


fill_template = partial(fill, "skcook.explain")


def page(explanations: Sequence[Any], *, title: str) -> str:
    """Render explanations as a page of their own."""
    return fill_page("skcook.explain", "page", title=title, markup={"body": fragment(explanations)})


def fragment(explanations: Sequence[Any], *, n_left_out: int = 0) -> str:
    """Render explanations as a part of a page, with its own style and in the page's colours."""
    scale = common_scale(explanations)
    more = "" if not n_left_out else fill_template("more", n_left_out=n_left_out)
    return fill_template(
        "fragment",
        markup={
            "style": template("skcook.explain", "explanations.css").template,
            "sections": "\n".join(_section(item, scale) for item in explanations),
            "more": more,
        },
    )


def _section(item: Any, scale: float) -> str:
    """Render one explanation."""
    output = "" if item.target is None else f": {item.target}"
    return fill_template(
        "explanation",
        heading=f"{item.name}{output}",
        prediction=number(item.prediction),
        start=item.start,
        intercept=number(item.intercept),
        markup={
            "note": "" if item.note is None else fill_template("note", note=item.note),
            "picture": item.picture_html(scale),
            "lines": "".join(_line(line, scale) for line in item.lines),
            "pairs": _pairs(item.interactions),
        },
    )


def _line(line: Line, scale: float) -> str:
    low, high = sorted((0.0, line.weight))
    side = "for" if line.weight >= 0 else "against"
    interval = (
        "" if line.part != "feature" else fill_template("interval", error=number(line.error, 2))
    )
    return fill_template(
        "line",
        text=line.text,
        value=line.value,
        side=side if line.part == "feature" else "neither",
        left=_place(low, scale),
        width=f"{50 * (high - low) / scale:.2f}",
        error_left=_place(line.weight - line.error, scale),
        error_width=f"{100 * line.error / scale:.2f}",
        weight=signed(line.weight),
        markup={"interval": interval},
    )


def _place(value: float, scale: float) -> str:
    return f"{50 + 50 * value / scale:.2f}"


def _pairs(interactions: Sequence[Any]) -> str:
    if not interactions:
        return ""
    pairs = [f"{' with '.join(pair.features)} {signed(pair.weight)}" for pair in interactions]
    return fill_template("pairs", pairs="; ".join(pairs))


def marked_html(pieces: Sequence[tuple[str, float | None]], scale: float, column: str = "") -> str:
    """Render a text in pieces, with weights of the size of `scale` in full colour."""
    marked = []
    for piece, weight in pieces:
        if weight is None or abs(weight) < FAINT * scale:
            marked.append(escape(piece))
            continue
        side = "for" if weight > 0 else "against"
        strength = f"{70 * min(abs(weight) / scale, 1):.0f}"
        marked.append(fill_template("word", piece=piece, side=side, strength=strength))
    label = fill_template("column", column=column) if column else ""
    return fill_template("words", markup={"pieces": label + "".join(marked)})


#: A notebook shows so many explanations of a long list.
N_IN_NOTEBOOK = 10


class Shown:
    """What shows explanations: a table, JSON, a page, bars or a ladder."""

    @abstractmethod
    def _shown(self) -> Sequence[Any]:
        """Return the explanations to show."""

    def to_frame(self, *, complete: bool = False) -> pd.DataFrame:
        """Return a tidy table: one line per weight.

        Parameters
        ----------
        complete : bool, default=False
            Whether each explanation also has lines for its intercept, the sum of the features not
            shown, and the rest, so that its weights add up to the prediction. A column ``part``
            then says what a line is: ``"intercept"``, ``"feature"``, ``"others"`` or ``"rest"``.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``row``, ``target``, ``feature``, ``value``, ``rule``, ``weight`` and
            ``std_error``; and ``label`` after ``row`` where the rows explained have labels.
        """
        shown = self._shown()
        names = [
            "row",
            "label",
            "target",
            "part",
            "feature",
            "value",
            "rule",
            "weight",
            "std_error",
        ]
        lines = [
            (item.row, item.label, item.target, *line)
            for item in shown
            for line in _frame_lines(item, complete)
        ]
        frame = pd.DataFrame(lines, columns=names)
        # Values of several columns stand under each other: they keep their own types.
        frame["value"] = pd.Series([line[5] for line in lines], dtype=object)
        frame = frame.astype({"row": "int64", "weight": "float64", "std_error": "float64"})
        labelled = any(item.label is not None for item in shown)
        left_out = [*([] if labelled else ["label"]), *([] if complete else ["part"])]
        return frame.drop(columns=left_out)

    def interactions_frame(self) -> pd.DataFrame:
        """Return the strongest pairs of features as a tidy table: one line per pair.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``row``, ``target``, ``feature``, ``with``, ``weight`` and
            ``std_error``. The weights are part of those of the two features.
        """
        names = ["row", "target", "feature", "with", "weight", "std_error"]
        lines = [
            (item.row, item.target, *pair.features, pair.weight, pair.std_error)
            for item in self._shown()
            for pair in item.interactions
        ]
        types = {"row": "int64", "weight": "float64", "std_error": "float64"}
        return pd.DataFrame(lines, columns=names).astype(types)

    def to_json(self, **options: Any) -> str:
        """Return what ``to_dict`` returns as JSON text.

        Parameters
        ----------
        **options : object
            For ``json.dumps``, for example ``indent=2``.

        Returns
        -------
        text : str
            JSON without NaN.
        """
        return json.dumps(self.to_dict(), allow_nan=False, **options)  # type: ignore[attr-defined]

    def to_html(self, path: str | Path | None = None, *, title: str | None = None) -> str:
        """Return a page for a browser, to be read in light or dark, and to be printed.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write it as well.
        title : str, default=None
            Heading of the page.

        Returns
        -------
        html : str
            One document with everything in it, about 5 kB and 3 kB per explanation (and the
            picture of an image). Texts from the data are escaped.
        """
        html = page(self._shown(), title=title or "Explanations")
        if path is not None:
            write_atomic(Path(path), html.encode())
        return html

    def _repr_html_(self) -> str:
        shown = self._shown()
        return fragment(shown[:N_IN_NOTEBOOK], n_left_out=max(len(shown) - N_IN_NOTEBOOK, 0))

    def plot(self, ax: Any = None, *, kind: str = "bars") -> Any:
        """Draw what each feature adds, with 95 % intervals, all on one scale.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw a single explanation; None makes a figure for all.
        kind : {"bars", "ladder"}, default="bars"
            Bars from zero; or a ladder (a waterfall) on which each bar starts where the one above
            ends, from the average to the prediction.

        Returns
        -------
        axes : ndarray of matplotlib Axes
            One per explanation.

        Raises
        ------
        ValueError
            If there is nothing to plot, one `ax` for several explanations, or no such kind.
        """
        return plot(self._shown(), ax, kind=kind)


def _frame_lines(item, complete):
    """Yield the part, feature, value, rule, weight and standard error of each line."""
    if complete:
        yield "intercept", None, None, item.start, item.intercept, None
    for feature in item.features:
        yield ("feature", *feature)
    if complete:
        yield "others", None, None, f"{item.n_others} other {item.things}", item.others, None
        yield "rest", None, None, "not explained", item.rest, None
