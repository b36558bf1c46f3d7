"""The eight algorithms of the cookbooks, early stopping, a leaderboard, and pictures of a model."""

from skcook.models._early_stopping import EarlyStoppingClassifier, EarlyStoppingRegressor
from skcook.models._evaluation import EvaluationDisplay
from skcook.models._importance import FeatureImportanceDisplay
from skcook.models._labels import AnyLabelsClassifier
from skcook.models._leaderboard import Leaderboard
from skcook.models._pipeline import tabular_pipeline
from skcook.models._recipes import make_model, model_names

__all__ = [
    "AnyLabelsClassifier",
    "EarlyStoppingClassifier",
    "EarlyStoppingRegressor",
    "EvaluationDisplay",
    "FeatureImportanceDisplay",
    "Leaderboard",
    "make_model",
    "model_names",
    "tabular_pipeline",
]
