import pickle
import resource

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier

from skcook.exceptions import ColumnsError
from skcook.explain import TabularExplainer

MODES = {
    "surrogate": {"refine": False},
    "refined": {"refine": True},
    "lime": {"method": "lime"},
    "decile iid": {"discretizer": "decile", "sampling": "iid"},
}


@pytest.fixture(params=MODES)
def mode(request):
    return {"n_samples": 512, "random_state": 0, **MODES[request.param]}


def test_every_output_adds_up(mode, forest, penguins):
    X, _ = penguins
    explainer = TabularExplainer(forest, **mode).fit(X)
    for item in explainer.explain(X[:60:7], targets="all"):
        total = item.intercept + item.weights.sum() + item.others + item.rest
        assert total == pytest.approx(item.prediction)
        assert item.r2 <= 1 + 1e-6
        assert np.isfinite(item.weights).all()
        assert (item.std_errors >= 0).all()
    proba = forest.predict_proba(X[:60:7])
    told = [item.prediction for item in explainer.explain(X[:60:7], targets="all")]
    assert told == pytest.approx(proba.ravel())


def test_predicted_class_by_default(mode, forest, penguins):
    X, _ = penguins
    explained = TabularExplainer(forest, **mode).fit(X).explain(X[::60])
    assert [item.target for item in explained] == forest.predict(X[::60]).tolist()
    assert [item.row for item in explained] == list(range(len(explained)))


def test_repeat_calls_pickles_and_single_rows_agree_to_the_bit(mode, forest, penguins):
    X, _ = penguins
    explainer = TabularExplainer(forest, **mode).fit(X)
    first = explainer.explain(X[:3])
    assert explainer.explain(X[:3]) == first
    assert pickle.loads(pickle.dumps(explainer)).explain(X[:3]) == first
    again = clone(explainer).set_params(estimator=forest).fit(X)
    assert again.explain(X[:3]) == first
    alone = explainer.explain(X[1:2])[0]
    assert alone.weights == pytest.approx(first[1].weights, rel=1e-4, abs=1e-7)


def test_known_linear_model_gets_its_own_weights():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(500, 3)), columns=list("abc"))
    model = LinearRegression().fit(X, 3 * X["a"] - X["b"])
    explainer = TabularExplainer(model, random_state=0).fit(X)
    row = X[:1]
    weights = {f.feature: f.weight for f in explainer.explain(row)[0].features}
    expected = {"a": 3, "b": -1, "c": 0}
    for name, slope in expected.items():
        away = float(row[name].iloc[0] - X[name].mean())
        assert weights[name] == pytest.approx(slope * away, abs=0.02)
    assert explainer.explain(row)[0].r2 > 0.999


def test_the_model_always_gets_the_frame_it_knows(mode, forest, penguins):
    X, _ = penguins
    seen = []

    def strict(frame):
        seen.append(frame.dtypes.equals(X.dtypes) and list(frame) == list(X))
        return forest.predict_proba(frame)

    explainer = TabularExplainer(strict, **mode).fit(X)
    explainer.explain(X[:2])
    explainer.explain(X[:2][X.columns[::-1]])
    explainer.explain(pl.from_pandas(X[:2]))
    explainer.explain(X.iloc[0])
    explainer.explain(X.iloc[0].to_dict())
    explainer.explain(X[:2].to_numpy(dtype=object))
    assert all(seen)


def test_forms_of_the_same_rows_agree(forest, penguins):
    X, _ = penguins
    explainer = TabularExplainer(forest, n_samples=256, random_state=0).fit(X)
    expected = explainer.explain(X[:1])
    for rows in (X.iloc[0], X.iloc[0].to_dict(), pl.from_pandas(X[:1]), X[:1].to_numpy(object)):
        assert explainer.explain(rows) == expected


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_every_kind_of_column_together(mode, mixed, mixed_model, container):
    X = mixed if container == "pandas" else pl.from_pandas(mixed)
    explained = TabularExplainer(mixed_model, **mode).fit(X).explain(X)
    assert len(explained) == len(X)
    rules = set(explained.to_frame()["rule"])
    for name in mixed:
        assert any(rule.startswith(f"{name} is missing") or name in rule for rule in rules)
    assert "date is missing" in rules
    values = explained.to_frame().query("feature == 'whole'")["value"]
    assert {type(value) for value in values} <= {int, type(None)}


