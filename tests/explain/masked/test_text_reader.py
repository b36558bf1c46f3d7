import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

from skcook.explain import TextExplainer
from skcook.explain.masked import _token_masks
from skcook.explain.masked._text_reader import masks_of
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


#: Texts in which words, signs, spaces and cases depend on what stands beside them.
ODD = [
    f"{LONG} Don't!!! (bad)... 我喜欢 café", "", "  ", "x", " a\n\nb\tc  d ", "ΟΔΟΣ ΣΑΣ.ΤΕ ΑΣ!Α",
    "a\u00b4 b\u00b4\u00b4c ½ d", "é 我 é 他 b", "one one one ﬁne \x1c two\u00a0 \u2003three",
    "don't-stop a1!b2?c3 i.e. x_y __ _",
]  # fmt: skip


def left_of(document, kept):
    words = Words.of(document, *split_by_rule(document, symbols=True), bag_of_words=False)
    return list(words.texts(kept, ""))


def masks_for(document):
    n_words = len(split_by_rule(document, symbols=True)[0])
    rng = np.random.default_rng(0)
    kept = rng.random((60, n_words)) < rng.random((60, 1))
    kept[:2] = [[True], [False]]
    return kept


def assert_same(got, expected):
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert abs(got - expected).max() < 1e-6


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(analyzer="char_wb", ngram_range=(1, 3)),
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), binary=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), strip_accents="unicode"),
        HashingVectorizer(analyzer="char_wb", ngram_range=(2, 3), n_features=32),
        CountVectorizer(analyzer="char"),
        CountVectorizer(analyzer="char", ngram_range=(1, 4), lowercase=False, dtype=np.uint8),
        CountVectorizer(analyzer="char", ngram_range=(2, 5), binary=True),
        CountVectorizer(analyzer="char", ngram_range=(8, 9), strip_accents="unicode"),
        TfidfVectorizer(analyzer="char", ngram_range=(3, 5), strip_accents="ascii", norm="l1"),
        TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32),
        HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=16),
    ],
    ids=repr,
)
def test_masks_of_characters_make_the_matrix_of_the_texts_that_are_left(vectorizer):
    masks = token_masks(vectorizer.fit([*reviews()[0], *ODD]))
    for document in ODD:
        kept = masks_for(document)
        expected = vectorizer.transform(left_of(document, kept))
        assert_same(masks.transform_masked(document, kept), expected)


@settings(max_examples=60)
@given(st.text(st.sampled_from("abAé我Σσ.!'\u0301\u00b4 \t\u00a0_1"), max_size=24), st.data())
def test_any_text_under_any_masks(document, data):
    n_words = len(split_by_rule(document, symbols=True)[0])
    row = st.lists(st.booleans(), min_size=n_words, max_size=n_words)
    kept = np.array(data.draw(st.lists(row, min_size=1, max_size=4)), bool)
    left = left_of(document, kept)
    for step in (
        CountVectorizer(analyzer="char", ngram_range=(1, 3), strip_accents="unicode"),
        CountVectorizer(analyzer="char_wb", ngram_range=(1, 3)),
        make_union(
            CountVectorizer(token_pattern=r"\w+", ngram_range=(1, 2)),
            CountVectorizer(analyzer="char", ngram_range=(2, 4)),
        ),
    ):
        step.fit([document, *left, "a b"])
        assert_same(masks_of(step).transform_masked(document, kept), step.transform(left))


def _tables():
    return ColumnTransformer(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2)), "text"),
            ("left_out", "drop", ["text"]),
            ("signs", CountVectorizer(analyzer="char", ngram_range=(1, 3)), "text"),
            ("dense", make_pipeline(CountVectorizer(), TruncatedSVD(2, random_state=0)), "text"),
        ],
        transformer_weights={"signs": 0.5},
    )


