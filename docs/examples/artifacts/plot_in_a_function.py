"""
How do I answer one row in a function of the cloud?
===================================================

A function that starts anew for a call should load little and answer at once. A plan is a fitted
pipeline as plain arithmetic; it pickles, and gives the very numbers of the pipeline.
"""

# %%
# Where the model is made: fit, save, compile, pickle.

import pickle
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline

X, y = load_penguins(return_X_y=True)
model = tabular_pipeline("logistic").fit(X, y)
with TemporaryDirectory() as folder:
    path = artifacts.save(model, Path(folder) / "penguins.skcook", X, y=y)
    package = pickle.dumps(artifacts.read(path).plan())
print(f"{len(package) / 1024:.0f} kB")

# %%
# In the function: unpickle once, when it starts, and answer. (Unpickle only what you have pickled
# yourself; between people, pass the ``.skcook`` file.)

plan = pickle.loads(package)


def handler(event, context=None):
    """Answer an event as AWS Lambda and its relatives send it."""
    try:
        return {"statusCode": 200, "body": plan.predict([event]).tolist()}
    except ValueError as error:
        return {"statusCode": 422, "body": str(error)}


row = {name: None if pd.isna(value) else value for name, value in X.iloc[0].items()}
print(handler(row))
print(handler({**row, "body_mass_g": "heavy"}))

# %%
# The same numbers, at another price:

frame = X.iloc[[0]]
assert (plan.predict_proba([row]) == model.predict_proba(frame)).all()


def milliseconds(call, times=50):
    """Return the mean CPU time of a call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return 1000 * (time.process_time() - start) / times


costs = {
    "pipeline": milliseconds(lambda: model.predict_proba(frame)),
    "plan": milliseconds(lambda: plan.predict_proba([row])),
}
figure, ax = plt.subplots(figsize=(6, 1.8))
ax.barh(list(costs), list(costs.values()), color="#4477aa")
ax.set_xscale("log")
ax.set_xlabel("CPU milliseconds for one row (log scale)")
ax.spines[["top", "right"]].set_visible(False)
plt.tight_layout()
