"""
What do I recommend to someone who has just come in?
====================================================

A visitor without an account has clicked three things. No model has seen this person, and nothing
has to be fitted again: the clicks are a history.
"""

# %%

import matplotlib.pyplot as plt
import pandas as pd

from skcook.datasets import make_interactions
from skcook.recommend import EASERecommender, PopularityRecommender

data = make_interactions(n_users=300, n_items=200, random_state=0)
genres = data.item_table.set_index("item")["genre"]
model = EASERecommender().fit(data.frame)

# %%
# Without a history a stranger gets what is popular.

clicks = genres[genres == genres.iloc[0]].index[:3].tolist()
print("clicked:", clicks, "of the genre", genres.iloc[0])
lists = {
    "popular": PopularityRecommender().fit(data.frame).recommend("visitor", k=10),
    "after one click": model.recommend(history={"visitor": clicks[:1]}, k=10),
    "after three": model.recommend(history={"visitor": clicks}, k=10),
}
lists["after three"].head(3)

# %%
# How much of the list is of the genre that was clicked?

shares = pd.Series(
    {name: (genres.loc[found["item"]] == genres.iloc[0]).mean() for name, found in lists.items()}
)
axes = shares.plot.bar(rot=0, figsize=(6, 3), color="#4477aa")
axes.set_ylabel("share of the clicked genre")
axes.set_ylim(0, 1)
axes.spines[["top", "right"]].set_visible(False)
plt.tight_layout()
