import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skcook.models.board._fit_candidates import BoardData, mean_score, run_models
from skcook.utils._sklearn import with_labels

X, y = make_classification(200, 5, random_state=0)
FOLDS = list(StratifiedKFold(4).split(X, y))
SCORERS = {name: get_scorer(name) for name in ("roc_auc", "neg_log_loss")}
DATA = BoardData(X, y, FOLDS, SCORERS)


class Fails(LogisticRegression):
    def fit(self, X, y):
        if y[0] != Y_FIRST:
            raise RuntimeError("only the first fold suits me")
        return super().fit(X, y)


Y_FIRST = y[FOLDS[0][0]][0]


def test_the_scores_are_those_of_cross_validate():
    (row,) = run_models({"bayes": GaussianNB()}, DATA)
    expected = cross_validate(GaussianNB(), X, y, cv=FOLDS, scoring=list(SCORERS))
    for metric in SCORERS:
        np.testing.assert_allclose(row["scores"][metric], expected[f"test_{metric}"])
    assert row["error"] == ""
    assert min(row["fit_seconds"] + row["score_seconds"]) > 0


def test_failures_keep_their_reason_and_the_others_go_on():
    models = {
        "some folds": Fails(),
        "no probabilities": LinearSVC(),
        "not there": ImportError("pip install it"),
        "bayes": GaussianNB(),
    }
    rows = run_models(models, DATA)
    assert [row["model"] for row in rows] == list(models)
    assert "predict_proba" in rows[1]["error"]
    # A metric without a value takes no other with it.
    assert np.isnan(rows[1]["scores"]["neg_log_loss"]).all()
    assert np.isfinite(rows[1]["scores"]["roc_auc"]).all()
    assert [row["failed"] for row in rows] == [True, False, True, False]
    assert rows[2]["error"] == "ImportError: pip install it"
    assert rows[2]["errors"] == []
    assert rows[3]["error"] == ""
    broken = sum(y[train][0] != Y_FIRST for train, _ in FOLDS)
    assert 0 < broken < len(FOLDS)
    assert sum(bool(error) for error in rows[0]["errors"]) == broken
    assert rows[0]["error"].startswith("RuntimeError: only the first")


def test_progress_is_reported_model_by_model(capsys):
    models = {"bayes": GaussianNB(), "svc": LinearSVC()}
    run_models(models, DATA, verbose=1)
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert out == ""
    assert first.startswith("[1/2] bayes")
    assert "roc_auc 0." in first
    assert "roc_auc 0." in second
    assert "AttributeError" in second
    run_models(models, DATA, verbose=2)
    assert len(capsys.readouterr().err.splitlines()) == 2 + 2 * len(FOLDS)
    run_models(models, DATA)
    assert capsys.readouterr().err == ""


def test_a_score_that_is_none_ranks_last():
    assert mean_score({"scores": {"r2": [np.nan, np.nan]}}, "r2") == -np.inf
    assert mean_score({"scores": {"r2": [0.5, np.nan]}}, "r2") == 0.5
    assert mean_score({"scores": {"r2": [0.5, 0.7]}}, "r2") == pytest.approx(0.6)


class Logs(ClassifierMixin, BaseEstimator):
    """Writes down in which process it is fitted, and does not end before another one begins."""

    def __init__(self, log):
        self.log = log

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        log, end = Path(self.log), time.monotonic() + 120
        with log.open("a") as file:
            file.write(f"{os.getpid()} begins\n")
        while len(set(re.findall(r"(\d+) begins", log.read_text()))) < 2:
            if time.monotonic() > end:
                raise TimeoutError("no other process has begun")
            time.sleep(0.01)
        with log.open("a") as file:
            file.write(f"{os.getpid()} ends\n")
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_errors_are_one_line():
    class Raises(LogisticRegression):
        def fit(self, X, y):
            raise ValueError("first\n  second")

    (row,) = run_models({"raises": Raises()}, DATA)
    assert row["error"] == "ValueError: first second"


def test_every_row_has_the_prediction_of_a_model_that_had_not_seen_it():
    data = DATA._replace(classes=np.array([0, 1]))
    (row,) = run_models({"bayes": GaussianNB()}, data)
    expected = cross_val_predict(GaussianNB(), X, y, cv=FOLDS, method="predict_proba")
    np.testing.assert_allclose(row["predictions"], expected)
    (row,) = run_models({"bayes": GaussianNB()}, data._replace(folds=FOLDS[:2]))
    assert np.isnan(row["predictions"][FOLDS[2][1]]).all()


def test_a_class_that_was_not_learned_has_no_probability():
    rare = np.where(np.arange(len(y)) < 3, 2, y)
    train = np.arange(3, len(y) - 50)
    test = np.r_[0:3, len(y) - 50 : len(y)]
    scorers = {"neg_log_loss": with_labels(get_scorer("neg_log_loss"), [0, 1, 2])}
    data = BoardData(X, rare, [(train, test)], scorers, classes=np.array([0, 1, 2]))
    (row,) = run_models({"bayes": GaussianNB()}, data)
    assert row["error"] == ""
    assert (row["predictions"][test][:, 2] == 0).all()


def test_two_jobs_are_two_fits_at_once(tmp_path):
    log = tmp_path / "log"
    models = {"one": Logs(str(log)), "two": Logs(str(log))}
    data = DATA._replace(scorers={"accuracy": get_scorer("accuracy")})
    rows = run_models(models, data, n_jobs=2)
    assert [row["error"] for row in rows] == ["", ""]
    lines = log.read_text().splitlines()
    assert sum(line.endswith(" begins") for line in lines) == 8
    assert len({line.split()[0] for line in lines} - {str(os.getpid())}) == 2
