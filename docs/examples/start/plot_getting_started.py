"""
How do I get from a frame to a page that explains itself?
=========================================================

Look at the data, compare models, explain a prediction, save one file, serve it: the story of
:doc:`/getting_started`, with its pictures.
"""

# %%
# Words, numbers and holes, as real data have them.
from skcook.datasets import load_penguins
from skcook.eda import summarize

X, y = load_penguins(return_X_y=True)
summarize(X)[["column", "dtype", "n_missing", "min", "max", "top"]]

# %%
# Each model gets the frame as it is, with the preparation that it needs. The dots are the folds.
from sklearn.model_selection import train_test_split

from skcook.models import Leaderboard

X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
models = ["lightgbm", "logistic", "random_forest", "decision_tree"]
board = Leaderboard(models=models, cv=3, verbose=0).fit(X_train, y_train)
board.plot()

# %%
# Why does the winner say what it says about the a penguin that was held back?
from sklearn.frozen import FrozenEstimator

from skcook.explain import ExplainedClassifier, TabularExplainer

winner = FrozenEstimator(board.best_estimator_)
model = ExplainedClassifier(winner, explainer=TabularExplainer(random_state=0)).fit(
    X_train, y_train
)
model.explain(X_test[9:10]).plot()

# %%
# One file, with the model's columns and no pickle.
from pathlib import Path
from tempfile import TemporaryDirectory

from skcook import artifacts

with TemporaryDirectory() as folder:
    path = artifacts.save(model, Path(folder) / "penguins.skcook", X_train, y=y_train)
    artifact = artifacts.read(path)
artifact

# %%
# ``skcook-serve penguins.skcook`` serves it; :doc:`/gallery/serve/plot_serve_a_model` shows what
# the server answers.
