"""``tokenizer="nltk"`` gives the tokens of ``nltk.word_tokenize``, whatever the text."""

import pytest

from skcook.exceptions import SkcookWarning
from skcook.text import TextVectorizer
from skcook.text.words import _nltk as module
from skcook.text.words._nltk import NltkWords
from skcook.text.words._tokenize import make_tokenizer
from tests.text._corpus import fuzz_strings, real_documents

HAND_MADE = [
    "",
    " ",
    ".",
    "He said, \"It's fine.\" She didn't.",
    "Mr. Smith paid $3.88 (roughly 3,36 euros) in the U.S. yesterday.",
    "Don't you'll they're I'd we've can't cannot gonna wanna 'tis 'twas gimme more'n d'ye",
    "A dash -- and another—one; [brackets] {braces} <angle>",
    "wait... what?! (really?) \"yes.\" 'no.'",
    "one\ttwo\nthree\r\nfour\x0bfive\x1csix\x85seven\xa0eight\u2028nine",
    "'quoted' \"double\" ``back'' «guillemets» “curly” \u2018single\u2019",
    "\ue000 private use \ue000.",
    "lone \ud800 surrogate. null \x00 byte.",
    "שלום עולם. مرحبا بالعالم.",
    "x" * 5000 + ". " + "y" * 5000,
    "f([ a,  # One.\n b,  # Two.\n ])",
    "f([ a,  # Two.   ])\n",
    "say (twice.)\t]  ",
]


def check(documents, word_tokenize, words):
    ours = list(words.many(documents))
    wrong = [
        (document, theirs, mine)
        for document, mine in zip(documents, ours, strict=True)
        if (theirs := word_tokenize(document)) != mine
    ]
    assert not wrong, wrong[:3]
    assert list(words.many(documents)) == ours  # from memory


def test_with_a_sentence_model(nltk_with_punkt):
    words = NltkWords("english")
    assert words.splits_sentences
    documents = HAND_MADE + real_documents(1500) + fuzz_strings(3000)
    check(documents, nltk_with_punkt.word_tokenize, words)


def test_without_a_sentence_model(nltk_without_data):
    words = NltkWords("english")
    assert not words.splits_sentences
    documents = HAND_MADE + real_documents(1500) + fuzz_strings(3000)
    check(documents, lambda d: nltk_without_data.word_tokenize(d, preserve_line=True), words)


@pytest.mark.slow
def test_with_a_sentence_model_on_many_texts(nltk_with_punkt):
    documents = real_documents(10_000) + fuzz_strings(100_000, seed=11)
    check(documents, nltk_with_punkt.word_tokenize, NltkWords("english"))


def test_sentences_matter(nltk_with_punkt):
    # Otherwise the tests above would say nothing about the splitter.
    (tokens,) = NltkWords("english").many(["He saw it. Then he left."])
    assert tokens == ["He", "saw", "it", ".", "Then", "he", "left", "."]


def test_a_full_memory_changes_nothing(nltk_with_punkt, monkeypatch):
    documents = real_documents(300)
    expected = list(NltkWords("english").many(documents))
    monkeypatch.setattr(module, "LIMIT", 50)
    monkeypatch.setattr(module, "_BLOCK", 7)
    small = NltkWords("english")
    small._middle.limit = small._end.limit = 20
    assert list(small.many(documents)) == expected
    assert len(small._end) <= 20


def test_a_missing_model_is_said_aloud(nltk_without_data):
    with pytest.warns(SkcookWarning, match=r"punkt_tab.*one sentence.*skcook\.text\.download"):
        make_tokenizer("nltk", "english")


def test_nothing_is_downloaded(nltk_without_data, monkeypatch):
    def no_network(*args, **kwargs):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(nltk_without_data, "download", no_network)
    monkeypatch.setattr("socket.socket.connect", no_network)
    with pytest.warns(SkcookWarning, match="punkt_tab"):
        TextVectorizer(tokenizer="nltk").fit_transform(["One. Two."])
