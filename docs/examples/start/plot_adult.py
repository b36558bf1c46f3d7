"""
How does the cookbook's Adult notebook look from end to end?
============================================================

The census of 1994: who earns more than 50,000 dollars a year? From the raw table, with words,
numbers and holes, to a model in one file that says why, in the order of the cookbook's notebook:
look, prepare, compare, evaluate, explain, save, serve. The table here is a sample of 3,000 rows of
UCI's Adult data (Becker and Kohavi, 1996, CC BY 4.0); ``skcook.datasets.fetch_adult()`` downloads
all 32,561.
"""

# %%
# Look
# ----
# One row per column: what is in it, and what is missing. A column that gives the target away would
# be noted, since `y` is given.
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from skcook import artifacts
from skcook.eda import MissingValuesDisplay, summarize
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import EvaluationDisplay, Leaderboard
from skcook.serve import create_app

data = pd.read_csv("adult_sample.csv.gz")
X, y = data.drop(columns="income"), data["income"]
summarize(X, y)[["column", "dtype", "n_unique", "n_missing", "min", "max", "top"]]

# %%
# Which values are missing together? Those who have no workclass have no occupation either: they do
# not work.
MissingValuesDisplay.from_frame(X, kind="heatmap")
plt.show()

# %%
# Compare
# -------
# Each algorithm brings the preparation that it needs, and all see the same folds.
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
board = Leaderboard(models=["lightgbm", "logistic", "random_forest"], cv=3, verbose=0)
board.fit(X_train, y_train)
board.plot()
plt.show()

# %%
# Evaluate
# --------
# The winner, on the quarter of the people that no model has seen.
EvaluationDisplay.from_estimator(board, X_test, y_test, panels=["roc", "confusion"])
plt.show()

# %%
# Explain
# -------
# Most people have no capital gain; for those who have one it decides. The explanation takes the
# raw columns, words included, whatever the pipeline makes of them.
model = ExplainedClassifier(
    FrozenEstimator(board.best_estimator_), explainer=TabularExplainer(random_state=0)
).fit(X_train, y_train)
with_gain = X_test[X_test["capital_gain"] > 5000].head(1)
explanations = model.explain(with_gain, targets=[">50K"])
explanations.plot()
plt.show()

# %%
# Over many people: what does the model look at?
model.explain(X_test.head(150), targets=[">50K"]).summary_plot()
plt.show()

# %%
# Save and serve
# --------------
# One file, with what it is for; then the answer of its API, which ``skcook-serve adult.skcook``
# gives as well.
with tempfile.TemporaryDirectory() as folder:
    path = artifacts.save(
        model,
        Path(folder) / "adult.skcook",
        X_train,
        y=y_train,
        card={"title": "More than 50,000 dollars a year?", "limits": "The United States of 1994"},
    )
    client = create_app(path).test_client()
person = with_gain.astype(object).where(with_gain.notna(), None).iloc[0].to_dict()
client.post("/v1/models/adult/predict_proba", json={"rows": [person]}).json
