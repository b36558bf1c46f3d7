"""Stop words: pinned, and sure of what they are asked."""

import os
from pathlib import Path

import pytest

from skcook.text.words._stop_words import resolve_stop_words, stop_word_languages


@pytest.mark.parametrize("language", stop_word_languages())
def test_every_list_is_there(language):
    words = resolve_stop_words(language)
    assert 50 <= len(words) <= 320
    assert all(word == word.lower().strip() and word for word in words)


@pytest.mark.parametrize(("language", "n"), [("english", 198), ("english-179", 179)])
def test_the_english_lists_are_pinned(language, n):
    words = resolve_stop_words(language)
    assert len(words) == n
    assert ("he'll" in words) == (language == "english")


@pytest.mark.parametrize("language", [n for n in stop_word_languages() if "-" not in n])
def test_lists_are_those_of_nltk_where_it_has_its_data(language):
    folders = [Path(f) for f in os.environ.get("NLTK_DATA", "").split(os.pathsep) if f]
    paths = [f / "corpora" / "stopwords" / language for f in folders]
    lists = [set(path.read_text("utf-8").split()) for path in paths if path.is_file()]
    if not lists:
        # Nothing to compare with: the list must at least not overlap another language's.
        other = "russian" if language != "russian" else "english"
        assert not resolve_stop_words(language) & resolve_stop_words(other)
    elif language != "hungarian":  # where NLTK's copy has another letter for the long o
        assert resolve_stop_words(language) == lists[0]


def test_keep_words_and_own_words():
    assert "not" not in resolve_stop_words("english", ["NOT"])
    assert resolve_stop_words(["The", "a"]) == {"the", "a"}
    assert resolve_stop_words(None) == frozenset()
    assert resolve_stop_words({"x"}, ["x"]) == frozenset()


@pytest.mark.parametrize(
    ("stop_words", "keep_words", "message"),
    [
        ("englich", None, "did you mean 'english'"),
        (
            "klingon",
            None,
            r"These ship with skcook: danish, dutch, english.*download\('stopwords'\)",
        ),
        (["a", 3], None, "must hold strings; got 3 of int"),
        ("english", "not", "keep_words must be a list of words; got the string 'not'"),
    ],
)
def test_what_cannot_be_meant(nltk_without_data, stop_words, keep_words, message):
    with pytest.raises(ValueError, match=message):
        resolve_stop_words(stop_words, keep_words)


def test_other_languages_come_from_nltk_where_its_data_is(nltk_without_data, tmp_path):
    folder = tmp_path / "corpora" / "stopwords"
    folder.mkdir(parents=True)
    (folder / "klingon").write_text("ghaH\nHegh\n", "utf-8")
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    import nltk.corpus
    from nltk.corpus import LazyCorpusLoader
    from nltk.corpus import stopwords as real
    from nltk.corpus.reader import WordListCorpusReader

    fresh = LazyCorpusLoader("stopwords", WordListCorpusReader, r"(?!README|\.).*")
    try:
        nltk.corpus.stopwords = fresh
        assert resolve_stop_words("klingon") == {"ghah", "hegh"}
    finally:
        nltk.corpus.stopwords = real
