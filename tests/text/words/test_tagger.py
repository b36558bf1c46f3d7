"""Parts of speech in their context: NLTK's tags, and lemmas by them."""

import pytest
from sklearn.base import clone

from skcook.exceptions import MissingDependencyError
from skcook.text import TextCleaner, TextVectorizer, WordFrequencies
from skcook.text.words._nltk import make_tagger
from skcook.text.words._token_cache import caches_of
from skcook.text.words._word_forms import wordnet_lemma
from tests.text._corpus import real_documents

AUTO = {"lemmatize": "wordnet", "pos": "auto"}
PARTS = {"J": "a", "V": "v", "R": "r"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He leaves the leaves.", "he leave the leaf."),
        ("The leaves were falling.", "the leaf be fall."),
        ("The meeting was better", "the meeting be good"),
        ("They were meeting us", "they be meet u"),
    ],
)
def test_a_lemma_depends_on_what_the_word_is(nltk_with_tagger, text, expected):
    assert TextCleaner(**AUTO).fit_transform([text]) == [expected]


@pytest.mark.parametrize("tokenizer", ["words", "tweet", r"\w+", r"(\w+)-?"])
def test_tags_are_those_of_nltk_and_lemmas_go_by_them(nltk_with_tagger, tokenizer):
    documents = real_documents(150)
    vectorizer = TextVectorizer(**AUTO, tokenizer=tokenizer, weighting="count", lowercase=False)
    vectorizer.set_params(apostrophes="split")
    vectorizer.fit(documents)
    expected = set()
    for document in documents:
        for word, tag in nltk_with_tagger.pos_tag(vectorizer.split_words(document)):
            expected.add(wordnet_lemma(word, PARTS.get(tag[0], "n")))
    assert set(vectorizer.get_feature_names_out()) == expected
    assert len({wordnet_lemma(word) for word in expected} - expected) > 0  # nouns alone differ


def test_capitals_are_seen_by_the_tagger_and_not_by_what_is_counted(nltk_with_tagger):
    seen = []
    tagger = make_tagger()
    vectorizer = TextVectorizer(**AUTO, stop_words=["the"])
    caches_of(vectorizer).get(
        "tagger", lambda: lambda tokens: seen.append(tokens) or tagger(tokens)
    )
    assert list(vectorizer.fit(["The House leaves"]).get_feature_names_out()) == ["house", "leave"]
    assert seen == [["The", "House", "leaves"]]


def test_a_document_is_tagged_once_whatever_is_tried(nltk_with_tagger):
    calls = []
    tagger = make_tagger()
    vectorizer = TextVectorizer(**AUTO)
    caches_of(vectorizer).get("tagger", lambda: lambda tokens: calls.append(1) or tagger(tokens))
    documents = real_documents(20)
    for settings in ({}, {"stop_words": "english"}, {"stem": "porter"}, {"lowercase": False}):
        clone(vectorizer).set_params(**settings).fit(documents).transform(documents)
    assert len(calls) == len(documents)


def test_words_are_replaced_where_they_stand(nltk_with_tagger):
    text = "He leaves (the leaves), they were meeting-us"
    cleaned = TextCleaner(**AUTO).fit_transform([text])
    assert cleaned == ["he leave (the leaf), they be meet-u"]
    for pattern in (r"\w+", r"(\w+)-?"):
        assert TextCleaner(**AUTO, tokenizer=pattern).fit_transform([text]) == cleaned


def test_stop_words_frequencies_and_messages_know_no_tags(nltk_with_tagger):
    words = WordFrequencies(**AUTO, stop_words=["the"]).fit(["He leaves the leaves"])
    assert words.frequencies_ == {"he": 1, "leaf": 1, "leave": 1}
    with pytest.raises(ValueError, match="2 distinct words, such as 'He', 'leaves'"):
        TextVectorizer(**AUTO, stop_words=["he", "leaves"]).fit(["He leaves"])


def test_masks_are_refused(nltk_with_tagger):
    vectorizer = TextVectorizer(**AUTO).fit(["He leaves the leaves"])
    assert vectorizer.split_words("He leaves") == ["He", "leaves"]
    with pytest.raises(ValueError, match="not exact here: pos look"):
        vectorizer.transform_masked("He leaves", [[1, 0]])


@pytest.mark.parametrize("estimator", [TextCleaner, TextVectorizer, WordFrequencies])
def test_without_its_data_the_ways_out_are_named(nltk_without_data, estimator):
    with pytest.raises(MissingDependencyError, match="averaged_perceptron_tagger_eng") as caught:
        estimator(**AUTO).fit(["a"])
    for way in ("skcook.text.download(", "NLTK_DATA", "pos='n'"):
        assert way in str(caught.value)


def test_no_tagger_is_asked_for_where_there_are_no_lemmas(nltk_without_data):
    assert TextCleaner(pos="auto").fit_transform(["Geese"]) == ["geese"]


def test_tokens_remembered_with_tags_and_without_are_kept_apart(nltk_with_tagger):
    first = TextVectorizer(lemmatize="wordnet", lowercase=False)
    for pos, expected in [("n", ["He", "leaf"]), ("auto", ["He", "leave"]), ("n", ["He", "leaf"])]:
        vectorizer = clone(first).set_params(pos=pos).fit(["He leaves"])
        assert list(vectorizer.get_feature_names_out()) == expected
