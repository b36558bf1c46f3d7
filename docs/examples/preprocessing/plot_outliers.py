"""
What does one absurd value do to a model?
=========================================

One typing error, a salary with three zeros too many, moves a linear model for everybody.
:class:`~skcook.preprocessing.OutlierClipper` learns limits in ``fit`` and holds values to them.
"""

# %%
# A straight relation of 60 rows, and one slip of the keyboard.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from skcook.preprocessing import OutlierClipper

rng = np.random.default_rng(0)
X = pd.DataFrame({"years": rng.uniform(0, 30, 60).round(1)})
y = 30 + 1.2 * X["years"] + rng.normal(0, 3, 60)
X.loc[7, "years"] = 275.0

# %%
# The limits are the whiskers of a box plot, and part of the fitted step.

clipper = OutlierClipper().fit(X)
clipper.lower_, clipper.upper_

# %%
# The two models on the range that is real:

grid = pd.DataFrame({"years": np.linspace(0, 30, 50)})
figure, ax = plt.subplots(figsize=(6, 3.6))
ax.plot(X["years"], y, "o", ms=3, color="0.6")
for name, model, colour in [
    ("as it is", LinearRegression(), "#ee6677"),
    ("clipped", make_pipeline(OutlierClipper(), LinearRegression()), "#4477aa"),
]:
    ax.plot(grid["years"], model.fit(X, y).predict(grid), color=colour, label=name)
ax.set_xlim(-1, 32)
ax.set_xlabel("years")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.tight_layout()
