"""What the user says of columns and rows, and columns of unusual kinds."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skcook.exceptions import ColumnsError
from skcook.explain import ExplainedRegressor, TabularExplainer

RNG = np.random.default_rng(0)
SMALL = {"n_samples": 2048, "refine": False, "random_state": 0}
EFFECT = RNG.normal(size=10) * 3


def weights(item):
    return {f.feature: f.weight for f in item.features}


@pytest.mark.parametrize("container", ["frame", "array"])
def test_codes_of_categories_are_no_quantities(container):
    X = pd.DataFrame({"code": RNG.integers(0, 10, 400), "z": RNG.normal(size=400)})
    if container == "array":
        X, name = X.to_numpy(), 0
    else:
        name = "code"
    seen = []

    def model(rows):
        code = rows[:, 0] if container == "array" else rows["code"].to_numpy()
        seen.append(code.dtype.kind)
        return EFFECT[code.astype(int)] + 0.0

    explainer = TabularExplainer(model, categorical=[name], **SMALL).fit(X)
    for code in range(10):
        row = np.array([[code, 0.0]]) if container == "array" else {"code": code, "z": 0.0}
        feature = explainer.explain(row)[0].features[0]
        mean = explainer.outputs_.mean()
        assert feature.weight == pytest.approx(EFFECT[code] - mean, abs=0.02)
        assert feature.rule.endswith(f"= {code}")
        assert feature.value == code
    assert set(seen) == ({"f"} if container == "array" else {"i"})


def test_a_group_is_drawn_and_explained_as_one():
    n = 300
    street = RNG.choice(["a", "b", "c"], n)
    X = pd.DataFrame({"street": street, "city": np.char.add(street, "!"), "z": RNG.normal(size=n)})
    pairs = set()

    def model(frame):
        pairs.update(zip(frame["street"], frame["city"], strict=True))
        return 2.0 * (frame["city"] == "a!") + frame["z"]

    explainer = TabularExplainer(model, groups={"address": ["street", "city"]}, **SMALL).fit(X)
    assert pairs == {("a", "a!"), ("b", "b!"), ("c", "c!")}
    item = explainer.explain({"street": "a", "city": "a!", "z": 0.0})[0]
    address = item.features[0]
    assert (address.feature, address.rule) == ("address", "street = a, city = a!")
    assert address.value == {"street": "a", "city": "a!"}
    assert address.weight == pytest.approx(2 - 2 * (street == "a").mean(), abs=0.05)
    assert len(item.features) == 2


def test_a_column_in_two_groups_is_refused():
    X = pd.DataFrame(RNG.normal(size=(50, 3)), columns=list("abc"))
    with pytest.raises(ColumnsError, match="in the groups 'g' and 'h'"):
        TabularExplainer(np.sum, groups={"g": ["a", "b"], "h": ["b", "c"]}, **SMALL).fit(X)
    with pytest.raises(ColumnsError, match="'d', and there is no such column"):
        TabularExplainer(np.sum, groups={"g": ["d"]}, **SMALL).fit(X)


def test_sample_weight_weighs_the_background():
    X = pd.DataFrame({"a": [0.0] * 50 + [1.0] * 50})
    weight = np.r_[np.full(50, 3.0), np.full(50, 1.0)]
    explainer = TabularExplainer(lambda X: X["a"].to_numpy(), **SMALL)
    item = explainer.fit(X, sample_weight=weight).explain({"a": 1.0})[0]
    assert item.intercept == pytest.approx(0.25, abs=0.01)
    assert item.features[0].weight == pytest.approx(0.75, abs=0.01)
    with pytest.raises(ValueError, match="at least 0 for each of the 100 rows"):
        explainer.fit(X, sample_weight=-weight)


def test_sample_weight_of_a_fit_reaches_the_background():
    from sklearn.linear_model import Ridge

    X, y = pd.DataFrame({"a": [0.0] * 50 + [1.0] * 50}), np.r_[np.zeros(50), np.ones(50)]
    model = ExplainedRegressor(Ridge(alpha=1e-6), explainer=TabularExplainer(**SMALL))
    model.fit(X, y, sample_weight=np.r_[np.full(50, 3.0), np.ones(50)])
    assert model.explain(X[:1])[0].intercept == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "labels",
    [[2019, 2020], pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])],
    ids=["years", "levels"],
)
def test_names_that_are_no_strings_are_names(labels):
    X = pd.DataFrame(RNG.normal(size=(200, 2)), columns=labels)
    explainer = TabularExplainer(lambda X: X.iloc[:, 0].to_numpy() * 2.0, **SMALL).fit(X)
    item = explainer.explain(X[:1])[0]
    name = " / ".join(labels[0]) if isinstance(labels[0], tuple) else str(labels[0])
    assert item.features[0].feature == name
    assert explainer.explain(X.iloc[:1, ::-1])[0] == item
    with pytest.raises(ColumnsError, match="Unknown: 7, 8"):
        explainer.explain(X[:1].set_axis([7, 8], axis=1))


def test_rows_keep_their_labels():
    X = pd.DataFrame({"a": RNG.normal(size=50)}, index=[f"patient {i}" for i in range(50)])
    explainer = TabularExplainer(lambda X: X["a"].to_numpy(), **SMALL).fit(X)
    assert [item.label for item in explainer.explain(X[3:5])] == ["patient 3", "patient 4"]
    assert explainer.explain(X.reset_index(drop=True)[:1])[0].label is None


def test_times_with_and_without_a_zone_are_not_mixed():
    naive = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=60, freq="h")})
    zoned = naive.assign(t=naive["t"].dt.tz_localize("Europe/Berlin"))

    def model(X):
        return X["t"].dt.hour.to_numpy(float)

    assert len(TabularExplainer(model, **SMALL).fit(zoned).explain(zoned[:2])) == 2
    with pytest.raises(ValueError, match="without a zone, and the column's are of Europe/Berlin"):
        TabularExplainer(model, **SMALL).fit(zoned).explain(naive[:1])
    with pytest.raises(ValueError, match="with a zone, and the column's have none"):
        TabularExplainer(model, **SMALL).fit(naive).explain(zoned[:1])


def test_arrow_decimals():
    price = pd.Series([f"{v:.2f}" for v in RNG.uniform(0, 10, 60)])
    X = pd.DataFrame({"price": price.astype(pd.ArrowDtype(pa.decimal128(8, 2)))})

    def model(frame):
        assert frame.dtypes.equals(X.dtypes)
        return frame["price"].astype(float).to_numpy()

    item = TabularExplainer(model, **SMALL).fit(X).explain(X[:1])[0]
    assert item.rest == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("size", [1e20, 1e-20])
def test_huge_and_tiny_outputs(size):
    X = pd.DataFrame(RNG.normal(size=(200, 3)), columns=list("abc"))

    def model(X):
        return size * (X["a"] * X["b"] + X["c"]).to_numpy()

    item = TabularExplainer(model, **SMALL).fit(X).explain(X[:1])[0]
    assert np.isfinite(item.weights).all()
    assert abs(item.rest) < 0.5 * item.output_sd


def test_pairs_that_act_together_are_named():
    X = pd.DataFrame(RNG.normal(size=(300, 4)), columns=list("abcd"))
    model = TabularExplainer(
        lambda X: (2 * np.sign(X["a"] * X["b"]) + X["c"]).to_numpy(), **SMALL
    ).fit(X)
    table = model.interactions_
    assert table.loc[0, ["feature", "with_feature"]].tolist() == ["a", "b"]
    assert table.loc[0, "strength"] == pytest.approx(2, abs=0.3)
    row = {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0}
    pair = model.explain(row)[0].interactions[0]
    assert pair.features == ("a", "b")
    assert pair.weight == pytest.approx(2, abs=0.4)
    one = TabularExplainer(lambda X: X["a"].to_numpy(), **SMALL).fit(X)
    assert one.explain(row)[0].interactions == ()


def test_pairs_of_probabilities_are_in_their_unit():
    X = pd.DataFrame(RNG.normal(size=(300, 3)), columns=list("abc"))

    def model(X):
        return 1 / (1 + np.exp(-(6 * np.sign(X["a"] * X["b"]) + X["c"]).to_numpy()))

    explainer = TabularExplainer(model, **SMALL).fit(X)
    pairs = [item.interactions[0] for item in explainer.explain(X[:20])]
    assert all(set(pair.features) == {"a", "b"} for pair in pairs)
    assert max(abs(pair.weight) for pair in pairs) <= 1
    assert 0.2 < explainer.interactions_.loc[0, "strength"] <= 1.5
