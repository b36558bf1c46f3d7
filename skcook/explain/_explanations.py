"""Many explanations: a sequence that becomes a table, JSON, a page or a picture."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import pandas as pd

from skcook.explain._explanation import Explanation


class Explanations(Sequence[Explanation]):
    """A sequence of explanations.

    Indexing gives an `Explanation`, slicing `Explanations`, ``+`` joins two.

    Parameters
    ----------
    items : iterable of Explanation
        The explanations, one a row and target.

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
