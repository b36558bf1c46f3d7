"""Explain any prediction with LIME."""

from skcook.explain._explained_estimators import ExplainedClassifier, ExplainedRegressor
from skcook.explain._explainer_mixin import LimeExplainerMixin
from skcook.explain.masked._image_explainer import ImageExplainer
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
    "LimeExplainerMixin",
    "TabularExplainer",
    "TextExplainer",
]

publish(globals())
