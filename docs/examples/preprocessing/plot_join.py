"""
How do I join a table inside a pipeline?
========================================

A second table often knows what the rows lack. If the join is a step of the pipeline, it is done
the same way in training, in cross-validation and in the server, and never makes a row more or less.
"""

# %%
# The penguins name their island; a table knows what the islands are like.

import pandas as pd
from sklearn.model_selection import cross_val_score

from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline
from skcook.preprocessing import LookupJoiner

X, y = load_penguins(return_X_y=True)
islands = pd.DataFrame(
    {"island": ["Biscoe", "Dream", "Torgersen"], "km2": [11.5, 1.2, 0.4], "north": [2, 1, 0]}
)
LookupJoiner(islands, on="island").fit_transform(X).head(3)

# %%
# An island that the table lacks gets missing values, which the next steps fill. The row stays.

LookupJoiner(islands[:2], on="island").fit_transform(X).tail(1).T

# %%
# A table in which a key is there twice would multiply rows. It is refused.

try:
    LookupJoiner(pd.concat([islands, islands[:1]]), on="island").fit(X)
except ValueError as error:
    print(error)

# %%
# As a step in front of a model: the table is one of its settings.

pipeline = tabular_pipeline("logistic", drop=["bill_length_mm"])
pipeline.steps.insert(0, ("join", LookupJoiner(islands, on="island")))
scores = pd.DataFrame(
    {
        "without": cross_val_score(
            tabular_pipeline("logistic", drop=["bill_length_mm"]), X, y, cv=5
        ),
        "with the table": cross_val_score(pipeline, X, y, cv=5),
    }
)
means, spread = scores.mean(), scores.std()
axes = means.plot.bar(yerr=spread, rot=0, color="#4477aa", figsize=(5, 3), width=0.5, capsize=4)
axes.set_ylabel("accuracy, mean and spread of folds")
axes.spines[["top", "right"]].set_visible(False)

# %%
# Here it brings nothing: the island's name told the model all of it already. That, too, is an
# answer.
