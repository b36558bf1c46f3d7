"""
How do I serve a model of images?
=================================

A model of scikit-learn takes rows of numbers; a picture is a square of them. Put the step that lays
the square out into the pipeline, and the server takes pictures, and its page an upload.
"""

# %%
# Digits of 8 x 8 pixels. The first step is a function with a name, so that a file can name it.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook.serve import create_app

images, y = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8)
flatten = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 64)})
model = make_pipeline(flatten, LogisticRegression(max_iter=500)).fit(images[:1000], y[:1000])

# %%
# What the server knows of its input: one column of images, each a list of rows of pixels.

from skcook import artifacts

artifact = artifacts.wrap(model, images[:100], name="digits")
artifact

# %%
# A request and its answer, through Flask's test client.

client = create_app(artifact).test_client()
image = images[1200]
body = {"rows": [{"image": image.tolist()}]}
answer = client.post("/v1/models/digits/predict_proba", json=body).json
probabilities = dict(zip(answer["classes"], answer["probabilities"][0]))
max(probabilities, key=probabilities.get), int(y[1200])

# %%
# Why? The regions with their weights, as the page paints them.

why = client.post("/v1/models/digits/explain", json=body).json["explanations"][0]
weights = {feature["value"]: feature["weight"] for feature in why["features"]}
painted = np.vectorize(lambda region: weights.get(region, 0.0))(np.array(why["segments"]))
figure, axes = plt.subplots(1, 2, figsize=(5.6, 2.8))
axes[0].imshow(image, cmap="gray_r")
limit = np.abs(painted).max()
axes[1].imshow(painted, cmap="RdBu", vmin=-limit, vmax=limit)
axes[0].set_title("the picture")
axes[1].set_title(f"what speaks for {why['target']}")
for ax in axes:
    ax.axis("off")
plt.tight_layout()
