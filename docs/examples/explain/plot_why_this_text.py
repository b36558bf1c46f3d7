"""
Why this text?
==============

A small model has learned which reviews are good. Which words made it say so about a new one, and is
it the words that a reader would name?
"""

# %%
# The model is a pipeline of a vectorizer and a linear model. Its words are the vectorizer's own;
# one of skcook or of scikit-learn reads a text once, whatever the number of samples.

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook.explain import TextExplainer
from skcook.text import TextVectorizer

good = ["a lovely film", "great fun and a fine cast", "the music is great", "lovely, just lovely"]
bad = ["a dull film", "the cast is awful", "dull music, boring end", "boring and much too long"]
model = make_pipeline(TextVectorizer(), LogisticRegression(C=10))
model.fit(good * 5 + bad * 5, ["good"] * 20 + ["bad"] * 20)

# %%
# A text of so few words is explained by all subsets of its words: the weights have no sampling
# error.

review = "A dull start, then a great cast, and the music: lovely!"
explanations = TextExplainer(model, random_state=0).fit().explain([review])
print(explanations[0])

# %%
# Blue words speak for the answer, orange ones against it.

explanations.plot()
