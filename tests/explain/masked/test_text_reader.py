import re

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union

from skcook.explain import TextExplainer
from skcook.explain.masked._token_masks import token_masks
from skcook.explain.masked._word_spans import Words, split_by_rule
from skcook.text import TextCleaner, TextVectorizer
from tests.explain._reviews import LONG, reviews


def test_masked_vectorizer_is_asked_with_the_text_once(monkeypatch):
    texts, y = reviews()
    pipeline = make_pipeline(TextVectorizer(), LogisticRegression()).fit(texts, y)
    search = GridSearchCV(pipeline, {"logisticregression__C": [1.0]}, cv=2).fit(texts, y)
    explainer = TextExplainer(search, n_samples=64, random_state=0).fit()
    asked = []
    transform = TextVectorizer.transform
    monkeypatch.setattr(
        TextVectorizer, "transform", lambda self, X: asked.append(list(X)) or transform(self, X)
    )
    assert explainer.explain([LONG])[0].target in ("pos", "neg")
    assert asked == [[LONG]]  # for the class that is predicted


@pytest.mark.parametrize(
    "vectorizer", [TextVectorizer(numbers="drop"), TextVectorizer(tokenizer=r"[a-z]+")], ids=repr
)
def test_where_masks_are_refused_texts_are_asked(vectorizer):
    texts, y = reviews()
    pipeline = make_pipeline(vectorizer, LogisticRegression()).fit(texts, y)
    (item,) = TextExplainer(pipeline, n_samples=256, random_state=0).fit().explain([LONG])
    assert {feature.feature for feature in item.features} <= set(re.findall(r"\w+", LONG.lower()))


#: The last word, or sign, of a text decides.
SIGNS = ["ok 🔥", "ok fine", "not 🔥", "not fine", "so 🔥 ok", "so fine ok"]


def _stems():
    class Stems(CountVectorizer):
        def build_analyzer(self):
            analyze = super().build_analyzer()
            return lambda text: [term[:3] for term in analyze(text)]

    return Stems()


@pytest.mark.parametrize(
    ("vectorizer", "texts", "expected"),
    [
        (CountVectorizer(token_pattern=r"\S+"), SIGNS, "🔥"),
        (HashingVectorizer(token_pattern=r"\S+", n_features=64), SIGNS, "🔥"),
        (CountVectorizer(analyzer="char", ngram_range=(1, 3)), ["a!!!", "a", "b!!!", "b"], "!!!"),
        (TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)),
         ["a!!!", "a", "b!!!", "b"], "!!!"),
        (CountVectorizer(token_pattern=r"\w"), ["x a", "x b", "y a", "y b"], "a"),
        (CountVectorizer(tokenizer=list, token_pattern=None),
         ["我好", "我差", "他好", "他差"], "好"),
        (CountVectorizer(analyzer=str.split), ["x! a", "x! b", "y a", "y b"], "a"),
        (CountVectorizer(strip_accents="unicode"),
         ["à café", "un thé", "le café", "ce thé"], "cafe"),
        (CountVectorizer(stop_words=["the"], ngram_range=(1, 2)),
         ["the good film", "the bad film", "good the end", "bad the end"], "good"),
        (_stems(), ["lovely film", "awful film", "lovely end", "awful end"], "lov"),
        (make_union(CountVectorizer(), TfidfVectorizer(analyzer="char")),
         ["ok good!!!", "ok bad.", "so good!!!", "so bad."], "good"),
        (make_pipeline(TextCleaner(emoji="fire"), CountVectorizer()), SIGNS, "fire"),
        (make_pipeline(TextCleaner(emoji="keep"), HashingVectorizer(token_pattern=r"\S+")),
         SIGNS, "🔥"),
        (TextVectorizer(tokenizer=r"\S+"), SIGNS, "🔥"),
        (TextVectorizer(analyzer="char", ngram_range=(1, 2)), ["a!!!", "a", "b!!!", "b"], "!!!"),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else None,
)  # fmt: skip
def test_words_are_the_vectorizer_s_own_tokens(vectorizer, texts, expected):
    y = [1, 0] * (len(texts) // 2)
    model = make_pipeline(vectorizer, LogisticRegression(C=100)).fit(texts, y)
    (item,) = TextExplainer(model, random_state=0).fit().explain(texts[:1], targets=[1])
    assert item.features[0].feature == expected
    assert item.features[0].weight > 0.2
    assert item.prediction == pytest.approx(model.predict_proba(texts[:1])[0, 1])
    assert "".join(piece for piece, _, _ in item.source) == texts[0]


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(),
        CountVectorizer(binary=True, ngram_range=(1, 3), stop_words="english"),
        CountVectorizer(ngram_range=(2, 2), lowercase=False),
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
        TfidfVectorizer(use_idf=False, norm="l1"),
        TfidfVectorizer(norm=None, dtype=np.float32),
        CountVectorizer(analyzer=str.split, min_df=2),
        HashingVectorizer(n_features=8),
        HashingVectorizer(n_features=64, norm=None, ngram_range=(1, 2), alternate_sign=False),
    ],
    ids=repr,
)
def test_masks_make_the_matrix_of_the_texts_without_the_tokens(vectorizer):
    texts, _ = reviews()
    masks = token_masks(vectorizer.fit(texts))
    assert masks is not None
    document = f"{LONG} {texts[0]} {LONG}"
    tokens = np.array(masks.split_words(document))
    kept = np.random.default_rng(0).random((50, len(tokens))) < 0.7
    kept[0] = False
    # Stop words stand no more in the way, so an n-gram may span where one was.
    expected = vectorizer.transform([" ".join(tokens[row]) for row in kept])
    got = masks.transform_masked(document, kept)
    assert got.dtype == expected.dtype
    assert abs(got - expected).max() < 1e-6


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


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(analyzer="char_wb", ngram_range=(1, 3)),
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), binary=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), strip_accents="unicode"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "document", [f"{LONG} Don't!!! (bad)... 我喜欢 café", "", "  ", "x"], ids=len
)
def test_masks_of_characters_make_the_matrix_of_the_texts_that_are_left(vectorizer, document):
    masks = token_masks(vectorizer.fit(reviews()[0]))
    words = Words.of(document, *split_by_rule(document, symbols=True), bag_of_words=False)
    kept = np.random.default_rng(0).random((50, len(words))) < 0.6
    expected = vectorizer.transform(words.texts(kept, ""))
    got = masks.transform_masked(document, kept)
    assert got.dtype == expected.dtype
    assert abs(got - expected).max() < 1e-6


def test_words_are_found_inside_other_estimators():
    pipeline = make_pipeline(CountVectorizer(token_pattern=r"\S+"), LogisticRegression(C=100))
    pipeline.fit(SIGNS * 5, [1, 0] * 15)
    calibrated = CalibratedClassifierCV(FrozenEstimator(pipeline)).fit(SIGNS * 5, [1, 0] * 15)
    for model in (calibrated, FrozenEstimator(pipeline)):
        (item,) = TextExplainer(model, random_state=0).fit().explain(SIGNS[:1], targets=[1])
        assert item.features[0].feature == "🔥"
