"""
How do I score a file, and what happens to rows that do not fit?
================================================================

A model is saved once, with the schema of its input. From then on a file of any size goes through it
in bounded memory, and a row that does not fit is set aside with its reason instead of being
dropped or guessed at.
"""

# %%
# A model, saved with an example of its input.
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts, batch
from skcook.datasets import load_penguins
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

X, y = load_penguins(return_X_y=True)
model = make_pipeline(
    NumericImputer(),
    CategoricalImputer(),
    OrdinalEncoder(),
    HistGradientBoostingClassifier(max_iter=20),
).fit(X, y)
folder = Path(tempfile.mkdtemp())
artifacts.save(model, folder / "penguins.skcook", X_example=X)

# %%
# A file as they come: one bird has a weight in words, another lives on an unknown island.
birds = X.head(6).assign(ring=["A1", "A2", "A3", "A4", "A5", "A6"])
birds["body_mass_g"] = birds["body_mass_g"].astype(object)
birds.loc[1, "body_mass_g"] = "heavy"
birds.loc[4, "bill_depth_mm"] = None
birds.to_csv(folder / "birds.csv", index=False)

summary = batch.score(
    folder / "penguins.skcook",
    folder / "birds.csv",
    folder / "scores.csv",
    outputs=["predict", "proba"],
    keep=["ring"],
    on_bad_rows="reject",
)
pd.read_csv(summary.output).round(3)

# %%
# The row that did not fit, with its place in the file and what was expected:
print(summary.rejects.read_text())

# %%
# The same from a shell::
#
#     skcook-score penguins.skcook birds.csv scores.csv \
#         --output predict,proba --keep ring --on-bad-rows reject
#
# and for a folder of Parquet files on a Dask cluster, add ``--engine dask --scheduler tcp://...``.
