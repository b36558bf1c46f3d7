"""What a word is."""

import re
import unicodedata

import pytest

from skcook.text.words._tokenize import make_tokenizer
from tests.text._corpus import fuzz_strings, real_documents


def tokens(tokenizer, text):
    return next(iter(make_tokenizer(tokenizer, "english").many([text])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a test, isn\u2019t it?", ["It's", "a", "test", "isn\u2019t", "it"]),
        (
            "'twas the dogs' 5'10 rock'n'roll l'\u00e9t\u00e9",
            ["twas", "the", "dogs", "5", "10", "rock'n'roll", "l'\u00e9t\u00e9"],
        ),
        (
            "Donau\u00addampf \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            ["Donau\u00addampf", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
        ),
        ("one\u200btwo\u2060three", ["one", "two\u2060three"]),
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
        ours = make_tokenizer("words", "english", "split").one(text)
        assert ours == find(text) or any(ord(letter) > 0x2FF for letter in text)


# A word of each script, whole: "Unicode" in its Wikipedia's spelling, or the script's own name.
SCRIPTS = {
    line.split()[0]: line.split()[1]
    for line in """
    Latin Unic\u00f3de
    Vietnamese ti\u1ebfng
    Greek \u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac
    Cyrillic \u041a\u0438\u0440\u0438\u043b\u043b\u0438\u0446\u0430
    Armenian \u0540\u0561\u0575\u0565\u0580\u0565\u0576
    Hebrew \u05e2\u05b4\u05d1\u05b0\u05e8\u05b4\u05d9\u05ea
    Arabic \u0627\u0644\u0639\u064e\u0631\u064e\u0628\u0650\u064a\u0651\u0629
    Syriac \u0723\u0718\u072a\u071d\u071d\u0710
    Thaana \u078b\u07a8\u0788\u07ac\u0780\u07a8
    NKo \u07d2\u07de\u07cf
    Samaritan \u0800\u0816\u0801
    Mandaic \u0840\u0859\u0841
    Devanagari \u0939\u093f\u0928\u094d\u0926\u0940
    Bengali \u09ac\u09be\u0982\u09b2\u09be
    Gurmukhi \u0a17\u0a41\u0a30\u0a2e\u0a41\u0a16\u0a40
    Gujarati \u0a97\u0ac1\u0a9c\u0ab0\u0abe\u0aa4\u0ac0
    Oriya \u0b13\u0b21\u0b3f\u0b06
    Tamil \u0ba4\u0bae\u0bbf\u0bb4\u0bcd
    Telugu \u0c24\u0c46\u0c32\u0c41\u0c17\u0c41
    Kannada \u0c95\u0ca8\u0ccd\u0ca8\u0ca1
    Malayalam \u0d2e\u0d32\u0d2f\u0d3e\u0d33\u0d02
    Sinhala \u0dc3\u0dd2\u0d82\u0dc4\u0dbd
    Thai \u0e44\u0e17\u0e22
    Lao \u0ea5\u0eb2\u0ea7
    Tibetan \u0f56\u0f7c\u0f51
    Myanmar \u1019\u103c\u1014\u103a\u1019\u102c
    Georgian \u10e5\u10d0\u10e0\u10d7\u10e3\u10da\u10d8
    Hangul \ud55c\uad6d\uc5b4
    Jamo \u1112\u1161\u11ab
    Ethiopic \u12a0\u121b\u122d\u129b
    Cherokee \u13e3\u13b3\u13a9
    Canadian \u1403\u14c4\u1483
    Khmer \u1781\u17d2\u1798\u17c2\u179a
    Mongolian \u182e\u1823\u1829\u182d\u1823\u182f
    Limbu \u1900\u1920\u1930
    TaiLe \u1950\u1951
    NewTaiLue \u1980\u19b0
    Buginese \u1a00\u1a17
    TaiTham \u1a20\u1a6e
    Balinese \u1b05\u1b36
    Sundanese \u1b9e\u1ba5
    Batak \u1bc0\u1bea
    Lepcha \u1c00\u1c27
    OlChiki \u1c5a\u1c5b
    Glagolitic \u2c00\u2c30
    Coptic \u2c81\u2ced
    Tifinagh \u2d5c\u2d49
    Hiragana \u3072\u3089\u304c\u306a
    Katakana \u30ab\u30bf\u30ab\u30ca
    Dakuten \u304b\u3099
    Han \u6f22\u5b57
    Yi \ua188\ua320
    Lisu \ua4e1\ua4f4
    Vai \ua559\ua524
    Bamum \ua6a0\ua6f0
    SylotiNagri \ua800\ua823
    PhagsPa \ua840\ua841
    Saurashtra \ua882\ua8b4
    KayahLi \ua90a\ua926
    Rejang \ua930\ua947
    Javanese \ua984\ua9b6
    Cham \uaa00\uaa29
    TaiViet \uaa80\uaab0
    Meetei \uabc3\uabe4\uabc7\uabe9
    Gothic \U00010330\U00010331
    Adlam \U0001e922\U0001e944
    """.strip().splitlines()
}


@pytest.mark.parametrize("name", ["words", r"\w+"])
def test_dots_and_gershayim_inside_a_word_belong_to_it(name):
    text = "col\u00b7lecci\u00f3 \u05e6\u05d4\u05f4\u05dc a\u00b71 \u00b7b\u00b7"
    whole = ["col\u00b7lecci\u00f3", "\u05e6\u05d4\u05f4\u05dc", "a", "1", "b"]
    assert (tokens(name, text) == whole) is (name == "words")


@pytest.mark.parametrize("word", SCRIPTS.values(), ids=SCRIPTS)
def test_a_word_of_any_script_stays_whole(word):
    assert tokens("words", f"\u201c{word}\u201d, {word}.") == [word, word]
    for letter in word:  # a mark that does not begin a word would be lost by itself
        assert unicodedata.category(letter)[0] in "LMN"


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
