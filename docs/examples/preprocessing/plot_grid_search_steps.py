"""
Which preprocessing suits the data?
===================================

How to fill the holes, how to encode the words, how to scale the numbers: none of that has an answer
that holds for all data. But every step is a parameter, so that one search can try them
together.
"""

# %%
# The frame
# ---------
# The penguins have numbers, words and holes. So that the holes matter, we make more of them: a
# fifth of all values is taken away.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skcook.datasets import load_penguins
from skcook.preprocessing import (
    CategoricalImputer,
    NumericImputer,
    NumericScaler,
    OneHotEncoder,
    OrdinalEncoder,
)

X, y = load_penguins(return_X_y=True)
X = X.mask(np.random.default_rng(0).random(X.shape) < 0.2)
X.head()

# %%
# The search
# ----------
# Each transformer finds its own columns, so the pipeline is a plain list. A dictionary says what to
# try: ``numbers__strategy`` and ``scale__method`` are parameters of a step, ``encode`` is a whole
# step.

pipeline = Pipeline(
    [
        ("numbers", NumericImputer()),
        ("words", CategoricalImputer()),
        ("encode", OrdinalEncoder()),
        ("scale", NumericScaler()),
        ("model", LogisticRegression(max_iter=2000)),
    ]
)
grid = {
    "numbers__strategy": ["mean", "median"],
    "encode": [
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
    ],
    "scale__method": ["standard", "minmax", "robust"],
}
search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
print(f"{len(search.cv_results_['params'])} pipelines, best accuracy {search.best_score_:.3f}")
search.best_params_

# %%
# What made the difference?
# -------------------------
# The mean score over all pipelines that share a choice shows which step matters. The dots are the
# single pipelines.

results = pd.DataFrame(search.cv_results_)
results["param_encode"] = [type(step).__name__ for step in results["param_encode"]]
choices = [column for column in results if column.startswith("param_")]

figure, axes = plt.subplots(1, len(choices), figsize=(9, 3.5), sharey=True, layout="constrained")
for ax, column in zip(axes, choices, strict=True):
    groups = results.groupby(results[column].astype(str))["mean_test_score"]
    for place, (_, scores) in enumerate(groups):
        ax.plot([place] * len(scores), scores, "o", color="#9fb3c8", alpha=0.6)
        ax.plot(place, scores.mean(), "_", color="#b3261e", markersize=26, markeredgewidth=3)
    ax.set_xticks(range(len(groups)), list(groups.groups), fontsize=8)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_title(column.removeprefix("param_").replace("__", ": "), fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("accuracy, 3 folds")

# %%
# Each fold learns its own medians, categories and scales from its own training rows, so that the
# scores are honest.
