"""Counts and weights: scikit-learn's own numbers for the same tokens, and masks."""

import itertools
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcook.exceptions import SkcookWarning
from skcook.text import TextCleaner, TextVectorizer
from skcook.text.words._stop_words import resolve_stop_words
from skcook.text.words._tokenize import PIECES
from skcook.text.words._word_forms import porter_stem
from tests.text._corpus import real_documents

SKLEARN_TOKENS = r"\b\w\w+\b"


def assert_same(ours, theirs, X, X_new):
    mine, other = ours.fit_transform(X), theirs.fit_transform(X)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert ours.vocabulary_ == theirs.vocabulary_
    for a, b in [(mine, other), (ours.transform(X_new), theirs.transform(X_new))]:
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        if a.dtype == np.int64:
            assert (a != b).nnz == 0
        else:
            assert abs(a - b).max() < 1e-12 if a.nnz else b.nnz == 0
    assert (ours.transform(X) != mine).nnz == 0


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lowercase": False},
        {"strip_accents": "unicode"},
        {"strip_accents": "ascii"},
        {"ngram_range": (1, 2)},
        {"ngram_range": (2, 3)},
        {"ngram_range": (1, 4), "max_features": 700},
        {"min_df": 3},
        {"min_df": 0.01, "max_df": 0.3},
        {"max_df": 40},
        {"max_features": 250},
        {"max_features": 250, "min_df": 2, "max_df": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("weighting", ["count", "tfidf", "binary"])
def test_the_numbers_are_those_of_scikit_learn(settings, weighting):
    documents = real_documents(900)
    ours = TextVectorizer(tokenizer=SKLEARN_TOKENS, weighting=weighting, **settings)
    if weighting == "tfidf":
        theirs = TfidfVectorizer(**settings)
    else:
        theirs = CountVectorizer(binary=weighting == "binary", **settings)
    assert_same(ours, theirs, documents[:600], documents[600:])


@pytest.mark.parametrize(
    "settings",
    [{"norm": "l1"}, {"norm": None}, {"smooth_idf": False}, {"sublinear_tf": True}],
    ids=str,
)
def test_the_weights_are_those_of_scikit_learn(settings):
    documents = real_documents(300)
    ours = TextVectorizer(tokenizer=SKLEARN_TOKENS, **settings)
    assert_same(ours, TfidfVectorizer(**settings), documents[:200], documents[200:])


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2)])
def test_stop_words_and_stems_are_those_of_a_callback(ngram_range):
    stop_words = resolve_stop_words("english")

    def callback(text):
        return [porter_stem(word) for word in PIECES.findall(text) if word not in stop_words]

    documents = real_documents(500)
    theirs = TfidfVectorizer(tokenizer=callback, token_pattern=None, ngram_range=ngram_range)
    ours = TextVectorizer(
        stop_words="english", stem="porter", ngram_range=ngram_range, apostrophes="split"
    )
    assert_same(ours, theirs, documents[:400], documents[400:])


def test_tokens_of_nltk(nltk_with_punkt):
    documents = real_documents(300)
    theirs = CountVectorizer(
        tokenizer=nltk_with_punkt.word_tokenize, token_pattern=None, lowercase=False
    )
    ours = TextVectorizer(tokenizer="nltk", lowercase=False, weighting="count")
    assert_same(ours, theirs, documents[:200], documents[200:])


def test_a_token_and_an_ngram_of_the_same_name_are_one_term():
    pattern, documents = r"new york|\w+", ["new york new new york", "york new york"]
    theirs = CountVectorizer(token_pattern=pattern, ngram_range=(1, 2))
    ours = TextVectorizer(tokenizer=pattern, ngram_range=(1, 2), weighting="count")
    assert_same(ours, theirs, documents, documents)


@pytest.mark.slow
def test_many_documents():
    documents = real_documents(10_000)
    assert_same(
        TextVectorizer(tokenizer=SKLEARN_TOKENS), TfidfVectorizer(), documents, documents[:50]
    )


# Frames


FRAMES = [
    lambda columns: pd.DataFrame(columns, index=[5, 7]),
    lambda columns: pd.DataFrame(columns, index=[5, 7], dtype=object),
    pl.DataFrame,
]


