"""Stemmers by name and language."""

import pytest

from skcook.text import TextCleaner
from skcook.text.words._tokenize import WORDS
from skcook.text.words._word_forms import make_stemmer
from tests.text._corpus import real_documents


@pytest.mark.parametrize("language", ["english", "german", "french", "russian", "arabic"])
def test_snowball_is_nltk_s(language):
    snowball = pytest.importorskip("nltk.stem.snowball")
    theirs, ours = snowball.SnowballStemmer(language).stem, make_stemmer("snowball", language)
    words = {word for text in real_documents(300) for word in WORDS.findall(text)}
    words |= {"laufen", "häuser", "chevaux", "книгами", "كتابهم"}
    assert [word for word in words if ours(word) != theirs(word)] == []


def test_porter_needs_no_nltk(monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "nltk", None)
    assert TextCleaner(stem="porter").fit_transform(["running dogs"]) == ["run dog"]
    with pytest.raises(ImportError, match=r"stem='snowball' needs nltk.*pip install"):
        TextCleaner(stem="snowball").fit(["running"])


@pytest.mark.parametrize(
    ("stem", "language", "message"),
    [
        ("porter", "german", "English only; got language='german'. Use stem='snowball'"),
        ("snowball", "germann", "did you mean 'german'"),
        ("snowball", "klingon", "It has: .*english.*german"),
    ],
)
def test_unknown_language(stem, language, message):
    with pytest.raises(ValueError, match=message):
        TextCleaner(stem=stem, language=language).fit(["a"])