def test_missing_is_a_state_of_its_own(mixed, mixed_model):
    explainer = TabularExplainer(mixed_model, random_state=0).fit(mixed)
    for item in explainer.explain(mixed):
        date = next(f for f in item.features if f.feature == "date")
        assert (date.weight > 1) == (date.value is None)


def test_unseen_category_and_unseen_missing_have_measured_weights():
    X = pd.DataFrame({"a": ["x", "y"] * 50, "b": np.arange(100.0)})

    def model(frame):
        return (
            7.0 * (frame["a"] == "new").to_numpy()
            + 4.0 * frame["b"].isna().to_numpy()
            + 0.0 * frame["b"].fillna(0).to_numpy()
        )

    for mode in ({}, {"discretizer": "quartile"}):
        explainer = TabularExplainer(model, n_samples=512, random_state=0, **mode).fit(X)
        item = explainer.explain({"a": "new", "b": None})[0]
        assert {f.feature: f.weight for f in item.features} == {"a": 7.0, "b": 4.0}
        assert [f.rule for f in item.features] == ["a = new", "b is missing"]
        assert item.local_prediction == pytest.approx(item.prediction)


def test_a_row_of_only_missing_values(mode, forest, penguins):
    X, _ = penguins
    row = dict.fromkeys(X.columns)
    item = TabularExplainer(forest, **mode).fit(X).explain(row)[0]
    assert all(f.rule == f"{f.feature} is missing" for f in item.features)
    assert np.isfinite(item.weights).all()


def test_a_constant_column_weighs_nothing(mode):
    X = pd.DataFrame({"c": [5.0] * 60, "x": np.arange(60.0)})
    explained = TabularExplainer(lambda X: X["c"] + X["x"], **mode).fit(X).explain(X[::20])
    weights = explained.to_frame().query("feature == 'c'")["weight"]
    assert weights.abs().max() < 1e-9


def test_lime_s_degenerate_bin_does_not_exist():
    # A third of the column is one value: lime would send 0 to the model, never seen in training.
    X = np.column_stack([np.repeat([1.0, 2.0, 3.0], [60, 20, 20]), np.full(100, 5.0)])
    seen = set()

    def model(rows):
        seen.update(rows.ravel().tolist())
        return rows[:, 0]

    TabularExplainer(model, discretizer="quartile", sampling="iid", random_state=0).fit(X)
    assert 0.0 not in seen
    assert seen <= {1.0, 2.0, 3.0, 5.0} | {v for v in seen if 1 <= v <= 3}


def test_a_constant_model_is_explained_by_nothing(mode):
    X = pd.DataFrame({"a": np.arange(50.0), "b": ["x", "y"] * 25})
    item = TabularExplainer(lambda X: np.full(len(X), 3.0), **mode).fit(X).explain(X[:1])[0]
    assert item.weights == pytest.approx(np.zeros(2), abs=1e-9)
    assert (item.r2, item.note) == (1.0, None)
    assert item.local_prediction == pytest.approx(3.0)


def test_several_outputs_of_a_regression():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 2)), columns=["a", "b"])
    model = LinearRegression().fit(X, np.column_stack([X["a"], -2 * X["b"]]))
    explained = TabularExplainer(model, random_state=0).fit(X).explain(X[:2])
    assert [(item.row, item.target) for item in explained] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [item.features[0].feature for item in explained] == ["a", "b"] * 2


def test_binary_decision_function_mirrors(cancer):
    X, y = cancer
    explainer = TabularExplainer(RidgeClassifier().fit(X, y), n_samples=256, random_state=0).fit(X)
    zero, one = explainer.explain(X[:1], targets=[0, 1])
    assert zero.prediction == -one.prediction
    assert zero.weights == pytest.approx(-one.weights)


def test_number_of_features(forest, penguins):
    X, _ = penguins
    for method in ("explained_variance", "highest_weights", "forward_selection", "lasso_path"):
        explainer = TabularExplainer(
            forest, n_samples=512, n_features=2, feature_selection=method, random_state=0
        )
        assert {len(e.features) for e in explainer.fit(X).explain(X[:5])} <= {1, 2}


