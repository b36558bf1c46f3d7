"""Models and frames that the tests of explanations share."""

import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook.explain import Explanation, Explanations, TabularExplainer
from skcook.explain.result._explanation import Feature


@pytest.fixture(scope="session")
def forest(penguins):
    """A pipeline that selects by name, so it refuses anything but a named frame."""
    X, y = penguins
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["island", "sex"]), remainder="passthrough"
    )
    return make_pipeline(encode, RandomForestClassifier(30, random_state=0)).fit(X, y)


@pytest.fixture(scope="session")
def cancer():
    return load_breast_cancer(return_X_y=True)


@pytest.fixture(scope="session")
def logistic(cancer):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return model.fit(*cancer)


@pytest.fixture(scope="session")
def explanations(forest, penguins):
    X, _ = penguins
    explainer = TabularExplainer(forest, n_samples=512, random_state=0).fit(X)
    return explainer.explain(X[::40], targets="all")


@pytest.fixture
def small():
    """Explanations made by hand."""
    features = [
        Feature("age", 41, "37 < age <= 48", -0.1, 0.01),
        Feature("work", None, "work is missing", 0.3, float("nan")),
    ]
    return Explanations(
        Explanation(
            kind="tabular", row=row, target=target, prediction=0.8, local_prediction=0.7,
            intercept=0.5, r2=0.4, features=features,
        )
        for row in (0, 1)
        for target in ("yes", "no")
    )  # fmt: skip


@pytest.fixture
def mixed():
    """One column of each kind, all with a missing value."""
    n = 24
    return pd.DataFrame(
        {
            "number": [float(i) for i in range(n - 1)] + [None],
            "whole": pd.array([*range(n - 1), None], dtype="Int64"),
            "word": ["a", "b", None] * (n // 3),
            "category": pd.Categorical(["x", "y", None, "x"] * (n // 4), categories=["x", "y"]),
            "flag": pd.array([True, False, None] * (n // 3), dtype="boolean"),
            "date": pd.to_datetime(["2020-01-01", None, "2021-06-01"] * (n // 3)),
            "text": [f"some words {i}" for i in range(n - 1)] + [None],
        }
    )


@pytest.fixture
def mixed_model():
    """Numbers from such a frame, by name: a callable that is strict about what it gets."""

    def score(X):
        X = pd.DataFrame(X) if isinstance(X, pd.DataFrame) else X.to_pandas()
        numbers = X[["number"]].astype(float).fillna(-5)["number"]
        return (
            numbers
            + 10 * (X["word"] == "a").to_numpy()
            + 5 * X["date"].isna().to_numpy()
            + X["text"].map(len, na_action="ignore").fillna(0).astype(float)
        ).to_numpy()

    return score
