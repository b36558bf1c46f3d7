"""
Which of two models?
====================

Two classifiers are about equally accurate on the rows at hand. One of them leans on a column that
will mean nothing in use. Can their reasons tell which one to take?
"""

# %%
# A leak that agrees with the species in nine of ten rows.

import numpy as np
from sklearn.model_selection import train_test_split

from skcook.datasets import load_penguins
from skcook.explain import TabularExplainer
from skcook.models import tabular_pipeline
from skcook.review import blame, compare_explanations

X, y = load_penguins(return_X_y=True)
kept = (y != "Gentoo").to_numpy()
X, y = X[kept].drop(columns="island").reset_index(drop=True), y[kept].to_numpy()
rng = np.random.default_rng(0)
X["bill_length_mm"] += rng.normal(0, 4, len(X))
X["crate"] = np.where((y == "Adelie") == (rng.random(len(y)) < 0.9), "red", "blue")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

leaning = tabular_pipeline("lightgbm").fit(X_train, y_train)
honest = tabular_pipeline("lightgbm").fit(X_train.assign(crate="red"), y_train)
print(f"leaning {leaning.score(X_test, y_test):.2f}")
print(f"honest  {honest.score(X_test.assign(crate='red'), y_test):.2f}")

# %%
# Both are explained on the same rows, for the same output. `pick` takes rows on which they
# disagree, and rows on which they agree for different reasons.

comparison = compare_explanations(
    leaning,
    honest,
    X_test,
    explainer=TabularExplainer(n_samples=1024, random_state=0),
    names=["leaning", "honest"],
)
comparison.pick(6).to_frame().round(2)

# %%
# The share of weight on a column that should not matter:

for name, explanations in zip(comparison.names, comparison.explanations, strict=True):
    print(f"{name}: {blame(explanations.pick(10), ['crate']):.2f}")

comparison.plot()
