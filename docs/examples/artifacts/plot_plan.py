"""
Where does the time of one prediction go?
=========================================

A pipeline predicts a thousand rows nearly as quickly as one: what one row costs is frames and
checks. A plan does the arithmetic alone, and gives the same numbers.
"""

import time

import matplotlib.pyplot as plt
import numpy as np

from skcook import plan
from skcook.artifacts import Schema
from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline

# %%
# Compile two pipelines
# ---------------------
# Compiling compares the plan with its pipeline; where one answer differed, there would be none.

X, y = load_penguins(return_X_y=True)
models = {name: tabular_pipeline(name).fit(X, y) for name in ("logistic", "random_forest")}
plans = {name: plan.compile(m, Schema.capture(X, m), X) for name, m in models.items()}

row = {
    "island": "Biscoe", "bill_length_mm": 46.1, "bill_depth_mm": 13.2,
    "flipper_length_mm": 211, "body_mass_g": 4500, "sex": "female",
}  # fmt: skip
plans["logistic"].predict_proba([row]).round(3)

# %%
# One row, both ways
# ------------------
# CPU time, the median of several calls. The scale is logarithmic.


def milliseconds(call, repeats=30):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(1e3 * (time.process_time() - start))
    return np.median(times)


frame = X.iloc[[0]]
names = list(models)
pipeline = [milliseconds(lambda m=models[n]: m.predict_proba(frame)) for n in names]
planned = [milliseconds(lambda p=plans[n]: p.predict_proba([row])) for n in names]

places = np.arange(len(names))
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.barh(places - 0.2, pipeline, 0.38, label="pipeline")
ax.barh(places + 0.2, planned, 0.38, label="plan")
ax.set(yticks=places, yticklabels=names, xscale="log", xlabel="milliseconds of CPU for one row")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
