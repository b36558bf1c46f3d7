"""
How good is a regression, and where does it fail?
=================================================

One number, such as R2, says little about a regression. Predicted against actual, the residuals and
their distribution say where it is wrong, and for whom.
"""

# %%
# The progression of diabetes in 442 patients, a year after ten measurements.

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from skcook.models import EvaluationDisplay, FeatureImportanceDisplay, Leaderboard

X, y = load_diabetes(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
board = Leaderboard(
    "regression", models=["linear", "lightgbm", "knn", "decision_tree"], cv=3, verbose=0
).fit(X_train, y_train)
board.leaderboard_[["model", "r2", "r2_std", "ties_with_best"]].round(2)

# %%
# On rows held back: the model plays safe. It predicts too much for mild cases and too little for
# severe ones, and no model in the table does much better.

EvaluationDisplay.from_estimator(board, X_test, y_test)

# %%
# What does it look at?

FeatureImportanceDisplay.from_estimator(board, X_test, y_test, method="permutation", n_repeats=5)
