"""
What is a weight?
=================

A weight says how far a value moves this prediction from the average: the column's fair share of the
distance. Where the model is known, so are its shares. Are they found, at a step, in a column of
mostly zeros, and where two columns act together?
"""

# %%
# The model is a formula, so that the truth is known: a premium that jumps by 300 at the age of 65,
# rises with the few claims that there are, and doubles the cost of power for who is young.

import numpy as np
import pandas as pd

from skcook.explain import TabularExplainer

rng = np.random.default_rng(0)
n = 1_500
X = pd.DataFrame(
    {
        "age": rng.integers(18, 90, n).astype(float),
        "claims": np.where(rng.random(n) < 0.9, 0.0, rng.uniform(500, 4_000, n)),
        "power": rng.uniform(40, 240, n),
        "colour": rng.choice(["red", "blue", "grey"], n),
    }
)


def premium(rows):
    """Return the premium, a known sum of what age, claims and power do."""
    young = rows["age"] < 26
    jump = 300.0 * (rows["age"] >= 65)
    return jump + 0.1 * rows["claims"] + 2.0 * rows["power"] * (1 + young)


explainer = TabularExplainer(premium, random_state=0).fit(X)
explanations = explainer.explain(X[::4])


# The true shares: a column's own part against its average, and half of what a pair does together.
old, young = (X["age"] >= 65).mean(), (X["age"] < 26).mean()
power, claims = X["power"].mean(), X["claims"].mean()


def compare(column, *shares):
    """Draw the weights of a column against its values, and true shares as dashed lines."""
    ax = explanations.dependence_plot(column)[0]
    values = np.sort(X[column].to_numpy())
    for share in shares:
        (line,) = ax.plot(values, share(values), "k--", linewidth=1)
    ax.legend(handles=[line], labels=["truth"])


# %%
# **A step.** The weight of the age jumps at 65 where the premium does, and again at 26. LIME's bins
# end at the quartiles of the data, 36, 54 and 72, and would smear both. Above 26 the dots lie on
# the dashed line. Below, they spread: what age does to a young driver depends on the power as well.

compare("age", lambda age: 300 * ((age >= 65) - old) + 2 * power * ((age < 26) - young))

# %%
# **A column of mostly zeros.** Nine rows of ten have no claims, and a weight a little below zero:
# none is less than the average. The others lie on a straight line.

compare("claims", lambda value: 0.1 * (value - claims))

# %%
# **Two columns together.** Power costs the young twice as much, so its weights lie on two lines:
# the steep one is theirs. The pair is named, and what it does together is halved into its two
# columns.

compare(
    "power",
    lambda value: (value - power) * (2 + young),
    lambda value: (value - power) * (3 + young),
)
print(explainer.interactions_.head(3))

# %%
# A young driver of a strong car: the weights, the pair, and the sum. The colour, which the premium
# does not look at, gets nothing.

driver = pd.DataFrame({"age": [20.0], "claims": [0.0], "power": [220.0], "colour": ["red"]})
explanation = explainer.explain(driver)[0]
explanation.plot(kind="ladder")
print(explanation)

# %%
# The same in numbers, beside the truth.

shares = {
    "age": -300 * old + (1 - young) * (220 + power),
    "power": (220 - power) * (3 + young),
    "claims": -0.1 * claims,
    "colour": 0.0,
}
found = {feature.feature: feature.weight for feature in explanation.features}
table = pd.DataFrame({"truth": shares, "found": found}).round(1)
print(table)
assert np.allclose(table["found"], table["truth"], atol=0.05 * explanation.output_sd)
