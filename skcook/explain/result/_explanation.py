"""One explanation: why the model said what it said about one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skcook.explain.result._reasons import Reasons, number, signed, word_name
from skcook.explain.result._shown import Shown, marked_html
from skcook.utils._json import to_json
from skcook.utils._optional import import_optional


@dataclass(frozen=True, kw_only=True)
class Explanation(Shown, Reasons):
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
    >>> from skcook.explain.result._reasons import Feature
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
            "label": to_json(self.label),
            "target": to_json(self.target),
            "prediction": to_json(self.prediction),
            "local_prediction": to_json(self.local_prediction),
            "intercept": to_json(self.intercept),
            "others": to_json(self.others),
            "n_others": self.n_others,
            "rest": to_json(self.rest),
            "output_sd": to_json(self.output_sd),
            "r2": to_json(self.r2),
            "note": self.note,
            "features": [
                {name: to_json(value) for name, value in feature._asdict().items()}
                for feature in self.features
            ],
            "interactions": [
                {
                    "features": list(pair.features),
                    "weight": to_json(pair.weight),
                    "std_error": to_json(pair.std_error),
                }
                for pair in self.interactions
            ],
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


def lime_module(name: str) -> Any:
    """Import a module of the lime library."""
    return import_optional(f"lime.{name}", feature="Explanation.to_lime", extra="lime")
