"""Porter stems are NLTK's."""

import random

import pytest

from skcook.text.words._tokenize import WORDS
from skcook.text.words._word_forms import porter_stem
from tests.text._corpus import real_documents

_SUFFIX_LINES = """
s es sses ies ied eed ed ing y ational tional enci anci izer bli alli entli eli ousli ization ation
ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful
ness al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize e ll
"""
SUFFIXES = _SUFFIX_LINES.split()


@pytest.fixture(scope="module")
def nltk_stem():
    return pytest.importorskip("nltk.stem.porter").PorterStemmer().stem


def test_on_the_words_of_real_documents(nltk_stem):
    words = {word for text in real_documents(4000) for word in WORDS.findall(text)}
    assert len(words) > 5000
    assert [(w, porter_stem(w)) for w in words if porter_stem(w) != nltk_stem(w)] == []


def test_on_made_up_words_with_every_suffix(nltk_stem):
    rng = random.Random(0)
    for _ in range(20_000):
        letters = "".join(rng.choice("aeiouybcdlmnstwxz") for _ in range(rng.randint(1, 5)))
        word = letters + "".join(rng.choice(SUFFIXES) for _ in range(rng.randint(0, 3)))
        assert porter_stem(word) == nltk_stem(word), word


@pytest.mark.parametrize(
    "word",
    ["", "a", "y", "yy", "yyy", "SKIES", "dying", "news", "İs", "don't", "naïve", "3s", "\ud800s"],
)
def test_on_odd_words(nltk_stem, word):
    assert porter_stem(word) == nltk_stem(word)


def test_a_huge_word_takes_no_more_than_linear_time():
    word = "y" * 1_000_000 + "alliing"
    assert len(porter_stem(word)) > 999_990
