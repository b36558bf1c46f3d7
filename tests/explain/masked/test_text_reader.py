import re

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcook.explain import TextExplainer
from skcook.text import TextVectorizer
from tests.explain._reviews import LONG, reviews


def test_masked_vectorizer_is_asked_with_the_text_once(monkeypatch):
    texts, y = reviews()
    pipeline = make_pipeline(TextVectorizer(), LogisticRegression()).fit(texts, y)
    search = GridSearchCV(pipeline, {"logisticregression__C": [1.0]}, cv=2).fit(texts, y)
    explainer = TextExplainer(search, n_samples=64, random_state=0).fit()
    monkeypatch.setattr(TextVectorizer, "transform", None)
    assert explainer.explain([LONG])[0].target in ("pos", "neg")


@pytest.mark.parametrize(
    "vectorizer", [TextVectorizer(numbers="drop"), TextVectorizer(tokenizer=r"[a-z]+")], ids=repr
)
def test_where_masks_are_refused_texts_are_asked(vectorizer):
    texts, y = reviews()
    pipeline = make_pipeline(vectorizer, LogisticRegression()).fit(texts, y)
    (item,) = TextExplainer(pipeline, n_samples=256, random_state=0).fit().explain([LONG])
    assert {feature.feature for feature in item.features} <= set(re.findall(r"\w+", LONG))


def test_a_callable_gets_lists_of_at_most_batch_rows_texts():
    sizes = []

    def score(texts):
        assert isinstance(texts, list)
        sizes.append(len(texts))
        return [text.count("good") for text in texts]

    explainer = TextExplainer(score, n_samples=300, batch_rows=128, random_state=0).fit()
    batches = list(explainer.iter_explain(["good day", "a good day", LONG]))
    assert [item.row for batch in batches for item in batch] == [0, 1, 2]
    assert max(sizes) <= 128
    # The short ones share a call; each subset of their words is asked once.
    assert sizes[0] == 4 + 8
