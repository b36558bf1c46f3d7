import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from skcook.datasets import load_penguins
from skcook.models import (
    AnyLabelsClassifier,
    EarlyStoppingClassifier,
    FeatureImportanceDisplay,
    Leaderboard,
    make_model,
    tabular_pipeline,
)

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(200, 3)), columns=["noise", "weak", "strong"])
Y = X["strong"] * 3 - X["weak"] > 0
show = FeatureImportanceDisplay.from_estimator


def ranked(display):
    order = np.argsort(-np.abs(display.importances))
    return [str(display.feature_names[i]) for i in order]


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (RandomForestClassifier(n_estimators=10, random_state=0), "impurity"),
        (XGBClassifier(n_estimators=10, n_jobs=1), "impurity"),
        (make_model("lightgbm", n_estimators=10), "impurity"),
        (LogisticRegression(), "coefficients"),
        (KNeighborsClassifier(), "permutation"),
        (make_model("svm"), "permutation"),
        (BaggingClassifier(random_state=0), "permutation"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_auto_finds_what_matters(model, method):
    display = show(model.fit(X, Y), X, Y)
    assert display.method == method
    assert ranked(display)[0] == "strong"
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels[-1] == "strong"
    if method == "impurity":
        assert display.importances.sum() == pytest.approx(1)


def test_permutation_is_scikit_learns_and_has_errors():
    model = KNeighborsClassifier().fit(X, Y)
    display = show(model, X, Y, n_repeats=4, random_state=1)
    expected = permutation_importance(model, X, Y, n_repeats=4, random_state=1)
    np.testing.assert_allclose(display.importances, expected.importances_mean)
    np.testing.assert_allclose(display.errors, expected.importances_std)


def test_forests_have_errors_and_coefficients_have_signs():
    forest = RandomForestClassifier(n_estimators=10, random_state=0).fit(X, Y)
    display = show(forest)
    np.testing.assert_allclose(
        display.errors, np.std([t.feature_importances_ for t in forest.estimators_], axis=0)
    )
    display = show(LogisticRegression().fit(X, Y))
    assert display.importances[1] < 0 < display.importances[2]
    assert display.label == "Coefficient, towards True"


def test_names_inside_a_pipeline_or_the_raw_columns():
    penguins, species = load_penguins(return_X_y=True)
    pipeline = tabular_pipeline("logistic").fit(penguins, species)
    inside = show(pipeline)
    assert "island_Dream" in inside.feature_names
    assert "all classes" in inside.label
    raw = show(pipeline, penguins, species, method="permutation", n_repeats=2)
    assert raw.feature_names.tolist() == list(penguins.columns)
    deep = show(
        pipeline, penguins, species, method="permutation", columns="transformed", n_repeats=2
    )
    assert deep.feature_names.tolist() == inside.feature_names.tolist()


def test_it_looks_into_what_holds_a_model():
    pipeline = tabular_pipeline(XGBClassifier(n_estimators=10, n_jobs=1))
    stop = EarlyStoppingClassifier(pipeline, n_iter_no_change=5, random_state=0).fit(X, Y)
    search = GridSearchCV(pipeline, {"model__max_depth": [2]}, cv=2).fit(X, Y)
    board = Leaderboard(models={"xgb": pipeline}, cv=2, verbose=0).fit(X, Y)
    for model in (stop, search, board):
        display = show(model)
        assert display.method == "impurity"
        assert ranked(display)[0] == "strong"


def test_transformed_columns_behind_a_model_that_knows_codes():
    words = np.where(Y, "yes", "no")
    pipeline = tabular_pipeline(XGBClassifier(n_estimators=10, n_jobs=1))
    model = AnyLabelsClassifier(pipeline).fit(X, words)
    display = show(model, X, words, method="permutation", columns="transformed")
    assert ranked(display)[0] == "strong"
    assert display.importances[2] > 0.1


def test_steps_that_cannot_name_their_columns_and_arrays():
    pipeline = make_pipeline(FunctionTransformer(), LinearRegression()).fit(X, Y)
    assert show(pipeline).feature_names.tolist() == ["x0", "x1", "x2"]
    model = LGBMRegressor(n_estimators=5, n_jobs=1, verbose=-1).fit(X.to_numpy(), Y)
    assert show(model).feature_names.tolist() == ["x0", "x1", "x2"]


def test_only_the_most_important_are_drawn():
    display = show(LinearRegression().fit(X, Y), max_features=2)
    assert len(display.ax_.patches) == 2
    assert len(display.importances) == 3
    assert display.ax_.get_title(loc="left") == "2 of 3 features"
    _, ax = plt.subplots()
    assert display.plot(max_features=None, ax=ax).ax_ is ax
    assert len(ax.patches) == 3


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        (KNeighborsClassifier(), {}, "neither importances nor coefficients.*Give X and y"),
        (KNeighborsClassifier(), {"method": "impurity"}, "has no feature_importances_"),
        (KNeighborsClassifier(), {"method": "coefficients"}, "has no coef_"),
        (KNeighborsClassifier(), {"method": "permutation"}, "needs X and y"),
        (KNeighborsClassifier(), {"method": "gini"}, "method must be one of 'auto'"),
        (KNeighborsClassifier(), {"columns": "all"}, "columns must be"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(model, params, message):
    with pytest.raises(ValueError, match=message):
        show(model.fit(X, Y), **params)


@pytest.mark.parametrize("name", ["lightgbm", "logistic"])
def test_permutations_of_a_polars_frame(name):
    from skcook.datasets import load_penguins
    from skcook.models import tabular_pipeline

    X, y = load_penguins(return_X_y=True)
    model = tabular_pipeline(name).fit(pl.from_pandas(X), y)
    display = FeatureImportanceDisplay.from_estimator(
        model, pl.from_pandas(X), y, method="permutation", n_repeats=2
    )
    assert display.feature_names.tolist() == list(X.columns)
    assert display.importances.max() > 0.05
    assert repr(display).startswith("FeatureImportanceDisplay(permutation, ")
    assert "<th>" in display._repr_html_()
