"""Words of texts are exported where a regular expression finds them, else refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from skcook import export
from skcook.artifacts import Schema
from skcook.exceptions import ExportRefused
from skcook.models import TextFeatures
from skcook.text import TextVectorizer
from tests.export._sessions import assert_same, run

WORDS = (
    *("the", "a", "Fine", "grey", "DAY", "rain", "don't", "it's", "dog's", "sun_ny", "3", "42x"),
    *("café", "naïve", "fox,", "FOX;", "I", "o'clock", "rock'n'roll", "users'", "user’s", "Über"),
)


def texts(seed, n=60):
    """Return rows of words, some without any, and a number beside them."""
    rng = np.random.default_rng(seed)
    made = [" ".join(rng.choice(WORDS, rng.integers(0, 9))) for _ in range(n)]
    return pd.DataFrame({"t": made, "n": rng.normal(size=n)})


VECTORIZERS = {
    "weights": TfidfVectorizer(),
    "counts": CountVectorizer(min_df=2),
    "pairs": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, norm="l1"),
    "only pairs": CountVectorizer(ngram_range=(2, 3), binary=True, min_df=2),
    "as written": TfidfVectorizer(lowercase=False, token_pattern=r"\w+"),
    "stopped": TfidfVectorizer(stop_words="english", use_idf=False),
    "ascii": TfidfVectorizer(strip_accents="unicode"),
    "given": CountVectorizer(vocabulary=["fox", "day", "of"], stop_words=["day", "of"]),
    "own": TextVectorizer(),
    "own pairs": TextVectorizer(ngram_range=(1, 2)),
    "own as written": TextVectorizer(weighting="count", stop_words="english", lowercase=False),
    "own pieces": TextVectorizer(weighting="binary", apostrophes="split"),
    "features": TextFeatures(n_components=4),
}


@pytest.mark.filterwarnings("ignore:Your stop_words")
@pytest.mark.parametrize("name", VECTORIZERS)
def test_words_are_exported(name):
    step, X = VECTORIZERS[name], texts(0)
    column = "t" if isinstance(step, CountVectorizer) else ["t"]
    words = make_column_transformer((step, column), remainder="passthrough")
    model = make_pipeline(words, LogisticRegression()).fit(X, np.arange(len(X)) % 2)
    got = assert_same(model, X, texts(1))
    assert got["refused"].mean() < 0.9


@pytest.mark.parametrize(
    "step",
    [TfidfVectorizer(), TextVectorizer(), CountVectorizer(token_pattern=r"\b\w+\b")],
    ids=["weights", "own", "short words"],
)
def test_hostile_texts_are_answered_as_by_the_model_or_refused(step):
    rng = np.random.default_rng(0)
    signs = list(
        "aaabBZzé_9'' .-\n\t\u2019\u00df\u00c9\u0308\u200d\u00bd\u2167\u65e5\u672c\U0001f600#"
    )
    made = ["".join(rng.choice(signs, 12)) for _ in range(400)]
    model = make_pipeline(step, Ridge()).fit(made, np.arange(400.0))
    proto = export.to_onnx(model, Schema.capture(made, model), made)
    got = run(proto, pd.DataFrame({"text": made}))
    kept = np.flatnonzero(~got["refused"])
    assert len(kept) > 20
    expected = model.predict([made[i] for i in kept])
    np.testing.assert_allclose(got["predict"][kept], expected, rtol=1e-9, atol=1e-9)


def test_capitals_beyond_ascii_are_refused_where_small_letters_count():
    model = make_pipeline(TfidfVectorizer(), Ridge()).fit(["übung macht", "den meister"], [0, 1])
    proto = export.to_onnx(model, Schema.capture(["übung macht", "x"], model), ["den meister"])
    rows = pd.DataFrame({"text": ["übung Macht", "Übung macht"]})
    assert run(proto, rows)["refused"].tolist() == [False, True]


def test_a_missing_text_is_refused_where_the_vectorizer_takes_none():
    X = texts(0).assign(t=lambda X: X["t"].mask(X.index % 9 == 0))
    words = make_column_transformer((TfidfVectorizer(), "t"), (TextVectorizer(), ["t"]))
    model = make_pipeline(words, Ridge())
    model.fit(X.fillna("the day"), X["n"])
    got = run(export.to_onnx(model, Schema.capture(X), X.fillna("the day")), X)
    assert got["refused"][::9].all()
    assert not got["refused"].all()


@pytest.mark.parametrize(
    "step",
    [
        CountVectorizer(analyzer="char"),
        CountVectorizer(token_pattern=r"\S+"),
        CountVectorizer(tokenizer=str.split, token_pattern=None),
        CountVectorizer(ngram_range=(1, 2), stop_words=["the"]),
        TextVectorizer(stem="porter"),
        TextVectorizer(urls=" "),
        TextVectorizer(analyzer="char"),
    ],
    ids=["letters", "pattern", "function", "stopped pairs", "stems", "links", "own letters"],
)
def test_words_that_no_expression_finds_are_refused(step):
    made = texts(0)["t"].tolist()
    model = make_pipeline(step, Ridge()).fit(made, np.arange(60.0))
    with pytest.raises(ExportRefused, match="Words can be exported where a regular expression"):
        export.to_onnx(model, Schema.capture(made, model), made)
