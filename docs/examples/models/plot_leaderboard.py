"""
Which model should I begin with?
================================

Give raw data to a :class:`~skcook.models.Leaderboard`. It fits every recipe, each behind the
preprocessing that it needs, on the same folds.
"""

# %%
# The penguins have words, numbers and missing values in them. The question here is a penguin's
# sex; a few rows are held back to look at the winner with.
from sklearn.model_selection import train_test_split

from skcook.datasets import load_penguins
from skcook.models import EvaluationDisplay, FeatureImportanceDisplay, Leaderboard

penguins = load_penguins().frame.dropna(subset="sex")
X, y = penguins.drop(columns="sex"), penguins["sex"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

# %%
# One call. While it runs it says on the standard error how far it is; here it is quiet.
board = Leaderboard(cv=3, verbose=0).fit(X_train, y_train)
board.leaderboard_[["model", "roc_auc", "roc_auc_std", "accuracy", "fit_seconds"]].round(3)

# %%
# The dots are the folds. Where they overlap, models are tied: take the one that is quicker, or
# easier to explain.
board.plot()

# %%
# The board predicts with its winner. On rows that no fold has seen:
EvaluationDisplay.from_estimator(board, X_test, y_test)

# %%
# What does it look at? Shuffle each raw column in turn, and see how far the score falls.
FeatureImportanceDisplay.from_estimator(
    board, X_test, y_test, method="permutation", scoring="roc_auc", n_repeats=10
)
