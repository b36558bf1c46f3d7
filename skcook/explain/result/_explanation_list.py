"""Many explanations: a sequence that becomes a table, JSON, a page or a picture."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np

from skcook.explain.result._explanation import Explanation
from skcook.explain.result._overview_plots import (
    plot_dependence,
    plot_heatmap,
    plot_importance,
    plot_interactions,
    plot_summary,
)
from skcook.explain.result._shown import Shown


class Explanations(Shown, Sequence[Explanation]):
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

    def _shown(self) -> Sequence[Explanation]:
        return self

    def to_dict(self) -> list[dict[str, Any]]:
        """Return every explanation's `Explanation.to_dict`.

        Returns
        -------
        records : list of dict
            Plain values that JSON knows.
        """
        return [item.to_dict() for item in self._items]

    def summary_plot(self, n_features: int = 15, ax: Any = None) -> Any:
        """Draw a dot per row for each feature: its weight, coloured by its value.

        Each target has a panel of its own, since what raises one output lowers another. Ask for
        the explanations of one target, ``explain(X, targets=["yes"])``, to see all rows in it.

        Parameters
        ----------
        n_features : int, default=15
            How many features, by their mean absolute weight.
        ax : matplotlib Axes, default=None
            Where to draw a single target; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes, or ndarray of them
            The plot; one per target where there are several.

        Raises
        ------
        ValueError
            If there is nothing to plot, or one `ax` for several targets.
        """
        return plot_summary(self, n_features=n_features, ax=ax)

    def importance_plot(self, n_features: int = 15, *, cohorts: Any = None, ax: Any = None) -> Any:
        """Draw the mean absolute weight of each feature, for all rows or for groups of rows.

        Parameters
        ----------
        n_features : int, default=15
            How many features, by their mean absolute weight.
        cohorts : array-like or str, default=None
            The group of each row that was explained (in the order of the rows), or the name of a
            feature whose value is the group. None: all rows are one group.
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            The plot.

        Raises
        ------
        ValueError
            If there is nothing to plot, there is no such feature, or `cohorts` has another length
            than the rows.
        """
        return plot_importance(self, n_features=n_features, cohorts=cohorts, ax=ax)

    def heatmap_plot(self, n_features: int = 15, ax: Any = None) -> Any:
        """Draw rows beside each other, a line of colours per feature, ordered by prediction.

        Parameters
        ----------
        n_features : int, default=15
            How many features, by their mean absolute weight.
        ax : matplotlib Axes, default=None
            Where to draw a single target; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes, or ndarray of them
            The plot; one per target where there are several.
        """
        return plot_heatmap(self, n_features=n_features, ax=ax)

    def dependence_plot(self, features: Any = None, *, n_features: int = 6, ax: Any = None) -> Any:
        """Draw the weight of a feature against its value, the mean effect, and the values' rug.

        A dot is a row. The curve is the mean weight at a value: what the value does by itself, with
        the 95 % interval of a row. Rows in which the feature is not among those shown are left out:
        explain with a larger `n_features` to see all.

        Parameters
        ----------
        features : str or list of str, default=None
            Which; None takes the largest by mean absolute weight.
        n_features : int, default=6
            How many, if `features` is None.
        ax : matplotlib Axes, default=None
            Where to draw a single feature; None makes a figure.

        Returns
        -------
        axes : ndarray of matplotlib Axes
            One per feature. Targets have colours.
        """
        return plot_dependence(self, features, n_features=n_features, ax=ax)

    def interaction_plot(self, n_pairs: int = 12, ax: Any = None) -> Any:
        """Draw the mean absolute weight of the pairs of features that act together.

        Parameters
        ----------
        n_pairs : int, default=12
            How many pairs, the strongest.
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            The plot.

        Raises
        ------
        ValueError
            If no explanation has pairs.
        """
        return plot_interactions(self, n_pairs=n_pairs, ax=ax)

    def pick(
        self, n: int = 5, random_state: int | None = None, *, seen: Collection[Any] = ()
    ) -> "Explanations":
        """Pick a few explanations that together show most of what the model looks at.

        Parameters
        ----------
        n : int, default=5
            How many.
        random_state : int or None, default=None
            Seed that decides between equally good ones; None takes the first.
        seen : collection, default=()
            Features that were looked at already: to show them again counts for nothing.

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
            if f.feature not in seen
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
        return [item.to_lime() for item in self._items]


def pick_rows(importance: np.ndarray, n: int) -> list[int]:
    """Pick rows greedily so that together they show the weightiest features at their largest.

    This is SP-LIME's greedy pick, with one change: a feature counts as shown in proportion to its
    largest weight among the rows picked, so that rows which all show every feature differ.

    Shapes: importance (n_rows, n_features).
    """
    gain = np.sqrt(importance.sum(axis=0))
    largest = importance.max(axis=0, initial=0.0)
    shown = importance / np.where(largest > 0, largest, 1.0)
    covered = np.zeros(importance.shape[1])
    left = np.ones(len(importance), dtype=bool)
    rows: list[int] = []
    for _ in range(min(n, len(importance))):
        value = np.where(left, np.maximum(shown - covered, 0.0) @ gain, -1.0)
        best = int(np.argmax(value))
        rows.append(best)
        left[best] = False
        covered = np.maximum(covered, shown[best])
    return rows