@pytest.mark.parametrize(
    "step",
    [
        make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))),
        make_union(
            CountVectorizer(stop_words="english", ngram_range=(1, 3), token_pattern=r"[A-Za-z']+"),
            HashingVectorizer(n_features=16, ngram_range=(2, 2)),
            TextVectorizer(ngram_range=(1, 2)),
        ),
        FeatureUnion(
            [
                ("words", make_pipeline(CountVectorizer(binary=True), TfidfTransformer())),
                ("none", "drop"),
                ("signs", HashingVectorizer(analyzer="char", n_features=16)),
            ],
            transformer_weights={"words": 2},
        ),
        make_union(make_pipeline(CountVectorizer(), TruncatedSVD(3, random_state=0))),
        _tables(),
        ColumnTransformer([("signs", CountVectorizer(analyzer="char"), "text")]),
    ],
    ids=lambda step: type(step).__name__,
)
@pytest.mark.parametrize("most_cells", [0, _token_masks._MOST_CELLS])
def test_masks_of_several_vectorizers_make_the_matrix_of_the_texts_that_are_left(
    monkeypatch, step, most_cells
):
    monkeypatch.setattr(_token_masks, "_MOST_CELLS", most_cells)
    of_table = isinstance(step, ColumnTransformer)

    def as_given(documents):
        return pd.DataFrame({"text": documents}) if of_table else documents

    masks = masks_of(step.fit(as_given([*reviews()[0], *ODD])))
    is_alone = len(masks.parts) == 1 and not of_table
    for document in ODD:
        kept = masks_for(document)
        left = left_of(document, kept)
        if is_alone:
            tokens = np.array(masks.split_words(document), dtype=object)
            kept = np.ones((1, len(tokens)), bool)
            left = [document]
        assert_same(masks.transform_masked(document, kept), step.transform(as_given(left)))


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(analyzer="char", preprocessor=lambda text: text[:3]),
        CountVectorizer(analyzer="char_wb", strip_accents=lambda text: text[:3]),
        HashingVectorizer(analyzer="char", binary=True),
        make_union(CountVectorizer(), CountVectorizer(token_pattern=r"a.+b")),
        make_union(CountVectorizer(), CountVectorizer(token_pattern=r"(?<=a )b")),
        make_union(CountVectorizer(), CountVectorizer(tokenizer=str.split, token_pattern=None)),
        make_union(CountVectorizer(), CountVectorizer(preprocessor=lambda text: text[:3])),
        make_union(CountVectorizer(), FunctionTransformer()),
        make_union(CountVectorizer(), "passthrough"),
        make_union(CountVectorizer(), _stems()),
    ],
    ids=lambda step: type(step).__name__,
)
def test_what_may_look_anywhere_reads_every_text(vectorizer):
    assert masks_of(vectorizer) is None


@pytest.mark.parametrize("in_table", [False, True])
def test_several_vectorizers_read_a_document_once(monkeypatch, in_table):
    texts, y = reviews()
    words, signs = TfidfVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(2, 4))
    step = make_union(words, signs)
    if in_table:
        step = make_column_transformer((words, "text"), (signs, "text"))
        texts = pd.DataFrame({"text": texts})
    model = make_pipeline(step, LogisticRegression()).fit(texts, y)
    options = {"n_samples": 256, "n_features": None, "random_state": 0}
    by_texts = TextExplainer(lambda X: model.predict_proba(X)[:, 1], **options).fit()
    (expected,) = by_texts.explain(texts[:1])
    assert len(expected.features) > 4
    transform, asked = type(step).transform, []
    monkeypatch.setattr(
        type(step), "transform", lambda self, X, **_: asked.append(len(X)) or transform(self, X)
    )
    (item,) = TextExplainer(model, **options).fit().explain(texts[:1], targets=["pos"])
    assert sum(asked) <= 1
    assert item.prediction == pytest.approx(expected.prediction)
    weights = {feature.feature: feature.weight for feature in item.features}
    assert weights == pytest.approx({f.feature: f.weight for f in expected.features}, abs=1e-9)


def test_a_table_of_another_column_is_refused_as_the_model_refuses_it():
    texts, y = reviews()
    step = make_column_transformer((CountVectorizer(), "text"), (TfidfVectorizer(), "text"))
    model = make_pipeline(step, LogisticRegression()).fit(pd.DataFrame({"text": texts}), y)
    explainer = TextExplainer(model, n_samples=64, random_state=0).fit()
    with pytest.raises(ValueError, match="missing"):
        explainer.explain(pd.DataFrame({"body": texts[:1]}), targets=["pos"])


def test_words_are_found_inside_other_estimators():
    pipeline = make_pipeline(CountVectorizer(token_pattern=r"\S+"), LogisticRegression(C=100))
    pipeline.fit(SIGNS * 5, [1, 0] * 15)
    calibrated = CalibratedClassifierCV(FrozenEstimator(pipeline)).fit(SIGNS * 5, [1, 0] * 15)
    for model in (calibrated, FrozenEstimator(pipeline)):
        (item,) = TextExplainer(model, random_state=0).fit().explain(SIGNS[:1], targets=[1])
        assert item.features[0].feature == "🔥"
