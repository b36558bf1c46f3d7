"""Is the new model better? Two models on the same rows, with intervals, and a verdict."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import get_scorer
from sklearn.utils import get_tags

from skcook.utils import import_optional
from skcook.utils._sklearn import num_samples, scorer_function, with_positive_class
from skcook.utils._validation import in_words

BETTER, WORSE, NO_GAIN = "better", "worse", "no gain shown: keep the old one"

#: Corrections after which rows with the same leak call a better model worse.
_STRIKES = ("drop", "word", "pattern", "merge", "ban")
#: Values of the bootstrap that are drawn at once.
_BLOCK = 2_000_000
#: Means over more rows than this are normal, and need no bootstrap.
_NORMAL_ROWS = 20_000


class ModelComparison:
    """What `compare_models` found: a table of differences, and a verdict on its first line."""

    def __init__(self, table: pd.DataFrame, verdict: str, note: str, confidence: float) -> None:
        self.table = table
        self.verdict = verdict
        self.note = note
        self.confidence = confidence

    def to_frame(self) -> pd.DataFrame:
        """Return the table: one line per slice and metric.

        Returns
        -------
        frame : pandas DataFrame
            With the columns ``slice``, ``metric``, ``rows``, ``old``, ``new``, ``difference``,
            ``low`` and ``high``: the ends of the difference's interval.
        """
        return self.table.copy()

    def plot(self, ax: Any = None) -> Any:
        """Draw the differences with their intervals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ax : matplotlib Axes
            One line per slice and metric.
        """
        plt = import_optional("matplotlib.pyplot", feature="ModelComparison.plot", extra="plot")
        table = self.table
        if ax is None:
            height = 1.2 + 0.4 * len(table)
            ax = plt.subplots(figsize=(7, height), layout="constrained")[1]
        at = np.arange(len(table))[::-1]
        spread = [table["difference"] - table["low"], table["high"] - table["difference"]]
        colors = [
            "#2a7f62" if low > 0 else "#b3402a" if high < 0 else "#6b6b6b"
            for low, high in zip(table["low"], table["high"])
        ]
        ax.axvline(0, color="#999999", linewidth=1)
        ax.errorbar(table["difference"], at, xerr=spread, fmt="none", ecolor=colors, elinewidth=2)
        ax.scatter(table["difference"], at, c=colors, zorder=3)
        names = [f"{line.slice} ({line.rows} rows)" for line in table.itertuples()]
        if table["metric"].nunique() > 1:
            names = [f"{name}, {metric}" for name, metric in zip(names, table["metric"])]
        ax.set_yticks(at, names)
        ax.set_ylim(-0.7, len(table) - 0.3)
        metric = table["metric"].iloc[0] if table["metric"].nunique() == 1 else "score"
        ax.set_xlabel(f"{metric}: new minus old, with its {self.confidence:.0%} interval")
        ax.set_title(self.verdict)
        return ax

    def __str__(self) -> str:
        lines = [
            f"  {line.slice}, {line.rows} rows: {line.metric} {line.old:.3f} -> {line.new:.3f} "
            f"({line.low:+.3f} to {line.high:+.3f})"
            for line in self.table.itertuples()
        ]
        return "\n".join([f"{self.verdict}", *lines, *filter(None, [self.note])])

    def __repr__(self) -> str:
        return f"<ModelComparison: {self.verdict}>"

    def _repr_html_(self) -> str:
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        table = self.table.round(4).to_html(index=False, border=0)
        return f"<p><strong>{escape(self.verdict)}</strong></p>{table}{note}"


def compare_models(
    old,
    new,
    X,
    y,
    *,
    scoring=None,
    slices=None,
    confidence=0.95,
    n_resamples=2000,
    random_state=None,
):
    """Compare two models on the same rows, with paired bootstrap intervals and a verdict.

    The verdict is on the first metric of the first slice: the new model is better if the whole
    interval of the difference is above zero, worse if it is below, and else no gain is shown.

    After a correction only rows *without* the leak can judge. Rows that have it call each right
    correction a loss; name a slice of rows in which it is broken, and its verdict counts.

    Parameters
    ----------
    old, new : estimator
        Two fitted models.
    X : {DataFrame, array-like} of shape (n_rows, n_columns), or texts
        Rows that neither has learned from.
    y : array-like of shape (n_rows,)
        The target.
    scoring : str, callable or list of them, default=None
        Metrics, as scikit-learn names or makes them; greater is better. None: accuracy, or r2.
    slices : dict of str to array-like or callable, default=None
        Parts of the rows: a mask, positions, or a function of `X` that returns one of them. All
        rows are added as the last line. None: all rows alone.
    confidence : float, default=0.95
        Of the intervals.
    n_resamples : int, default=2000
        How often the rows are drawn anew.
    random_state : int or None, default=None
        Seed.

    Returns
    -------
    comparison : ModelComparison
        With ``verdict``, ``note``, ``to_frame()`` and ``plot()``.

    Raises
    ------
    ValueError
        If a slice has no rows or another length, or a metric is unknown.

    Notes
    -----
    Means over rows (accuracy, absolute and squared errors, log loss) get bias-corrected and
    accelerated intervals, which hold on small slices; other metrics percentile intervals.

    References
    ----------
    Efron B. (1987), "Better bootstrap confidence intervals", JASA 82.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skcook.review import compare_models
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> old = DummyClassifier().fit(X[::2], y[::2])
    >>> new = LogisticRegression(max_iter=10_000).fit(X[::2], y[::2])
    >>> compare_models(old, new, X[1::2], y[1::2], random_state=0).verdict
    'better'
    >>> compare_models(new, new, X[1::2], y[1::2], random_state=0).verdict
    'no gain shown: keep the old one'
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence!r}.")
    y = np.asarray(y)
    n = num_samples(X)
    if len(y) != n:
        raise ValueError(f"X has {n} rows, and y has {len(y)} targets.")
    scorers = _scorers(old, scoring)
    parts = {name: _positions(name, rows, X, n) for name, rows in (slices or {}).items()}
    if all(len(rows) < n for rows in parts.values()):
        parts["all rows"] = np.arange(n)
    answers = _Answers(old, X), _Answers(new, X)
    rng = np.random.default_rng(random_state)
    lines = [
        (name, metric, len(rows), *_differ(answers, scorer, metric, rows, y, confidence,
                                           n_resamples, rng))
        for name, rows in parts.items()
        for metric, scorer in scorers.items()
    ]  # fmt: skip
    columns = ["slice", "metric", "rows", "old", "new", "difference", "low", "high"]
    table = pd.DataFrame(lines, columns=columns)
    low, high = table.loc[0, ["low", "high"]]
    struck = [c for c in getattr(new, "corrections_", ()) if c.kind in _STRIKES]
    verdict = BETTER if low > 0 else WORSE if high < 0 else NO_GAIN
    note = ""
    if struck and not slices:
        verdict = verdict if verdict == BETTER else NO_GAIN
        note = (
            f"These rows may hold what was struck ({in_words([c.feature for c in struck], 3)}) as "
            "the training rows do: then the old model is praised for its leak, and a fall here "
            "does not tell. Give a slice of rows in which it is broken: slices={'clean': mask}."
        )
    return ModelComparison(table, verdict, note, confidence)


