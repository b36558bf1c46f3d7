"""
What should I know of a frame before I model it?
================================================

Which columns are ids, which say nothing, and which give the answer away?
:func:`~skcook.eda.summarize` looks at each, and says what deserves a second look.
"""

# %%
# Made-up orders, with the usual surprises: an id, a column that never changes, words spelt with a
# space too many, and a refund that is only there when the order came back.

import numpy as np
import pandas as pd

from skcook.eda import summarize

rng = np.random.default_rng(0)
n = 500
came_back = rng.random(n) < 0.3
orders = pd.DataFrame(
    {
        "order": [f"A-{k:05d}" for k in range(n)],
        "currency": "EUR",
        "city": rng.choice(["Bonn", "Köln", "Köln ", "Aachen"], n),
        "amount": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 30, n).round(2)),
        "ordered": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D"),
        "refund": np.where(came_back, 1.0, 0.0),
    }
)
summary = summarize(orders, y=came_back)
summary[["column", "dtype", "missing", "n_unique", "notes"]]

# %%
# The notes name the id, the constant, and the column that tells the target. One city is there
# twice, as ``top`` shows below. As a picture, what is missing and how much:

axes = summary.plot.barh(x="column", y="missing", legend=False, color="#4477aa", figsize=(6, 2.6))
axes.set_xlabel("share of missing values")
axes.set_ylabel("")
axes.invert_yaxis()
axes.spines[["top", "right"]].set_visible(False)

# %%
# The result is a frame: it can be sorted, kept, or pasted into a report.

print(summary[["column", "n_unique", "top"]].to_markdown())
