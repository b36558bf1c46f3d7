"""
Why this penguin?
=================

A model tells the species of a penguin from two words and four numbers, some of them missing. What
made it say "Chinstrap" about this one, and how sure is that answer?
"""

# %%
# The model is an ordinary pipeline. It selects its columns by name, takes words as they are and
# copes with missing values: nothing is prepared for the explanation.

from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, TabularExplainer

X, y = load_penguins(return_X_y=True)
pipe = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["island", "sex"]), remainder="passthrough"
    ),
    RandomForestClassifier(random_state=0),
)
model = ExplainedClassifier(pipe, explainer=TabularExplainer(random_state=0)).fit(X, y)

# %%
# The explanation is of the class that the model finds most likely. A bar to the right speaks for
# it, one to the left against it; the whiskers are 95 % intervals.

row = X.iloc[[300]]
explanations = model.explain(row)
explanations.plot()

# %%
# The same as text: what the average penguin gets, what each value of this one adds, and what is not
# explained.

print(explanations[0])

# %%
# What about the other species? ``targets="all"`` explains each, from the same sample: it costs no
# further question to the model.

model.explain(row, targets="all").plot()

# %%
# A penguin of which almost nothing is known. Missing is a value like any other here: it has the
# frequency that it had in the background, and a weight of its own.

print(X.iloc[3])
print(model.explain(X.iloc[[3]])[0])

# %%
# Over all penguins: which columns matter, and in which direction? Each dot is a row, its colour the
# value.

everything = model.explain(X)
everything.summary_plot()

# %%
# Three rows that together show most of what the forest looks at, as a table. ``to_html`` makes a
# page of them.

print(everything.pick(3).to_frame().drop(columns="value").round(3).to_string(index=False))
