"""
EASE or LightFM?
================

One is a closed formula without a random number, the other learns embeddings step by step. Which one
puts more of what people will pick into the first ten, and can the difference be chance?
"""

# %%
# Made-up users, each with a taste. The last three picks of each are held out.

import time

import matplotlib.pyplot as plt

from skcook.datasets import make_interactions
from skcook.recommend import (
    EASERecommender,
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    compare_recommenders,
)

pairs = make_interactions(n_users=300, n_items=200, random_state=0).frame
train, test = next(LeaveLastN(3, time="time").split(pairs))
models = {
    "popularity": PopularityRecommender(),
    "EASE": EASERecommender(),
    "LightFM": LightFMRecommender(16, epochs=15, random_state=0),
}
seconds = {}
for name, model in models.items():
    start = time.process_time()
    model.fit(pairs.iloc[train])
    seconds[name] = time.process_time() - start

# %%
# All are asked about the same users, so the differences are paired.

table = compare_recommenders(models, pairs.iloc[test])
table.assign(cpu_seconds=table["model"].map(seconds)).round(3)

# %%

figure, ax = plt.subplots(figsize=(6, 2.4))
errors = [table["value"] - table["low"], table["high"] - table["value"]]
ax.errorbar(table["value"], table["model"], xerr=errors, fmt="o", color="#4477aa")
ax.invert_yaxis()
ax.set_xlabel("ndcg@10, with 95 % intervals over users")
ax.spines[["top", "right"]].set_visible(False)
plt.tight_layout()

# %%
# EASE says why in items: their shares add up to the score.

best = models["EASE"].recommend("u7", k=1)["item"].iloc[0]
models["EASE"].explain("u7", best).history.head(3).round(3)
