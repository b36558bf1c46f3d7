"""One explanation: why the model said what it said about one row."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

Kind = Literal["tabular", "text", "image"]

#: Below this local R2 every output carries a sentence of warning.
LOW_R2 = 0.5


class Feature(NamedTuple):
    """One line of an explanation."""

    feature: str
    value: Any
    rule: str
    weight: float
    std_error: float


@dataclass(frozen=True)
class Explanation:
    """Why a model gave one output for one row.

    The local model says: `intercept` plus the weights is `local_prediction`, which is close to
    `prediction`, the model's own output, where the explanation is good.

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
        The local model's.
    intercept : float
        What the local model says before any feature is looked at.
    r2 : float
        Share of the model's variation around the row that the local model follows.
    features : sequence of Feature
        The weights; kept sorted, largest first.
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
    Row 0: the model says 0.8 for 'yes'; the local model 0.7 (R2 0.40).
      +0.2  ± 0.02  37 < age <= 48
    The local model follows the model badly here (R2 0.40): read the weights with care.
    """

    kind: Kind
    row: int
    target: Any
    prediction: float
    local_prediction: float
    intercept: float
    r2: float
    features: Sequence[Feature]
    source: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.features, key=lambda feature: -abs(feature.weight)))
        object.__setattr__(self, "features", ordered)

    @property
    def weights(self) -> np.ndarray:
        """The weights, largest first."""
        return np.array([feature.weight for feature in self.features], dtype=float)

    @property
    def std_errors(self) -> np.ndarray:
        """The standard errors of the weights."""
        return np.array([feature.std_error for feature in self.features], dtype=float)

    @property
    def note(self) -> str | None:
        """A sentence for the reader if the local model fits badly, else None."""
        if self.r2 >= LOW_R2:
            return None
        return (
            f"The local model follows the model badly here (R2 {self.r2:.2f}): "
            "read the weights with care."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON knows; what is missing becomes None.

        Returns
        -------
        record : dict
            With the keys ``kind``, ``row``, ``target``, ``prediction``, ``local_prediction``,
            ``intercept``, ``r2``, ``note``, and ``features``: a list of dicts ``feature``,
            ``value``, ``rule``, ``weight``, ``std_error``.
        """
        return {
            "kind": self.kind,
            "row": self.row,
            "target": plain(self.target),
            "prediction": plain(self.prediction),
            "local_prediction": plain(self.local_prediction),
            "intercept": plain(self.intercept),
            "r2": plain(self.r2),
            "note": self.note,
            "features": [
                {name: plain(value) for name, value in feature._asdict().items()}
                for feature in self.features
            ],
        }

    def __str__(self) -> str:
        of = "" if self.target is None else f" for {self.target!r}"
        head = (
            f"Row {self.row}: the model says {self.prediction:.3g}{of}; "
            f"the local model {self.local_prediction:.3g} (R2 {self.r2:.2f})."
        )
        lines = [
            f"  {feature.weight:+.3g}  ± {1.96 * feature.std_error:.2g}  {feature.rule}"
            for feature in self.features
        ]
        return "\n".join([head, *lines, *filter(None, [self.note])])


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
