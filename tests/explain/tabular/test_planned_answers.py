"""Explanations ask a model by its plan, where that says what the model says."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.preprocessing import DateFeatures

N = 400


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "income": rng.gamma(2, 20, N),
            "rooms": rng.integers(1, 9, N),
            "city": pd.Series(rng.choice(["Bonn", "Ulm", "Jena"], N)),
            "grade": pd.Categorical(rng.choice(["a", "b", "c"], N)),
            "owner": rng.random(N) < 0.5,
        }
    )
    X.loc[::7, "income"] = np.nan
    X.loc[::11, "city"] = None
    y = (X["income"].fillna(40) + 9 * (X["city"] == "Ulm") + rng.normal(0, 9, N) > 45).astype(int)
    return X, y


def _pipeline(model, first=None):
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["income", "rooms"]),
        (OneHotEncoder(handle_unknown="infrequent_if_exist"), ["city", "grade"]),
        ("passthrough", ["owner"]),
    )
    return make_pipeline(*([] if first is None else [first]), columns, model)


class Counted(FunctionTransformer):
    """Passes rows on, and counts the calls; it is no class of scikit-learn and has no plan."""

    calls = 0

    def transform(self, X):
        Counted.calls += 1
        return X


@pytest.fixture(
    scope="module", params=[RandomForestClassifier(20, random_state=0), LogisticRegression()],
    ids=["forest", "logistic"],
)  # fmt: skip
def model(request, table):
    return _pipeline(request.param).fit(*table)


@pytest.fixture(scope="module")
def explainer(model, table):
    return TabularExplainer(model, n_samples=512, random_state=0).fit(table[0])


class _AskedError(Exception):
    """The model itself was asked."""


def _refuse_to_answer(*_):
    raise _AskedError


def test_a_plan_that_agreed_answers_alone(explainer, model, table, monkeypatch):
    X, _ = table
    rows = X.iloc[[0, 7, 11, 20, 77]]
    told = [item.prediction for item in explainer.explain(rows, targets=[1])]
    assert told == pytest.approx(model.predict_proba(rows)[:, 1], abs=1e-12)
    monkeypatch.setattr(model[0], "transform", _refuse_to_answer)
    assert [item.prediction for item in explainer.explain(rows, targets=[1])] == told


@pytest.mark.parametrize(
    "change",
    [
        {"city": "Rome"}, {"income": 1e6}, {"rooms": 99}, {"rooms": 2.5}, {"grade": "z"},
        {"owner": None}, {"rooms": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_the_sample_has_not_is_for_the_model_itself(
    explainer, model, table, change, monkeypatch
):
    X, _ = table
    explainer.explain(X[3:4])
    monkeypatch.setattr(model[0], "transform", _refuse_to_answer)
    with pytest.raises(_AskedError):
        explainer.explain({**X.iloc[3].to_dict(), **change})


def test_explanations_are_those_without_a_plan(table):
    X, y = table
    forest = RandomForestClassifier(20, random_state=0)
    planned = _pipeline(forest).fit(X, y)
    plain = _pipeline(forest, Counted()).fit(X, y)
    settings = {"n_samples": 512, "random_state": 0, "refine": True}
    by_plan = TabularExplainer(planned, **settings).fit(X).explain(X[:4])
    before = Counted.calls
    by_model = TabularExplainer(plain, **settings).fit(X).explain(X[:4])
    assert Counted.calls > before
    assert by_plan == by_model


def test_a_model_that_warns_is_asked_itself(table):
    X, y = table

    def warn(frame):
        warnings.warn("old rows", UserWarning, stacklevel=2)
        return frame

    model = _pipeline(LogisticRegression(), FunctionTransformer(warn))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explained = ExplainedClassifier(model).fit(X, y)
        explained.explain(X[:1])
    with pytest.warns(UserWarning, match="old rows"):
        explained.explain(X[:1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_arrays_are_answered_by_the_plan_too(dtype, monkeypatch):
    A = (np.random.default_rng(0).normal(size=(200, 3)) * 50).astype(dtype)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(A, A[:, 0] > 0)
    explainer = TabularExplainer(model, n_samples=256, random_state=0).fit(A)
    first = explainer.explain(A[:2])
    assert [item.prediction for item in first] == pytest.approx(
        model.predict_proba(A[:2]).max(axis=1), abs=1e-12
    )
    monkeypatch.setattr(model[0], "transform", _refuse_to_answer)
    assert explainer.explain(A[:2]) == first


def test_polars_frames_are_answered_by_the_plan_too(monkeypatch):
    pl = pytest.importorskip("polars")
    rng = np.random.default_rng(0)
    X = pl.DataFrame({"age": rng.normal(40, 9, 200), "town": rng.choice(["a", "b"], 200)})
    columns = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"]))
    model = make_pipeline(columns, LogisticRegression()).fit(X, X["age"].to_numpy() > 40)
    explainer = TabularExplainer(model, n_samples=256, random_state=0).fit(X)
    first = explainer.explain(X[:2])
    monkeypatch.setattr(model[0], "transform", _refuse_to_answer)
    assert explainer.explain(X[:2]) == first


def test_dates_are_answered_by_the_plan_too(monkeypatch):
    rng = np.random.default_rng(0)
    day = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 9000, 200), unit="h")
    X = pd.DataFrame({"day": day, "price": rng.normal(size=200)})
    X.loc[::9, "day"] = pd.NaT
    y = (X["day"].dt.month.fillna(0) > 6).astype(int)
    model = make_pipeline(DateFeatures(), RandomForestClassifier(5, random_state=0)).fit(X, y)
    explainer = TabularExplainer(model, n_samples=256, random_state=0).fit(X)
    first = explainer.explain(X[:4])
    expected = model.predict_proba(X[:4]).max(axis=1)
    assert [item.prediction for item in first] == pytest.approx(expected, abs=1e-12)
    monkeypatch.setattr(model[0], "transform", _refuse_to_answer)
    assert explainer.explain(X[:4]) == first
