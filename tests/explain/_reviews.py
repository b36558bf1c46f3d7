"""Film reviews made of words that speak for, against, and of neither."""

import numpy as np

GOOD, BAD = ["good", "great", "fine", "lovely"], ["bad", "awful", "dull", "boring"]
REST = ["the", "a", "film", "plot", "actor", "scene", "story", "music", "light", "end"]
LONG = "A good, good film: the plot is fine; the end was dull, the actor lovely in every way."


def reviews(n=80, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    texts = [
        " ".join(rng.permutation([*rng.choice(GOOD if label else BAD, 2), *rng.choice(REST, 6)]))
        for label in y
    ]
    return texts, np.where(y, "pos", "neg")
