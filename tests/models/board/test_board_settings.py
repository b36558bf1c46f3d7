"""What a leaderboard is told beside its models: search, budget, groups, weights, jobs."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import (
    KFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.models import AnyLabelsClassifier, EarlyStoppingClassifier, Leaderboard
from tests.models.board.conftest import QUICK


@pytest.mark.parametrize("search", ["random", "optuna"])
def test_a_search_keeps_the_best_settings_of_each_recipe(data, search):
    if search == "optuna":
        pytest.importorskip("optuna")
    X, y = data
    models = ["decision_tree", "xgboost"]
    settings = {"models": models, "cv": 2, "scoring": "roc_auc", "verbose": 0}
    plain = Leaderboard(**settings).fit(X, y)
    board = Leaderboard(**settings, search=search, n_iter=4).fit(X, y)
    scores = plain.leaderboard_.set_index("model")["roc_auc"]
    found = board.leaderboard_.set_index("model")["roc_auc"]
    assert (found >= scores[found.index]).all()
    assert (found > scores[found.index]).any()
    for row in board.results_:
        model = board.models_[row["model"]]
        assert row["params"].items() <= model.get_params().items()
        check = cross_val_score(
            model, X, y, scoring="roc_auc", cv=StratifiedKFold(2, shuffle=True, random_state=0)
        )
        assert check.mean() == pytest.approx(found[row["model"]])


def test_a_time_budget_ends_the_run(data):
    models = {"tree": QUICK["tree"], "bayes": GaussianNB()}
    board = Leaderboard(models=models, cv=2, verbose=0, time_budget=1e-9).fit(*data)
    assert board.leaderboard_["error"][2] == "RuntimeError: not run: the time budget was used up"
    assert board.best_name_ == "tree"
    board = Leaderboard(
        models=["decision_tree"], cv=2, verbose=0, search="random", time_budget=1e-9
    ).fit(*data)
    assert board.results_[0]["params"] == {}  # as it came: the search had no time


class Watch:
    """A callback of scikit-learn that notes the tasks, and goes down into the models."""

    max_propagation_depth = None

    def __init__(self):
        self.seen = []

    def setup(self, estimator, context):
        self.seen.append("setup")

    def teardown(self, estimator, context):
        self.seen.append("teardown")

    def on_fit_task_begin(self, estimator, context, **kwargs):
        self.seen.append(f"{context.estimator_name}: {context.task_name}")

    def on_fit_task_end(self, estimator, context, **kwargs):
        return False


def test_callbacks_of_scikit_learn_see_every_fit(data):
    pytest.importorskip("sklearn.callback")
    watch = Watch()
    board = Leaderboard(models={"bayes": GaussianNB()}, cv=2, verbose=0).set_callbacks(watch)
    board.fit(*data)
    tasks = ["fit", "bayes, fold 1", "bayes, fold 2", "bayes, all rows"]
    assert watch.seen == ["setup", *[f"Leaderboard: {task}" for task in tasks], "teardown"]


@pytest.mark.parametrize(
    ("make", "tasks"),
    [
        (AnyLabelsClassifier, ["fit to codes"]),
        (
            partial(EarlyStoppingClassifier, n_iter_no_change=2, max_iter=5),
            ["find the rounds", "fit with these rounds"],
        ),
    ],
    ids=["any labels", "early stopping"],
)
@pytest.mark.filterwarnings(
    "ignore:EarlyStoppingClassifier did not stop",
    "ignore:The estimator .* does not support callbacks",
)
def test_callbacks_go_through_the_meta_estimators(data, make, tasks):
    pytest.importorskip("sklearn.callback")
    pipeline = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=3))
    watch = Watch()
    model = make(pipeline).set_callbacks(watch).fit(*data)
    of_model = [seen.split(": ")[1] for seen in watch.seen if type(model).__name__ in seen]
    assert of_model == ["fit", *tasks]
    assert any(seen.startswith("StandardScaler: ") for seen in watch.seen)
    assert watch.seen[-1] == "teardown"


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


def test_weights_reach_the_metrics_that_rank_by_default(data):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.1, 5, len(y))
    model, cv = GaussianNB(), KFold(3)

    def weight_sum(model, X, y, sample_weight=None):
        return 0.0 if sample_weight is None else sample_weight.sum()

    metrics = {"auc": "roc_auc", "ap": "average_precision", "sum": weight_sum}
    board = Leaderboard(models={"bayes": model}, cv=cv, scoring=metrics, verbose=0)
    board.fit(X, y, sample_weight=weight)
    for fold, (train, test) in enumerate(cv.split(X)):
        fitted = clone(model).fit(X.iloc[train], y[train], sample_weight=weight[train])
        given = y[test], fitted.predict_proba(X.iloc[test])[:, 1]
        row = board.fold_scores_.iloc[fold]
        assert row["auc"] == pytest.approx(roc_auc_score(*given, sample_weight=weight[test]))
        expected = average_precision_score(
            given[0] == fitted.classes_[1], given[1], sample_weight=weight[test]
        )
        assert row["ap"] == pytest.approx(expected)
        assert row["sum"] == pytest.approx(weight[test].sum())


def test_a_metric_that_cannot_weigh_is_a_missing_score(data):
    X, y = data
    board = Leaderboard(
        "regression", models=["linear"], cv=2, scoring=["r2", "neg_max_error"], verbose=0
    ).fit(X, np.arange(len(y)), sample_weight=np.ones(len(y)))
    assert np.isnan(board.leaderboard_["neg_max_error"][1])
    assert "sample_weight" in board.leaderboard_["error"][1]


def test_weights_that_leave_one_class_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="At least two classes need rows of a weight"):
        Leaderboard(verbose=0).fit(X, y, sample_weight=(y == y[0]).astype(float))


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
