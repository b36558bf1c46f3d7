"""What is kept beside an estimator: bounded, shared by clones, never pickled, never in the way."""

import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from sklearn.base import clone

from skcook.text import TextCleaner, TextVectorizer, WordFrequencies
from skcook.text.engine import _token_codes as codes
from skcook.text.words._token_cache import LONGEST_KEY, Cache, caches_of
from tests.text._corpus import real_documents


def test_a_cache_is_bounded():
    calls = []
    cache = Cache(lambda key: calls.append(key) or key.upper(), limit=3)
    assert [cache[key] for key in "aabcda"] == list("AABCDA")
    assert len(cache) <= 3
    assert calls == ["a", "b", "c", "d", "a"]
    long = "x" * (LONGEST_KEY + 1)
    assert cache[long] == long.upper()
    assert long not in cache


def test_clones_share_what_was_worked_out_and_pickles_carry_nothing():
    cleaner = TextCleaner(stem="porter").fit(["running dogs"])
    before = len(pickle.dumps(cleaner))
    cleaner.transform(real_documents(200))
    assert len(pickle.dumps(cleaner)) == before
    assert "_memo" not in vars(cleaner)
    assert caches_of(clone(cleaner)) is caches_of(cleaner)
    copied = pickle.loads(pickle.dumps(cleaner))
    assert caches_of(copied) is not caches_of(cleaner)
    assert caches_of(TextCleaner()) is not caches_of(cleaner)
    assert copied.transform(["running"]) == ["run"]


def test_it_goes_with_the_last_estimator():
    vectorizer = TextVectorizer().fit(["one two"])
    memo = weakref.ref(caches_of(vectorizer))
    other = clone(vectorizer)
    del vectorizer
    gc.collect()
    assert memo() is not None
    del other
    gc.collect()
    assert memo() is None


def test_other_settings_never_see_the_wrong_result():
    documents = ["The dogs weren't RUNNING"]
    vectorizer = TextVectorizer(weighting="count")
    for _ in range(2):  # the second time everything is remembered
        for settings, expected in [
            ({}, ["dogs", "running", "the", "weren't"]),
            ({"lowercase": False}, ["RUNNING", "The", "dogs", "weren't"]),
            ({"stem": "porter"}, ["dog", "run", "the", "weren't"]),
            ({"stop_words": "english"}, ["dogs", "running"]),
            ({"stop_words": "english", "keep_words": ["the"]}, ["dogs", "running", "the"]),
            ({"lemmatize": "wordnet", "pos": "v"}, ["dog", "run", "the", "weren't"]),
            ({"lemmatize": "wordnet", "pos": "n"}, ["dog", "running", "the", "weren't"]),
            ({"apostrophes": "split"}, ["dogs", "running", "t", "the", "weren"]),
            ({"contractions": "expand"}, ["dogs", "not", "running", "the", "were"]),
        ]:
            fresh = clone(vectorizer).set_params(**settings)
            assert list(fresh.fit(documents).get_feature_names_out()) == expected


@pytest.mark.parametrize("limit", [1, 50, 10**9])
def test_the_bounds_change_no_result(limit, monkeypatch):
    documents = real_documents(60) + real_documents(10)
    settings = {"stem": "porter", "stop_words": "english", "weighting": "count"}
    expected = TextVectorizer(**settings).fit_transform(documents)
    monkeypatch.setattr(codes, "MOST_CODES", limit)
    monkeypatch.setattr(Cache.__init__, "__defaults__", (limit,))
    vectorizer = TextVectorizer(**settings)
    for _ in range(2):
        assert (vectorizer.fit_transform(documents) != expected).nnz == 0
        assert (vectorizer.transform(documents[::-1]) != expected[::-1]).nnz == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"stem": "porter", "stop_words": "english"},
        {"tokenizer": "nltk", "stem": "snowball", "punctuation": "space"},
    ],
    ids=["words", "nltk"],
)
def test_threads_agree(settings, nltk_with_punkt):
    documents = real_documents(400)
    expected = TextVectorizer(**settings).fit_transform(documents)
    first = TextVectorizer(**settings)
    together = [clone(first) for _ in range(8)]  # one memo, empty
    assert len({id(caches_of(vectorizer)) for vectorizer in together}) == 1

    def work(i):
        vectorizer = together[i].fit(documents)
        return vectorizer.transform(documents[i * 50 :] + documents[: i * 50])

    with ThreadPoolExecutor(4) as pool:
        for i, matrix in enumerate(pool.map(work, range(8))):
            rolled = expected[[*range(i * 50, 400), *range(i * 50)]]
            assert (matrix != rolled).nnz == 0


def test_a_failure_half_way_leaves_nothing_wrong():
    vectorizer = WordFrequencies()
    store = codes.TokenCodes()

    def fails(documents):
        yield ["one"]
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        store.encode(["a", "b"], fails)
    encoded = store.encode(["a", "b"], lambda documents: ([d, d] for d in documents))
    assert [encoded.tokens[c] for c in encoded.codes] == ["a", "a", "b", "b"]
    assert vectorizer.fit(["a"]).frequencies_ == {"a": 1}
