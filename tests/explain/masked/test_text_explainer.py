import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skcook import artifacts
from skcook.exceptions import ColumnsError
from skcook.explain import TextExplainer
from skcook.text import TextVectorizer
from tests.explain._reviews import BAD, GOOD, LONG, REST, reviews


@pytest.fixture(scope="module", params=["scikit-learn", "masked"])
def model(request):
    vectorizer = TfidfVectorizer(token_pattern=r"\w+")
    if request.param == "masked":
        vectorizer = TextVectorizer()
    return make_pipeline(vectorizer, LogisticRegression()).fit(*reviews())


@pytest.fixture
def explainer(model):
    return TextExplainer(model, n_samples=1000, random_state=0).fit()


def test_words_that_speak_for_a_class_are_found(explainer):
    (item,) = explainer.explain([LONG], targets=["pos"])
    weights = {feature.feature: feature.weight for feature in item.features}
    assert min(weights[word] for word in ("good", "fine", "lovely")) > 0 > weights["dull"]
    assert next(f.value for f in item.features if f.feature == "good") == 2
    assert len(item.features) == 10
    assert item.n_others > 0
    total = item.intercept + item.weights.sum() + item.others + item.rest
    assert total == pytest.approx(item.prediction)


def test_predicted_class_by_default(explainer, model):
    texts, _ = reviews(6, seed=1)
    explained = explainer.explain(texts)
    assert [item.target for item in explained] == model.predict(texts).tolist()
    assert [item.row for item in explained] == list(range(6))
    both = explainer.explain(texts, targets="all")
    assert [item.prediction for item in both] == pytest.approx(model.predict_proba(texts).ravel())


def test_masked_vectorizer_and_black_box_agree():
    texts, y = reviews()
    pipeline = make_pipeline(TextVectorizer(), LogisticRegression()).fit(texts, y)

    class Hidden:
        predict = staticmethod(pipeline.predict)
        predict_proba = staticmethod(pipeline.predict_proba)
        classes_ = pipeline.classes_
        _estimator_type = "classifier"

    documents = [LONG.lower(), texts[0]]
    fast = TextExplainer(pipeline, random_state=0).fit().explain(documents, targets=["pos"])
    slow = (
        TextExplainer(lambda X: pipeline.predict_proba(X)[:, 1], random_state=0)
        .fit()
        .explain(documents)
    )
    for one, other in zip(fast, slow, strict=True):
        assert [f.feature for f in one.features] == [f.feature for f in other.features]
        assert one.weights == pytest.approx(other.weights)
        assert one.std_errors == pytest.approx(other.std_errors)
        assert one.source == other.source


@pytest.mark.parametrize("n_words", [8, 24])
def test_agreement_with_lime(n_words):
    lime_text = pytest.importorskip("lime.lime_text")
    texts, y = reviews()
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, y)
    words = [*GOOD[:3], *BAD[:2], *REST[:1], *REST[2:], *(f"other{i}" for i in range(20))]
    document, n_seeds = " ".join(words[:n_words]), 12

    def by_lime(seed):
        found = lime_text.LimeTextExplainer(random_state=seed).explain_instance(
            document, pipeline.predict_proba, num_features=n_words, num_samples=500
        )
        weights = dict(found.as_list())
        return [weights[word] for word in words[:n_words]]

    def by_us(seed):
        explainer = TextExplainer(
            pipeline, n_samples=500, n_features=None, sampling="iid", alpha=1.0, random_state=seed
        )
        (item,) = explainer.fit().explain([document], targets=["pos"])
        weights = {f.feature: f.weight for f in item.features}
        return [weights[word] for word in words[:n_words]]

    peer = np.array([by_lime(seed) for seed in range(n_seeds)])
    ours = np.array([by_us(seed) for seed in range(n_seeds)])
    error = np.sqrt((peer.var(axis=0, ddof=1) + ours.var(axis=0, ddof=1)) / n_seeds)
    z = (peer.mean(axis=0) - ours.mean(axis=0)) / error
    assert np.sqrt((z**2).mean()) < 1.6
    assert np.corrcoef(peer.mean(axis=0), ours.mean(axis=0))[0, 1] > 0.99


def test_short_documents_have_no_sampling_error(explainer, model):
    (first,) = explainer.explain(["good film"])
    other = clone(explainer).set_params(estimator=model, random_state=5)
    (again,) = other.fit().explain(["good film"])
    assert first.weights == pytest.approx(again.weights)
    assert first.std_errors.tolist() == [0, 0]


def test_repeat_calls_pickles_and_single_documents_agree(explainer):
    texts = [LONG, reviews(1)[0][0], LONG]
    first = explainer.explain(texts)
    assert explainer.explain(texts) == first
    assert pickle.loads(pickle.dumps(explainer)).explain(texts) == first
    assert explainer.explain([LONG])[0].features == first[0].features == first[2].features


def test_saved_and_loaded(explainer, tmp_path):
    path = tmp_path / "explainer.skcook"
    artifacts.save(explainer, path, X_example=pd.DataFrame({"text": [LONG]}))
    assert artifacts.load(path).explain([LONG]) == explainer.explain([LONG])


