import numpy as np
import pandas as pd
import pytest

from skcook.explain import TabularExplainer


@pytest.fixture
def letters():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"text": [f"letter {i}" for i in range(200)], "x": rng.normal(size=200)})
    return X, lambda X: X["text"].str.len().to_numpy() + X["x"].to_numpy()


def test_a_text_of_its_own_is_measured_with_its_error(letters):
    X, model = letters
    explainer = TabularExplainer(model, random_state=0).fit(X)
    feature = explainer.explain({"text": "a far longer letter", "x": 0.0})[0].features[0]
    expected = len("a far longer letter") - X["text"].str.len().mean()
    assert feature.weight == pytest.approx(expected, abs=4 * feature.std_error)
    assert 0 < feature.std_error < 0.1


def test_only_the_largest_weights_stay(letters):
    X, model = letters
    explainer = TabularExplainer(model, n_features=1, random_state=0).fit(X)
    item = explainer.explain({"text": "a far longer letter", "x": 0.0})[0]
    assert [f.feature for f in item.features] == ["text"]
    assert item.intercept + item.weights.sum() == pytest.approx(item.local_prediction)


def test_questions_stay_within_batch_rows(letters):
    X, model = letters
    sizes = []

    def watched(frame):
        sizes.append(len(frame))
        return model(frame)

    TabularExplainer(watched, n_samples=512, batch_rows=600, random_state=0).fit(X).explain(X[:20])
    assert max(sizes) <= 600


def test_a_value_of_many_rows_is_measured_once(letters):
    X, model = letters
    asked = []

    def watched(frame):
        asked.append(len(frame))
        return model(frame)

    explainer = TabularExplainer(watched, n_samples=512, random_state=0).fit(X)
    asked.clear()
    explained = explainer.explain(X[:30].assign(text="the same for all"))
    assert sum(asked) == 30 + 256
    assert len({next(f for f in e.features if f.feature == "text").weight for e in explained}) == 1
