"""Two models by their reasons: where they disagree, or agree for different reasons."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skcook.explain import Explanation, Explanations, TabularExplainer, TextExplainer
from skcook.explain._explainer import BaseExplainer
from skcook.review._text_edits import are_texts
from skcook.utils import import_optional
from skcook.utils._files import fill, fill_page, write_atomic
from skcook.utils._sklearn import num_samples


def blame(explanations: Iterable[Explanation], marked: Any) -> float:
    """Return the share of the explanations' weight that lies on marked features.

    Of two models that are equally accurate where a leak is present, the one with less weight on
    the leak is the one to take.

    Parameters
    ----------
    explanations : Explanations
        A model's explanations, for example ten rows that `Explanations.pick` chose.
    marked : collection of str, str, or callable
        The features that should not matter, or a function that tells of a feature whether it
        should not.

    Returns
    -------
    share : float
        From 0 (nothing) to 1 (everything); 0 if there is no weight at all.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> import pandas as pd
    >>> from skcook.explain import TabularExplainer
    >>> from skcook.review import blame
    >>> X = pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "leak": [3.0, 1.0, 4.0, 2.0]})
    >>> model = LinearRegression().fit(X, 3 * X["size"] + X["leak"])
    >>> explanations = TabularExplainer(model, n_samples=256, random_state=0).fit(X).explain(X)
    >>> 0.2 < blame(explanations, ["leak"]) < 0.3
    True
    """
    if isinstance(marked, str):
        marked = [marked]
    is_marked: Callable[[Any], bool] = marked if callable(marked) else set(marked).__contains__
    on_marked = total = 0.0
    for item in explanations:
        for feature in item.features:
            total += abs(feature.weight)
            on_marked += abs(feature.weight) * bool(is_marked(feature.feature))
    return on_marked / total if total else 0.0


class ExplanationComparison:
    """What `compare_explanations` found: one line per row, and both models' reasons."""

    def __init__(
        self, table: pd.DataFrame, pairs: list[tuple[Explanation, Explanation]], names: Any
    ) -> None:
        self.table = table
        self.names = tuple(names)
        self._pairs = pairs

    def to_frame(self) -> pd.DataFrame:
        """Return the table: one line per row.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``row``, one per model for what it predicts, ``agree``, and
            ``reasons_apart``: 0 if both have the same weights, 1 if they share nothing.
        """
        return self.table.copy()

    @property
    def explanations(self) -> tuple[Explanations, Explanations]:
        """The explanations of both models, of the same output of each row."""
        first, second = (Explanations(pair[k] for pair in self._pairs) for k in (0, 1))
        return first, second

    def __len__(self) -> int:
        return len(self._pairs)

    def pick(self, n: int = 10) -> "ExplanationComparison":
        """Pick the rows to look at: disagreements, and agreements for different reasons.

        Parameters
        ----------
        n : int, default=10
            How many rows.

        Returns
        -------
        comparison : ExplanationComparison
            At most `n` rows, of both sorts in turn, those with the reasons furthest apart first.
        """
        if n < 1:
            raise ValueError(f"n must be at least 1; got {n}.")
        order = self.table.sort_values("reasons_apart", ascending=False, kind="stable")
        sorts = [order.index[~order["agree"]].tolist(), order.index[order["agree"]].tolist()]
        chosen: list[int] = []
        while len(chosen) < min(n, len(self)):
            for rows in sorts:
                if rows and len(chosen) < n:
                    chosen.append(rows.pop(0))
        table = self.table.loc[chosen].reset_index(drop=True)
        return ExplanationComparison(table, [self._pairs[i] for i in chosen], self.names)

    def plot(self, n_features: int = 10, ax: Any = None) -> Any:
        """Draw the mean absolute weight of each feature, both models on one axis.

        Parameters
        ----------
        n_features : int, default=10
            How many features, the weightiest first.
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            Two bars per feature.
        """
        plt = import_optional(
            "matplotlib.pyplot", feature="ExplanationComparison.plot", extra="plot"
        )
        means = self._mean_weights()[:n_features][::-1]
        if ax is None:
            height = 1.2 + 0.42 * len(means)
            ax = plt.subplots(figsize=(7, height), layout="constrained")[1]
        at = np.arange(len(means))
        for k, (name, color) in enumerate(zip(self.names, ("#3b6ea5", "#d98032"))):
            offset = 0.2 if k == 0 else -0.2
            values = [mean[1 + k] for mean in means]
            ax.barh(at + offset, values, height=0.38, color=color, label=str(name))
        ax.set_yticks(at, [str(mean[0]) for mean in means])
        ax.set_xlabel(f"mean absolute weight over {len(self)} rows")
        agree = self.table["agree"].mean() if len(self) else 0.0
        ax.set_title(f"{self.names[0]} and {self.names[1]} agree on {agree:.0%} of the rows")
        ax.legend(frameon=False, loc="lower right")
        return ax

    def _mean_weights(self) -> list[tuple[Any, float, float]]:
        sums: dict[Any, list[float]] = {}
        for pair in self._pairs:
            for k, item in enumerate(pair):
                for feature in item.features:
                    sums.setdefault(feature.feature, [0.0, 0.0])[k] += abs(feature.weight)
        n = max(len(self), 1)
        means = [(feature, a / n, b / n) for feature, (a, b) in sums.items()]
        return sorted(means, key=lambda mean: -max(mean[1:]))

    def to_html(self, path: str | Path | None = None, *, title: str = "Two models") -> str:
        """Return a page for a browser: each row with both models' reasons side by side.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write it as well.
        title : str, default="Two models"
            Heading of the page.

        Returns
        -------
        html : str
            One document with everything in it; texts from the data are escaped.
        """
        lines = zip(self.table.itertuples(index=False), self._pairs)
        rows = "".join(_row(line, pair, self.names) for line, pair in lines)
        html = fill_page("skcook.review", "comparison", title=title, markup={"rows": rows})
        if path is not None:
            write_atomic(Path(path), html.encode())
        return html

    def _repr_html_(self) -> str:
        page = self[:10].to_html()
        return f'<iframe srcdoc="{escape(page)}" width="100%" height="480"></iframe>'

    def __getitem__(self, rows: slice) -> "ExplanationComparison":
        table = self.table.iloc[rows].reset_index(drop=True)
        return ExplanationComparison(table, self._pairs[rows], self.names)

    def __repr__(self) -> str:
        agree = int(self.table["agree"].sum())
        return f"<ExplanationComparison: {len(self)} rows, {agree} of them agreed on>"


