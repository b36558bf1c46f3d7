"""Word n-grams."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.text import WordNGrams, word_grams
from tests.text._corpus import real_documents


@pytest.mark.parametrize(
    ("words", "lengths", "expected"),
    [
        ("to be or", (1, 1), ["to", "be", "or"]),
        ("to be or", (1, 2), ["to", "be", "or", "to be", "be or"]),
        ("to be or", (3, 5), ["to be or"]),
        ("to", (2, 2), []),
        ("", (1, 2), []),
    ],
)
def test_grams(words, lengths, expected):
    assert word_grams(words.split(), *lengths) == expected


@pytest.mark.parametrize("lengths", [(1, 1), (2, 2), (1, 3), (2, 5)])
def test_grams_are_those_of_nltk(lengths):
    util = pytest.importorskip("nltk.util")
    for document in real_documents(30):
        words = document.split()
        expected = [
            " ".join(gram)
            for n in range(lengths[0], lengths[1] + 1)
            for gram in util.ngrams(words, n)
        ]
        assert word_grams(words, *lengths) == expected


@pytest.mark.parametrize("lengths", [(0, 1), (2, 1), (1.0, 2), (-1, 3)])
def test_lengths_that_cannot_be(lengths):
    with pytest.raises(ValueError, match="1 <= min_n <= max_n"):
        word_grams(["a"], *lengths)
    with pytest.raises(ValueError, match="1 <= min_n <= max_n"):
        WordNGrams(ngram_range=lengths).fit(["a"])


def test_a_string_is_no_list_of_words():
    with pytest.raises(ValueError, match=r"words\.split\(\)"):
        word_grams("to be or")


def test_grams_never_cross_documents():
    out = WordNGrams(ngram_range=(2, 2)).fit_transform(["a b", "c", "", "d e f"])
    assert out == [["a b"], [], [], ["d e", "e f"]]


@pytest.mark.parametrize(
    ("settings", "X", "expected"),
    [
        ({"sep": "_"}, ["New York"], [["new", "york", "new_york"]]),
        ({"lowercase": False}, [["New", "York"]], [["New", "York", "New York"]]),
        ({"tokenizer": r"\S+"}, ["a-b c"], [["a-b", "c", "a-b c"]]),
        ({"missing": "keep"}, ["a", None], [["a"], None]),
        ({}, ["a", None], [["a"], []]),
    ],
)
def test_settings(settings, X, expected):
    assert WordNGrams(**settings).fit_transform(X) == expected


def test_containers():
    series = WordNGrams().fit_transform(pd.Series(["a b"], index=[7], name="t"))
    assert series.to_dict() == {7: ["a", "b", "a b"]}
    assert WordNGrams().fit_transform(pl.Series(["a b"])).to_list() == [["a", "b", "a b"]]
    array = WordNGrams().fit_transform(np.array(["a", "b c"]))
    assert array.shape == (2,)
    assert list(WordNGrams().fit(["a"]).get_feature_names_out()) == ["ngrams"]
