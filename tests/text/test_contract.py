"""What scikit-learn's checks ask of an estimator, asked of those that take strings.

scikit-learn runs a single check on an estimator whose input is no table of numbers. These are the
others, over documents.
"""

import copy
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skcook.text import (
    PhraseJoiner,
    TextCleaner,
    TextStats,
    TextVectorizer,
    WordFrequencies,
    WordNGrams,
)
from skcook.utils import all_estimators
from tests.text._corpus import real_documents

DOCUMENTS = ["New York is big. I love New York!", "", "the DOGS ran", None, "é 3.5 http://x.yz @me"]
DOCUMENTS += real_documents(40)

ESTIMATORS = {
    "cleaner": TextCleaner(),
    "cleaner with everything": TextCleaner(
        **dict.fromkeys(["html", "urls", "emails", "numbers", "mentions", "hashtags"], "drop"),
        emoji="name",
        contractions="expand",
        strip_accents="unicode",
        stop_words="english",
        keep_words=["not"],
        lemmatize="wordnet",
        stem="porter",
        punctuation="space",
        missing="keep",
    ),
    "tf-idf": TextVectorizer(),
    "counts": TextVectorizer(
        weighting="count", stem="porter", ngram_range=(1, 2), min_df=2, sparse_output=False
    ),
    "n-grams": WordNGrams(missing="keep"),
    "phrases": PhraseJoiner(min_count=1, threshold=0.1),
    "stats": TextStats(),
    "frequencies": WordFrequencies(ngram_range=(1, 2)),
}
TRANSFORMERS = {name: e for name, e in ESTIMATORS.items() if hasattr(e, "transform")}

each_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=list(ESTIMATORS))
each_transformer = pytest.mark.parametrize(
    "estimator", TRANSFORMERS.values(), ids=list(TRANSFORMERS)
)


def plain(out):
    """Return any output as a list with one comparable entry per document."""
    if sparse.issparse(out):
        out = out.toarray()
    if isinstance(out, np.ndarray):
        return [row.round(12).tolist() if isinstance(row, np.ndarray) else row for row in out]
    return list(out)


def same(left, right):
    return repr(plain(left)) == repr(plain(right))


def learned(estimator):
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}


def alike(first, second):
    if repr(learned(first)) != repr(learned(second)):
        return False
    # An estimator inside shows none of what it has learned.
    return not hasattr(first, "transform") or same(
        first.transform(DOCUMENTS), second.transform(DOCUMENTS)
    )


def test_every_estimator_of_text_is_here():
    names = {n for n, cls in all_estimators() if cls.__module__.startswith("skcook.text")}
    assert names == {type(e).__name__ for e in ESTIMATORS.values()}


@each_estimator
def test_the_constructor_stores_and_nothing_else(estimator):
    fresh = type(estimator)()
    assert vars(fresh) == fresh.get_params()


@each_estimator
def test_parameters_are_plain_and_untouched_by_fit(estimator):
    estimator = clone(estimator)
    before = copy.deepcopy(estimator.get_params())
    assert estimator.fit(DOCUMENTS) is estimator
    assert estimator.get_params() == before
    plain_types = (str, int, float, bool, tuple, list, type(None))
    assert all(isinstance(value, plain_types) for value in before.values())


@each_estimator
def test_fit_sets_only_what_ends_in_an_underscore(estimator):
    estimator = clone(estimator).fit(DOCUMENTS)
    added = set(vars(estimator)) - set(estimator.get_params())
    assert added
    assert all(name.endswith("_") and not name.startswith("_") for name in added)


@each_estimator
def test_fit_twice_is_fit_once(estimator):
    once = clone(estimator).fit(DOCUMENTS)
    twice = clone(estimator).fit(DOCUMENTS[:30]).fit(DOCUMENTS)
    assert alike(once, twice)


@each_transformer
def test_fit_transform_is_fit_and_transform(estimator):
    fitted = clone(estimator).fit(DOCUMENTS)
    assert same(clone(estimator).fit_transform(DOCUMENTS), fitted.transform(DOCUMENTS))
    assert same(
        clone(estimator).fit_transform(DOCUMENTS, list(range(45))), fitted.transform(DOCUMENTS)
    )


@each_transformer
def test_unfitted_is_said(estimator):
    with pytest.raises(NotFittedError):
        clone(estimator).transform(DOCUMENTS)
    with pytest.raises(NotFittedError):
        clone(estimator).get_feature_names_out()


@each_transformer
def test_transform_changes_neither_estimator_nor_documents(estimator):
    documents = list(DOCUMENTS)
    estimator = clone(estimator).fit(documents)
    before = repr(vars(estimator))
    estimator.transform(documents)
    assert repr(vars(estimator)) == before
    assert documents == DOCUMENTS


@each_transformer
def test_the_order_of_documents_does_not_matter(estimator):
    estimator = clone(estimator).fit(DOCUMENTS)
    order = np.random.default_rng(0).permutation(len(DOCUMENTS))
    expected = plain(estimator.transform(DOCUMENTS))
    got = plain(estimator.transform([DOCUMENTS[i] for i in order]))
    assert repr(got) == repr([expected[i] for i in order])


