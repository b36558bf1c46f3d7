"""Explain any prediction with LIME."""

from skcook.explain._explained import ExplainedClassifier, ExplainedRegressor
from skcook.explain._explanation import Explanation
from skcook.explain._explanations import Explanations
from skcook.explain._image import ImageExplainer
from skcook.explain._mixin import LimeExplainerMixin
from skcook.explain._tabular import TabularExplainer
from skcook.explain._text import TextExplainer

__all__ = [
    "ExplainedClassifier",
    "ExplainedRegressor",
    "Explanation",
    "Explanations",
    "ImageExplainer",
    "LimeExplainerMixin",
    "TabularExplainer",
    "TextExplainer",
]
