import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import Leaderboard, model_names

QUICK = {
    "bayes": GaussianNB(),
    "tree": DecisionTreeClassifier(random_state=0),
    "xgb": XGBClassifier(n_estimators=10, n_jobs=1),
    "none": DummyClassifier(),
}


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(400, 6, n_informative=4, random_state=0)
    return pd.DataFrame(X).add_prefix("x"), np.array(["no", "yes"])[y]


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


def test_the_metric_that_ranks(data):
    X, y = data
    models = {"bayes": GaussianNB(), "svc": LinearSVC()}
    board = Leaderboard(models=models, cv=2, scoring=["accuracy", "f1_macro"], verbose=0)
    board.set_params(refit="f1_macro").fit(X, y)
    assert board.metrics_ == ["f1_macro", "accuracy"]
    assert board.leaderboard_["f1_macro"].is_monotonic_decreasing
    assert hasattr(board, "decision_function") == (board.best_name_ == "svc")


def test_failures_are_rows_with_their_reason(data):
    X, y = data
    models = {"svc": LinearSVC(), "bayes": GaussianNB()}
    board = Leaderboard(models=models, cv=2, verbose=0).fit(X, y)
    last = board.leaderboard_.loc[2]
    assert last["model"] == "svc"
    assert "predict_proba" in last["error"]
    assert np.isnan(last["roc_auc"])
    assert board.best_name_ == "bayes"
    with pytest.raises(ValueError, match=r"Every model failed\. svc: AttributeError"):
        Leaderboard(models={"svc": LinearSVC()}, cv=2, verbose=0).fit(X, y)


def test_a_booster_that_is_not_installed_is_a_row(data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    board = Leaderboard(models=["lightgbm", "decision_tree"], cv=2, verbose=0).fit(*data)
    assert 'pip install "skcook[boost]"' in board.leaderboard_["error"][2]


def test_the_svm_waits_to_be_asked_for_many_rows(data, monkeypatch):
    X, y = data
    monkeypatch.setattr("skcook.models.board._leaderboard.SVM_ROWS", 100)
    monkeypatch.setattr(
        "skcook.models.board._leaderboard.model_names", lambda task: ["decision_tree", "svm"]
    )
    board = Leaderboard(cv=2, verbose=0).fit(X, y)
    assert "it takes minutes for 400 rows" in board.leaderboard_["error"][2]
    asked = Leaderboard(models=["svm"], cv=2, verbose=0).fit(X, y)
    assert asked.best_name_ == "svm"


def test_groups_stay_together(data):
    X, y = data
    groups = np.arange(400) // 10

    class Watch(GaussianNB):
        def fit(self, X, y):
            seen.append(X)
            return super().fit(X, y)

    seen = []
    Leaderboard(models={"watch": Watch()}, cv=4, verbose=0, refit=False).fit(X, y, groups=groups)
    assert len(seen) == 4
    for frame in seen:
        assert set(np.bincount(groups[frame.index])) <= {0, 10}


def test_weights_reach_fits_metrics_and_the_winner(data):
    X, y = data
    weight = np.random.default_rng(0).integers(1, 5, len(y)).astype(float)
    cv = KFold(3)
    models = {"line": make_pipeline(StandardScaler(), LogisticRegression())}
    board = Leaderboard(models=models, cv=cv, scoring="accuracy", verbose=0)
    board.fit(X, y, sample_weight=weight)
    for fold, (train, test) in enumerate(cv.split(X)):
        model = clone(models["line"])
        model.fit(X.iloc[train], y[train], logisticregression__sample_weight=weight[train])
        expected = model.score(X.iloc[test], y[test], sample_weight=weight[test])
        assert board.fold_scores_["accuracy"][fold] == pytest.approx(expected)
    winner = clone(models["line"]).fit(X, y, logisticregression__sample_weight=weight)
    np.testing.assert_allclose(board.predict_proba(X), winner.predict_proba(X))
    assert board.score(X, y, sample_weight=weight) == pytest.approx(
        winner.score(X, y, sample_weight=weight)
    )
    plain = clone(board).fit(X, y)
    assert plain.fold_scores_["accuracy"].tolist() != board.fold_scores_["accuracy"].tolist()


def test_a_model_that_cannot_weigh_is_a_row(data):
    X, y = data
    models = {"near": KNeighborsClassifier(), "bayes": GaussianNB()}
    board = Leaderboard(models=models, cv=2, verbose=0).fit(X, y, sample_weight=np.ones(400))
    assert board.best_name_ == "bayes"
    assert board.leaderboard_["error"][2] == (
        "TypeError: KNeighborsClassifier cannot weigh its rows."
    )


def test_every_recipe_but_the_neighbours_takes_weights(data):
    X, y = (part[:120] for part in data)
    board = Leaderboard(cv=2, verbose=0).fit(X, y, sample_weight=np.ones(120))
    failed = board.leaderboard_.query("error != ''")["model"]
    assert failed.tolist() == ["knn"]


def test_jobs_change_nothing(data):
    models = {"bayes": GaussianNB(), "tree": QUICK["tree"]}
    board = Leaderboard(models=models, cv=2, n_jobs=2, verbose=0).fit(*data)
    expected = Leaderboard(models=models, cv=2, verbose=0).fit(*data)
    columns = ["model", *board.metrics_]
    pd.testing.assert_frame_equal(board.leaderboard_[columns], expected.leaderboard_[columns])


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
        ({"cv": 500}, ValueError, "n_splits=500"),
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
        (np.arange(400) / 7, "Unknown label type"),
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