def test_rows_stream_in_batches(forest, penguins, capsys):
    X, _ = penguins
    explainer = TabularExplainer(
        forest, n_samples=256, batch_rows=100, verbose=2, random_state=0
    ).fit(X)
    batches = explainer.iter_explain(X)
    assert [item.row for item in next(batches)] == list(range(100))
    assert sum(len(batch) for batch in batches) == len(X) - 100
    assert "344/344" in capsys.readouterr().err
    threads = clone(explainer).set_params(estimator=forest, n_jobs=2, verbose=0).fit(X)
    assert threads.explain(X) == explainer.explain(X)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_no_batch_runs_ahead_of_its_reader(n_jobs):
    X = np.random.default_rng(0).normal(size=(400, 2))
    asked = []

    def model(rows):
        asked.append(len(rows))
        return rows[:, 0]

    explainer = TabularExplainer(model, n_samples=4096, batch_rows=20, n_jobs=n_jobs).fit(X)
    asked.clear()
    batches = explainer.iter_explain(X)
    next(batches)
    assert len(asked) == (n_jobs or 1)
    batches.close()


@pytest.mark.slow
def test_a_hundred_thousand_rows_in_bounded_memory():
    X = np.random.default_rng(0).normal(size=(100_000, 4))
    explainer = TabularExplainer(
        lambda rows: rows[:, 0] - rows[:, 1], n_samples=256, refine=False, batch_rows=1000,
        random_state=0,
    ).fit(X[:1000])  # fmt: skip
    n_rows, peaks = 0, []
    for batch in explainer.iter_explain(X):
        n_rows += len(batch)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert n_rows == len(X)
    # All explanations together would take some hundred megabytes.
    assert peaks[-1] < 1.05 * peaks[9]


def test_unfitted_model_is_fitted_and_a_fitted_one_kept():
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    explainer = TabularExplainer(tree, n_samples=64, random_state=0).fit(X, y)
    assert not hasattr(tree, "tree_")
    assert explainer.explain(X[:1])[0].target == 0
    tree.fit(X, y)
    assert TabularExplainer(tree, n_samples=64).fit(X).estimator_ is tree


def test_zero_rows(forest, penguins):
    X, _ = penguins
    explainer = TabularExplainer(forest, n_samples=64, random_state=0).fit(X)
    assert len(explainer.explain(X[:0])) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X.rename(columns={"sex": "sexx"}), "'sexx' -> 'sex'"),
        (lambda X: X.drop(columns="island"), "Missing: island"),
        (lambda X: X.assign(extra=1), "Unknown: extra"),
        (lambda X: X.to_numpy(object)[:, :3], "the 6 columns of the background"),
    ],
    ids=["renamed", "dropped", "added", "array"],
)
def test_other_columns_are_refused_by_name(forest, penguins, change, message):
    X, _ = penguins
    explainer = TabularExplainer(forest, n_samples=64, random_state=0).fit(X)
    with pytest.raises(ColumnsError, match=message):
        explainer.explain(change(X[:2]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "lime", "groups": {"g": ["island", "sex"]}}, "groups"),
        ({"categorical": ["islnd"]}, "'islnd'"),
        ({"discretizer": "thirds"}, "discretizer"),
        ({"n_samples": 2}, "n_samples"),
    ],
    ids=["lime's groups", "categorical", "discretizer", "n_samples"],
)
def test_parameters_that_do_not_go_together(forest, penguins, parameters, message):
    with pytest.raises(ValueError, match=message):
        TabularExplainer(forest, **parameters).fit(penguins[0])


@pytest.mark.parametrize("mode", [{}, {"discretizer": "quartile"}], ids=["curves", "quartile"])
def test_standard_errors_cover_the_truth(cancer, logistic, mode):
    X, _ = cancer
    rows, names = X[:4], [f"x{j}" for j in range(X.shape[1])]

    def table(explainer):
        frame = explainer.fit(X).explain(rows, targets=[1]).to_frame()
        wide = frame.pivot(index="row", columns="feature", values=["weight", "std_error"])
        return wide["weight"][names].to_numpy(), wide["std_error"][names].to_numpy()

    options = {"n_features": None, **mode}
    truth, _ = table(TabularExplainer(logistic, n_samples=2**16, random_state=99, **options))
    covered = []
    for seed in range(5):
        weight, error = table(
            TabularExplainer(logistic, n_samples=1024, random_state=seed, **options)
        )
        covered.append(abs(weight - truth) <= 1.96 * error)
    assert 0.88 <= np.mean(covered) <= 0.995


def test_default_mode_follows_a_linear_model(cancer, logistic):
    X, _ = cancer
    explainer = TabularExplainer(logistic, n_features=None, random_state=0).fit(X)
    explained = explainer.explain(X[:20], targets=[1])
    assert np.mean([item.r2 for item in explained]) > 0.9
