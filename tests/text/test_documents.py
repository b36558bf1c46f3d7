"""Documents in, documents out: frames, pipelines, output containers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline

from skcook.exceptions import ColumnsError, SkcookWarning
from skcook.text import PhraseJoiner, TextCleaner, TextVectorizer
from tests._containers import check_container_contract, parametrize_forms, plain

TRANSFORMERS = [TextCleaner(punctuation="drop"), PhraseJoiner(min_count=1, threshold=0.0)]


@parametrize_forms("string")
@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("missing", ["empty", "keep"])
def test_the_container_contract(form, transformer, missing):
    transformer = transformer.set_params(columns=None)
    columns = {"t": ["New York!", None, "new york", "A b c"]}
    X = form.frame(columns, rest=True)
    fitted = check_container_contract(transformer.set_params(missing=missing), X)
    (text, *_) = plain(fitted.transform(X))
    assert text[1] == ("" if missing == "empty" else None)


def test_the_columns_of_text_change_and_the_others_pass():
    frame = pd.DataFrame({"n": [1, 2], "t": ["A", "B"], "u": ["C", "D"]}, index=["x", "y"])
    out = TextCleaner().fit_transform(frame)
    expected = frame.assign(t=["a", "b"], u=["c", "d"])
    pd.testing.assert_frame_equal(out, expected)
    out = TextCleaner(columns="u").fit_transform(frame)
    pd.testing.assert_frame_equal(out, frame.assign(u=["c", "d"]))
    with pytest.raises(ColumnsError, match="no column 'v'"):
        TextCleaner(columns=["v"]).fit(frame)
    with pytest.raises(ValueError, match=r"Column 'n' holds 1 of int"):
        TextCleaner(columns=["n"]).fit(frame)


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("X", [["A"], pd.Series(["A"], name="t"), pl.Series(["A"])])
def test_set_output_makes_a_frame_of_one_column(container, X):
    out = TextCleaner().set_output(transform=container).fit_transform(X)
    assert isinstance(out, {"pandas": pd.DataFrame, "polars": pl.DataFrame}[container])
    assert plain(out) == [["a"]]
    assert list(out.columns) == ["text"]


def test_in_a_pipeline_and_a_column_transformer():
    frame = pd.DataFrame({"t": ["The CATS!", "a dog"], "u": ["x", None], "n": [1.5, 2.5]})
    by_column = make_column_transformer(
        (make_pipeline(TextCleaner(stop_words="english"), TextVectorizer()), ["t", "u"]),
        (TextVectorizer(weighting="count"), "t"),
        ("passthrough", ["n"]),
        verbose_feature_names_out=False,
    )
    out = by_column.fit_transform(frame)
    names = list(by_column.get_feature_names_out())
    assert names == ["t__cats", "t__dog", "u__x", "a", "cats", "dog", "the", "n"]
    assert out.shape == (2, 8)


def test_names_out():
    assert list(TextCleaner().fit(["a"]).get_feature_names_out()) == ["text"]
    assert list(TextCleaner().fit(["a"]).get_feature_names_out(["t"])) == ["t"]
    X = np.array([["A", "B"]], dtype=object)
    assert list(TextCleaner().fit(X).get_feature_names_out()) == ["x0", "x1"]


MIXED = pd.Series(["<b>Alien!</b>", 1917, None], dtype=object, name="t")


def test_a_column_of_objects_that_holds_strings_is_text():
    cleaner = TextCleaner(html="drop", punctuation="drop", non_string="str")
    assert cleaner.fit_transform(MIXED.to_frame())["t"].tolist() == ["alien", "1917", ""]
    with pytest.raises(ValueError, match=r"Column 't' holds 1917 of int"):
        TextCleaner().fit_transform(MIXED.to_frame())
    read = TextCleaner(encoding="utf-8").fit_transform(pd.DataFrame({"t": [b"A", b"B"]}))
    assert read["t"].tolist() == ["a", "b"]


@pytest.mark.parametrize("frame", [pd.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [1, 2]})])
def test_a_frame_without_text_says_so(frame):
    with pytest.warns(SkcookWarning, match="no column of X holds text.* Its columns: n"):
        out = TextCleaner().fit_transform(frame)
    assert plain(out) == [[1, 2]]


def test_a_column_of_lists_is_no_text():
    frame = pd.DataFrame({"text": ["A"], "words": [["B"]]})
    cleaned = TextCleaner().fit_transform(frame)
    assert cleaned.loc[0].tolist() == ["a", ["B"]]
    with pytest.raises(ValueError, match="holds a list at position 1"):
        TextCleaner().fit(pd.DataFrame({"text": ["A", ["B"]]}))
