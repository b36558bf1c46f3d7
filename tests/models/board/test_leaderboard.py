import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import stats
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import FeatureImportanceDisplay, Leaderboard, model_names, tabular_pipeline
from tests.models.board.conftest import QUICK


@pytest.fixture(scope="module")
def board(data):
    return Leaderboard(models=QUICK, cv=3, verbose=0).fit(*data)


def test_all_recipes_on_raw_penguins():
    X, y = load_penguins(return_X_y=True)
    board = Leaderboard(cv=2, scoring="accuracy", verbose=0).fit(X, y)
    assert set(board.leaderboard_["model"]) == set(model_names())
    assert not board.leaderboard_["error"].any()
    assert board.leaderboard_["accuracy"].min() > 0.85
    assert board.predict(X[:3]).tolist() == ["Adelie"] * 3
    assert board.predict_proba(X).shape == (344, 3)


def test_polars_and_lists_of_texts():
    X, y = load_penguins(return_X_y=True)
    models = ["decision_tree", "logistic"]
    board = Leaderboard(models=models, cv=2, verbose=0).fit(pl.from_pandas(X), y)
    expected = Leaderboard(models=models, cv=2, verbose=0).fit(X, y)
    columns = ["model", *board.metrics_]
    pd.testing.assert_frame_equal(board.leaderboard_[columns], expected.leaderboard_[columns])
    texts = make_pipeline(TfidfVectorizer(), LogisticRegression())
    board = Leaderboard(models={"texts": texts}, cv=2, verbose=0)
    board.fit(["good", "bad", "so good", "so bad"] * 5, ["+", "-"] * 10)
    assert board.predict(["a good one"]).tolist() == ["+"]


def test_the_frame(board):
    frame = board.leaderboard_
    assert frame.index.tolist() == [1, 2, 3, 4]
    assert frame.columns.tolist() == [
        "model",
        *[c for m in board.metrics_ for c in (m, f"{m}_std")],
        "p_best",
        "ties_with_best",
        "fit_seconds",
        "score_seconds",
        "error",
    ]
    assert frame["roc_auc"].is_monotonic_decreasing
    assert frame["model"].tolist()[-1] == "none"
    folds = board.fold_scores_
    assert len(folds) == 12
    means = folds.groupby("model")["roc_auc"].mean()
    np.testing.assert_allclose(means[frame["model"]], frame["roc_auc"])
    assert board.best_score_ == frame["roc_auc"][1]


def test_the_same_folds_as_cross_validate(data):
    X, y = data
    cv = KFold(3, shuffle=True, random_state=5)
    board = Leaderboard(models={"bayes": GaussianNB()}, cv=cv, scoring="accuracy", verbose=0)
    board.fit(X, y)
    expected = cross_val_score(GaussianNB(), X, y, cv=cv)
    np.testing.assert_allclose(board.fold_scores_["accuracy"], expected)


def test_the_winner_predicts(data, board):
    X, y = data
    winner = clone(board.best_estimator_).fit(X, y)
    assert board.predict(X).tolist() == winner.predict(X).tolist()
    np.testing.assert_allclose(board.predict_proba(X), winner.predict_proba(X))
    assert board.classes_.tolist() == ["no", "yes"]
    assert board.feature_names_in_.tolist() == list(X.columns)
    assert 0.9 < board.score(X, y) <= 1
    accuracy = Leaderboard(models=QUICK, cv=3, scoring="accuracy", verbose=0).fit(X, y)
    assert accuracy.score(X[y == "no"], y[y == "no"]) > 0.8


def test_the_metric_that_ranks(data):
    X, y = data
    models = {"bayes": GaussianNB(), "svc": LinearSVC()}
    board = Leaderboard(models=models, cv=2, scoring=["accuracy", "f1_macro"], verbose=0)
    board.set_params(refit="f1_macro").fit(X, y)
    assert board.metrics_ == ["f1_macro", "accuracy"]
    assert board.leaderboard_["f1_macro"].is_monotonic_decreasing
    assert hasattr(board, "decision_function") == (board.best_name_ == "svc")


class Breaks(GaussianNB):
    def fit(self, X, y):
        raise RuntimeError("no\nluck")


def test_failures_are_rows_with_their_reason(data):
    X, y = data
    models = {"svc": LinearSVC(), "bayes": GaussianNB(), "breaks": Breaks()}
    board = Leaderboard(models=models, cv=2, verbose=0).fit(X, y)
    last = board.leaderboard_.loc[3]
    assert (last["model"], last["error"]) == ("breaks", "RuntimeError: no luck")
    assert np.isnan(last["roc_auc"])
    # A metric that cannot be computed is missing; the model stays in the race.
    svc = board.leaderboard_.set_index("model").loc["svc"]
    assert np.isnan(svc["neg_log_loss"])
    assert svc["roc_auc"] > 0.7
    assert "predict_proba" in svc["error"]
    with pytest.raises(ValueError, match=r"Every model failed\. breaks: RuntimeError: no luck"):
        Leaderboard(models={"breaks": Breaks()}, cv=2, verbose=0).fit(X, y)


