"""
What would have to be different?
================================

A reason says why the answer is what it is. A person who gets the answer often asks something else:
what would have to change for another one?
"""

# %%
# A penguin that is an Adelie to the model. What would make it a Chinstrap? Its sex and its island
# cannot change.

import matplotlib.pyplot as plt
import pandas as pd

from skcook.datasets import load_penguins
from skcook.explain import TabularExplainer
from skcook.models import tabular_pipeline

X, y = load_penguins(return_X_y=True)
model = tabular_pipeline("random_forest").fit(X, y)
explainer = TabularExplainer(model, random_state=0).fit(X)
row = X.iloc[[20]]
print(model.predict(row)[0])
answers = explainer.what_would_change(row, target="Chinstrap", frozen=["sex", "island"])
for answer in answers:
    changes = ", ".join(f"{c.feature} {c.value:g} -> {c.to:g}" for c in answer.changes)
    print(f"{changes}: probability {answer.prediction:.2f}")

# %%
# Each answer has been asked of the model, so it is valid. The bird on its way from what it is to
# the first answer:

first = answers[0]
steps = 30
way = pd.concat([row] * (steps + 1), ignore_index=True)
for change in first.changes:
    way[change.feature] = [
        change.value + (change.to - change.value) * k / steps for k in range(steps + 1)
    ]
probabilities = pd.DataFrame(model.predict_proba(way), columns=model.classes_)
axes = probabilities.plot(figsize=(6, 3.2), color=["#ee6677", "#4477aa", "0.6"])
axes.set_xlabel(
    "share of the way to " + ", ".join(f"{c.feature} = {c.to:g}" for c in first.changes)
)
axes.set_xticks([0, steps / 2, steps], ["0", "half", "all"])
axes.set_ylabel("probability")
axes.spines[["top", "right"]].set_visible(False)
plt.tight_layout()
