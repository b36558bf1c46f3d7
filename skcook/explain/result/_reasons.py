"""What an explanation says of one output: its weights, what they leave open, and its note."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from skcook.utils._json import to_json

#: A rest or an interval above these shares of the outputs' spread carries a sentence of warning.
LARGE_REST = 0.08
LARGE_INTERVAL = 0.5
#: From a standard error to half of a 95 % interval.
Z95 = 1.96
#: A rest below this share of the outputs' spread is not worth a line.
SMALL_REST = 0.005


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


class Line(NamedTuple):
    """One line of a picture or a page: a feature, the sum of the others, or the rest."""

    part: str
    text: str
    value: str
    weight: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """The numbers of an explanation; see `Explanation`.

    What a kind of explanation looks like is in the methods ``draw`` and ``picture_html``, and in
    what it calls things.
    """

    kind: str = "tabular"
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

    #: What the intercept is called, what is explained, and its features.
    start: ClassVar[str] = "the average"
    item: ClassVar[str] = "Row"
    things: ClassVar[str] = "features"
    #: So many features have lines of their own; the others are summed.
    most_lines: ClassVar[int | None] = None

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
        scale = self.scale
        if abs(self.rest) > LARGE_REST * scale:
            return (
                f"Of the prediction {number(self.prediction)}, {number(abs(self.rest))} is "
                "not explained by these weights: read them with care."
            )
        unsure = max(self.features, key=lambda f: np.nan_to_num(f.std_error), default=None)
        if unsure is not None and Z95 * unsure.std_error > LARGE_INTERVAL * scale:
            return (
                f"The weight of {unsure.feature} is known only roughly "
                f"({signed(unsure.weight)} ± {number(Z95 * unsure.std_error, 2)}): "
                "read the weights with care."
            )
        return None

    @property
    def scale(self) -> float:
        """What a rest or an interval is large against: how much the output varies."""
        return self.output_sd or abs(self.prediction - self.intercept)

    @property
    def name(self) -> str:
        """What is explained, by its label or its position."""
        return f"{self.item} {self.row if self.label is None else self.label}"

    @property
    def lines(self) -> list[Line]:
        """What adds up to the difference between the intercept and the prediction."""
        shown = self.features if self.most_lines is None else self.features[: self.most_lines]
        found = [
            Line(
                "feature",
                f.rule,
                self.value_text(f),
                f.weight,
                Z95 * float(np.nan_to_num(f.std_error)),
            )
            for f in shown
        ]
        hidden = self.features[len(shown) :]
        if n := self.n_others + len(hidden):
            weight = self.others + sum(f.weight for f in hidden)
            things = self.things if n > 1 else self.things.removesuffix("s")
            found.append(Line("others", f"{n} other {things}", "", weight, 0.0))
        if abs(self.rest) > SMALL_REST * self.scale:
            found.append(Line("rest", "not explained", "", self.rest, 0.0))
        return found

    @property
    def reach(self) -> float:
        """How far the lines and their intervals go from zero."""
        return max((abs(line.weight) + line.error for line in self.lines), default=0.0)

    def value_text(self, feature: Feature) -> str:
        """Return a feature's value, unless its rule tells it."""
        if to_json(feature.value) is None:
            return "" if feature.rule.endswith("missing") else "missing"
        value = shown_value(feature.value)
        is_told = feature.rule == f"{feature.feature} = {value}"
        is_word = feature.rule == feature.feature and feature.rule.endswith(f": {value}")
        return "" if is_told or is_word else value

    @property
    def has_picture(self) -> bool:
        """Whether what was explained can be drawn."""
        return False

    def draw(self, ax: Any, scale: float) -> None:
        """Draw what was explained, with weights of the size of `scale` in full colour."""

    def picture_html(self, scale: float) -> str:
        """Return what was explained as HTML, with weights of the size of `scale` in full colour."""
        return ""


def word_name(column: str, word: str) -> str:
    """Return the name of a word in a column of text."""
    return f"{column}: {word}"


def number(value: float, digits: int = 3) -> str:
    """Return a number with few digits that count, a large one in full."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.{digits}g}"


def signed(value: float) -> str:
    """Return a number with its sign."""
    return f"{'-' if value < 0 else '+'}{number(abs(value))}"


def shown_value(value: Any) -> str:
    """Return a value as a reader would write it."""
    if isinstance(value, dt.timedelta | np.timedelta64):
        return str(value)
    value = to_json(value)
    if isinstance(value, float):
        return f"{value:.6g}" if value and not 1e-4 <= abs(value) < 1e15 else f"{value:,.6g}"
    return str(value)