@pytest.mark.parametrize(
    "document", ["", None, float("nan"), pd.NA, "...", "  "], ids=lambda d: repr(d)
)
def test_a_document_without_words(explainer, model, document):
    (item,) = explainer.explain([document], targets=["pos"])
    assert (item.features, item.r2, item.note) == ((), 1.0, None)
    expected = model.predict_proba([document if isinstance(document, str) else ""])[0, 1]
    assert item.prediction == item.local_prediction == pytest.approx(expected)


def test_a_document_of_one_word(explainer, model):
    (item,) = explainer.explain(["lovely"], targets=["pos"])
    with_word, without = model.predict_proba(["lovely", ""])[:, 1]
    assert item.features[0].weight == pytest.approx(with_word - without, rel=0.02)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("one text", ValueError, "Write \\[text\\]"),
        (b"bytes", ValueError, "one text"),
        ([1.5], ValueError, "1.5 of float at position 0"),
        (["a", ["b"]], ValueError, "list at position 1"),
        (5, TypeError, "sequence of documents"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), ColumnsError, "2 columns"),
    ],
    ids=["string", "bytes", "number", "words", "scalar", "columns"],
)
def test_what_is_no_document_is_refused(explainer, X, error, message):
    with pytest.raises(error, match=message):
        explainer.explain(X)


def test_documents_in_every_container(explainer):
    texts = reviews(3, seed=2)[0]
    expected = explainer.explain(texts)
    for X in (
        tuple(texts), np.array(texts), np.array(texts, object), pd.Series(texts, index=[5, 6, 7]),
        pl.Series(texts),
    ):  # fmt: skip
        assert explainer.explain(X) == expected
    assert len(explainer.explain([])) == 0


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("masked", [True, False])
def test_models_of_frames(frame, masked):
    texts, y = reviews()
    vectorizer = TextVectorizer(urls="keep" if masked else "drop")
    pipeline = make_pipeline(vectorizer, LogisticRegression()).fit(frame({"review": texts}), y)
    explainer = TextExplainer(pipeline, n_samples=200, random_state=0).fit()
    (item,) = explainer.explain(frame({"review": [LONG]}))
    assert item.prediction == pytest.approx(pipeline.predict_proba(frame({"review": [LONG]})).max())


def test_models_without_probabilities():
    texts, y = reviews()
    svm = make_pipeline(CountVectorizer(), LinearSVC()).fit(texts, y)
    neg, pos = TextExplainer(svm, n_samples=200).fit().explain(texts[:1], targets="all")
    assert neg.weights == pytest.approx(-pos.weights)
    with pytest.raises(TypeError, match="has no predict_proba"):
        TextExplainer(svm, response_method="predict_proba").fit()
    ridge = make_pipeline(CountVectorizer(), Ridge()).fit(texts, (y == "pos").astype(float))
    assert TextExplainer(ridge, n_samples=200).fit().explain(texts[:1])[0].target is None


def test_callable_of_the_wrong_shape():
    explainer = TextExplainer(lambda texts: [1.0]).fit()
    with pytest.raises(ValueError, match="one row of scores for each"):
        explainer.explain(["one two three"])


def test_positions_and_placeholder():
    def second_is_good(texts):
        return [float(text.split()[1] == "good") for text in texts]

    explainer = TextExplainer(second_is_good, bag_of_words=False, placeholder="?").fit()
    (item,) = explainer.explain(["good good film"])
    best = item.features[0]
    assert (best.feature, best.value) == ("good", 2)
    assert best.weight == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("split", "expected"),
    [(r"[^.]+", {"one two", " three"}), (str.split, {"one", "two.", "three"})],
    ids=["regex", "callable"],
)
def test_what_a_word_is(split, expected):
    explainer = TextExplainer(lambda texts: [len(t) for t in texts], split=split).fit()
    (item,) = explainer.explain(["one two. three"])
    assert {f.feature for f in item.features} == expected


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"split": "("}, "no regular expression"),
        ({"sampling": "sobol"}, "sampling"),
        ({"n_samples": 2}, "n_samples"),
    ],
    ids=["split", "sampling", "n_samples"],
)
def test_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        TextExplainer(len, **parameters).fit()


def test_words_that_the_text_has_not():
    explainer = TextExplainer(lambda t: np.zeros(len(t)), split=lambda t: ["other"]).fit()
    with pytest.raises(ValueError, match="'other' of document 0"):
        explainer.explain(["text"])


def test_too_many_words():
    explainer = TextExplainer(lambda t: np.zeros(len(t))).fit()
    with pytest.raises(ValueError, match="6000 words; at most 5000"):
        explainer.explain([" ".join(map(str, range(6000)))])


def test_unfitted_model():
    texts, y = reviews()
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression())
    with pytest.raises(NotFittedError, match="fit it first"):
        TextExplainer(pipeline).fit()
    explainer = TextExplainer(pipeline, n_samples=64).fit(texts, y)
    assert explainer.explain(texts[:1])[0].target in ("pos", "neg")
    with pytest.raises(NotFittedError):
        TextExplainer(pipeline).explain(texts)
