"""
Is the best model really better?
================================

On a leaderboard one model is always first. The folds tell whether it had to be.
"""

# %%
# Few rows, four models. The table says which of them are tied with the first: the scores of folds
# are compared in pairs, with a correction for the rows that folds share.

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from skcook.models import Leaderboard, tabular_pipeline
from skcook.review import compare_models

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
models = ["logistic", "lightgbm", "knn", "decision_tree"]
board = Leaderboard(models=models, cv=5, verbose=0).fit(X_train, y_train)
board.leaderboard_[["model", "roc_auc", "p_best", "ties_with_best"]].round(3)

# %%
# Blue dots are the first and those tied with it.

board.plot()

# %%
# Two models on the same rows held back: how large is the difference, and may it be zero?

first = board.leaderboard_["model"].iloc[0]
last = board.leaderboard_["model"].iloc[-1]
comparison = compare_models(
    tabular_pipeline(last).fit(X_train, y_train),
    tabular_pipeline(first).fit(X_train, y_train),
    X_test,
    y_test,
    random_state=0,
)
print(comparison)

# %%

comparison.plot()
