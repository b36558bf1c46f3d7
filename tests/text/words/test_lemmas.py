"""WordNet lemmas from the table that ships with skcook."""

import os
from importlib import resources
from pathlib import Path

import pytest

from skcook.text import TextCleaner
from skcook.text.words._tokenize import WORDS
from skcook.text.words._word_forms import _wordnet, wordnet_lemma
from tests.text._corpus import real_documents

# Known answers of nltk.stem.WordNetLemmatizer over WordNet 3.0.
KNOWN = [
    ("dogs", "n", "dog"),
    ("geese", "n", "goose"),
    ("us", "n", "u"),
    ("was", "n", "wa"),
    ("was", "v", "be"),
    ("running", "v", "run"),
    ("hopping", "v", "hop"),
    ("better", "a", "good"),
    ("better", "r", "well"),
    ("larger", "a", "large"),
    ("larger", "s", "large"),
    ("women", "n", "woman"),
    ("churches", "n", "church"),
    ("brushes", "n", "brush"),
    ("leaves", "n", "leaf"),
    ("abaci", "n", "abacus"),
    ("Dogs", "n", "Dogs"),
    ("xyzzys", "n", "xyzzys"),
    ("", "n", ""),
    ("s", "n", "s"),
]


@pytest.mark.parametrize(("word", "pos", "lemma"), KNOWN)
def test_known_lemmas(word, pos, lemma):
    assert wordnet_lemma(word, pos) == lemma


@pytest.mark.parametrize("pos", "nvars")
def test_lemmas_are_those_of_nltk(pos):
    """Against NLTK over a WordNet that is installed (in NLTK_DATA).

    Where there is none, NLTK's own code runs over the shipped table: then it is the rules that are
    compared, and the table stands on the known answers above.
    """
    wordnet = pytest.importorskip("nltk.corpus.reader.wordnet")
    words = {word.lower() for text in real_documents(6000) for word in WORDS.findall(text)}
    words |= set(_wordnet()[1][pos])
    words = {word for word in words if "_" not in word}
    lemmatize = _installed_wordnet() or _nltk_rules_over_the_table(wordnet)
    assert [w for w in words if lemmatize(w, pos) != wordnet_lemma(w, pos)] == []


def _installed_wordnet():
    folders = [Path(f) for f in os.environ.get("NLTK_DATA", "").split(os.pathsep) if f]
    if not any((f / "corpora" / "wordnet" / "index.noun").is_file() for f in folders):
        return None
    from nltk.stem import WordNetLemmatizer

    return WordNetLemmatizer().lemmatize


def _nltk_rules_over_the_table(wordnet):
    lemmas, irregular = _wordnet()

    class Reader(wordnet.WordNetCorpusReader):
        def __init__(self):
            self._exception_map = irregular
            self._lemma_pos_offset_map = {}
            for pos, words in lemmas.items():
                for word in words:
                    self._lemma_pos_offset_map.setdefault(word, {})[pos] = [0]

    reader = Reader()

    def lemmatize(word, pos):
        found = reader._morphy(word, pos)
        return min(found, key=len) if found else word

    return lemmatize


def test_the_table_is_small_and_has_its_notice():
    folder = resources.files("skcook.text").joinpath("data")
    assert len(folder.joinpath("wordnet.z").read_bytes()) <= 350_000
    notice = folder.joinpath("NOTICE.txt").read_text("utf-8")
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in notice
    assert {pos: len(words) for pos, words in _wordnet()[0].items()}["n"] > 50_000


def test_needs_no_nltk_and_no_data(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "nltk", None)
    assert TextCleaner(lemmatize="wordnet").fit_transform(["Geese, mice!"]) == ["goose, mouse!"]


def test_lemmas_of_another_language_are_simplemma_s():
    simplemma = pytest.importorskip("simplemma")
    words = ["waren", "Häuser", "gelaufen", "xyz"]
    expected = [simplemma.lemmatize(word, lang="de") for word in words]
    cleaner = TextCleaner(lemmatize="simplemma", language="german", lowercase=False)
    assert cleaner.fit_transform(words) == expected
    assert expected[0] == "sein"


@pytest.mark.parametrize(
    ("lemmatize", "language", "message"),
    [
        ("wordnet", "german", "English only"),
        ("simplemma", "klingon", "it has: .*english"),
    ],
)
def test_unknown_language(lemmatize, language, message):
    with pytest.raises(ValueError, match=message):
        TextCleaner(lemmatize=lemmatize, language=language).fit(["a"])
