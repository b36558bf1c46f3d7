import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.decomposition import TruncatedSVD

from skcook.exceptions import ColumnValuesError
from skcook.models import TextFeatures
from skcook.text import TextVectorizer

RNG = np.random.default_rng(0)
WORDS = np.array([f"word{k}" for k in range(60)])
TEXTS = [" ".join(RNG.choice(WORDS, 8)) for _ in range(120)]
X = pd.DataFrame({"n": range(120), "text": TEXTS, "word": ["a", "b"] * 60})


def test_the_numbers_are_those_of_vectorizer_and_decomposition():
    out = TextFeatures(n_components=5).fit(X).transform(X)
    weights = TextVectorizer(min_df=2, sublinear_tf=True).fit_transform(TEXTS)
    expected = TruncatedSVD(5, random_state=0).fit(weights).transform(weights)
    assert out.columns.tolist() == ["n", *(f"text_{k}" for k in range(5)), "word"]
    np.testing.assert_allclose(out.iloc[:, 1:6], expected)


def test_polars_and_one_row_give_the_same():
    step = TextFeatures(n_components=5).fit(pl.from_pandas(X))
    out = step.transform(pl.from_pandas(X))
    np.testing.assert_allclose(
        out.to_numpy()[:, :6].astype(float),
        TextFeatures(n_components=5).fit_transform(X).iloc[:, :6],
    )
    np.testing.assert_allclose(
        step.transform(pl.from_pandas(X[3:4])).to_numpy()[:, :6].astype(float),
        out.to_numpy()[3:4, :6].astype(float),
    )


@pytest.mark.parametrize(
    ("texts", "is_text"),
    [
        (TEXTS, True),
        (TEXTS[:40] * 3, False),
        ([f"person {k}" for k in range(120)], False),
        ([*TEXTS[:100], *[None] * 20], True),
    ],
    ids=["text", "few", "two words", "missing"],
)
def test_what_free_text_is(texts, is_text):
    step = TextFeatures().fit(pd.DataFrame({"t": texts}))
    assert step.columns_ == (["t"] if is_text else [])


def test_few_words_need_no_decomposition():
    step = TextFeatures(["word"], vectorizer=TextVectorizer(sparse_output=False))
    assert step.fit_transform(X).columns.tolist() == ["n", "text", "word_0", "word_1"]
    assert step.get_feature_names_out().tolist() == ["n", "text", "word_0", "word_1"]


def test_a_batch_of_something_else_is_refused_by_name():
    X = pd.DataFrame({"note": ["good food", "good wine", "bad wine"]})
    model = TextFeatures("note").fit(X)
    with pytest.raises(ColumnValuesError, match=r"takes texts; column 'note' holds 1\.5"):
        model.transform(pd.DataFrame({"note": [None, 1.5]}))


def test_a_batch_without_texts():
    step = TextFeatures().fit(X)
    empty = step.transform(X.assign(text=np.nan))
    assert (empty.filter(like="text_") == 0).all().all()
