"""
Husky, or snow?
===============

A model tells wolves from huskies, and is right every time. What does it look at? The example of
LIME's paper, with pictures that are drawn here.
"""

# %%
# In these pictures every wolf stands in the snow. The animal is a dark patch in the middle, of a
# slightly different grey.

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook.explain import ImageExplainer

rng = np.random.default_rng(0)
y = np.array(["husky", "wolf"] * 100)
images = 0.35 + 0.1 * rng.random((200, 32, 32, 3))
images[:, 10:22, 8:24] = 0.15 + 0.1 * rng.random((200, 12, 16, 3))
images[1::2, 10:22, 8:24] += 0.05
images[1::2, 22:] = 0.95

flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 32 * 32 * 3)})
model = make_pipeline(flat, LogisticRegression(max_iter=200)).fit(images, y)
print("accuracy:", model.score(images, y))

# %%
# Regions are hidden, and the model is asked again. If a region is filled with its own average
# colour, snow stays snow, and nothing seems to matter. ``hide_color="auto"``, the default, notices
# that, and takes what moves the model.

explainer = ImageExplainer(model, segmenter="grid", random_state=0).fit()
explanations = explainer.explain(images[1:2])
print("hidden with:", explanations[0].filling)

# %%
# The reasons for "wolf" are at the bottom of the picture: the model has learned to see snow.

explanations.plot()

# %%
# Filled with the average, as lime does it, no region moves the model; the note says so, and nothing
# is painted.

average = ImageExplainer(model, segmenter="grid", hide_color="mean", random_state=0).fit()
print(average.explain(images[1:2])[0].note)