def compare_explanations(
    a: Any,
    b: Any,
    X: Any,
    *,
    explainer: Any = None,
    background: Any = None,
    names: Collection[str] = ("a", "b"),
) -> ExplanationComparison:
    """Compare two models by their reasons, row by row.

    Both explain the same output of a row, the one that `a` predicts; so two models that agree may
    be seen to agree for different reasons.

    Parameters
    ----------
    a, b : estimator or explainer
        Two fitted models, or fitted explainers or models with ``explain``.
    X : {DataFrame, ndarray} of shape (n_rows, n_columns), or a sequence of texts
        The rows; rows of the training data give two explainers the same background.
    explainer : TabularExplainer or TextExplainer, default=None
        How to explain a model that does not explain itself. None: by what `X` is.
    background : same as X, default=None
        The rows that such an explainer learns from; None is `X`.
    names : two strings, default=("a", "b")
        What the models are called.

    Returns
    -------
    comparison : ExplanationComparison
        With ``to_frame()``, ``pick(n)``, ``plot()``, ``to_html()`` and ``explanations``.

    Raises
    ------
    ValueError
        If the models do not explain the same outputs.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn.datasets import load_iris
    >>> from skcook.review import compare_explanations
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)
    >>> linear = LogisticRegression(max_iter=1000).fit(X, y)
    >>> comparison = compare_explanations(tree, linear, X[::10], names=["tree", "linear"])
    >>> comparison.pick(3).to_frame().columns.tolist()
    ['row', 'tree', 'linear', 'agree', 'reasons_apart']
    """
    names = list(map(str, names))
    if len(names) != 2 or names[0] == names[1]:
        raise ValueError(f"names must be two different strings; got {names}.")
    by_model = [_by_row(_explain(model, X, explainer, background)) for model in (a, b)]
    pairs, lines = [], []
    for row in range(num_samples(X)):
        said = [outputs[row] for outputs in by_model]
        if set(said[0]) != set(said[1]):
            raise ValueError(
                f"The models explain different outputs: {sorted(map(str, said[0]))} and "
                f"{sorted(map(str, said[1]))}."
            )
        predicted = [_predicted(outputs) for outputs in said]
        pair = said[0][predicted[0]], said[1][predicted[0]]
        answers = [
            target if target is not None else float(item.prediction)
            for target, item in zip(predicted, pair)
        ]
        pairs.append(pair)
        lines.append((row, *answers, _agree(predicted, pair), _apart(*pair)))
    table = pd.DataFrame(lines, columns=["row", *names, "agree", "reasons_apart"])
    return ExplanationComparison(table, pairs, names)