@pytest.mark.parametrize("make", FRAMES, ids=["pandas", "objects", "polars"])
def test_a_frame_has_one_vocabulary_a_column(make):
    frame = make({"title": ["Red fox", None], "body": ["a fox", "red hen"]})
    vectorizer = TextVectorizer()
    out = vectorizer.fit_transform(frame)
    names = ["title__fox", "title__red", "body__a", "body__fox", "body__hen", "body__red"]
    assert list(vectorizer.get_feature_names_out()) == names
    columns = [TfidfVectorizer(token_pattern=r"\w+") for _ in range(2)]
    blocks = [
        columns[0].fit_transform(["Red fox", ""]),
        columns[1].fit_transform(["a fox", "red hen"]),
    ]
    assert abs(out - sparse.hstack(blocks)).max() < 1e-12
    assert (vectorizer.transform(frame) != out).nnz == 0
    assert list(vectorizer.feature_names_in_) == ["title", "body"]


def test_an_array_of_columns():
    X = np.array([["a b", "c"], ["b", "c d"]], dtype=object)
    vectorizer = TextVectorizer(weighting="count").fit(X)
    assert list(vectorizer.get_feature_names_out()) == ["x0__a", "x0__b", "x1__c", "x1__d"]
    assert list(vectorizer.get_feature_names_out(["s", "t"]))[::2] == ["s__a", "t__c"]


def test_a_column_that_is_no_text_is_named():
    frame = pd.DataFrame({"title": ["a", "b"], "year": [1999, 2001]})
    with pytest.raises(ValueError, match="Column 'year' holds 1999 of int"):
        TextVectorizer().fit(frame)
    out = TextVectorizer(non_string="str", weighting="count").fit(frame)
    assert "year__1999" in out.get_feature_names_out()


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("X", [pd.Series(["a b", "b"], index=[4, 2]), ["a b", "b"]])
def test_set_output(container, X):
    vectorizer = TextVectorizer(weighting="count", sparse_output=False)
    out = vectorizer.set_output(transform=container).fit_transform(X)
    assert list(out.columns) == ["a", "b"]
    assert out.to_numpy().tolist() == [[1, 1], [0, 1]]
    if container == "pandas" and isinstance(X, pd.Series):
        pd.testing.assert_index_equal(out.index, X.index)
    with pytest.raises(ValueError, match="sparse_output=False"):
        TextVectorizer().set_output(transform=container).fit_transform(X)


def test_in_a_column_transformer_with_frames_out():
    frame = pd.DataFrame({"t": ["a b", "b"], "n": [1.0, 2.0]})
    dense = TextVectorizer(weighting="count", sparse_output=False)
    out = make_column_transformer((dense, ["t"]), ("passthrough", ["n"])).set_output(
        transform="pandas"
    )
    assert list(out.fit_transform(frame).columns) == [
        "textvectorizer__t__a",
        "textvectorizer__t__b",
        "passthrough__n",
    ]


# Masks


DOCUMENT = "The film, the FILM was good; a good film! Café 3"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"weighting": "count"},
        {"weighting": "binary"},
        {"ngram_range": (1, 3), "weighting": "count"},
        {"stem": "porter", "stop_words": "english"},
        {"lemmatize": "wordnet", "lowercase": False, "strip_accents": "unicode"},
        {"tokenizer": SKLEARN_TOKENS, "punctuation": "space"},
        {"sparse_output": False},
    ],
    ids=str,
)
def test_a_masked_document_is_the_document_without_the_words(settings):
    vectorizer = TextVectorizer(**settings).fit([DOCUMENT, "another film was bad", "cafe Café"])
    words = vectorizer.split_words(DOCUMENT)
    rng = np.random.default_rng(0)
    masks = rng.random((40, len(words))) < 0.6
    masks[0], masks[1] = True, False
    kept = [" ".join(itertools.compress(words, mask)) for mask in masks.tolist()]
    got, expected = vectorizer.transform_masked(DOCUMENT, masks), vectorizer.transform(kept)
    assert type(got) is type(expected)
    assert abs(got - expected).max() < 1e-12
    assert abs(got[:1] - vectorizer.transform([DOCUMENT])).max() < 1e-12


@pytest.mark.filterwarnings("ignore:NLTK's sentence model")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tokenizer": "nltk"}, "not exact with tokenizer='nltk'"),
        ({"tokenizer": "tweet"}, "not exact with tokenizer='tweet'"),
        ({"tokenizer": r"\w+(?= \w)"}, "not exact with tokenizer="),
        ({"urls": "drop", "numbers": "drop"}, "urls, numbers look at more than one word"),
        ({"contractions": "expand"}, "contractions look"),
    ],
)
def test_masks_are_refused_where_they_are_not_exact(nltk_without_data, settings, message):
    vectorizer = TextVectorizer(**settings).fit(["a good film", "a film"])
    with pytest.raises(ValueError, match=message):
        vectorizer.transform_masked("a film", np.ones((1, 2)))


