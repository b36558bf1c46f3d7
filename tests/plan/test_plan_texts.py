"""Plans of texts: the tokens and the weights of the vectorizer, one document at a time."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from skcook import plan
from skcook.artifacts import Schema
from skcook.base._document_terms import MOST_DOCUMENTS
from skcook.exceptions import PlanRefused
from skcook.models import TextFeatures, tabular_pipeline
from skcook.text import TextVectorizer

WORDS = [
    *["Good", "bad", "film", "films", "running", "ran", "don't", "it's", "the", "a", "No.", "7,"],
    *["caf\u00e9", "CAF\u00c9", "e\u0301tude", "\N{GRINNING FACE}", "\u4f60\u597d", "!!!", "x2"],
    *["state-of-the-art", "user's", "<b>bold</b>", "@me", "#tag", "http://example.com/a?b=1"],
]


@pytest.fixture(scope="module")
def documents():
    rng = np.random.default_rng(0)
    made = [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(60)]
    return [*made, "", "   ", "\n\t", "unseen alone", "x" * 5000, "A"]


VECTORIZERS = {
    "count": CountVectorizer(),
    "binary": CountVectorizer(binary=True, ngram_range=(1, 2), stop_words="english"),
    "tfidf": TfidfVectorizer(sublinear_tf=True),
    "l1": TfidfVectorizer(norm="l1", analyzer="char_wb", ngram_range=(2, 3), strip_accents="ascii"),
    "plain": TfidfVectorizer(use_idf=False, norm=None, analyzer=str.split),
    "single": TfidfVectorizer(dtype=np.float32),
    "union": make_union(CountVectorizer(max_features=5), TfidfVectorizer(analyzer="char")),
    "hashed": HashingVectorizer(n_features=64, ngram_range=(1, 2)),
    "own": TextVectorizer(),
    "own pairs": TextVectorizer(ngram_range=(1, 2), stem="porter", stop_words="english"),
    "own triples": TextVectorizer(weighting="count", ngram_range=(2, 3), punctuation="space"),
    "own characters": TextVectorizer(analyzer="char_wb", ngram_range=(2, 3)),
    "own lemmas": TextVectorizer(weighting="binary", lemmatize="wordnet", pos="v"),
    "own cleaned": TextVectorizer(urls="drop", strip_accents="unicode", sparse_output=False),
}


@pytest.mark.parametrize("vectorizer", VECTORIZERS.values(), ids=VECTORIZERS)
def test_a_text_has_the_tokens_and_weights_of_its_vectorizer(vectorizer, documents):
    y = np.arange(len(documents)) % 3
    model = make_pipeline(vectorizer, LogisticRegression()).fit(documents, y)
    schema = Schema.capture(documents, model)
    quick = plan.compile(model, schema, documents)
    near = 1e-5 if getattr(vectorizer, "dtype", None) is np.float32 else 1e-12
    for one in documents:
        got = quick.predict_proba([{"text": one}])
        np.testing.assert_allclose(got, model.predict_proba([one]), rtol=near, atol=near)


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), TextVectorizer()], ids=["sk", "own"])
def test_weights_agree_to_the_last_bit(vectorizer, documents):
    model = make_pipeline(vectorizer, LogisticRegression())
    model.fit(documents, np.arange(len(documents)) % 3)
    quick = plan.compile(model, Schema.capture(documents, model), documents)
    matrix = quick._answers.methods["predict"].matrix
    documents = documents[-MOST_DOCUMENTS:]
    expected = vectorizer.transform(documents).toarray()
    np.testing.assert_array_equal(matrix([documents]), expected)


def _mixed(documents):
    n = np.arange(len(documents))
    return pd.DataFrame({"note": documents, "title": documents[::-1], "n": n / 7.0})


@pytest.mark.parametrize(
    "steps",
    [
        make_column_transformer((TfidfVectorizer(), "note"), (StandardScaler(), ["n"])),
        make_column_transformer((TextVectorizer(), ["note", "title"]), (StandardScaler(), ["n"])),
        make_column_transformer((CountVectorizer(), 1), remainder="passthrough"),
        TextFeatures(["note", "title"], n_components=3),
        TextFeatures(["note", "title"], vectorizer=TextVectorizer(min_df=8)),
    ],
    ids=["sk", "own", "by position", "condensed", "few words"],
)
def test_texts_stand_beside_other_columns(steps, documents):
    X = _mixed(documents)
    if getattr(steps, "remainder", "") == "passthrough":
        X = X[["n", "note"]]
    model = make_pipeline(steps, LogisticRegression()).fit(X, np.arange(len(X)) % 2)
    schema = Schema.capture(X, model)
    quick = plan.compile(model, schema, X)
    X = X[-MOST_DOCUMENTS:]
    got = quick._answers.methods["predict_proba"](schema.parse_rows(schema.to_records(X)).data)
    np.testing.assert_allclose(got, model.predict_proba(X), rtol=1e-12, atol=1e-12)


def test_the_tabular_pipeline_reads_free_text_by_its_plan():
    rng = np.random.default_rng(0)
    notes = [" ".join(rng.choice(WORDS, 6)) for _ in range(90)]
    X = pd.DataFrame({"note": notes, "n": rng.normal(size=90)})
    X.loc[4, "note"] = None
    model = tabular_pipeline("random_forest").set_params(model__n_estimators=5)
    model.fit(X, np.arange(90) % 2)
    schema = Schema.capture(X, model)
    quick = plan.compile(model, schema, X)
    got = [quick.predict_proba([row])[0] for row in schema.to_records(X)]
    np.testing.assert_array_equal(got, model.predict_proba(X))


def test_many_texts_are_left_to_the_sparse_pipeline(documents, monkeypatch):
    model = make_pipeline(CountVectorizer(analyzer="char"), LogisticRegression())
    model.fit(documents, np.arange(len(documents)) % 2)
    schema = Schema.capture(documents, model)
    quick = plan.compile(model, schema, documents)
    asked = []
    monkeypatch.setattr(quick, "_reference", (_Asked(model, asked), schema))
    few, many = 2, MOST_DOCUMENTS + 1
    assert len(quick.predict([{"text": "good"}] * few)) == few
    assert not asked
    assert len(quick.predict([{"text": "good"}] * many)) == many
    assert asked == [many]


class _Asked:
    def __init__(self, model, asked):
        self.model, self.asked = model, asked

    def predict(self, X):
        self.asked.append(len(X))
        return self.model.predict(X)


def test_zeros_of_sparse_texts_are_no_zeros_to_xgboost(documents):
    xgboost = pytest.importorskip("xgboost")
    model = make_pipeline(CountVectorizer(), xgboost.XGBClassifier(n_estimators=2))
    model.fit(documents, np.arange(len(documents)) % 2)
    with pytest.raises(PlanRefused, match="zeros of a sparse matrix"):
        plan.compile(model, Schema.capture(documents, model), documents)


def test_a_document_that_is_missing_gets_the_error_of_the_vectorizer(documents):
    X = _mixed(documents)
    steps = make_column_transformer((TextVectorizer(missing="error"), ["note"]))
    model = make_pipeline(steps, LogisticRegression()).fit(X, np.arange(len(X)) % 2)
    schema = Schema.capture(pd.concat([X, X[:1].assign(note=None)]), model)
    quick = plan.compile(model, schema, X)
    with pytest.raises(ValueError, match="missing document"):
        quick.predict([{"note": None, "title": "a", "n": 1.0}])