def test_a_metric_without_a_value_names_no_winner(data):
    X, y = data
    board = Leaderboard(models=QUICK, cv=2, verbose=0, scoring={"m": lambda *_: np.nan})
    with pytest.warns(UserWarning, match="No model leads: 'm' has no value"):
        board.fit(X, y)
    assert board.best_name_ is None
    assert np.isnan(board.best_score_)
    with pytest.raises(AttributeError, match="has no winner"):
        board.predict(X)
    assert board.plot().get_title("left") == "no model leads"


def test_a_class_with_fewer_rows_than_folds(data):
    X, y = data
    rare = np.where(np.arange(400) < 2, "rare", y)
    rare[5] = "one"
    board = Leaderboard(models=QUICK, verbose=0)
    with pytest.warns(UserWarning, match="class 'one' has 1, class 'rare' has 2. Folds without"):
        board.fit(X, rare)
    assert board.leaderboard_["error"].tolist() == [""] * 4
    assert board.leaderboard_[board.metrics_].notna().all(axis=None)
    assert board.fold_scores_[board.metrics_].notna().all(axis=None)
    assert board.leaderboard_["roc_auc_ovr"][1] > 0.8
    assert board.predict_proba(X).shape == (400, 4)


def test_a_fold_without_the_positive_class_is_one_missing_score(data):
    X, y = data
    y = np.where(np.arange(400) < 2, "yes", "no")
    with pytest.warns(UserWarning, match="class 'yes' has 2"):
        board = Leaderboard(models={"bayes": GaussianNB()}, verbose=0).fit(X, y)
    folds = board.fold_scores_
    assert folds["roc_auc"].notna().sum() == 2
    assert folds["accuracy"].notna().all()
    assert "no row of class 'yes'" in board.leaderboard_["error"][1]
    assert np.isfinite(board.best_score_)


@pytest.mark.parametrize("kind", [int, str])
def test_a_class_that_xgboost_does_not_see_in_a_fold(data, kind):
    X, y = data
    rare = np.where(np.arange(400) == 0, 1, (y == "yes") * 2).astype(kind)
    models = {"xgb": QUICK["xgb"], "bayes": GaussianNB()}
    board = Leaderboard(models=models, cv=KFold(3), scoring="accuracy", verbose=0).fit(X, rare)
    assert board.leaderboard_["error"].tolist() == ["", ""]


def test_ties_are_told_from_wins(data):
    X, y = data
    twin = DecisionTreeClassifier(random_state=0)
    models = {"tree": QUICK["tree"], "twin": twin, "none": DummyClassifier()}
    board = Leaderboard(models=models, cv=4, scoring="roc_auc", verbose=0).fit(X, y)
    frame = board.leaderboard_.set_index("model")
    assert frame["ties_with_best"].to_dict() == {"tree": True, "twin": True, "none": False}
    scores = board.fold_scores_.pivot(index="fold", columns="model", values="roc_auc")
    difference = scores["tree"] - scores["none"]
    t = difference.mean() / np.sqrt(difference.var() * (1 / 4 + 1 / 3))
    assert frame["p_best"]["none"] == pytest.approx(2 * stats.t.sf(t, 3))
    bayes = clone(board).set_params(compare="bayes", rope=0.9).fit(X, y)
    assert bayes.leaderboard_["ties_with_best"].all()
    assert "tied with" in bayes._repr_html_()


def test_train_scores_on_request(data):
    board = Leaderboard(models={"tree": QUICK["tree"]}, cv=2, verbose=0, return_train_score=True)
    board.fit(*data)
    assert board.leaderboard_["accuracy_train"][1] == 1 > board.leaderboard_["accuracy"][1]
    assert board.fold_scores_["roc_auc_train"].tolist() == [1, 1]


def test_any_column_name_with_every_booster(data):
    X, y = data
    X = X.set_axis(["weight [kg]", "a,b", "a b", "a_b", "x: y", "<1"], axis=1)
    models = {
        "recipe": "lightgbm",
        "plain": XGBClassifier(n_estimators=10, n_jobs=1),
        "hot": make_pipeline(StandardScaler().set_output(transform="pandas"), QUICK["xgb"]),
    }
    board = Leaderboard(models=models, cv=2, verbose=0).fit(X, y)
    assert board.leaderboard_["error"].tolist() == [""] * 3
    display = FeatureImportanceDisplay.from_estimator(board)
    assert display.feature_names.tolist() == list(X.columns)


