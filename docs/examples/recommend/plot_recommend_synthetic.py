"""
Do features help with items that no user has met?
=================================================

A recommender that learns from interactions alone knows nothing of a new item. One that also
learns from features places it by what it is. Here both are put to the test, on made-up users who
each have a favourite genre.
"""

# %%
# Every user picks 20 items, four fifths of them from one genre; within a genre, popular items are
# picked more often.

import matplotlib.pyplot as plt
import pandas as pd

from skcook.datasets import make_interactions
from skcook.recommend import (
    ColdItemSplit,
    LeaveLastN,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
    ranking_report,
)

data = make_interactions(n_users=300, n_items=200, random_state=0)
items = SideTable(data.item_table, id="item", title="title")
models = {
    "popularity": PopularityRecommender(),
    "interactions": LightFMRecommender(16, epochs=15, random_state=0),
    "and features": LightFMRecommender(16, epochs=15, item_features=items, random_state=0),
}
data.frame.head(3)

# %%
# Two questions: which of the known items will a user pick next, and which of the new ones would
# suit whom? For the first, the last three picks of each user are held out; for the second, a
# fifth of the items, which are then ranked among themselves.

questions = {
    "known items": (LeaveLastN(3, time="time"), None),
    "new items": (ColdItemSplit(1, test_size=0.2, random_state=0), "test"),
}
scores = pd.DataFrame(index=list(models), columns=list(questions), dtype=float)
for question, (splitter, candidates) in questions.items():
    ((train, test),) = splitter.split(data.frame)
    for name, model in models.items():
        model.fit(data.frame.iloc[train])
        report = ranking_report(model, data.frame.iloc[test], candidates=candidates)
        scores.loc[name, question] = report["ndcg"]
scores.round(3)

# %%
# For known items the interactions say it all. For new ones they say nothing: all of them score the
# same, and what a model cannot tell apart counts as last. There the features say nearly everything.

axes = scores.plot.bar(rot=0, figsize=(7, 3.6), color=["#4477aa", "#ee6677"], width=0.7)
axes.set_ylabel("ndcg@10 (higher is better)")
axes.set_title("What a recommender learns from")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
plt.tight_layout()

# %%
# Why is this item recommended to this user? The score comes apart into features, and the history
# shows what it is like.

model = models["and features"].fit(data.frame)
best = model.recommend("u7", k=1)
best

# %%

why = model.explain("u7", best["item"].iloc[0])
why.contributions.head(4).round(2)

# %%

why.history.round(2)