@pytest.mark.parametrize("masks", [[True, False], np.ones((2, 3)), np.ones((2, 5))])
def test_masks_of_the_wrong_shape(masks):
    vectorizer = TextVectorizer().fit(["a good film is"])
    with pytest.raises(ValueError, match=r"document has 4 words, so \(n_masks, 4\)"):
        vectorizer.transform_masked("a good film is", masks)


def test_masks_of_a_document_without_words_and_of_a_frame():
    vectorizer = TextVectorizer().fit(["a"])
    assert vectorizer.transform_masked("...", np.ones((3, 0))).shape == (3, 1)
    frame = TextVectorizer().fit(pd.DataFrame({"t": ["a b"]}))
    assert frame.transform_masked("a", [[1], [0]]).toarray().tolist() == [[1.0, 0.0], [0.0, 0.0]]
    two = TextVectorizer().fit(pd.DataFrame({"t": ["a"], "u": ["b"]}))
    with pytest.raises(ValueError, match="one column of documents; fit saw 2"):
        two.transform_masked("a", [[1]])


# What cannot be


@pytest.mark.parametrize(
    ("X", "settings", "message"),
    [
        ([], {}, "X holds no documents"),
        (["", None], {}, r"The 2 documents hold no words.*begin with '', ''"),
        (["the a"], {"stop_words": "english"}, "No terms are left of the 2 distinct words.*'the'"),
        (["a", "b"], {"min_df": 2}, "No terms are left"),
        (["a"], {"min_df": 3, "max_df": 2}, "max_df=2 is 2 documents and min_df=3 is 3"),
        (["a"], {"ngram_range": (2, 1)}, r"ngram_range must be \(min_n, max_n\)"),
        (["a"], {"ngram_range": (0, 1)}, r"1 <= min_n <= max_n; got \(0, 1\)"),
        (["a"], {"weighting": "bm25"}, "The 'weighting' parameter"),
        (["a"], {"stop_words": "klingon"}, "These ship with skcook"),
        (pd.DataFrame({"t": ["a"], "u": [""]}), {}, "hold no words|column 'u'"),
    ],
)
def test_what_cannot_be_learned_from(nltk_without_data, X, settings, message):
    with pytest.raises(ValueError, match=message):
        TextVectorizer(**settings).fit(X)


def test_stop_words_that_are_stems_are_told():
    documents = ["because dogs run", "dogs"]
    with pytest.warns(SkcookWarning, match=r"holds 'becaus', 'dog', which are no words"):
        TextVectorizer(stop_words=["becaus", "dog"], stem="porter").fit(documents)
    TextVectorizer(stop_words=["because", "cat"], stem="porter").fit(documents)


def test_unfitted():
    from sklearn.exceptions import NotFittedError

    for call in ("transform", "split_words"):
        with pytest.raises(NotFittedError):
            getattr(TextVectorizer(), call)(["a"])
    assert not hasattr(TextVectorizer(), "vocabulary_")


def test_a_failed_fit_keeps_what_was_learned():
    vectorizer = TextVectorizer().fit(["a b"])
    with pytest.raises(ValueError, match="no words"):
        vectorizer.fit([""])
    assert vectorizer.transform(["a"]).shape == (1, 2)


def test_every_setting_pickles_and_goes_through_a_grid():
    texts = ["good films", "a good film", "bad film", "the bad films"] * 6
    labels = [1, 1, 0, 0] * 6
    grid = {
        "textvectorizer__stem": [None, "porter"],
        "textvectorizer__lemmatize": [None, "wordnet"],
        "textvectorizer__stop_words": [None, "english", ["film"]],
        "textvectorizer__ngram_range": [(1, 1), (1, 2)],
    }
    pipeline = make_pipeline(TextVectorizer(), LogisticRegression())
    search = GridSearchCV(pipeline, grid, cv=2).fit(texts, labels)
    assert search.best_score_ == 1.0
    again = pickle.loads(pickle.dumps(search))
    assert (again.predict(texts) == labels).all()


def test_a_huge_word_is_a_word():
    word = "a" * 3_000_000
    vectorizer = TextVectorizer(stem="porter", lemmatize="wordnet", stop_words="english")
    assert vectorizer.fit_transform([word + " b", "b"]).shape == (2, 2)