class _Answers:
    """A model's answers to all rows, asked once: scored by positions in place of rows."""

    # Set as far as the model has them.
    predict: Any
    predict_proba: Any

    def __init__(self, model: Any, X: Any) -> None:
        self._model, self._X = model, X
        self._kept: dict[str, np.ndarray] = {}
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_
        for method in ("predict", "predict_proba", "decision_function"):
            if hasattr(model, method):
                setattr(self, method, self._asker(method))

    def __sklearn_tags__(self) -> Any:
        return get_tags(self._model)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _asker(self, method: str) -> Callable[[np.ndarray], np.ndarray]:
        def ask(rows: np.ndarray) -> np.ndarray:
            if method not in self._kept:
                self._kept[method] = np.asarray(getattr(self._model, method)(self._X))
            return self._kept[method][rows]

        ask.__name__ = method
        return ask


def _scorers(model: Any, scoring: Any) -> dict[str, Any]:
    if scoring is None:
        if not is_classifier(model) and not is_regressor(model):
            raise ValueError(
                f"{type(model).__name__} is neither a classifier nor a regressor: give scoring."
            )
        scoring = "accuracy" if is_classifier(model) else "r2"
    given = list(scoring) if isinstance(scoring, list | tuple) else [scoring]
    found = {}
    for one in given:
        name = one if isinstance(one, str) else getattr(one, "__name__", type(one).__name__)
        scorer = get_scorer(one) if isinstance(one, str) else one
        if scorer_function(scorer) is None:
            raise ValueError(
                f"scoring={name!r} is a function of its own; a name of scikit-learn's, or what "
                "make_scorer makes of a metric, is expected."
            )
        classes: Any = getattr(model, "classes_", ())
        if len(classes) == 2:
            # Precision and the like are about the second class, as in the rest of skcook.
            scorer = with_positive_class(scorer, classes[1])
        found[name] = scorer
    return found


