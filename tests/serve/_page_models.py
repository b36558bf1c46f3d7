"""The models whose pages a browser looks at: one of each kind."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, ImageExplainer
from skcook.models import tabular_pipeline
from skcook.recommend import SideTable
from skcook.text import TextVectorizer
from tests.serve.http.routes.test_recommend_routes import PAIRS, PEOPLE, lightfm

MAILS = ["write to ana@example.org now", "a dull film", "mail ben@example.org", "a warm film"]
TEXTS = ["a warm and clever film", "dull, bad and dull again", "clever and funny", "a bad script"]


def save_models(folder):
    """Save them, and return what ``skcook-serve`` is given."""
    X, y = load_penguins(return_X_y=True)
    for version, name in (("1", "decision_tree"), ("2", "logistic")):
        model = tabular_pipeline(name).fit(X, y)
        card = {
            "purpose": "Telling penguins apart on a page.",
            "limits": ["Three species."],
            "metrics": {"accuracy": 0.9 + float(version) / 100},
        }
        artifacts.save(model, folder / f"v{version}.skcook", X, y=y, version=version, card=card)
    mails = make_pipeline(CountVectorizer(), LogisticRegression()).fit(
        MAILS * 5, ["ad", "film"] * 10
    )
    artifacts.save(mails, folder / "mails.skcook", MAILS * 5, y=["ad", "film"] * 10)
    labels = ["good", "bad"] * 2
    reviews = make_pipeline(TextVectorizer(), LogisticRegression(C=10)).fit(TEXTS, labels)
    artifacts.save(reviews, folder / "reviews.skcook", TEXTS, y=labels)
    numbers = range(80)
    tickets = pd.DataFrame(
        {
            "title": [f"{TEXTS[i % 4]}, as was said in {i}" for i in numbers],
            "note": [f"seen {i} times, once at night" for i in numbers],
            "hours": numbers,
        }
    )
    read = make_column_transformer(
        (CountVectorizer(), "title"), (CountVectorizer(), "note"), ("passthrough", ["hours"])
    )
    both = make_pipeline(read, LogisticRegression(C=10, max_iter=500)).fit(tickets, labels * 20)
    artifacts.save(both, folder / "tickets.skcook", tickets, y=labels * 20)
    X, y = load_digits(return_X_y=True)
    images = X.reshape(-1, 8, 8)
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 64)})
    digits = make_pipeline(flat, LogisticRegression(C=0.01, max_iter=2000)).fit(images, y)
    artifacts.save(digits, folder / "digits.skcook", images, y=y)
    pixels = ExplainedClassifier(
        LogisticRegression(C=0.01, max_iter=2000), explainer=ImageExplainer(shape=(8, 8))
    ).fit(X, y)
    artifacts.save(pixels, folder / "pixels.skcook", X, y=y)
    odd = IsolationForest(n_estimators=10, random_state=0).fit(X[:, 18:22])
    artifacts.save(odd, folder / "odd.skcook", X[:, 18:22])
    people = SideTable(PEOPLE, id="user", n_bins=2)
    artifacts.save(lightfm(user_features=people).fit(PAIRS), folder / "films.skcook", PAIRS)
    single = [path for path in sorted(folder.glob("*.skcook")) if path.stem not in ("v1", "v2")]
    return [*(f"birds={folder / f'v{version}.skcook'}" for version in "12"), *map(str, single)]
