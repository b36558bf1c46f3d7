"""Word frequencies, overall and by group."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from skcook.text import WordFrequencies, word_grams
from tests.text._corpus import real_documents

TEXTS = ["Good film, good cast", "A bad film", "good!", None]
LABELS = ["+", "-", "+", "-"]


@pytest.mark.parametrize("ngram_range", [(1, 1), (2, 3)])
def test_frequencies_are_those_counted_by_hand(ngram_range):
    documents = real_documents(200)
    expected = Counter()
    for document in documents:
        words = [word.lower().replace("_", "") for word in re.findall(r"\w+", document)]
        expected.update(word_grams([word for word in words if word], *ngram_range))
    words = WordFrequencies(ngram_range=ngram_range, apostrophes="split").fit(documents)
    assert words.frequencies_ == expected
    counts = list(words.frequencies_.values())
    assert counts == sorted(counts, reverse=True)


def test_groups():
    words = WordFrequencies(stop_words="english").fit(TEXTS, LABELS)
    assert words.group_frequencies_ == {
        "+": {"good": 3, "cast": 1, "film": 1},
        "-": {"bad": 1, "film": 1},
    }
    assert words.top(1) == [("good", 3)]
    assert words.top(1, group="-") == [("bad", 1)]
    assert words.n_documents_ == 4
    totals = words.to_frame().groupby("group")["share"].sum()
    assert np.allclose(totals, 1)
    assert WordFrequencies().fit(TEXTS).to_frame().columns.tolist() == ["term", "count", "share"]


def test_labels_of_any_kind():
    words = WordFrequencies().fit(["a", "b", "a"], pd.Series([1, 2, 1]))
    assert words.group_frequencies_ == {1: {"a": 2}, 2: {"b": 1}}
    assert words.top(group=1) == [("a", 2)]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["x"], "inconsistent numbers of samples"),
        (["x", None, "y", "y"], "label at position 1 is missing"),
        (["x", float("nan"), "y", "y"], "Fill it, or drop its document"),
    ],
)
def test_labels_that_do_not_fit(y, message):
    with pytest.raises(ValueError, match=message):
        WordFrequencies().fit(TEXTS, y)


def test_groups_that_are_not_there():
    with pytest.raises(ValueError, match="did you mean 'positive'"):
        WordFrequencies().fit(["a"], ["positive"]).top(group="positiv")
    with pytest.raises(ValueError, match="Give labels to fit"):
        WordFrequencies().fit(["a"]).top(group="x")


def test_no_words_are_no_frequencies():
    words = WordFrequencies(stop_words="english").fit(["the", None], ["x", "y"])
    assert words.frequencies_ == {}
    assert len(words.to_frame()) == 0
    with pytest.raises(ValueError, match="no words to draw"):
        words.plot()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"stem": "porter"}, {"dog": 2, "run": 1}),
        ({"lemmatize": "wordnet"}, {"dog": 2, "run": 1}),
        ({"lowercase": False}, {"Dogs": 1, "dog": 1, "run": 1}),
        ({"keep_words": ["the"], "stop_words": ["the", "run"]}, {"Dogs": 1}),
    ],
)
def test_settings(settings, expected):
    found = WordFrequencies(**settings).fit(["Dogs run", "dog"]).frequencies_
    if "keep_words" in settings:
        expected = {"dog": 1, "dogs": 1}
    assert found == expected


def test_unfitted():
    from sklearn.exceptions import NotFittedError

    for call in ("plot", "top", "to_frame"):
        with pytest.raises(NotFittedError):
            getattr(WordFrequencies(), call)()


def test_labels_keep_their_type_and_order():
    words = WordFrequencies().fit(["a", "b", "c"], [2, 10, "10"])
    assert words.group_frequencies_ == {2: {"a": 1}, 10: {"b": 1}, "10": {"c": 1}}
    assert WordFrequencies().fit(["a", "b", "c"], [2, 10, 1]).groups_ == [1, 2, 10]
    sizes = pd.Series(pd.Categorical(["s", "xl", "m"], categories=["s", "m", "xl"]))
    words = WordFrequencies().fit(["a", "b", "c"], sizes)
    assert words.groups_ == ["s", "m", "xl"]
    numbers = WordFrequencies().fit(["a", "b b"], np.array([7, 3])).to_frame()
    assert numbers["group"].tolist() == [3, 7]
    assert numbers["group"].dtype == np.int64


def test_what_is_typical_of_a_group_is_weighed_by_c_tf_idf():
    documents = ["the cat sat", "the dog ran the mile", "the end"]
    labels = ["x", "y", "y"]
    words = WordFrequencies(weighting="c-tfidf").fit(documents, labels)
    mean = (3 + 7) / 2
    assert words.group_frequencies_["x"]["cat"] == pytest.approx(1 / 3 * np.log1p(mean / 1))
    assert words.group_frequencies_["y"]["the"] == pytest.approx(3 / 7 * np.log1p(mean / 4))
    assert words.top(1, group="x")[0][0] == "cat"
    assert list(words.to_frame().columns) == ["group", "term", "weight"]
    assert words.frequencies_["the"] == 4
    with pytest.raises(ValueError, match="give labels"):
        WordFrequencies(weighting="c-tfidf").fit(documents)
