"""The tables, pages and plots that one explanation and many have in common."""

import json
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skcook.explain.result._explanation_page import fragment, page
from skcook.explain.result._explanation_plots import plot
from skcook.explain.result._reasons import Reasons
from skcook.utils._files import write_atomic

#: A notebook shows so many explanations of a long list.
N_IN_NOTEBOOK = 10


class Shown:
    """What shows explanations: a table, JSON, a page, bars or a ladder."""

    @abstractmethod
    def _shown(self) -> Sequence[Reasons]:
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
