"""
What does a model look at, over many rows?
==========================================

One explanation is about one row. What do a hundred say together: which columns matter, for whom,
and from which value on?
"""

# %%
# All rows are explained from one sample, for one species: weights of several classes would not
# share an axis.

from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import make_model, tabular_pipeline

X, y = load_penguins(return_X_y=True)
pipe = tabular_pipeline(make_model("random_forest", random_state=0))
model = ExplainedClassifier(pipe, explainer=TabularExplainer(random_state=0)).fit(X, y)
explanations = model.explain(X[::3], targets=["Adelie"])

# %%
# Which columns matter? A bar is the mean size of the weight; the rows can be put into groups, by a
# column or by labels of your own.

explanations.importance_plot(cohorts="island")

# %%
# In which direction? A dot is a row, its colour the value.

explanations.summary_plot()

# %%
# From which value on? The weight against the value, with 95 % intervals; the ticks at the bottom
# are the values that there are. A missing value stands apart.

explanations.dependence_plot()

# %%
# Are there kinds of rows? Each column is a row of the data, sorted by what the model says.

explanations.heatmap_plot()

# %%
# And one row again, as a ladder: from the average to what the model says about this one.

explanations[0].plot(kind="ladder")