def test_one_reason_for_many_failures_is_said_once(data):
    X, y = data
    with pytest.raises(ValueError, match=r"Every model failed\. logistic, knn: ColumnsError: X"):
        Leaderboard(models=["logistic", "knn"], cv=2, verbose=0).fit(
            pd.DataFrame(X).set_axis(["a"] * X.shape[1], axis=1), y
        )


def test_a_metric_of_ones_own_sees_the_real_rows(data):
    X, y = data
    frame = pd.DataFrame(np.asarray(X)).add_prefix("x")

    def first_column(model, X, y):
        return float(X["x0"].mean())

    def fails(model, X, y):
        raise KeyError("no such\ncolumn")

    board = Leaderboard(
        models={"bayes": GaussianNB()},
        cv=2,
        scoring={"own": first_column, "fails": fails},
        verbose=0,
    ).fit(frame, y)
    row = board.leaderboard_.iloc[0]
    assert row["own"] == pytest.approx(frame["x0"].mean())
    assert np.isnan(row["fails"])
    assert row["error"] == "KeyError: 'no such\\ncolumn'"


@pytest.mark.parametrize(
    ("module", "name", "settings"),
    [
        ("catboost", "CatBoostClassifier", {"iterations": 20, "allow_writing_files": False}),
        ("interpret.glassbox", "ExplainableBoostingClassifier", {"max_rounds": 20}),
        ("tabicl", "TabICLClassifier", {}),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of the libraries
def test_foreign_estimators_run(module, name, settings):
    library = pytest.importorskip(module)
    X, y = load_penguins(return_X_y=True)
    if name.startswith("CatBoost"):
        settings["verbose"] = 0
    model = getattr(library, name)(**settings)
    board = Leaderboard(models={"foreign": tabular_pipeline(model)}, cv=2, verbose=0).fit(X, y)
    assert board.leaderboard_["error"].tolist() == [""]
    assert board.best_score_ > 0.9


def test_a_booster_that_is_not_installed_is_a_row(data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    board = Leaderboard(models=["lightgbm", "decision_tree"], cv=2, verbose=0).fit(*data)
    assert 'pip install "skcook[boost]"' in board.leaderboard_["error"][2]


def test_the_svm_waits_to_be_asked_for_many_rows(data, monkeypatch):
    X, y = data
    monkeypatch.setattr("skcook.models.board._board_setup.SVM_ROWS", 100)
    monkeypatch.setattr(
        "skcook.models.board._board_setup.model_names", lambda task: ["decision_tree", "svm"]
    )
    board = Leaderboard(cv=2, verbose=0).fit(X, y)
    assert "it takes minutes for 400 rows" in board.leaderboard_["error"][2]
    asked = Leaderboard(models=["svm"], cv=2, verbose=0).fit(X, y)
    assert asked.best_name_ == "svm"


def test_regression_and_its_tags():
    X, y = load_diabetes(return_X_y=True)
    models = {"line": LinearRegression(), "tree": DecisionTreeRegressor(random_state=0)}
    board = Leaderboard("regression", models=models, verbose=0)
    assert is_regressor(board)
    assert is_classifier(Leaderboard())
    assert not hasattr(board, "predict_proba")
    assert hasattr(Leaderboard(), "predict_proba")
    assert board.fit(X, y).best_name_ == "line"
    assert board.score(X, y) == pytest.approx(LinearRegression().fit(X, y).score(X, y))


def test_diabetes_is_led_by_a_linear_model():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    board = Leaderboard("regression", verbose=0).fit(X, y)
    assert board.best_name_ == "linear"
    assert board.leaderboard_["error"].eq("").all()


def test_inside_other_meta_estimators(data):
    X, y = data
    board = Leaderboard(models={"bayes": GaussianNB(), "tree": QUICK["tree"]}, cv=2, verbose=0)
    scores = cross_validate(board, X, y, cv=2, scoring="roc_auc", error_score="raise")
    assert scores["test_score"].min() > 0.7
    search = GridSearchCV(board, {"scoring": ["accuracy", "roc_auc"]}, cv=2, error_score="raise")
    assert search.fit(X, y).best_score_ > 0.7
    with sklearn.config_context(enable_metadata_routing=True):
        clone(board).set_fit_request(groups=True).fit(X, y, groups=np.arange(400) // 4)
        models = {
            "asks": make_pipeline(GaussianNB().set_fit_request(sample_weight=True)),
            "does not": make_pipeline(DecisionTreeClassifier()),
        }
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        board = Leaderboard(models=models, cv=2, scoring={"accuracy": scorer}, verbose=0)
        board.fit(X, y, sample_weight=np.ones(400))
        assert board.best_name_ == "asks"
        assert "UnsetMetadataPassedError" in board.leaderboard_["error"][2]


@pytest.mark.parametrize(
    "scoring", [None, ["accuracy", "neg_brier_score"]], ids=["default", "named"]
)
def test_routing_changes_no_number_of_recipes_and_named_metrics(data, scoring):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.1, 5, len(y))
    fitted = []
    for enabled in (False, True):
        with sklearn.config_context(enable_metadata_routing=enabled):
            tree = DecisionTreeClassifier(max_depth=2, random_state=0)
            own = tree.set_fit_request(sample_weight=True) if enabled else tree
            models = {"svm": "svm", "decision_tree": "decision_tree", "own": own}
            board = Leaderboard(models=models, cv=2, scoring=scoring, verbose=0)
            fitted.append(board.fit(X, y, sample_weight=weight))
    one, other = fitted
    assert one.leaderboard_["error"].eq("").all()
    columns = ["model", *one.metrics_]
    pd.testing.assert_frame_equal(one.leaderboard_[columns], other.leaderboard_[columns])
    assert clone(one).fit(X, y).best_score_ != one.best_score_


def test_pickle(board, data):
    X, _ = data
    again = pickle.loads(pickle.dumps(board))
    pd.testing.assert_frame_equal(again.leaderboard_, board.leaderboard_)
    assert again.predict(X).tolist() == board.predict(X).tolist()


def test_plot(board):
    ax = board.plot()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[::-1] == board.leaderboard_["model"].tolist()
    assert board.plot(metric="accuracy", ax=ax) is ax
    with pytest.raises(ValueError, match="no metric 'f1'"):
        board.plot(metric="f1")


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"models": ["forest"]}, ValueError, "no model 'forest'.*Choose one of: xgboost"),
        ({"models": []}, ValueError, "models is empty"),
        ({"models": {"a": 3}}, TypeError, "'a' is no estimator but int"),
        ({"models": {"a": GaussianNB}}, TypeError, "'a' is no estimator but a class.*an instance"),
        ({"task": "clustering"}, ValueError, "'task' parameter"),
        ({"scoring": "r2"}, ValueError, "'r2' is for regression"),
        ({"refit": "f1"}, ValueError, "refit='f1' is none of the metrics"),
        (
            {"cv": 500},
            ValueError,
            "the 500 folds: class 'no' has 199, class 'yes' has 201",
        ),
    ],
)
def test_bad_parameters_are_refused(data, params, error, message):
    settings = {"models": {"bayes": GaussianNB()}, "cv": 2, "verbose": 0} | params
    with pytest.raises(error, match=message):
        Leaderboard(**settings).fit(*data)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.repeat("a", 400), "at least two classes"),
        (np.where(np.arange(400) == 9, None, "a"), "first in row 9"),
        (np.arange(400) / 7, 'Unknown label type: continuous.*set task="regression"'),
        (np.arange(400) // 2, '200 different numbers in 400 rows.*set task="regression"'),
        (["a", "b"], "inconsistent numbers of samples"),
    ],
)
def test_bad_targets_are_refused(data, y, message):
    with pytest.raises(ValueError, match=message):
        Leaderboard(models={"bayes": GaussianNB()}, verbose=0).fit(data[0], y)