def _explain(model: Any, X: Any, explainer: Any, background: Any) -> Explanations:
    if isinstance(model, BaseExplainer) or callable(getattr(model, "explain", None)):
        return model.explain(X, targets="all")
    if explainer is None:
        explainer = (TextExplainer if are_texts(X) else TabularExplainer)(random_state=0)
    explainer = clone(explainer).set_params(estimator=model)
    return explainer.fit(X if background is None else background).explain(X, targets="all")


def _by_row(explanations: Explanations) -> dict[int, dict[Any, Explanation]]:
    found: dict[int, dict[Any, Explanation]] = {}
    for item in explanations:
        found.setdefault(item.row, {})[item.target] = item
    return found


def _predicted(outputs: dict[Any, Explanation]) -> Any:
    return max(outputs, key=lambda target: outputs[target].prediction)


def _agree(predicted: list[Any], pair: tuple[Explanation, Explanation]) -> bool:
    if predicted[0] is not None:
        return bool(predicted[0] == predicted[1])
    # Numbers agree if they differ by less than a tenth of what the outputs vary.
    spread = max((item.output_sd or 0.0) for item in pair)
    a, b = (item.prediction for item in pair)
    return bool(abs(a - b) <= max(0.1 * spread, 1e-9 * max(abs(a), abs(b))))


def _apart(a: Explanation, b: Explanation) -> float:
    """Return how far two explanations' weights are apart: 0 the same, 1 nothing shared."""
    weights = [{f.feature: f.weight for f in item.features} for item in (a, b)]
    total = sum(abs(w) for side in weights for w in side.values())
    both = {**weights[0], **weights[1]}
    apart = sum(abs(weights[0].get(f, 0.0) - weights[1].get(f, 0.0)) for f in both)
    return apart / total if total else 0.0


_fill = partial(fill, "skcook.review")


def _row(line: Any, pair: Sequence[Explanation], names: Sequence[str]) -> str:
    """Render a row of the comparison, with both models' reasons."""
    widest = max((abs(f.weight) for item in pair for f in item.features), default=0.0) or 1.0
    sides = [
        _fill("side", model=name, answer=_answer(said), markup={"reasons": _reasons(item, widest)})
        for name, said, item in zip(names, line[1:3], pair)
    ]
    return _fill(
        "row",
        row=line[0],
        said="agree" if line[3] else "disagree",
        apart=f"{line[4]:.0%}",
        about="" if pair[0].target is None else f" Reasons for {pair[0].target}.",
        markup={"sides": "".join(sides)},
    )


def _answer(answer: Any) -> str:
    return f"{answer:.4g}" if isinstance(answer, float) else str(answer)


def _reasons(item: Explanation, widest: float) -> str:
    lines = [
        _fill(
            "reason",
            rule=f.rule,
            side="for" if f.weight >= 0 else "against",
            width=max(1, round(110 * abs(f.weight) / widest)),
            weight=f"{f.weight:+.3g}",
        )
        for f in item.features
    ]
    return f"<table>{''.join(lines)}</table>" if lines else "<p>No reasons.</p>"
