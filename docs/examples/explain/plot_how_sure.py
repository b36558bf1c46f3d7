"""
How sure is an explanation?
===========================

An explanation is estimated from a sample, so it would come out a little differently with another.
Each weight says by how much: its standard error.
"""

# %%
# One patient, one model, three sizes of the sample. The whiskers are 95 % intervals.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_breast_cancer

from skcook.explain import TabularExplainer
from skcook.models import tabular_pipeline

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
model = tabular_pipeline("random_forest").fit(X, y)
row = X.iloc[[20]]
sizes = [512, 2048, 8192]
frames = []
for size in sizes:
    explainer = TabularExplainer(model, n_samples=size, refine=False, random_state=0).fit(X)
    frames.append(explainer.explain(row).to_frame().assign(size=size))
weights = pd.concat(frames)
features = frames[-1]["feature"].head(5).tolist()

figure, ax = plt.subplots(figsize=(7, 3.6))
for shift, size in enumerate(sizes):
    part = weights[weights["size"] == size].set_index("feature").reindex(features)
    places = [k + 0.22 * (shift - 1) for k in range(len(features))]
    ax.errorbar(
        part["weight"], places, xerr=1.96 * part["std_error"], fmt="o", label=f"{size:,} points"
    )
ax.set_yticks(range(len(features)), features)
ax.invert_yaxis()
ax.axvline(0, color="0.7", lw=1)
ax.set_xlabel("weight")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.tight_layout()

# %%
# And is it faithful over many rows? The report holds rows back, and replaces the columns with the
# largest weights first: the output should move faster than in a random order.

explainer.report(n_rows=10).T.round(3)
