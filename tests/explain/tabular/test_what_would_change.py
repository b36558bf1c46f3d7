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


def test_nothing_has_to_change(loans):
    X, _, explainer, bank = loans
    (answer,) = explainer.what_would_change(X[:1], target=bank.predict(X[:1])[0])
    assert (answer.changes, answer.cost) == ((), 0.0)
    assert str(answer).startswith("nothing has to change")


def test_changes_are_as_small_as_the_background_allows(loans):
    """The cheapest value of one column that is enough, whatever grid was searched first."""
    X, _, explainer, bank = loans
    known = np.unique(explainer.sample_.values[0])
    refused = X[bank.predict(X) == "no"].sort_values("income")[-20:]
    for i in range(len(refused)):
        row = refused.iloc[[i]]
        found = explainer.what_would_change(row, frozen=["city", "age", "noise"])
        enough = [v for v in known if bank.predict(row.assign(income=v))[0] == "yes"]
        assert found[0].changes[0].to == min(enough)


def test_many_columns_change_where_few_are_not_enough():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 9)), columns=[f"x{j}" for j in range(9)])
    explainer = TabularExplainer(lambda F: (F.to_numpy() > 0).sum(axis=1), **SMALL).fit(X)
    (answer,) = explainer.what_would_change(dict.fromkeys(X, -1.0), target=6, k=1)
    assert len(answer.changes) == 6
    assert answer.prediction == 6


@pytest.fixture(scope="module")
def columns_of_many_kinds():
    rng = np.random.default_rng(0)
    n = 300
    days = pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    return pd.DataFrame(
        {
            "whole": pd.array([None if i % 7 == 0 else i % 13 for i in range(n)], dtype="Int64"),
            "when": pd.Timestamp("2020-01-01", tz="Europe/Berlin") + days,
            "flag": rng.random(n) < 0.5,
            "maybe": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "city": pd.Categorical(rng.choice(list("abc"), n)),
            "income": np.where(rng.random(n) < 0.2, np.nan, rng.gamma(2, 20, n)),
        }
    )


def test_dates_flags_and_missing_values(columns_of_many_kinds):
    X = columns_of_many_kinds

    class Thirds:
        """Three classes of a sum of everything."""

        classes_ = np.array(["low", "middle", "high"])

        def decision_function(self, F):
            later = F["when"] >= pd.Timestamp("2021-06-01", tz="Europe/Berlin")
            score = 1.5 * later + F["flag"] + 0.8 * F["maybe"].fillna(False).astype(float)
            score += 1.2 * (F["city"] == "a") + 0.03 * F["income"].fillna(-10)
            score = (score + 0.1 * F["whole"].fillna(0).astype(float)).to_numpy(float)
            return np.column_stack([2.5 - score, np.full(len(F), 0.6), score - 3.7])

        def predict(self, F):
            return self.classes_[self.decision_function(F).argmax(axis=1)]

    model = Thirds()
    explainer = TabularExplainer(model, response_method="decision_function", **SMALL).fit(X)
    for i in range(20):
        row = X.iloc[[i]]
        for target in model.classes_:
            for one in explainer.what_would_change(row, target=target, frozen=["income"]):
                new = row.copy()
                for change in one.changes:
                    values = pd.Series([change.to], index=row.index, dtype=object)
                    new[change.feature] = values.astype(X[change.feature].dtype)
                assert model.predict(new)[0] == target
                assert "income" not in {change.feature for change in one.changes}
                json.dumps(one.to_dict(), allow_nan=False)


def test_ranges_of_dates(columns_of_many_kinds):
    X = columns_of_many_kinds[["when"]]
    explainer = TabularExplainer(lambda F: F["when"].dt.day_of_year, **SMALL).fit(X)
    ends = pd.Timestamp("2020-03-01", tz="Europe/Berlin"), "2020-12-01"
    found = explainer.what_would_change({"when": X["when"][0]}, 300, ranges={"when": ends})
    assert ends[0] <= found[0].changes[0].to <= pd.Timestamp(ends[1], tz="Europe/Berlin")
    assert explainer.what_would_change(X[:1], 300, ranges={"when": (None, ends[0])}) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ranges": {"city": (1, 2)}}, "ranges names 'city', which holds string values"),
        ({"ranges": {"age": 18}}, "range of 'age' must be its lowest and its highest"),
        ({"ranges": {"age": ("young", "old")}}, "range of 'age' must be"),
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
    ],
)
def test_questions_that_are_none(loans, options, message):
    with pytest.raises(ValueError, match=message):
        loans[2].what_would_change(loans[0][:1], **options)


def test_bounds_that_are_none(loans):
    explainer = TabularExplainer(lambda X: X["age"], **SMALL).fit(loans[0])
    for target in ("much", (1, 2, 3), (1, None)):
        with pytest.raises(ValueError, match="a number or a pair of bounds"):
            explainer.what_would_change(loans[0][:1], target)


def test_the_report_knows_a_faithful_explainer(loans):
    report = loans[2].report(n_rows=20)
    assert report["target"].tolist() == ["no", "yes"]
    assert (report["r2"] > 0.99).all()
    assert (report["deletion"] > 1.2 * report["deletion_random"]).all()
    assert (report["large_rest"] < 0.1).all()
    lime = TabularExplainer(loans[3], method="lime", **SMALL).fit(loans[0]).report(n_rows=20)
    assert (lime["large_rest"] > report["large_rest"]).all()


def test_a_group_changes_together_to_what_the_background_has():
    rng = np.random.default_rng(0)
    city = rng.integers(4, size=800)
    X = pd.DataFrame(
        {
            "city": np.array(["Bonn", "Jena", "Kiel", "Ulm"])[city],
            "post code": 1000.0 * city + rng.integers(5, size=800),
            "noise": rng.normal(size=800),
        }
    )
    places = set(zip(X["city"], X["post code"], strict=True))
    explainer = TabularExplainer(
        lambda X: (X["city"].eq("Kiel") & X["post code"].ge(2003)).to_numpy(float),
        groups={"place": ["city", "post code"]}, n_samples=1024, random_state=0,
    ).fit(X)  # fmt: skip
    row = {"city": "Bonn", "post code": 1.0, "noise": 0.0}
    [found] = explainer.what_would_change(row, target=1.0, k=1)
    changed = {**row, **{change.feature: change.to for change in found.changes}}
    assert (changed["city"], changed["post code"]) in places
    assert changed == {"city": "Kiel", "post code": 2003.0, "noise": 0.0}
    assert [change.feature for change in found.changes] == ["city", "post code"]
    # What is frozen stays, and only what does not change is left of its group.
    assert not explainer.what_would_change(row, target=1.0, frozen=["city"])
    near = {**row, "city": "Kiel", "post code": 2001.0}
    [found] = explainer.what_would_change(near, target=1.0, frozen=["city"], k=1)
    assert found.changes == (("post code", 2001.0, 2003.0),)
    ranges = {"post code": (2004, 2004)}
    [found] = explainer.what_would_change(near, target=1.0, ranges=ranges, k=1)
    assert found.changes == (("post code", 2001.0, 2004.0),)
