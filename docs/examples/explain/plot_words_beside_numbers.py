"""
Which words, and which numbers?
===============================

A ticket has a subject that people write, and columns that a form fills. Was it the words or the
numbers that made the model call it urgent?
"""

# %%
# Tickets whose urgency is known: a few words count, and the hours that a customer has waited.

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook.explain import TabularExplainer

rng = np.random.default_rng(0)
urgent = {"outage": 3.0, "blocked": 2.0, "cannot": 1.5, "question": -2.0, "thanks": -2.5}
others = ["my", "invoice", "login", "after", "the", "update", "new", "printer", "for", "team"]
subjects = [
    " ".join(rng.permutation([*rng.choice(list(urgent), 2), *rng.choice(others, 4)]))
    for _ in range(800)
]
X = pd.DataFrame(
    {
        "subject": subjects,
        "waited": rng.gamma(2, 6, 800).round(1),
        "plan": rng.choice(["free", "team", "company"], 800),
    }
)
score = X["subject"].map(lambda text: sum(urgent.get(word, 0) for word in text.split()))
y = np.where(score + 0.15 * X["waited"] + rng.logistic(size=800) > 3, "urgent", "later")
read = make_column_transformer(
    (TfidfVectorizer(), "subject"), (StandardScaler(), ["waited"]), (OneHotEncoder(), ["plan"])
)
model = make_pipeline(read, LogisticRegression(C=10)).fit(X, y)

# %%
# The column of free text is found by itself, and opened into the tokens of its vectorizer. Each
# word has a line of its own; an empty subject, against those of the background, has one as well.

row = pd.DataFrame(
    {"subject": ["Blocked after the update, thanks"], "waited": [30.0], "plan": ["team"]}
)
explainer = TabularExplainer(model, random_state=0).fit(X)
explanation = explainer.explain(row, targets=["urgent"])[0]
print(explanation)

# %%
# Words and numbers are on one scale, and all lines together make the prediction.

explanation.plot(kind="ladder")

# %%
# On a page the text itself is marked.

explanation
