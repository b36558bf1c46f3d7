"""
What does a served model answer, and what does it refuse?
=========================================================

A fitted pipeline becomes one file, and the file becomes an API. The requests below go through
Flask's test client, so that this page needs no socket; ``skcook-serve penguins.skcook`` answers the
same.
"""

# %%
# A pipeline with missing values and strings in its columns, saved with its training rows: the
# types, ranges and categories of the columns go into the file, and a sample for explanations.
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder
from skcook.serve import ServeConfig, create_app

X, y = load_penguins(return_X_y=True)
model = make_pipeline(
    NumericImputer(),
    CategoricalImputer(),
    OrdinalEncoder(),
    HistGradientBoostingClassifier(max_iter=40, random_state=0),
).fit(X, y)
folder = tempfile.TemporaryDirectory()
path = artifacts.save(model, Path(folder.name) / "penguins.skcook", X, y=y)

# %%
# One call makes the application.
client = create_app(path, ServeConfig(max_rows=1000)).test_client()
client.get("/v1/models").json

# %%
# A row goes in as JSON. ``null`` is a missing value, and the pipeline fills it in.
row = {
    "island": "Biscoe",
    "bill_length_mm": 46.1,
    "bill_depth_mm": 13.2,
    "flipper_length_mm": 211,
    "body_mass_g": 4500,
    "sex": None,
}
client.post("/v1/models/penguins/predict_proba", json={"rows": [row]}).json

# %%
# Why? Each feature of the row with its rule, its weight, and the standard error of the weight.
answer = client.post("/v1/models/penguins/explain", json={"rows": [row]}).json
features = answer["explanations"][0]["features"][::-1]
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
axes.barh(
    [feature["rule"] for feature in features],
    [feature["weight"] for feature in features],
    xerr=[feature["std_error"] for feature in features],
    color=["#2472b8" if feature["weight"] > 0 else "#c75b16" for feature in features],
)
axes.axvline(0, color="0.5", linewidth=0.8)
axes.set_title(f"Why {answer['explanations'][0]['target']}?")
plt.show()

# %%
# A row that does not fit is refused, and every wrong field is named: a word in a column of numbers,
# a column that is missing, one that the model does not know.
wrong = {**row, "body_mass_g": "heavy", "colour": "grey"}
del wrong["sex"]
refused = client.post("/v1/models/penguins/predict", json={"rows": [wrong]})
refused.status_code, refused.json["errors"]

# %%
# What is unusual but possible is answered, with a warning.
heavy = client.post("/v1/models/penguins/predict", json={"rows": [{**row, "body_mass_g": 9000}]})
heavy.json["predictions"], heavy.json["warnings"]

# %%
folder.cleanup()
