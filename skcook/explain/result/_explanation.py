"""One explanation: why the model said what it said about one row."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

Kind = Literal["tabular", "text", "image"]

#: A rest or an interval above these shares of the outputs' spread carries a sentence of warning.
LARGE_REST = 0.1
LARGE_INTERVAL = 0.5


class Feature(NamedTuple):
    """One line of an explanation."""

    feature: str
    value: Any
    rule: str
    weight: float
    std_error: float


class Interaction(NamedTuple):
    """What two features do together at the row, beyond what each does alone."""

    features: tuple[str, str]
    weight: float
    std_error: float


@dataclass(frozen=True)
class Explanation:
    """Why a model gave one output for one row.

    Always ``intercept + sum of weights + others + rest = prediction``: a weight is the feature's
    fair share of how far this row's output is from the average, `others` is the sum of the
    features that are not shown, and `rest` is what the explanation does not explain.

    Parameters
    ----------
    kind : {"tabular", "text", "image"}
        What was explained.
    row : int
        Position of the row in the data explained.
    target : object or None
        The class, or the output, that is explained; None for the one output of a regression.
    prediction : float
        The model's output for the target.
    local_prediction : float
        What the intercept and all weights, shown or not, add up to.
    intercept : float
        The output before any feature is looked at: for a table, the average over the background.
    r2 : float
        Share of the model's variation that the explanation's own model follows.
    features : sequence of Feature
        The weights that are shown; kept sorted, largest first.
    n_others : int, default=0
        How many features are not shown.
    interactions : sequence of Interaction, default=()
        The strongest pairs of features at the row; their weights are part of the features' own.
    output_sd : float or None, default=None
        How much the model's output varies over the background, as a standard deviation: what a
        rest or an interval is large against.
    label : object, default=None
        The row's label in the index of the data explained, if it has labels.
    source : object, default=None
        What a picture of the explanation needs beyond the features: a text, an image.

    Examples
    --------
    >>> from skcook.explain import Explanation
    >>> from skcook.explain.result._explanation import Feature
    >>> explanation = Explanation(
    ...     kind="tabular", row=0, target="yes", prediction=0.8, local_prediction=0.7,
    ...     intercept=0.5, r2=0.4, features=[Feature("age", 41, "37 < age <= 48", 0.2, 0.01)],
    ... )
    >>> print(explanation)
    Row 0: the model says 0.8 for 'yes'; the average is 0.5.
      +0.2  ± 0.02  37 < age <= 48
      +0.1  not explained
    Of the prediction 0.8, 0.1 is not explained by these weights: read them with care.
    """

    kind: Kind
    row: int
    target: Any
    prediction: float
    local_prediction: float
    intercept: float
    r2: float
    features: Sequence[Feature]
    n_others: int = 0
    interactions: Sequence[Interaction] = ()
    output_sd: float | None = None
    label: Any = None
    source: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.features, key=lambda feature: -abs(feature.weight)))
        object.__setattr__(self, "features", ordered)
        object.__setattr__(self, "interactions", tuple(self.interactions))

    @property
    def weights(self) -> np.ndarray:
        """The weights, largest first."""
        return np.array([feature.weight for feature in self.features], dtype=float)

    @property
    def std_errors(self) -> np.ndarray:
        """The standard errors of the weights."""
        return np.array([feature.std_error for feature in self.features], dtype=float)

    @property
    def rest(self) -> float:
        """What the explanation does not explain: the prediction minus the local prediction."""
        return self.prediction - self.local_prediction

    @property
    def others(self) -> float:
        """The sum of the weights that are not shown."""
        if not self.n_others:
            return 0.0
        return self.local_prediction - self.intercept - float(self.weights.sum())

    @property
    def note(self) -> str | None:
        """A sentence for the reader where the weights are to be read with care, else None."""
        return _note(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON knows; what is missing becomes None.

        Returns
        -------
        record : dict
            With the keys ``kind``, ``row``, ``label``, ``target``, ``prediction``,
            ``local_prediction``, ``intercept``, ``others``, ``n_others``, ``rest``,
            ``output_sd``, ``r2``, ``note``; ``features``: a list of dicts ``feature``,
            ``value``, ``rule``, ``weight``, ``std_error``; and ``interactions``: a list of dicts
            ``features``, ``weight``, ``std_error``.
        """
        return {
            "kind": self.kind,
            "row": self.row,
            "label": plain(self.label),
            "target": plain(self.target),
            "prediction": plain(self.prediction),
            "local_prediction": plain(self.local_prediction),
            "intercept": plain(self.intercept),
            "others": plain(self.others),
            "n_others": self.n_others,
            "rest": plain(self.rest),
            "output_sd": plain(self.output_sd),
            "r2": plain(self.r2),
            "note": self.note,
            "features": [
                {name: plain(value) for name, value in feature._asdict().items()}
                for feature in self.features
            ],
            "interactions": [
                {
                    "features": list(pair.features),
                    "weight": plain(pair.weight),
                    "std_error": plain(pair.std_error),
                }
                for pair in self.interactions
            ],
        }

    def __str__(self) -> str:
        of = "" if self.target is None else f" for {self.target!r}"
        head = (
            f"Row {self.row}: the model says {self.prediction:.3g}{of}; "
            f"the average is {self.intercept:.3g}."
        )
        lines = [
            f"  {feature.weight:+.3g}  ± {1.96 * feature.std_error:.2g}  {feature.rule}"
            for feature in self.features
        ]
        if self.n_others:
            lines.append(f"  {self.others:+.3g}  the {self.n_others} other features")
        if abs(self.rest) > 0.005 * _scale(self):
            lines.append(f"  {self.rest:+.3g}  not explained")
        return "\n".join([head, *lines, *filter(None, [self.note])])


def _scale(explanation: Explanation) -> float:
    """Return what a rest or an interval of an explanation is large against."""
    spread = explanation.output_sd or abs(explanation.prediction - explanation.intercept)
    # What models that compute in single precision leave is nothing.
    return max(spread, 1e-5 * abs(explanation.prediction))


def _note(explanation: Explanation) -> str | None:
    """Say in words where the weights of an explanation are to be read with care."""
    scale = _scale(explanation)
    if abs(explanation.rest) > LARGE_REST * scale:
        return (
            f"Of the prediction {explanation.prediction:.3g}, {explanation.rest:.2g} is not "
            "explained by these weights: read them with care."
        )
    unsure = max(explanation.features, key=lambda f: np.nan_to_num(f.std_error), default=None)
    if unsure is not None and 1.96 * unsure.std_error > LARGE_INTERVAL * scale:
        return (
            f"The weight of {unsure.feature} is known only roughly "
            f"({unsure.weight:+.2g} ± {1.96 * unsure.std_error:.2g}): read the weights with care."
        )
    return None


def plain(value: Any) -> Any:
    """Return a value as one that JSON knows."""
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
