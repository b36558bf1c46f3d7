"""One pipeline through the libraries that people have beside skcook: `make test-neighbours`."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.exceptions import ArtifactError
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import Leaderboard, tabular_pipeline
from skcook.preprocessing import CategoricalImputer, NumericImputer, OneHotEncoder

pytest.importorskip("mlflow", reason="runs in the environment of `make test-neighbours`")
WHERE = "runs in the environment of `make test-neighbours`"


@pytest.fixture(scope="module")
def split():
    X, y = load_penguins(return_X_y=True)
    return train_test_split(X, y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def pipe(split):
    X, _, y, _ = split
    return tabular_pipeline("logistic").fit(X, y)


def test_skore_evaluates_a_pipeline(pipe, split):
    skore = pytest.importorskip("skore", reason=WHERE)
    _, X, _, y = split
    report = skore.EstimatorReport(pipe, X_test=X, y_test=y)
    assert report.metrics.accuracy() > 0.9


def test_skore_evaluates_a_leaderboard(split):
    skore = pytest.importorskip("skore", reason=WHERE)
    X, X_test, y, y_test = split
    board = Leaderboard(models=["decision_tree", "logistic"], cv=2, verbose=0).fit(X, y)
    report = skore.EstimatorReport(board, X_test=X_test, y_test=y_test)
    assert report.metrics.accuracy() > 0.9


def test_skore_cross_validates_and_compares(pipe, split):
    skore = pytest.importorskip("skore", reason=WHERE)
    X, X_test, y, y_test = split
    models = {"logistic": pipe, "tree": tabular_pipeline("decision_tree")}
    reports = {
        name: skore.CrossValidationReport(model, X, y, splitter=2) for name, model in models.items()
    }
    summary = skore.ComparisonReport(reports).metrics.summarize().frame()
    assert not summary.isna().all(axis=None)
    wrapped = ExplainedClassifier(models["tree"], explainer=TabularExplainer(n_samples=100))
    data = {"X_train": X, "y_train": y, "X_test": X_test, "y_test": y_test}
    comparison = skore.ComparisonReport(
        [skore.EstimatorReport(clone(model), **data) for model in (pipe, wrapped)]
    )
    assert comparison.metrics.accuracy().shape[1] == 2


def test_mlflow_keeps_a_pipeline_with_its_own_flavor(pipe, split, tmp_path):
    mlflow_sklearn = pytest.importorskip("mlflow.sklearn", reason=WHERE)

    X = split[1]
    mlflow_sklearn.save_model(
        pipe, tmp_path / "m", skops_trusted_types=artifacts.trusted_types(pipe)
    )
    loaded = mlflow_sklearn.load_model(str(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.predict(X), pipe.predict(X))


def test_a_table_vectorizer_is_saved_and_explained(split, tmp_path):
    skrub = pytest.importorskip("skrub", reason=WHERE)
    X, X_test, y, _ = split
    model = make_pipeline(
        skrub.TableVectorizer(), NumericImputer(), LogisticRegression(max_iter=500)
    ).fit(X, y)
    path = artifacts.save(model, tmp_path / "m.skcook", X_example=X)
    trusted = artifacts.trusted_types(model)
    np.testing.assert_array_equal(
        artifacts.load(path, trusted=trusted).predict(X_test), model.predict(X_test)
    )
    explanation = TabularExplainer(model, n_samples=256).fit(X).explain(X_test.head(1))[0]
    assert {reason.feature for reason in explanation.features} <= set(X.columns)


def test_a_plan_of_dataops_is_refused_with_what_to_do(split, tmp_path):
    skrub = pytest.importorskip("skrub", reason=WHERE)
    X, _, y, _ = split
    plan = skrub.X(X).skb.apply(skrub.TableVectorizer())
    plan = plan.skb.apply(HistGradientBoostingClassifier(max_iter=2), y=skrub.y(y))
    learner = plan.skb.make_learner(fitted=True)
    for model in (learner, plan):
        with pytest.raises(ArtifactError, match="Put its steps into a Pipeline"):
            artifacts.wrap(model, X)
        with pytest.raises(ArtifactError, match="Put its steps into a Pipeline"):
            artifacts.save(model, tmp_path / "m.skcook", X_example=X)


ENCODERS = [
    "BackwardDifference",
    "BaseN",
    "Binary",
    "CatBoost",
    "Count",
    "Gray",
    "Hashing",
    "Helmert",
    "JamesStein",
    "LeaveOneOut",
    "MEstimate",
    "OneHot",
    "Ordinal",
    "Polynomial",
    "Quantile",
    "RankHot",
    "Sum",
    "Summary",
    "Target",
    "WOE",
]


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_of_category_encoders_is_saved(name, split, tmp_path):
    encoders = pytest.importorskip("category_encoders", reason=WHERE)
    X, X_test, y, _ = split
    model = make_pipeline(
        CategoricalImputer(),
        getattr(encoders, f"{name}Encoder")(),
        NumericImputer(),
        LogisticRegression(max_iter=500),
    ).fit(X, (y == "Adelie").astype(int))
    path = artifacts.save(model, tmp_path / "m.skcook", X_example=X)
    trusted = artifacts.trusted_types(model)
    np.testing.assert_array_equal(
        artifacts.load(path, trusted=trusted).predict(X_test), model.predict(X_test)
    )


def test_autogluon_runs_beside_it_on_the_same_frame(split, tmp_path):
    tabular = pytest.importorskip("autogluon.tabular", reason=WHERE)
    X, X_test, y, y_test = split
    steps = make_pipeline(
        NumericImputer(), CategoricalImputer(), OneHotEncoder(sparse_output=False)
    )
    train = steps.fit_transform(X).assign(species=y)
    predictor = tabular.TabularPredictor("species", path=tmp_path, verbosity=0).fit(
        train, hyperparameters={"RF": {}, "LR": {}}, time_limit=30
    )
    answers = predictor.predict(steps.transform(X_test))
    assert (answers == y_test).mean() > 0.9
    explainer = TabularExplainer(
        lambda frame: predictor.predict_proba(steps.transform(frame)).to_numpy(), n_samples=256
    )
    assert explainer.fit(X).explain(X_test.head(1))[0].features
