import numpy as np
import pytest

from skcook.explain.masked._word_spans import Words, split_by_function, split_by_rule

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
    return Words.of(document, *split_by_rule(document), bag_of_words=request.param)


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
    split = split_by_rule(document)
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


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("我喜欢电影", ["我", "喜", "欢", "电", "影"]),
        ("スーパーな映画", ["スーパー", "な", "映", "画"]),
        ("นี้ดีมาก", ["นี้", "ดี", "มา", "ก"]),
        ("हिन्दी फ़िल्म", ["हिन्दी", "फ़िल्म"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("cafe\u0301 x2", ["cafe\u0301", "x2"]),
        ("ok 👍🏽🔥 👨\u200d👩\u200d👧", ["ok", "👍🏽", "🔥", "👨\u200d👩\u200d👧"]),
        ("don't go!!!", ["don", "t", "go"]),
    ],
    ids=["chinese", "japanese", "thai", "hindi", "persian", "accent", "emoji", "english"],
)
def test_the_rule(document, expected):
    words, spans = split_by_rule(document)
    assert words == expected
    assert [document[start:stop] for start, stop in spans] == expected


def test_runs_of_signs_on_request():
    assert split_by_rule("don't go!!!", symbols=True)[0] == ["don", "'", "t", "go", "!!!"]


def test_tokens_are_found_without_their_accents():
    document = "Café au LAIT, İstanbul cafe\u0301!"
    tokens = ["cafe", "au", "lait", "istanbul", "café"]
    spans = split_by_function(document, lambda _: tokens)[1]
    found = [document[start:stop] for start, stop in spans]
    assert found == ["Café", "au", "LAIT", "İstanbul", "cafe\u0301"]