def test_a_grid_over_the_cleaning_of_a_frame_with_two_columns():
    titles, bodies = ["Good films", "BAD film", "A good one"], ["see http://a.b", None, "I saw it"]
    frame = pd.DataFrame({"title": titles * 6, "body": bodies * 6})
    grid = {
        "textcleaner__urls": ["keep", "drop"],
        "textcleaner__punctuation": ["keep", "space"],
        "textvectorizer__stem": [None, "porter"],
    }
    pipeline = make_pipeline(TextCleaner(), TextVectorizer(), LogisticRegression())
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(frame, [1, 0, 1] * 6)
    assert search.best_score_ == 1.0
    for settings in search.cv_results_["params"]:
        names = set(
            pipeline.set_params(**settings).fit(frame, [1, 0, 1] * 6)[:-1].get_feature_names_out()
        )
        assert ("body__http" in names) == (settings["textcleaner__urls"] == "keep")
        assert ("title__films" in names) == (settings["textvectorizer__stem"] is None)


@pytest.mark.parametrize("analyzer", ["char", "char_wb"])
@pytest.mark.parametrize("ngram_range", [(1, 1), (2, 4)])
@pytest.mark.parametrize("settings", [{}, {"min_df": 2, "max_features": 50}, {"lowercase": False}])
def test_runs_of_characters_are_those_of_scikit_learn(analyzer, ngram_range, settings):
    documents = [text[:200] for text in real_documents(60)] + ["don\u2019t", "\u00e9\u0301", " "]
    kwargs = {"analyzer": analyzer, "ngram_range": ngram_range, **settings}
    ours = TextVectorizer(weighting="count", **kwargs)
    assert_same(ours, CountVectorizer(**kwargs), documents[:40], documents[40:])


def test_runs_of_characters_are_those_of_the_cleaned_document():
    ours = TextVectorizer(analyzer="char", ngram_range=(3, 3), weighting="count", numbers="drop")
    ours.set_params(stop_words="english", punctuation="drop")
    assert list(ours.fit(["The cat, 17"]).get_feature_names_out()) == [" ca", "at ", "cat"]


def test_masks_are_for_words():
    vectorizer = TextVectorizer(analyzer="char").fit(["good film"])
    with pytest.raises(ValueError, match="runs of characters"):
        vectorizer.transform_masked("good film", [[1, 0]])


@pytest.mark.parametrize(
    "vocabulary",
    [["film", "bad", "zebra"], {"film": 0, "bad": 1, "zebra": 2}],
    ids=["list", "dict"],
)
def test_a_given_vocabulary_keeps_its_order(vocabulary):
    documents = ["a bad film", "a good film"]
    ours = TextVectorizer(tokenizer=SKLEARN_TOKENS, weighting="count", vocabulary=vocabulary)
    theirs = CountVectorizer(vocabulary=vocabulary)
    assert_same(ours, theirs, documents, ["film film zebra", "nothing"])
    frame = pd.DataFrame({"t": documents})
    assert list(ours.fit(frame).get_feature_names_out()) == ["t__film", "t__bad", "t__zebra"]


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ("film", "is the string 'film'"),
        ([], "is empty"),
        (["a", "b", "a"], "holds 'a' more than once"),
        ([1], "must hold strings; got 1"),
        ({"a": 0, "b": 2}, "a column of its own, 0 to 1"),
    ],
)
def test_a_vocabulary_that_cannot_be_is_refused(vocabulary, message):
    with pytest.raises(ValueError, match=message):
        TextVectorizer(vocabulary=vocabulary).fit(["a"])


@pytest.mark.parametrize("sparse_output", [True, False])
def test_inverse_transform_gives_the_terms(sparse_output):
    documents = ["a bad film", "good", ""]
    ours = TextVectorizer(sparse_output=sparse_output).fit(documents)
    found = ours.inverse_transform(ours.transform(documents))
    assert [list(terms) for terms in found] == [["a", "bad", "film"], ["good"], []]
    with pytest.raises(ValueError, match="X has 1 columns; TextVectorizer gives 4"):
        ours.inverse_transform([[1.0]])


def test_stop_words_lose_their_accents_with_the_text():
    settings = {"stop_words": ["\u00e9tait"], "weighting": "count"}
    documents = ["Il \u00e9tait une fois"]
    for strip_accents in ("unicode", None):
        terms = TextVectorizer(**settings, strip_accents=strip_accents).fit(documents).terms_[0]
        assert terms == ["fois", "il", "une"]


def test_stop_words_that_are_never_a_word_are_named():
    with pytest.warns(SkcookWarning, match=r"holds 'new york', which the tokenizer never gives"):
        TextVectorizer(stop_words=["new york", "the"]).fit(["the new york times"])
