"""
Why this digit?
===============

Which pixels made a model read this digit, and which of them spoke against it?
"""

# %%
# The images of handwritten digits are rows of 64 numbers here, as any estimator of scikit-learn
# wants them. `shape` tells the explainer what image a row is. Such small images are cut into
# squares, here of one pixel; a hidden one is black. The numbers in the picture are those of the
# bars.

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skcook.explain import ImageExplainer

X, y = load_digits(return_X_y=True)
X = X / 16
model = LogisticRegression(C=0.1, max_iter=1000).fit(X[:1500], y[:1500])

explainer = ImageExplainer(
    model, segmenter="grid", shape=(8, 8), hide_color=0, random_state=0
).fit()
explanations = explainer.explain(X[1502:1504])

# %%
# Blue pixels speak for the digit that the model reads, orange ones against it.

explanations.plot()
