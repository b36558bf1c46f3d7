"""Documents in: every container, every missing value, and clear words about the rest."""

import numpy as np
import pandas as pd
import pytest

from skcook.exceptions import ColumnsError
from skcook.text import TextCleaner, TextVectorizer, WordFrequencies, WordNGrams
from skcook.text._documents import read_documents, read_words
from skcook.text.words._tokenize import make_tokenizer
from tests.text._forms import CONTAINERS, TEXTS, objects

MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT]


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_every_container_gives_the_same_counts(make):
    counts = TextVectorizer(weighting="count").fit_transform(make(TEXTS))
    assert counts.toarray().tolist() == [[1, 0], [0, 2], [0, 0]]
    assert WordFrequencies().fit(make(TEXTS)).frequencies_ == {"two": 2, "one": 1}


@pytest.mark.parametrize("missing", MISSING, ids=["None", "nan", "np.nan", "pd.NA", "NaT"])
@pytest.mark.parametrize("make", [list, tuple, objects, lambda v: pd.Series(v, dtype=object)])
def test_every_missing_value_is_one(make, missing):
    X = make(["A", missing])
    assert list(TextCleaner().fit_transform(X)) == ["a", ""]
    kept = list(TextCleaner(missing="keep").fit_transform(X))
    assert kept[0] == "a"
    assert pd.isna(kept[1])
    with pytest.raises(ValueError, match="missing document at position 1"):
        TextCleaner(missing="error").fit(X)
    assert TextVectorizer().fit_transform(X)[1].nnz == 0
    with pytest.raises(ValueError, match=r"position 1.*missing='empty'"):
        TextVectorizer(missing="error").fit(X)


@pytest.mark.parametrize(
    ("X", "settings", "message"),
    [
        ("one text", {}, r"X is one str, 'one text'.*Put it in a list: \[text\]"),
        (b"bytes", {}, "X is one bytes"),
        ([b"a"], {}, r"holds bytes at position 0: b'a'.*encoding='utf-8'"),
        ([b"\xff"], {"encoding": "utf-8"}, "bytes at position 0 are not utf-8"),
        ([b"a"], {"encoding": "utf-99"}, "no encoding that Python knows"),
        (["a", 3], {}, "holds 3 of int at position 1.*non_string='str'"),
        (["a", ["b", "c"]], {}, r"holds a list at position 1.*' '.join\(words\)"),
        ([{"a": 1}], {}, "holds a dict"),
        (np.array([1.5, 2.0]), {}, "float64 at position 0"),
    ],
)
def test_values_that_are_no_text(X, settings, message):
    with pytest.raises(ValueError, match=message):
        TextVectorizer(**settings).fit(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, "got NoneType"),
        (3, "got int"),
        ({"a": "b"}, "got dict"),
        ((text for text in ["a"]), "a generator, which can be read only once"),
        (np.zeros((1, 1, 1)), "an array of 3 dimensions"),
    ],
)
def test_what_is_no_sequence(X, message):
    with pytest.raises(TypeError, match=message):
        read_documents(TextCleaner(), X)


def test_numbers_and_bytes_if_asked():
    cleaner = TextCleaner(non_string="str", encoding="utf-8")
    assert cleaner.fit_transform(["A", 3, 2.5, "É".encode(), True]) == [
        "a",
        "3",
        "2.5",
        "é",
        "true",
    ]


def test_a_frame_where_one_column_is_meant():
    frame = pd.DataFrame({"title": ["a"], "body": ["b"]})
    with pytest.raises(ColumnsError, match=r"has 2 columns: title, body.*frame\['text'\]"):
        WordFrequencies().fit(frame)
    assert WordFrequencies().fit(frame[["title"]]).frequencies_ == {"a": 1}
    assert WordFrequencies().fit(np.array([["a"]], dtype=object)).frequencies_ == {"a": 1}


def test_lists_of_words_are_documents_too():
    words = make_tokenizer("words", "english")
    assert read_words(WordNGrams(), [["a", "b"], "c d", ()], words) == [["a", "b"], ["c", "d"], []]
