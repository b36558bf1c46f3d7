"""Documents in and out: every container, every missing value, and clear words about the rest."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnsError
from skcook.text import TextCleaner, TextVectorizer, WordFrequencies
from skcook.text._input import TextRules, read_documents, read_words, write_like
from skcook.text._tokenize import make_tokenizer

TEXTS = ["One", "two TWO", ""]


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array of objects": objects,
    "array of str": np.array,
    "pandas str": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype="str"),
    "pandas object": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype=object),
    "pandas string": lambda v: pd.Series(v, index=[3, 1, 3], name="t", dtype="string"),
    "pandas string[python]": lambda v: pd.Series(v, dtype=pd.StringDtype("python")),
    "pandas category": lambda v: pd.Series(v, dtype="category"),
    "pandas arrow": lambda v: pd.Series(
        v, dtype=pd.ArrowDtype(pytest.importorskip("pyarrow").string())
    ),
    "polars": lambda v: pl.Series("t", v, dtype=pl.String),
    "polars categorical": lambda v: pl.Series("t", v, dtype=pl.Categorical),
}
MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT]


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_the_container_comes_back(make):
    X = make(TEXTS)
    out = TextCleaner().fit_transform(X)
    assert type(out) is type(X)
    assert list(out) == ["one", "two two", ""]
    if isinstance(X, pd.Series):
        pd.testing.assert_index_equal(out.index, X.index)
        assert out.name == X.name
        assert out.dtype == ("str" if isinstance(X.dtype, pd.CategoricalDtype) else X.dtype)
    if isinstance(X, pl.Series):
        assert (out.name, out.dtype) == (X.name, pl.String)
    if isinstance(X, np.ndarray):
        assert out.dtype.kind == X.dtype.kind
    assert list(X) == TEXTS


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
    "X",
    [
        pd.Series(["A", None], dtype="str"),
        pd.Series(["A", None], dtype="string"),
        pl.Series(["A", None]),
        pl.DataFrame({"t": ["A", None]}),
        pd.DataFrame({"t": ["A", None]}),
    ],
    ids=["str", "string", "polars", "polars frame", "frame"],
)
def test_missing_stays_missing_if_asked(X):
    out = TextCleaner(missing="keep").fit_transform(X)
    if not isinstance(X, pd.Series | pl.Series):
        out = out["t"]
    assert pd.isna(out.to_list()[1])
    assert out.to_list()[0] == "a"


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
        read_documents(X, TextRules())


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


def test_frames_and_sequences_are_not_mixed_up():
    frame = pd.DataFrame({"t": ["a b"]})
    for estimator in (TextVectorizer(), TextCleaner()):
        with pytest.raises(ColumnsError, match="fitted on one column of documents; got a table"):
            estimator.fit(["a b"]).transform(frame)
        with pytest.raises(ColumnsError, match="fitted on a table of 1 column"):
            estimator.fit(frame).transform(["a b"])
        with pytest.raises(ColumnsError, match="unseen at fit time"):
            estimator.fit(frame).transform(frame.rename(columns={"t": "tt"}).assign(x=1))


def test_lists_of_words_are_documents_too():
    words = make_tokenizer("words", "english")
    assert read_words([["a", "b"], "c d", ()], TextRules(), words) == [["a", "b"], ["c", "d"], []]


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_lists_go_out_in_the_container(make):
    X = make(TEXTS)
    out = write_like(X, [["a"], [], ["b", "c"]])
    assert type(out) is type(X)
    assert [list(item) for item in out] == [["a"], [], ["b", "c"]]
