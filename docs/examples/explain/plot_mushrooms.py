"""
May I eat this mushroom?
========================

The first picture of the talks about LIME: a model says that a mushroom is poisonous, and the
explanation names what it saw. The mushrooms here are made up, after the columns of the UCI data
set, so that the truth is known: a mushroom is poisonous if it smells foul or of fish, or if its
spores are green.
"""

# %%
# A table of words. Cap and habitat say nothing; bruises go with the odour, and are no cause.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skcook.explain import TabularExplainer
from skcook.models import tabular_pipeline

rng = np.random.default_rng(0)
n = 3000
X = pd.DataFrame(
    {
        "odor": rng.choice(["none", "almond", "foul", "fishy"], n, p=[0.55, 0.15, 0.2, 0.1]),
        "spore_print": rng.choice(["brown", "white", "green"], n, p=[0.5, 0.4, 0.1]),
        "cap": rng.choice(["bell", "flat", "convex"], n),
        "habitat": rng.choice(["woods", "grass", "path"], n),
    }
)
smells = X["odor"].isin(["foul", "fishy"])
X["bruises"] = np.where(rng.random(n) < np.where(smells, 0.2, 0.6), "yes", "no")
y = np.where(smells | (X["spore_print"] == "green"), "poisonous", "edible")
model = tabular_pipeline("random_forest").fit(X, y)

# %%
# One that smells foul. The odour speaks for poison, the colour of the spores a little against it,
# and what says nothing stays around zero; bruises too, although they are rare among the poisonous.
explainer = TabularExplainer(model, random_state=0).fit(X)
foul = pd.DataFrame([["foul", "brown", "convex", "grass", "no"]], columns=X.columns)
explainer.explain(foul, targets=["poisonous"]).plot()
plt.show()

# %%
# One without a smell whose spores are green: now the spores decide, and the smell speaks against
# poison. An explanation is one of this row.
green = foul.assign(odor="none", spore_print="green")
explanation = explainer.explain(green, targets=["poisonous"])
explanation.plot()
plt.show()

# %%
# The same as a table, as for the True and False of the talk. Beside the weights stands how well
# they are known.
explanation.to_frame()[["rule", "weight", "std_error"]].round(3)

# %%
# Would it be edible if it were different? Only the spores would have to change.
print(explainer.what_would_change(green, target="edible", frozen=["odor"], k=1)[0].changes)
