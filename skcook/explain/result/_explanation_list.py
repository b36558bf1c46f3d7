"""Many explanations: a sequence that becomes a table, JSON, a page or a picture."""

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from skcook.explain.result._as_lime import to_lime
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_page import page
from skcook.explain.result._explanation_plots import plot, plot_summary
from skcook.explain.result._submodular_pick import pick_rows


class Explanations(Sequence[Explanation]):
    """A sequence of explanations.

    Indexing gives an `Explanation`, slicing `Explanations`, ``+`` joins two.

    Parameters
    ----------
    items : iterable of Explanation
        The explanations, one per row and target.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skcook.explain import TabularExplainer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> explanations = TabularExplainer(model, random_state=0).fit(X).explain(X[:3])
    >>> len(explanations), explanations[0].features[0].feature
    (3, 'petal length (cm)')
    >>> list(explanations.to_frame())
    ['row', 'target', 'feature', 'value', 'rule', 'weight', 'std_error']
    """

    def __init__(self, items: Iterable[Explanation] = ()) -> None:
        self._items: tuple[Explanation, ...] = tuple(items)

    @overload
    def __getitem__(self, index: int) -> Explanation: ...
    @overload
    def __getitem__(self, index: slice) -> "Explanations": ...
    def __getitem__(self, index: int | slice) -> "Explanation | Explanations":
        if isinstance(index, slice):
            return Explanations(self._items[index])
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self._items)

    def __add__(self, other: "Explanations") -> "Explanations":
        return Explanations((*self._items, *other))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanations) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        rows = len({item.row for item in self._items})
        return f"<Explanations: {len(self)} of {rows} row(s)>"

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table: one line a weight.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``row``, ``target``, ``feature``, ``value``, ``rule``, ``weight`` and
            ``std_error``.
        """
        columns = ["row", "target", "feature", "value", "rule", "weight", "std_error"]
        lines = [
            (item.row, item.target, *feature) for item in self._items for feature in item.features
        ]
        frame = pd.DataFrame(lines, columns=columns)
        # Values of several columns stand under each other: they keep their own types.
        frame["value"] = pd.Series([line[3] for line in lines], dtype=object)
        return frame.astype({"row": "int64", "weight": "float64", "std_error": "float64"})

    def to_dict(self) -> list[dict[str, Any]]:
        """Return every explanation's `Explanation.to_dict`.

        Returns
        -------
        records : list of dict
            Plain values that JSON knows.
        """
        return [item.to_dict() for item in self._items]

    def to_json(self, **options: Any) -> str:
        """Return the explanations as JSON text.

        Parameters
        ----------
        **options : object
            For ``json.dumps``, for example ``indent=2``.

        Returns
        -------
        text : str
            A JSON list, one object an explanation; no NaN in it.
        """
        return json.dumps(self.to_dict(), allow_nan=False, **options)

    def to_html(self, path: str | Path | None = None, *, title: str = "Explanations") -> str:
        """Return a page for a browser.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write it as well.
        title : str, default="Explanations"
            Heading of the page.

        Returns
        -------
        html : str
            One document with everything in it, about 4 kB and 3 kB an explanation. Texts from
            the data are escaped.
        """
        html = page(self, title=title)
        if path is not None:
            Path(path).write_text(html, encoding="utf-8")
        return html

    def _repr_html_(self) -> str:
        # A notebook shows the page as it is, apart from the notebook's own style.
        shown = page(self[:10], title="Explanations")
        return f'<iframe srcdoc="{escape(shown)}" width="100%" height="420"></iframe>'

    def plot(self, ax: Any = None) -> Any:
        """Draw each explanation's weights as bars with 95 % intervals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw a single explanation; None makes a figure for all.

        Returns
        -------
        axes : ndarray of matplotlib Axes
            One an explanation.
        """
        return plot(self, ax)

    def summary_plot(self, n_features: int = 15, ax: Any = None) -> Any:
        """Draw the weights of many rows, a line of dots a feature.

        Parameters
        ----------
        n_features : int, default=15
            How many features, by their mean absolute weight.
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            The plot.
        """
        return plot_summary(self, n_features=n_features, ax=ax)

    def pick(self, n: int = 5, random_state: int | None = None) -> "Explanations":
        """Pick a few explanations that together show most of what the model looks at.

        Parameters
        ----------
        n : int, default=5
            How many.
        random_state : int or None, default=None
            Seed that decides between equally good ones; None takes the first.

        Returns
        -------
        explanations : Explanations
            At most `n`, the one that shows most first (submodular pick).
        """
        if n < 1:
            raise ValueError(f"n must be at least 1; got {n}.")
        # What speaks for one class and what speaks against another are different things to show.
        entries = [
            (i, (f.feature, item.target, f.weight >= 0), abs(f.weight))
            for i, item in enumerate(self._items)
            for f in item.features
        ]
        column = {key: j for j, key in enumerate(dict.fromkeys(key for _, key, _ in entries))}
        importance = np.zeros((len(self), len(column)))
        for i, key, weight in entries:
            importance[i, column[key]] += weight
        order = np.arange(len(self))
        if random_state is not None:
            order = np.random.default_rng(random_state).permutation(len(self))
        return Explanations(self._items[order[i]] for i in pick_rows(importance[order], n))

    def as_lime(self) -> list[Any]:
        """Return the explanations as objects of the lime library.

        Returns
        -------
        explanations : list of lime.explanation.Explanation or lime.lime_image.ImageExplanation
            The target of each is its label 1.
        """
        return [to_lime(item) for item in self._items]
