"""Cleaning, as the cookbook does it and better."""

import string
import sys

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcook.text import TextCleaner, TextVectorizer
from tests.text._corpus import real_documents


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({}, "  Hello,\nWorld! ", "hello, world!"),
        ({"lowercase": False}, "Hello World", "Hello World"),
        ({"stop_words": "english"}, "I don't like the user's dog.", "like user dog."),
        ({"stop_words": "english", "keep_words": ["don't"]}, "I don\u2019t like", "don't like"),
        (
            {"stop_words": "english", "keep_words": ["don"], "apostrophes": "split"},
            "I don't like",
            "don like",
        ),
        ({"stop_words": "english"}, "state-of-the-art, E-I-E-I-O", "state-of-the-art, e-i-e-i-o"),
        (
            {"stop_words": "turkish", "language": "turkish"},
            "\u0130\u00e7in KIRMIZI",
            "k\u0131rm\u0131z\u0131",
        ),
        ({}, "\ufeffHello\u200bworld", "hello world"),
        ({"unicode_form": "NFC"}, "cafe\u0301", "caf\u00e9"),
        ({"stop_words": "english"}, "The 'quoted' and 'the'", "'quoted' ''"),
        ({"stop_words": "english", "lowercase": False}, "The Cats AND dogs", "Cats dogs"),
        ({"stop_words": ["cats"], "stem": "porter"}, "cats and cat", "and cat"),
        ({"lemmatize": "wordnet", "stem": "porter"}, "geese generalizations", "goos gener"),
        ({"stem": "porter", "punctuation": "space"}, "well-running, dogs", "well run dog"),
        ({"tokenizer": r"#(\w+)", "stop_words": ["b"]}, "#A b #B c", "#a b # c"),
        ({"tokenizer": r"[a-z]+", "stem": "porter"}, "x1dogs 2cats", "x1dog 2cat"),
        ({"stop_words": "english"}, "THE", ""),
        ({"stop_words": "german", "language": "german"}, "Der Hund und die Katze", "hund katze"),
        ({"stop_words": "english"}, "שלום the עולם", "שלום עולם"),
        ({"stem": "porter"}, "\x00cats\ud800dogs\x00", "\x00cat\ud800dog\x00"),
    ],
)
def test_what_becomes_of_a_text(settings, text, expected):
    assert TextCleaner(**settings).fit_transform([text]) == [expected]


@pytest.mark.filterwarnings("ignore:NLTK's sentence model")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tokenizer": "nltk"}, "do n't stop , mr. smith !"),
        ({"tokenizer": "nltk", "punctuation": "drop"}, "do nt stop mr smith"),
        (
            {"tokenizer": "nltk", "stop_words": "english", "stem": "porter"},
            "n't stop , mr. smith !",
        ),
        ({"tokenizer": "tweet", "lowercase": False}, "Don't stop , Mr . Smith !"),
    ],
)
def test_tokens_of_nltk_are_joined_by_spaces(nltk_without_data, settings, expected):
    assert TextCleaner(**settings).fit_transform(["Don't stop, Mr. Smith!"]) == [expected]


def test_the_cookbook_s_steps_one_after_the_other(nltk_with_punkt):
    """The cookbook's own loop: tokens, lower case, punctuation, stop words, stems."""
    stem = nltk_with_punkt.stem.PorterStemmer().stem
    cleaner = TextCleaner(
        tokenizer="nltk", stop_words="english", stem="porter", punctuation="keep"
    ).fit(["a"])
    from skcook.text.words._stop_words import resolve_stop_words

    stop_words = resolve_stop_words("english")
    signs = set(string.punctuation)
    for document in real_documents(200):
        tokens = [token.lower() for token in nltk_with_punkt.word_tokenize(document)]
        expected = [stem(token) for token in tokens if token not in stop_words]
        assert cleaner.transform([document]) == [" ".join(expected)]
        assert signs  # punctuation is a step of its own, tested in test_normalize


def test_cleaning_then_counting_is_counting_with_cleaning():
    # A stop word inside a compound stays where it stands, and is not counted.
    documents = [text.replace("-", " ") for text in real_documents(500)]
    settings = {"stop_words": "english", "stem": "porter", "urls": "drop", "numbers": "drop"}
    inside = TextVectorizer(**settings, weighting="count").fit(documents)
    cleaned = TextCleaner(**settings).fit_transform(documents)
    after = TextVectorizer(weighting="count", lowercase=False).fit(cleaned)
    # A stem may itself be a number or a stop word, and is not cleaned twice.
    assert inside.vocabulary_ == after.vocabulary_
    assert (inside.transform(documents) != after.transform(cleaned)).nnz == 0


def test_each_setting_can_be_tried_in_a_grid():
    texts = ["good films", "a good film", "bad film", "the bad films", "good", "bad"] * 4
    labels = [1, 1, 0, 0, 1, 0] * 4
    pipeline = make_pipeline(TextCleaner(), TextVectorizer(), LogisticRegression())
    grid = {
        "textcleaner__stem": [None, "porter"],
        "textcleaner__stop_words": [None, "english"],
        "textvectorizer__weighting": ["count", "tfidf"],
    }
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=1).fit(texts, labels)
    assert search.best_score_ == 1.0
    series = pd.Series(texts)
    assert list(search.predict(series[:3])) == [1, 1, 0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"punctuation": "remove"}, "punctuation"),
        ({"stem": "lancaster"}, "stem"),
        ({"urls": None}, "urls"),
        ({"pos": "verb"}, "pos"),
        ({"whitespace": "drop"}, "whitespace"),
        ({"tokenizer": None}, "tokenizer"),
        ({"missing": "ignore"}, "missing"),
    ],
)
def test_settings_that_do_not_exist(settings, message):
    with pytest.raises(ValueError, match=f"The '{message}' parameter of TextCleaner must be"):
        TextCleaner(**settings).fit(["a"])


def test_nltk_is_not_imported_by_what_does_not_need_it(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "nltk", None)
    cleaner = TextCleaner(
        stop_words="english",
        stem="porter",
        lemmatize="wordnet",
        emoji="name",
        html="drop",
        strip_accents="unicode",
    )
    assert cleaner.fit_transform(["The <b>geese</b> ran"]) == ["goos ran"]
    with pytest.raises(ImportError, match=r"tokenizer='nltk' needs nltk.*skcook\[text\]"):
        TextCleaner(tokenizer="nltk").fit(["a"])
