"""The eight algorithms of the cookbooks, early stopping, a leaderboard, and pictures of a model."""

from skcook.models._recipes import make_model, model_names

__all__ = ["make_model", "model_names"]
