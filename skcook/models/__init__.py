"""Models by name, what they need in front of them, a board that compares them, and pictures.

- `make_model`, `model_names`: the eight algorithms of the cookbooks by name.
- `search_space`: what to try for the settings of each.
- `tabular_pipeline`: the preprocessing that a model needs, for a frame as it comes.
- `ColumnCleaner`, `TextFeatures`, `ModelColumns`: its steps for odd columns, free text and names.
- `MonotonicClassifier`, `MonotonicRegressor`: boosters that only rise, or fall, with a column.
- `EarlyStoppingClassifier`, `EarlyStoppingRegressor`: boosters that stop at their best round.
- `AnyLabelsClassifier`: any labels for a classifier that accepts only 0, 1, 2, ...
- `Leaderboard`: many models on the same folds; ties, search, blends and stacks.
- `EvaluationDisplay`, `FeatureImportanceDisplay`: how good a model is, and what it looks at.
- `report`: one page about a model.
"""

from skcook.models._early_stopping import EarlyStoppingClassifier, EarlyStoppingRegressor
from skcook.models._recipes import make_model, model_names, search_space
from skcook.models.board._leaderboard import Leaderboard
from skcook.models.pictures._evaluation_display import EvaluationDisplay
from skcook.models.pictures._importance_display import FeatureImportanceDisplay
from skcook.models.pictures._report import report
from skcook.models.tabular._booster_wrappers import (
    AnyLabelsClassifier,
    MonotonicClassifier,
    MonotonicRegressor,
)
from skcook.models.tabular._column_cleaner import ColumnCleaner
from skcook.models.tabular._model_columns import ModelColumns
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
    "report",
    "search_space",
    "tabular_pipeline",
]

publish(globals())
