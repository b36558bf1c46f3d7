import numpy as np
import pytest

from skcook.explain.masked._word_spans import WORD, Words, split_by_function, split_by_pattern

TEXTS = {
    "plain": "The cat, the dog - and (a) cat!",
    "markup": "<b>bold</b> & <script>x</script>",
    "accents": "Ünïcode naïve ΣΑΣ İstanbul straße",
    "emoji": "ok 👍🏽 ok",
    "none": " ... ",
    "empty": "",
}


@pytest.fixture(params=TEXTS)
def document(request):
    return TEXTS[request.param]


@pytest.fixture(params=[True, False], ids=["bag", "positions"])
def words(request, document):
    return Words.of(document, *split_by_pattern(document, WORD), bag_of_words=request.param)


def test_all_words_give_the_text_back(words, document):
    assert list(words.texts(np.ones((2, len(words)), bool), "")) == [document] * 2
    assert "".join(piece for piece, _, _ in words.marked()) == document


def test_no_words_leave_the_rest(words, document):
    (text,) = words.texts(np.zeros((1, len(words)), bool), "")
    assert not any(character.isalnum() for character in text)
    (text,) = words.texts(np.zeros((1, len(words)), bool), "X")
    assert text.count("X") == len(words.feature)


def test_a_word_goes_everywhere_or_at_its_place():
    document = "one two one"
    split = split_by_pattern(document, WORD)
    bag = Words.of(document, *split, bag_of_words=True)
    assert (bag.names, bag.values) == (["one", "two"], [2, 1])
    assert list(bag.texts(np.array([[False, True]]), "")) == [" two "]
    places = Words.of(document, *split, bag_of_words=False)
    assert (places.names, places.values) == (["one", "two", "one"], [1, 2, 3])
    assert list(places.texts(np.array([[True, True, False]]), "?")) == ["one two ?"]


def test_words_are_found_whatever_their_case_and_not_inside_others():
    tokens, spans = split_by_function(
        "Don't a cat CANNOT", lambda _: ["don", "t", "a", "cat", "can", "not"]
    )
    assert tokens == ["don", "t", "a", "cat", "can", "not"]
    found = ["Don't a cat CANNOT"[start:stop] for start, stop in spans]
    assert found == ["Don", "t", "a", "cat", "CAN", "NOT"]
    _, spans = split_by_function("a data b a", lambda _: ["data", "a"])
    assert spans == [(2, 6), (9, 10)]


def test_a_word_that_is_not_there_has_no_place():
    _, spans = split_by_function("one two", lambda _: ["one", "three", "", "two"])
    assert spans == [(0, 3), None, None, (4, 7)]
