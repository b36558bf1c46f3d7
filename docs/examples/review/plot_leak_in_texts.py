"""
Words that should not matter
============================

A classifier of short notes has learned the names of two offices in place of what the notes say. How
many rounds of ten notes does it take until it looks at the words that matter?
"""

# %%
# Notes about repairs or about orders; one in ten is filed wrongly. Each also holds two words of the
# office that sent it, and in training 95 of 100 notes come from the office that writes about such
# things.

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook.review import Review
from skcook.text import TextVectorizer

rng = np.random.default_rng(0)
TOPICS = [
    [
        "pump",
        "leaks",
        "motor",
        "noise",
        "belt",
        "torn",
        "valve",
        "stuck",
        "bearing",
        "worn",
        "fuse",
        "blown",
    ],
    [
        "invoice",
        "price",
        "quote",
        "delivery",
        "discount",
        "pallet",
        "customer",
        "credit",
        "stock",
        "carton",
    ],
]
OFFICES = [[f"{name}{i}" for i in range(10)] for name in ("northdesk", "southdesk")]
FILLERS = ["the", "a", "is", "was", "for", "again", "today", "please", "on", "it", "and", "with"]


def notes(n, share):
    labels = rng.integers(0, 2, n)
    texts = []
    for label in labels:
        office = label if rng.random() < share else 1 - label
        topic = label if rng.random() < 0.9 else 1 - label
        words = [*rng.choice(TOPICS[topic], 3), *rng.choice(TOPICS[1 - topic], 2)]
        words += [*rng.choice(OFFICES[office], 2), *rng.choice(FILLERS, 6)]
        rng.shuffle(words)
        texts.append(" ".join(words))
    return texts, np.array(["repair", "order"])[labels]


texts, kinds = notes(800, 0.95)
clean, clean_kinds = notes(2000, 0.5)
model = make_pipeline(TextVectorizer(), LogisticRegression(C=5, max_iter=1000))
review = Review(model, texts, kinds, who="ana", random_state=0)

# %%
# What the model looks at in the note that shows most:

print(review.pick(1)[0])

# %%
# Three rounds. A word that was judged is not asked again, and words that are spelled like the
# struck ones are proposed; the person still decides.

scores = [review.model.score(clean, clean_kinds)]
for _ in range(3):
    for note in review.pick(5):
        for reason in note.features:
            said = "wrong" if "desk" in reason.feature else "right"
            review.mark(reason.feature, said, row=note.row)
    for proposal in review.proposals:
        review.mark(proposal.feature, "wrong" if "desk" in proposal.feature else "right")
    scores.append(review.refit().score(clean, clean_kinds))

for i, score in enumerate(scores):
    print(f"after {i} rounds: {score:.3f} on notes from either office")

# %%
# The struck words became stop words of the vectorizer, so they are gone for good:

print(review.model.estimator_[0].stop_words[:6], len(review.corrections))