@each_transformer
def test_a_document_alone_is_a_document_among_others(estimator):
    estimator = clone(estimator).fit(DOCUMENTS)
    expected = plain(estimator.transform(DOCUMENTS))
    for i, document in enumerate(DOCUMENTS[:8]):
        fresh = pickle.loads(pickle.dumps(estimator))  # without memory of the others
        assert repr(plain(fresh.transform([document]))) == repr(expected[i : i + 1])


@each_transformer
def test_no_documents_give_none(estimator):
    out = clone(estimator).fit(DOCUMENTS).transform([])
    assert out.shape[0] == 0 if hasattr(out, "shape") else out == []


@each_transformer
def test_empty_and_unknown_documents(estimator):
    estimator = clone(estimator).fit(DOCUMENTS)
    strange = ["", "zzzz qqqq", "...", "\x00", "\ud800", "של"]
    out = plain(estimator.transform(strange))
    assert repr(out) == repr([plain(estimator.transform([text]))[0] for text in strange])
    if isinstance(estimator, TextVectorizer):
        assert not np.any(out), "no word of these was learned"


@each_transformer
@pytest.mark.parametrize("make", ["memmap", "read-only"])
def test_read_only_input(estimator, make, tmp_path):
    documents = np.array(["New York", "dogs ran", "new york"])
    if make == "memmap":
        joblib.dump(documents, tmp_path / "documents")
        documents = joblib.load(tmp_path / "documents", mmap_mode="r")
    else:
        documents.setflags(write=False)
    estimator = clone(estimator)
    if isinstance(estimator, TextVectorizer):
        estimator.set_params(min_df=1)
    assert len(plain(estimator.fit(documents).transform(documents))) == 3


@each_estimator
def test_pickles(estimator):
    fitted = clone(estimator).fit(DOCUMENTS)
    again = pickle.loads(pickle.dumps(fitted))
    assert repr(learned(again)) == repr(learned(fitted))
    if hasattr(fitted, "transform"):
        assert same(again.transform(DOCUMENTS), fitted.transform(DOCUMENTS))
    assert repr(clone(again)) == repr(clone(fitted))


@each_estimator
def test_skops(estimator):
    skops = pytest.importorskip("skops.io")
    fitted = clone(estimator).fit(DOCUMENTS)
    data = skops.dumps(fitted)
    ours = type(fitted).__module__ + "." + type(fitted).__name__
    assert set(skops.get_untrusted_types(data=data)) <= {ours}
    again = skops.loads(data, trusted=[ours])
    if hasattr(fitted, "transform"):
        assert same(again.transform(DOCUMENTS), fitted.transform(DOCUMENTS))
        assert list(again.get_feature_names_out()) == list(fitted.get_feature_names_out())
    else:
        assert repr(learned(again)) == repr(learned(fitted))


@each_transformer
def test_names_out(estimator):
    fitted = clone(estimator).fit(DOCUMENTS)
    names = fitted.get_feature_names_out()
    assert isinstance(names, np.ndarray)
    assert names.dtype == object
    assert all(isinstance(name, str) for name in names)
    out = fitted.transform(DOCUMENTS)
    assert len(names) == (out.shape[1] if hasattr(out, "shape") else 1)


@each_transformer
@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output(estimator, container):
    estimator = clone(estimator)
    if not hasattr(estimator, "set_output"):
        assert isinstance(estimator, WordNGrams)  # lists of n-grams are no columns
        return
    if isinstance(estimator, TextVectorizer):
        estimator.set_params(sparse_output=False)
    estimator.set_output(transform=container)
    out = estimator.fit_transform(pd.Series(DOCUMENTS, index=range(5, 50)))
    assert type(out).__module__.startswith(container)
    assert list(out.columns) == list(estimator.get_feature_names_out())
    assert len(out) == len(DOCUMENTS)
    if container == "pandas":
        assert out.index.tolist() == list(range(5, 50))


@each_transformer
@pytest.mark.parametrize("backend", ["threads", "processes by way of pickle"])
def test_parallel_work_gives_the_same(estimator, backend):
    fitted = clone(estimator).fit(DOCUMENTS)
    expected = plain(fitted.transform(DOCUMENTS))
    parts = [DOCUMENTS[:20], DOCUMENTS[20:]]
    if backend == "threads":
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(fitted.transform, parts))
    else:
        done = [pickle.loads(pickle.dumps(fitted)).transform(part) for part in parts]
    assert repr([row for out in done for row in plain(out)]) == repr(expected)


@each_estimator
def test_no_warnings_and_no_randomness(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (clone(estimator).fit(DOCUMENTS) for _ in range(2))
    assert alike(first, second)


@each_transformer
def test_in_a_pipeline(estimator):
    piped = make_pipeline(clone(estimator))
    assert same(piped.fit_transform(DOCUMENTS), clone(estimator).fit_transform(DOCUMENTS))
    assert repr(piped).startswith("Pipeline")


@each_estimator
def test_tags_tell_the_truth(estimator):
    tags = estimator.__sklearn_tags__()
    assert tags.input_tags.string
    assert tags.input_tags.allow_nan
    assert not tags.target_tags.required
