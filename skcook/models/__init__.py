"""The eight algorithms of the cookbooks, early stopping, a leaderboard, and pictures of a model."""

from skcook.models._labels import AnyLabelsClassifier
from skcook.models._recipes import make_model, model_names
from skcook.models._search_space import search_space
from skcook.models.board._leaderboard import Leaderboard
from skcook.models.pictures._evaluation_display import EvaluationDisplay
from skcook.models.pictures._importance_display import FeatureImportanceDisplay
from skcook.models.stopping._early_stopping import EarlyStoppingClassifier, EarlyStoppingRegressor
from skcook.models.tabular._column_cleaner import ColumnCleaner
from skcook.models.tabular._model_columns import ModelColumns
from skcook.models.tabular._monotonic import MonotonicClassifier, MonotonicRegressor
from skcook.models.tabular._tabular_pipeline import tabular_pipeline
from skcook.models.tabular._text_features import TextFeatures
from skcook.utils._public import publish

__all__ = [
    "AnyLabelsClassifier",
    "ColumnCleaner",
    "EarlyStoppingClassifier",
    "EarlyStoppingRegressor",
    "EvaluationDisplay",
    "FeatureImportanceDisplay",
    "Leaderboard",
    "ModelColumns",
    "MonotonicClassifier",
    "MonotonicRegressor",
    "TextFeatures",
    "make_model",
    "model_names",
    "search_space",
    "tabular_pipeline",
]

publish(globals())
