"""What a word is."""

import re

import pytest

from skcook.text.words._tokenize import make_tokenizer
from tests.text._corpus import fuzz_strings, real_documents


def tokens(tokenizer, text):
    return next(iter(make_tokenizer(tokenizer, "english").many([text])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a test, isn't it?", ["It", "s", "a", "test", "isn", "t", "it"]),
        ("snake_case x2 3.5", ["snake_case", "x2", "3", "5"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("مُحَمَّد", ["مُحَمَّد"]),
        ("cafe\u0301 naïve", ["cafe\u0301", "naïve"]),
        ("漢字 かな", ["漢字", "かな"]),
        ("", []),
        (" .!", []),
        ("a\x00b\ud800c", ["a", "b", "c"]),
    ],
)
def test_words(text, expected):
    assert tokens("words", text) == expected


def test_words_without_marks_are_those_of_the_plain_pattern():
    find = re.compile(r"\w+").findall
    for text in real_documents(2000) + fuzz_strings(2000):
        assert tokens("words", text) == find(text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\b\w\w+\b", "a bc d ef", ["bc", "ef"]),
        (r"#(\w+)", "#one two #three", ["one", "three"]),
        (r"\S+", "a-b c.", ["a-b", "c."]),
    ],
)
def test_a_pattern(pattern, text, expected):
    assert tokens(pattern, text) == expected


def test_tweets_are_cut_as_nltk_does(nltk_without_data):
    text = "@you this is soooo coool!!! :-) #yes http://x.org"
    assert tokens("tweet", text) == nltk_without_data.tokenize.TweetTokenizer().tokenize(text)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "neither 'words', 'nltk' or 'tweet' nor a regular expression"),
        (r"(a)(b)", "has 2 groups; one at most"),
        (r"\w*", "matches the empty string"),
    ],
)
def test_patterns_that_cannot_be_used(pattern, message):
    with pytest.raises(ValueError, match=message):
        make_tokenizer(pattern, "english")
