import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline

from skcook.explain import TextExplainer
from tests.explain._reviews import LONG, reviews


@pytest.fixture(scope="module")
def model():
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(*reviews())


def test_threads_and_progress(model, capsys):
    texts, _ = reviews(5)
    options = {"n_samples": 200, "random_state": 0, "batch_rows": 100}
    plain = TextExplainer(model, **options).fit().explain(texts)
    threads = TextExplainer(model, n_jobs=2, verbose=2, **options).fit()
    assert threads.explain(texts) == plain
    assert "5.00/5.00" in capsys.readouterr().err


@pytest.mark.parametrize("method", ["auto", "highest_weights", "forward_selection", "lasso_path"])
def test_number_of_features(model, method):
    explainer = TextExplainer(
        model, n_samples=500, n_features=3, feature_selection=method, random_state=0
    ).fit()
    full = TextExplainer(model, n_samples=500, n_features=None, random_state=0).fit()
    (item,), (whole,) = (e.explain([LONG], targets=["pos"]) for e in (explainer, full))
    assert 1 <= len(item.features) <= 3
    assert {f.feature for f in item.features} <= {f.feature for f in whole.features[:5]}


def test_masks_do_not_depend_on_the_company(model):
    explainer = TextExplainer(model, n_samples=500, batch_rows=600, random_state=0).fit()
    alone = explainer.explain([LONG])[0]
    assert explainer.explain([*reviews(4)[0], LONG])[4].features == alone.features


def test_predicted_is_what_the_model_predicts():
    texts, y = reviews()
    base = make_pipeline(TfidfVectorizer(), LogisticRegression())
    strict = FixedThresholdClassifier(base, threshold=0.99, pos_label="pos").fit(texts, y)
    explained = TextExplainer(strict, n_samples=50).fit().explain(texts[:9])
    assert {item.target for item in explained} == {"neg"} == set(strict.predict(texts[:9]))


def test_likeliest_classes_and_number_of_words_are_arguments_too(model):
    texts, _ = reviews(2)
    explainer = TextExplainer(model, n_samples=50, random_state=0).fit()
    explained = explainer.explain(texts, top=2, n_features=1)
    assert [item.row for item in explained] == [0, 0, 1, 1]
    assert explained[0].prediction > explained[1].prediction
    assert {len(item.features) for item in explained} == {1}
    assert explained[0].n_others > 3
    assert explainer.n_features == 10


def test_seeds(model):
    def weights(seed):
        explainer = TextExplainer(model, n_samples=99, random_state=seed).fit()
        return explainer.explain([LONG])[0].weights

    assert weights(1).tolist() == weights(1).tolist() != weights(2).tolist()
