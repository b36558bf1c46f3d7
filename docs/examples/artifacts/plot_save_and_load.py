"""
Can a model's file say what is wrong with a row?
================================================

A model is more than its weights: whoever calls it has to know which columns it takes, of which
types, and what to do about a value it has never seen. ``skcook.artifacts`` keeps all of it in one
file, without pickle. Here a pipeline is saved, looked at without being loaded, loaded again, and
given rows as they come from outside.
"""

# %%
# A pipeline over mixed columns
# -----------------------------
# The penguins have two columns of words and four of numbers, and 19 values are missing.

import tempfile
from pathlib import Path

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.exceptions import SchemaError
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder

X, y = load_penguins(return_X_y=True)
model = make_pipeline(
    NumericImputer(),
    CategoricalImputer(),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    HistGradientBoostingClassifier(max_iter=20),
).fit(X, y)

folder = tempfile.TemporaryDirectory()
path = artifacts.save(
    model, Path(folder.name) / "penguins.skcook", X, y=y, metadata={"accuracy": 0.98}
)
print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")

# %%
# What is in the file?
# --------------------
# ``inspect`` reads it without building the model: nothing of the file is run, and types that are
# not on skcook's list of allowed ones would be listed under ``untrusted_types``.

facts = artifacts.inspect(path)
for key in ("task", "methods", "output", "untrusted_types", "metadata", "members"):
    print(f"{key}: {facts[key]}")
for column in facts["columns"]:
    print(column)

# %%
# Rows from outside
# -----------------
# The schema turns JSON rows into the very frame that the model was fitted on: columns, order and
# dtypes. What is unusual but allowed comes back as warnings.

artifact = artifacts.read(path)
row = dict(artifact.example, island="Mars", body_mass_g=None, bill_length_mm=70)
rows = artifact.schema.parse_rows([row])
print(rows.frame.dtypes)
print(rows.warnings)
print(artifact.model.predict(rows.frame))

# %%
# What does not fit is refused, every problem named at once, and no value repeated.

wrong = dict(row, sex=1, flipper_length_mm="long", colour="black")
wrong["bill_depth"] = wrong.pop("bill_depth_mm")
try:
    artifact.schema.parse_rows([wrong])
except SchemaError as error:
    for problem in error.problems:
        print(problem)

# %%
# The model itself
# ----------------
# ``load`` gives the model alone. It answers as the one that was saved.

loaded = artifacts.load(path)
assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
folder.cleanup()
