import numpy as np
import pandas as pd
import pytest

from skcook.explain import TabularExplainer


def test_what_is_near_the_row_and_not_what_is_average():
    # b counts only where a is large; over the background its mean effect is small.
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(-1, 1, size=(500, 3)), columns=["a", "b", "c"])
    row = pd.DataFrame({"a": [0.9], "b": [0.9], "c": [0.9]})
    weights = {}
    for around in ("background", "instance"):
        explainer = TabularExplainer(
            lambda X: 4 * (X["a"] > 0.8) * X["b"], around=around, random_state=0
        ).fit(X)
        weights[around] = {f.feature: f.weight for f in explainer.explain(row)[0].features}
    assert weights["instance"]["b"] > 2 * weights["background"]["b"] > 0
    assert weights["instance"]["a"] > 1
    assert weights["instance"]["c"] == pytest.approx(0, abs=0.1)


def test_the_model_is_asked_anew_for_each_row_about_values_of_the_row():
    X = pd.DataFrame({"a": np.arange(40.0), "word": ["x", "y"] * 20})
    asked = []

    def model(frame):
        asked.append(frame)
        return frame["a"]

    explainer = TabularExplainer(model, n_samples=256, around="instance", random_state=0).fit(X)
    asked.clear()
    explainer.explain(pd.DataFrame({"a": [99.0, -5.0], "word": ["new", None]}))
    rows, first, second = asked
    assert [len(frame) for frame in asked] == [2, 256, 256]
    for frame, number in ((first, 99.0), (second, -5.0)):
        assert (frame["a"] == number).mean() == pytest.approx(0.5, abs=0.1)
    assert (first["word"] == "new").mean() == pytest.approx(0.5, abs=0.1)
    assert second["word"].isna().mean() == pytest.approx(0.5, abs=0.1)
    assert rows["a"].tolist() == [99.0, -5.0]


def test_a_constant_column_that_the_row_shares_weighs_nothing():
    X = pd.DataFrame({"c": [5.0] * 60, "x": np.arange(60.0)})
    explainer = TabularExplainer(lambda X: X["c"] + X["x"], around="instance", random_state=0)
    explained = explainer.fit(X).explain(pd.DataFrame({"c": [5.0, 9.0], "x": [0.0, 0.0]}))
    same, other = ({f.feature: f.weight for f in item.features}["c"] for item in explained)
    assert same == pytest.approx(0, abs=1e-9)
    assert other == pytest.approx(4, abs=0.5)
