"""
How do I keep a curve from going down?
======================================

A heavier bird is not less likely to be a Gentoo, whatever a few odd rows say. A booster that is
told so bends less to the noise, and its answers can be defended.
"""

# %%
# The same booster twice, once with a direction for one column, by its name in the data.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline

X, y = load_penguins(return_X_y=True)
rng = np.random.default_rng(0)
gentoo = ((y == "Gentoo") ^ (rng.random(len(y)) < 0.15)).astype(int)  # some labels are wrong
X = X[["island", "body_mass_g", "sex"]]
free = tabular_pipeline("lightgbm").fit(X, gentoo)
held = tabular_pipeline("lightgbm", monotonic={"body_mass_g": 1}).fit(X, gentoo)

# %%
# A female bird of Biscoe, over all weights:

grid = pd.DataFrame(
    {"island": "Biscoe", "body_mass_g": np.linspace(2700, 6300, 200), "sex": "female"}
)
figure, ax = plt.subplots(figsize=(6.5, 3.4))
for name, model, colour in [("free", free, "#ee6677"), ("only rising", held, "#4477aa")]:
    ax.plot(grid["body_mass_g"], model.predict_proba(grid)[:, 1], label=name, color=colour)
ax.set_xlabel("body mass in g")
ax.set_ylabel("probability of a Gentoo")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.tight_layout()
