"""
How do I predict where there is no Python?
==========================================

A fitted pipeline is exported whole: as a model of ONNX, and as a page that predicts in a browser
without a server. Both are compared with the pipeline before anyone gets them.
"""

# %%
# A pipeline over strings, numbers and missing values, saved as one file.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts, export
from skcook.artifacts import Schema
from skcook.datasets import load_penguins
from skcook.models import tabular_pipeline
from skcook.serve import to_html

X, y = load_penguins(return_X_y=True)
model = tabular_pipeline("random_forest").fit(X, y)
folder = tempfile.TemporaryDirectory()
artifact = artifacts.read(artifacts.save(model, Path(folder.name) / "penguins.skcook", X, y=y))

# %%
# The columns become inputs, a column of shape (rows, 1) each: texts as texts, all else as doubles.

proto = export.to_onnx(artifact)
session = onnxruntime.InferenceSession(proto.SerializeToString())
for field in session.get_inputs():
    print(field.name, field.type, field.shape)

# %%
# A missing number is NaN, a missing text is "". Every probability is the pipeline's, to the last
# bit: the leaves of a forest are added in scikit-learn's order.

texts = ("island", "sex")
given = {name: X[[name]].to_numpy(np.float64) for name in X if name not in texts}
given |= {name: X[[name]].fillna("").to_numpy(object) for name in texts}
labels, shares = session.run(["predict", "predict_proba"], given)
assert (labels == model.predict(X)).all()
print("greatest difference:", np.abs(shares - model.predict_proba(X)).max())

# %%
# What is written, and how large it is. The page has the form, the model, and the script that
# computes it; most of it is the page itself.

page = to_html(artifact)
sizes = {
    "model file": len(Path(artifact.path).read_bytes()),
    "ONNX": len(proto.SerializeToString()),
    "page": len(page.encode()),
}
figure, axes = plt.subplots(figsize=(6, 1.8), layout="constrained")
bars = axes.barh(list(sizes), [size / 1000 for size in sizes.values()], color="#4477aa")
axes.bar_label(bars, fmt="%.0f kB", padding=4)
axes.set(xlabel="kB", title="One forest of 200 trees, three files", xlim=(0, None))
axes.margins(x=0.15)
axes.invert_yaxis()
figure

# %%
# A row that the pipeline itself would not answer is told by an output of its own. This forest
# answers anything but an infinite number:

odd = {name: values[:1].copy() for name, values in given.items()}
odd["body_mass_g"][:] = np.inf
folder.cleanup()
dict(zip(["predict", "refused"], session.run(["predict", "refused"], odd), strict=True))

# %%
# Words are exported too, where a regular expression finds them. A text that another machine might
# read otherwise, such as one with a capital beyond ASCII, is refused and not guessed.

reviews = ["a fine café", "very fine", "a grey and rainy place", "grey, loud and cold"] * 5
likes = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
likes.fit(reviews, ["yes", "yes", "no", "no"] * 5)
proto = export.to_onnx(likes, Schema.capture(reviews, likes), reviews)
session = onnxruntime.InferenceSession(proto.SerializeToString())
new = np.array([["A FINE place"], ["loud and grey"], ["Über-fine"]], dtype=object)
print(session.run(["predict", "refused"], {"text": new}))

# %%
# The probabilities of the first penguins:
pd.DataFrame(shares, columns=model.classes_).head().round(3)