def test_without_refit_it_ranks_only(data):
    board = Leaderboard(models={"bayes": GaussianNB()}, cv=2, refit=False, verbose=0).fit(*data)
    assert board.best_name_ == "bayes"
    with pytest.raises(AttributeError, match="refit=False"):
        board.predict(data[0])


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
@parametrize_with_checks(
    [
        Leaderboard(
            "regression",
            models={"tree": DecisionTreeRegressor(random_state=0), "line": LinearRegression()},
            cv=2,
            verbose=0,
        ),
        Leaderboard(models={"line": LogisticRegression(), "tree": QUICK["tree"]}, cv=2, verbose=0),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_explained_and_saved(tmp_path):
    X, y = load_penguins(return_X_y=True)
    board = Leaderboard(models=["xgboost", "decision_tree"], cv=2, verbose=0)
    explainer = TabularExplainer(n_samples=200, random_state=0)
    model = ExplainedClassifier(board, explainer=explainer).fit(X, y)
    assert model.explain(X[:1])[0].target == "Adelie"
    artifacts.save(model, tmp_path / "board.skcook", X_example=X)
    again = artifacts.load(tmp_path / "board.skcook")
    assert again.predict(X).tolist() == model.predict(X).tolist()
    assert again.estimator_.leaderboard_["model"][1] == model.estimator_.best_name_
