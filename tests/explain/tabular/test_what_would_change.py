import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

from skcook.exceptions import ColumnsError
from skcook.explain import ExplainedClassifier, TabularExplainer

SMALL = {"n_samples": 1024, "random_state": 0}


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(0)
    n = 500
    X = pd.DataFrame(
        {
            "income": rng.integers(10, 100, n),
            "age": rng.integers(18, 80, n),
            "city": rng.choice(["a", "b", "c"], n),
            "noise": rng.normal(size=n),
        }
    )
    good = X["income"] + 0.2 * X["age"] + 15 * (X["city"] == "a") > 60

    class Bank:
        """A rule that is known: income, a little age, and the city."""

        classes_ = np.array(["no", "yes"])

        def predict_proba(self, Q):
            score = Q["income"] + 0.2 * Q["age"] + 15 * (Q["city"] == "a") - 60
            p = 1 / (1 + np.exp(-score.to_numpy(float) / 10))
            return np.column_stack([1 - p, p])

        def predict(self, Q):
            return self.classes_[self.predict_proba(Q).argmax(axis=1)]

    return X, good, TabularExplainer(Bank(), **SMALL).fit(X), Bank()


def changed(row, counterfactual):
    return row.assign(**{c.feature: c.to for c in counterfactual.changes})


def test_every_answer_is_valid_by_the_model(loans):
    X, _, explainer, bank = loans
    refused = X[bank.predict(X) == "no"][:20]
    for i in range(len(refused)):
        row = refused.iloc[[i]]
        found = explainer.what_would_change(row, target="yes")
        assert found
        for one in found:
            new = changed(row, one)
            assert bank.predict(new)[0] == "yes"
            assert bank.predict_proba(new)[0, 1] == pytest.approx(one.prediction)
            assert {c.feature for c in one.changes} <= {"income", "age", "city"}
        assert [one.cost for one in found] == sorted(one.cost for one in found)
        columns = [frozenset(c.feature for c in one.changes) for one in found]
        assert len(set(columns)) == len(columns)


def test_frozen_columns_ranges_and_kinds_are_kept(loans):
    X, _, explainer, bank = loans
    row = X[bank.predict(X) == "no"].sort_values("income").iloc[[-1]]
    found = explainer.what_would_change(
        row, frozen=["city", "age"], ranges={"income": (0, 90)}, k=5
    )
    assert found
    for one in found:
        assert {c.feature for c in one.changes} <= {"income", "noise"}
        for change in one.changes:
            if change.feature == "income":
                assert isinstance(change.to, int)
                assert change.to <= 90
    assert explainer.what_would_change(row, frozen=["city", "age", "income"]) == []


def test_a_known_smallest_change(loans):
    _, _, explainer, bank = loans
    row = {"income": 45, "age": 40, "city": "b", "noise": 0.0}
    assert bank.predict(pd.DataFrame([row]))[0] == "no"
    first = explainer.what_would_change(row)[0]
    assert [c.feature for c in first.changes] == ["income"]
    assert 52 < first.changes[0].to < 60
    assert json.dumps(first.to_dict())
    assert "income: 45 ->" in str(first)


def test_numbers_reach_a_value_or_a_range(loans):
    X = loans[0][["income", "age"]]
    model = LinearRegression().fit(X, 2.0 * X["income"] + X["age"])
    explainer = TabularExplainer(model, **SMALL).fit(X)
    row = {"income": 30, "age": 30}
    assert explainer.what_would_change(row, target=120)[0].prediction >= 120
    assert explainer.what_would_change(row, target=60)[0].prediction <= 60
    assert 100 <= explainer.what_would_change(row, target=(100, 110))[0].prediction <= 110
    with pytest.raises(ValueError, match="which number"):
        explainer.what_would_change(row)


def test_a_threshold_decides(loans):
    X, good = loans[0].drop(columns="city"), loans[1]
    model = FixedThresholdClassifier(LogisticRegression(max_iter=1000), threshold=0.9)
    model = ExplainedClassifier(model, explainer=TabularExplainer(**SMALL)).fit(X, good)
    row = X[~model.predict(X)][:1]
    for one in model.what_would_change(row, target=True):
        assert model.predict(changed(row, one))[0]


def test_what_cannot_be_answered_is_said(loans):
    X, _, explainer, _ = loans
    with pytest.raises(ColumnsError, match="frozen names 'incom'"):
        explainer.what_would_change(X[:1], frozen=["incom"])
    with pytest.raises(ValueError, match="no class 'maybe'"):
        explainer.what_would_change(X[:1], target="maybe")
    with pytest.raises(ValueError, match="takes one row; it got 2"):
        explainer.what_would_change(X[:2])


def test_the_report_knows_a_faithful_explainer(loans):
    report = loans[2].report(n_rows=20)
    assert report["target"].tolist() == ["no", "yes"]
    assert (report["r2"] > 0.99).all()
    assert (report["deletion"] > 1.2 * report["deletion_random"]).all()
    assert (report["large_rest"] < 0.1).all()
    lime = TabularExplainer(loans[3], method="lime", **SMALL).fit(loans[0]).report(n_rows=20)
    assert (lime["large_rest"] > report["large_rest"]).all()
