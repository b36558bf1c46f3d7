"""
Should recent likes count more?
===============================

Tastes change: who has moved from westerns to science fiction wants no western now, though there are
many in the history. With ``half_life``, a like counts half as much once so many others have come
after it. How long should it be, and what does it bring?
"""

# %%
# Made-up users who change their genre: sixteen picks of an old taste, then twelve of a new one.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV

from skcook.datasets import make_interactions
from skcook.recommend import (
    EASERecommender,
    LeaveLastN,
    compare_recommenders,
    ranking_scorer,
)

old = make_interactions(300, 200, n_per_user=16, random_state=0)
new = make_interactions(300, 200, n_per_user=12, random_state=1)
later = new.frame.assign(time=new.frame["time"] + old.frame["time"].max())
pairs = pd.concat([old.frame, later], ignore_index=True)[["user", "item", "time"]]
train, test = next(LeaveLastN(3, time="time").split(pairs))
train, test = pairs.iloc[train], pairs.iloc[test]

# %%
# The last three picks of each user are the future. ``half_life`` is chosen on the past alone: the
# search holds out the last three of the training rows.

half_lives = [2, 5, 10, 20, 50, None]
search = GridSearchCV(
    EASERecommender(100, time="time"),
    {"half_life": half_lives},
    cv=LeaveLastN(3, time="time"),
    scoring=ranking_scorer("ndcg", k=10),
).fit(train)
print("chosen:", search.best_params_)

# %%
# All half-lives on the future. How far each is behind the best is paired, user by user.

models = {
    str(value): EASERecommender(100, time="time", half_life=value).fit(train)
    for value in half_lives
}
table = compare_recommenders(models, test).set_index("model").loc[list(models)]
table.round(3)

# %%

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[3, 2])
errors = [table["value"] - table["low"], table["high"] - table["value"]]
left.errorbar(range(len(table)), table["value"], yerr=errors, fmt="o-", color="#4477aa")
left.set_xticks(range(len(table)), table.index)
left.set_xlabel("half_life: later likes until one counts half")
left.set_ylabel("ndcg@10 of the next three picks")
left.spines[["top", "right"]].set_visible(False)

# What a list of ten is made of, for the users whose genre changed.
genres = old.item_table.set_index("item")["genre"]
tastes = old.user_table.merge(new.user_table, on="user", suffixes=("_old", "_new"))
tastes = tastes[tastes["favourite_old"] != tastes["favourite_new"]].set_index("user")
shares = {}
for name in ("None", str(search.best_params_["half_life"])):
    lists = models[name].recommend(tastes.index.tolist(), k=10)
    of_item = genres.loc[lists["item"]].to_numpy()
    now = tastes.loc[lists["user"]]
    shares[f"half_life={name}"] = {
        "old genre": (of_item == now["favourite_old"].to_numpy()).mean(),
        "new genre": (of_item == now["favourite_new"].to_numpy()).mean(),
    }
pd.DataFrame(shares).T.plot.bar(ax=right, rot=0, color=["#bbbbbb", "#4477aa"])
right.set_ylabel("share of the ten recommended")
right.spines[["top", "right"]].set_visible(False)
right.legend(frameon=False)
plt.tight_layout()
