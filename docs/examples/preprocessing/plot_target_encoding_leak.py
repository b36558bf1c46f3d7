"""
Why does target encoding need cross-fitting?
============================================

A target encoder replaces a category by the mean of the target over its rows. In a column of many
categories each has few rows, so that the mean is mostly the row's own target: the model is shown
the answer. Here the target is pure noise, and nothing can be learned. Whatever scores above 0.5
on the training rows is a leak.
"""

# %%
# The penguins again and again, each time with a ring number that three rows share, and a target
# that is shuffled: no column knows anything of it.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skcook.datasets import load_penguins
from skcook.preprocessing import TargetEncoder

rng = np.random.default_rng(0)
penguins = pd.concat([load_penguins().data] * 20, ignore_index=True)
X = penguins[["island"]].assign(ring=rng.integers(0, len(penguins) // 3, len(penguins)).astype(str))
y = rng.permutation(np.arange(len(X)) % 2)
X.head()

# %%
# Two ways to encode the training rows. ``fit(X, y).transform(X)`` uses the mean of all rows, each
# row's own target among them. ``fit_transform(X, y)`` cuts folds and uses the rows of the others.
encoder = TargetEncoder(random_state=0)
leaky = encoder.fit(X, y).transform(X)
cross_fitted = encoder.fit_transform(X, y)
scores = pd.DataFrame(
    {
        "fit, then transform": [roc_auc_score(y, leaky[c]) for c in X],
        "fit_transform": [roc_auc_score(y, cross_fitted[c]) for c in X],
    },
    index=X.columns,
)
scores.round(3)

# %%
# The column of three islands has thousands of rows each and leaks nothing either way. The ring
# number tells noise from noise, unless it is cross-fitted.
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
bins = np.linspace(0, 1, 41)
for ax, (title, encoded) in zip(
    axes, {"fit, then transform": leaky, "fit_transform": cross_fitted}.items(), strict=True
):
    for label, colour in ((0, "#4269d0"), (1, "#ff725c")):
        values = encoded["ring"][y == label]
        ax.hist(values, bins=bins, alpha=0.6, color=colour, label=f"target {label}")
    ax.set_title(f"{title}: AUC {scores.loc['ring', title]:.2f}")
    ax.set_xlabel("encoding of the ring number")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("rows")
axes[0].legend(frameon=False)
fig.suptitle("A target of pure noise, seen through a column of many categories")

# %%
# What a model makes of it. Fitted on the leaky encoding it trusts the ring number, and it is
# no better than a coin on rows it has not seen; it only believes that it is.
trusting = LogisticRegression().fit(leaky, y)
print(f"on its training rows: AUC {roc_auc_score(y, trusting.decision_function(leaky)):.2f}")

X_new = X.assign(ring=rng.permutation(X["ring"]))
y_new = rng.permutation(y)
new_scores = trusting.predict_proba(encoder.transform(X_new))[:, 1]
print(f"on new rows:          AUC {roc_auc_score(y_new, new_scores):.2f}")

# %%
# In a pipeline there is nothing to remember: it calls ``fit_transform`` on the training rows and
# ``transform`` on the others.
model = make_pipeline(TargetEncoder(random_state=0), LogisticRegression())
cv_scores = cross_val_score(model, X, y, scoring="roc_auc", cv=5)
print(f"cross-validated:      AUC {cv_scores.mean():.2f}")
assert abs(cv_scores.mean() - 0.5) < 0.02
