"""Phrases: found by the published score, joined where they stand."""

import re
from collections import Counter
from itertools import pairwise

import pandas as pd
import pytest

from skcook.text import PhraseJoiner
from tests._growth import assert_linear
from tests.text._corpus import real_documents


def by_hand(documents, min_count, threshold):
    words, pairs = Counter(), Counter()
    for document in documents:
        tokens = re.findall(r"\w+(?:'(?=[a-z])\w+)*|\S", document.lower())
        words.update(token for token in tokens if re.match(r"\w", token))
        pairs.update(pair for pair in pairwise(tokens) if all(re.match(r"\w", t) for t in pair))
    return {
        f"{a} {b}": (n - min_count + 1) * len(words) / (words[a] * words[b])
        for (a, b), n in pairs.items()
        if n >= min_count and (n - min_count + 1) * len(words) / (words[a] * words[b]) > threshold
    }


@pytest.mark.parametrize(("min_count", "threshold"), [(2, 1.0), (5, 5.0)])
def test_phrases_are_those_of_the_published_score(min_count, threshold):
    documents = [text for text in real_documents(400) if text.isascii()]
    joiner = PhraseJoiner(min_count=min_count, threshold=threshold).fit(documents)
    expected = by_hand(documents, min_count, threshold)
    assert len(expected) > 5
    assert joiner.phrases_ == pytest.approx(expected)
    scores = list(joiner.phrases_.values())
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In New York.", "In New_York."),
        ("new york new york", "new_york new_york"),
        ("new, york new-york", "new, york new-york"),
        ("new  york\nnew\nyork", "new_york\nnew_york"),
        ("new york city", "new_york city"),  # a word is in one phrase at most, the better one
        ("old york city", "old york_city"),
        (" york new ", " york new "),
        ("", ""),
    ],
)
def test_words_are_joined_where_they_stand(text, expected):
    joiner = PhraseJoiner(min_count=1, threshold=0.1)
    joiner.fit(["new york", "new york", "york city", "york city"])
    assert joiner.transform([text]) == [expected]


def test_longer_phrases_by_a_second_joiner():
    documents = ["new york city"] * 5 + ["a b", "c d"]
    first = PhraseJoiner(min_count=1, threshold=0.1, columns=None)
    second = PhraseJoiner(min_count=1, threshold=0.1)
    joined = second.fit_transform(first.fit_transform(documents))
    assert joined[0] in ("new_york_city", "new_york city")
    assert joined[0] == "new_york_city"


def test_stop_words_are_in_no_phrase():
    documents = ["of the house"] * 6
    assert "of the" in PhraseJoiner(min_count=1, threshold=0).fit(documents).phrases_
    joiner = PhraseJoiner(min_count=1, threshold=0, stop_words="english").fit(documents)
    assert joiner.phrases_ == {}
    assert joiner.transform(documents) == documents


def test_the_columns_of_a_frame_share_their_phrases():
    frame = pd.DataFrame({"a": ["new york"] * 3, "b": ["x new york"] * 3, "n": [1, 2, 3]})
    out = PhraseJoiner(min_count=4, threshold=0.1).fit_transform(frame)
    assert out.iloc[0].tolist() == ["new_york", "x new_york", 1]


def test_documents_without_words():
    assert PhraseJoiner().fit_transform(["", None, "..."]) == ["", "", "..."]


def test_a_failed_fit_leaves_nothing_behind():
    joiner = PhraseJoiner()
    with pytest.raises(ValueError, match="one str"):
        joiner.fit("one text")
    assert set(vars(joiner)) == set(joiner.get_params())


def test_a_pair_of_min_count_is_a_phrase_and_one_less_is_none():
    documents = ["new york"] * 5
    assert list(PhraseJoiner(min_count=5, threshold=0.0).fit(documents).phrases_) == ["new york"]
    assert PhraseJoiner(min_count=6, threshold=0.0).fit(documents).phrases_ == {}


def test_of_two_pairs_that_share_a_word_the_better_one_is_joined():
    documents = ["san francisco bay"] * 3 + ["san diego", "san jose", "francisco bay"]
    joiner = PhraseJoiner(min_count=2, threshold=0.0).fit(documents)
    assert joiner.phrases_["francisco bay"] > joiner.phrases_["san francisco"]
    assert joiner.transform(["In San Francisco Bay"]) == ["In San Francisco_Bay"]


def test_connector_words_stand_inside_a_phrase():
    documents = ["Bank of America", "the bank of america paid", "a river bank"]
    joiner = PhraseJoiner(min_count=2, threshold=0.0, connector_words="english").fit(documents)
    assert list(joiner.phrases_) == ["bank of america"]
    assert joiner.transform(["The bank of America, of all"]) == ["The bank_of_America, of all"]
    assert joiner.transform(["bank, of America"]) == ["bank, of America"]
    given = PhraseJoiner(min_count=2, threshold=0.0, connector_words=["of"]).fit(documents)
    assert given.phrases_.keys() == joiner.phrases_.keys()
    plain = PhraseJoiner(min_count=2, threshold=0.0).fit(documents)
    assert "bank of america" not in plain.phrases_


@pytest.mark.parametrize("space", [" ", "\n", "\u00a0"])
def test_long_spaces_take_linear_time_and_stay(space):
    joiner = PhraseJoiner(min_count=1, threshold=0).fit(["new york"])
    assert joiner.transform([f"{space}new york{space * 9}"]) == [f"{space}new_york{space * 9}"]
    assert_linear(lambda n: joiner.transform(["new york" + space * n]), 2_000, times=10)