def _positions(name: Any, part: Any, X: Any, n: int) -> np.ndarray:
    rows: Any = np.asarray(part(X) if callable(part) else part)
    if rows.dtype == bool:
        if len(rows) != n:
            raise ValueError(f"The slice {name!r} has {len(rows)} entries, and X has {n} rows.")
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or not len(rows):
        raise ValueError(f"The slice {name!r} has no rows.")
    if rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n:
        raise ValueError(f"The slice {name!r} must be a mask, or positions from 0 to {n - 1}.")
    return rows


def _differ(
    answers: tuple[_Answers, _Answers],
    scorer: Any,
    metric: str,
    rows: np.ndarray,
    y: np.ndarray,
    confidence: float,
    n_resamples: int,
    rng: np.random.Generator,
) -> tuple[float, float, float, float, float]:
    """Return both scores, their difference, and the ends of its interval."""
    old, new = (float(scorer(model, rows, y[rows])) for model in answers)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    per_row = _PER_ROW.get(metric)
    if per_row is not None:
        gains = per_row(answers[1], rows, y[rows]) - per_row(answers[0], rows, y[rows])
        low, high = _bca(gains, tails, n_resamples, rng)
    else:
        drawn = []
        for _ in range(n_resamples):
            again = rows[rng.integers(0, len(rows), len(rows))]
            if len(np.unique(y[again])) > 1 or len(np.unique(y[rows])) == 1:
                a, b = (scorer(model, again, y[again]) for model in answers)
                drawn.append(b - a)
        low, high = np.quantile(drawn, tails) if drawn else (np.nan, np.nan)
    return old, new, new - old, float(low), float(high)


def _bca(
    gains: np.ndarray, tails: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the interval of a mean: bias-corrected and accelerated."""
    n, mean = len(gains), gains.mean()
    if np.ptp(gains) == 0:
        return float(mean), float(mean)
    if n > _NORMAL_ROWS:
        low, high = mean + norm.ppf(tails) * gains.std() / n**0.5
        return float(low), float(high)
    step = max(1, _BLOCK // n)
    drawn = np.concatenate(
        [
            gains[rng.integers(0, n, (min(step, n_resamples - i), n))].mean(axis=1)
            for i in range(0, n_resamples, step)
        ]
    )
    below = ((drawn < mean).mean() + (drawn <= mean).mean()) / 2
    bias = norm.ppf(np.clip(below, 1 / n_resamples, 1 - 1 / n_resamples))
    centred = gains.mean() - gains
    # The jackknife of a mean has this closed form.
    skew = (-(centred**3)).sum() / max(6 * ((centred**2).sum() ** 1.5), 1e-300)
    z = bias + norm.ppf(tails)
    low, high = np.quantile(drawn, norm.cdf(bias + z / (1 - skew * z)))
    return float(low), float(high)


def _right(model: _Answers, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (model.predict(rows) == y).astype(float)


def _absolute(model: _Answers, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -np.abs(model.predict(rows) - y)


def _squared(model: _Answers, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -((model.predict(rows) - y) ** 2)


def _log_loss(model: _Answers, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    proba = model.predict_proba(rows)
    at = np.searchsorted(model.classes_, y)
    chosen = proba[np.arange(len(y)), at]
    return np.log(np.clip(chosen, np.finfo(proba.dtype).eps, None))


#: Metrics that are means over rows: each row's part.
_PER_ROW: Mapping[str, Any] = {
    "accuracy": _right,
    "neg_mean_absolute_error": _absolute,
    "neg_mean_squared_error": _squared,
    "neg_log_loss": _log_loss,
}
