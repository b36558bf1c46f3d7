"""The eight algorithms of the cookbooks, early stopping, a leaderboard, and pictures of a model."""

from skcook.models._early_stopping import EarlyStoppingClassifier, EarlyStoppingRegressor
from skcook.models._recipes import make_model, model_names

__all__ = [
    "EarlyStoppingClassifier",
    "EarlyStoppingRegressor",
    "make_model",
    "model_names",
]
