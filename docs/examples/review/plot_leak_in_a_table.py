"""
From a wrong reason to a better model
=====================================

A model is excellent on every row at hand, and poor in use: a column tells the answer, because it
was written down after the fact. A person who knows the field sees it in the reasons. How far does
one round of looking bring the model?
"""

# %%
# The rows are those of Adult, which is downloaded once. Two columns are planted: in training,
# `branch` agrees with the income in 95 of 100 rows, and `letter` follows `branch`. In use neither
# means anything.

import numpy as np

from skcook.datasets import fetch_adult, load_penguins
from skcook.models import tabular_pipeline
from skcook.review import Review, compare_models

try:
    X, y = fetch_adult(return_X_y=True)
except OSError:  # without a network: the penguins that ship with skcook
    X, y = load_penguins(return_X_y=True)
    X, y = X.drop(columns=["island", "bill_length_mm"]), y.replace("Gentoo", "Chinstrap")

rng = np.random.default_rng(0)
chosen = rng.permutation(len(X))[:6000]
X, y = X.iloc[chosen].reset_index(drop=True), y.iloc[chosen].to_numpy()


def plant(X, y, share):
    """Add two columns that agree with the target in this share of the rows."""
    side = (y == np.unique(y)[1]) == (rng.random(len(y)) < share)
    follows = np.where(rng.random(len(y)) < 0.9, side, ~side)
    return X.assign(branch=np.where(side, "harbour", "market"), letter=rng.poisson(2 + 4 * follows))


half = np.arange(len(X)) < len(X) // 2
X_train, y_train = plant(X[half], y[half], 0.95), y[half]
X_leaky, y_leaky = plant(X[~half], y[~half], 0.95), y[~half]
X_clean, y_clean = plant(X[~half], y[~half], 0.5), y[~half]

review = Review(tabular_pipeline("lightgbm"), X_train, y_train, who="ana", random_state=0)
print(f"rows with the leak    {review.start.score(X_leaky, y_leaky):.3f}")
print(f"rows without the leak {review.start.score(X_clean, y_clean):.3f}")

# %%
# A hold-out that looks like the training rows shows nothing wrong. The reasons do.

rows = review.pick(10)
rows.summary_plot()

# %%
# An expert goes through ten rows. "Right" is a verdict as well: a majority decides, so a careless
# click on an honest column is outvoted.

for row in rows:
    for reason in row.features:
        if reason.feature == "branch":
            review.mark("branch", "wrong", row=row.row, why="known only afterwards")
        elif reason.feature != "letter":
            review.mark(reason.feature, "right", row=row.row)

print(review.corrections)

# %%
# Which columns could bring the struck one back? The proposals tell what each says of what the model
# made of it.

for proposal in review.proposals:
    print(f"{proposal.feature}: {proposal.because}")
    if proposal.feature == "letter":
        review.mark("letter", "wrong", kind=proposal.kind, why="follows the branch")

better = review.refit()

# %%
# Was it a gain? On rows that hold the leak each right correction looks like a loss, and the
# comparison says so. Rows in which it is broken can judge.

print(compare_models(review.start, better, X_leaky, y_leaky, random_state=0))

# %%

comparison = compare_models(
    review.start,
    better,
    X_clean,
    y_clean,
    slices={"branch means nothing": np.ones(len(X_clean), bool)},
    random_state=0,
)
comparison.plot()
