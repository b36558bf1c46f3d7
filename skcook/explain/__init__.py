"""Explain any prediction.

- `TabularExplainer`: rows of frames with columns of every kind.
- `TextExplainer`, `ImageExplainer`: texts by their words, images by their regions.
- `ExplainedClassifier`, `ExplainedRegressor`: a model with ``explain``, as an estimator.
- `LimeExplainerMixin`: ``explain`` for a class of your own.
- `Explanation`, `TextExplanation`, `ImageExplanation`: why a model gave one output.
- `Explanations`: many of them, as table, JSON, page and plots.
"""

from skcook.explain._self_explaining import (
    ExplainedClassifier,
    ExplainedRegressor,
    LimeExplainerMixin,
)
from skcook.explain.masked._image_explainer import ImageExplainer
from skcook.explain.masked._masked_explanations import ImageExplanation, TextExplanation
from skcook.explain.masked._text_explainer import TextExplainer
from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_list import Explanations
from skcook.explain.tabular._tabular_explainer import TabularExplainer
from skcook.utils._public import publish

__all__ = [
    "ExplainedClassifier",
    "ExplainedRegressor",
    "Explanation",
    "Explanations",
    "ImageExplainer",
    "ImageExplanation",
    "LimeExplainerMixin",
    "TabularExplainer",
    "TextExplainer",
    "TextExplanation",
]

publish(globals())
