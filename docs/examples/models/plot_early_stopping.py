"""
Does it matter where early stopping takes its validation rows from?
===================================================================

A booster inside a pipeline sets rows aside *after* the steps before it have learned from them.
:class:`~skcook.models.EarlyStoppingClassifier` splits the raw rows *first*. This example makes the
difference visible on data that hold nothing to learn.
"""

# %%
# 300 rows, 2,000 columns of noise, and a coin toss for a target. The pipeline picks the 20 columns
# that go best with the target, by chance, and boosts trees on them. A coin cannot be predicted
# toss: the loss of a fair guess is log 2, about 0.69.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skcook.models import EarlyStoppingClassifier, make_model

rng = np.random.default_rng(0)
X, y = rng.normal(size=(300, 2000)), rng.integers(0, 2, 300)


def boost(**settings):
    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_leaf_nodes=8, random_state=0, **settings
    )


# %%
# The booster stops itself: the columns were picked with the help of its validation rows.
inside = make_pipeline(
    SelectKBest(k=20),
    boost(early_stopping=True, validation_fraction=0.3, n_iter_no_change=50, max_iter=200),
).fit(X, y)
inside_loss = -inside[-1].validation_score_[1:]

# %%
# The rows are split first: nothing has seen them.
outside = EarlyStoppingClassifier(
    make_pipeline(SelectKBest(k=20), boost()), validation_fraction=0.3, random_state=0
).fit(X, y)
outside_loss = outside.evals_result_["validation"]["loss"]

# %%
# The first believes that it has learned something. The second sees that it has not, and stops.
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(inside_loss, color="C3", label="split inside the pipeline")
ax.plot(outside_loss, color="C0", label="raw rows split first")
ax.axhline(np.log(2), color="0.6", linestyle=":", label="a fair guess")
ax.set(xlabel="Round", ylabel="Loss on the validation rows")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)

print(f"inside: {len(inside_loss)} rounds, raw rows first: {outside.n_iter_} round(s)")

# %%
# On data that do hold something, the curve is kept and drawn in one line. The model that predicts
# was fitted again on all rows, with the number of rounds found.
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = EarlyStoppingClassifier(make_model("xgboost"), n_iter_no_change=30, random_state=0)
model.fit(X_train, y_train).plot()
print(f"accuracy on rows held back: {model.score(X_test, y_test):.3f}")
