"""One explanation: why the model said what it said about one row."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from skcook.explain.result._explanation_plots import Z95, Line, number, signed
from skcook.explain.result._shown import Shown, marked_html
from skcook.utils._json import to_json
from skcook.utils._optional import import_optional

#: A rest or an interval above these shares of the outputs' spread carries a sentence of warning.
LARGE_REST = 0.08
LARGE_INTERVAL = 0.5
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


@dataclass(frozen=True, kw_only=True)
class Explanation(Shown):
    """Why a model gave one output for one row.

    Always ``intercept + sum of weights + others + rest = prediction``: a weight is the feature's
    fair share of how far this row's output is from the average, `others` is the sum of the
    features that are not shown, and `rest` is what the explanation does not explain.

    Parameters
    ----------
    kind : {"tabular", "text", "image"}, default="tabular"
        What was explained. Texts and images have subclasses, which know how to be drawn.
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
        What a picture of the explanation needs beyond the features: a text, an image; for a row,
        the text in pieces of each column whose words are explained, or None.

    See Also
    --------
    Explanations : Many of them.

    Examples
    --------
    >>> from skcook.explain import Explanation
    >>> from skcook.explain.result._explanation import Feature
    >>> explanation = Explanation(
    ...     row=0, target="yes", prediction=0.8, local_prediction=0.7, intercept=0.5, r2=0.4,
    ...     features=[Feature("age", 41, "37 < age <= 48", 0.2, 0.01)],
    ... )
    >>> print(explanation)
    Row 0, output 'yes': the model says 0.8; the average is 0.5.
      +0.2  ± 0.02  37 < age <= 48 (41)
      +0.1          not explained
    Of the prediction 0.8, 0.1 is not explained by these weights: read them with care.
    >>> print(explanation.to_frame())
       row target feature value            rule  weight  std_error
    0    0    yes     age    41  37 < age <= 48     0.2       0.01
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
        names = (
            "kind", "row", "label", "target", "prediction", "local_prediction", "intercept",
            "others", "n_others", "rest", "output_sd", "r2", "note",
        )  # fmt: skip
        lines: dict[str, Sequence[Any]] = {
            "features": self.features,
            "interactions": self.interactions,
        }
        return {name: to_json(getattr(self, name)) for name in names} | {
            part: [{key: to_json(v) for key, v in line._asdict().items()} for line in some]
            for part, some in lines.items()
        }

    def picture_dict(self) -> dict[str, Any]:
        """Return what a page needs beyond `to_dict` to draw what was explained.

        Returns
        -------
        record : dict
            ``texts``, for a row whose texts were opened: the text of each such column in pieces,
            each with its weight or None; ``text``, the same for a text alone; ``segments``, the
            number of the superpixel of each pixel. Nothing for other rows.
        """
        texts = {
            column: [[piece, weight] for piece, weight in pieces]
            for column, pieces in self._texts().items()
        }
        return {"texts": texts} if texts else {}

    def picture_html(self, scale: float) -> str:
        """Return the row's texts with their words marked."""
        return "".join(
            marked_html(pieces, scale, column=column) for column, pieces in self._texts().items()
        )

    def _texts(self) -> dict[str, list[tuple[str, float | None]]]:
        """Return the texts that were opened, in pieces, each with its weight."""
        weights = {feature.feature: feature.weight for feature in self.features}
        return {
            column: [
                (piece, None if word is None else weights.get(word_name(column, word)))
                for piece, word, _ in pieces
            ]
            for column, pieces in (self.source or {}).items()
        }

    def to_lime(self) -> Any:
        """Return the explanation as an object of the lime library.

        Returns
        -------
        explanation : lime.explanation.Explanation or lime.lime_image.ImageExplanation
            The target is its label 1.

        Raises
        ------
        MissingDependencyError
            If lime is not installed (``pip install "skcook[lime]"``).
        """
        lime, tabular = lime_module("explanation"), lime_module("lime_tabular")
        features = self.features
        mapper = tabular.TableDomainMapper(
            [f.feature for f in features],
            [str(f.value) for f in features],
            self.weights,
            categorical_features=list(range(len(features))),
            discretized_feature_names=[f.rule for f in features],
        )
        regression = self.target is None
        names = None if regression else [f"not {self.target}", str(self.target)]
        out = lime.Explanation(
            mapper, mode="regression" if regression else "classification", class_names=names
        )
        pairs = [(i, f.weight) for i, f in enumerate(features)]
        out.local_exp = {1: pairs}
        out.intercept = {1: self.intercept}
        out.score = self.r2
        out.local_pred = [self.local_prediction]
        if regression:
            out.predicted_value = self.prediction
            out.min_value = min(self.prediction, self.local_prediction)
            out.max_value = max(self.prediction, self.local_prediction)
            out.local_exp[0] = [(i, -weight) for i, weight in pairs]
            out.dummy_label = 1
        else:
            out.predict_proba = np.array([1 - self.prediction, self.prediction])
            out.top_labels = [1]
        return out

    def _shown(self) -> Sequence["Explanation"]:
        return [self]

    def __str__(self) -> str:
        output = "" if self.target is None else f", output {self.target!r}"
        head = (
            f"{self.name}{output}: the model says {number(self.prediction)}; "
            f"{self.start} is {number(self.intercept)}."
        )
        cells = [
            (
                signed(line.weight),
                f"± {number(line.error, 2)}" if line.part == "feature" else "",
                line.text + (f" ({line.value})" if line.value else ""),
            )
            for line in self.lines
        ]
        cells += [
            (signed(pair.weight), "", f"of these, {' with '.join(pair.features)}")
            for pair in self.interactions
        ]
        weight, error = (max((len(cell[i]) for cell in cells), default=0) for i in (0, 1))
        lines = [f"  {w:<{weight}}  {e:<{error}}  {text}" for w, e, text in cells]
        return "\n".join([head, *lines, *filter(None, [self.note])])


def word_name(column: str, word: str) -> str:
    """Return the name of a word in a column of text."""
    return f"{column}: {word}"


def shown_value(value: Any) -> str:
    """Return a value as a reader would write it."""
    if isinstance(value, dt.timedelta | np.timedelta64):
        return str(value)
    value = to_json(value)
    if isinstance(value, float):
        return f"{value:.6g}" if value and not 1e-4 <= abs(value) < 1e15 else f"{value:,.6g}"
    return str(value)


def lime_module(name: str) -> Any:
    """Import a module of the lime library."""
    return import_optional(f"lime.{name}", feature="Explanation.to_lime", extra="lime")
