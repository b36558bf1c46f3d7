import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, make_scorer, mean_squared_error

from skcook.models.board._board_setup import DEFAULTS, resolve_metrics

TARGETS = {
    "binary": np.array([0, 1] * 10),
    "multiclass": np.array(["a", "b", "c"] * 7),
    "regression": np.linspace(0, 1, 20),
}


def half(estimator, X, y):
    return 0.5


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_defaults_fit(kind):
    task = "regression" if kind == "regression" else "classification"
    assert list(resolve_metrics(None, task, TARGETS[kind], True)) == DEFAULTS[kind]


@pytest.mark.parametrize(
    ("scoring", "names"),
    [
        ("accuracy", ["accuracy"]),
        (["f1", "roc_auc"], ["f1", "roc_auc"]),
        (half, ["half"]),
        ({"mine": half, "acc": "accuracy"}, ["mine", "acc"]),
    ],
)
def test_metrics_in_every_form(scoring, names):
    assert list(resolve_metrics(scoring, "classification", TARGETS["binary"], True)) == names


@pytest.mark.parametrize(
    ("scoring", "kind", "message"),
    [
        ("rocauc", "binary", "no metric 'rocauc'. Did you mean 'roc_auc'"),
        ("r2", "binary", "'r2' is for regression. For classification: 'roc_auc'"),
        (
            {"mse": make_scorer(mean_squared_error)},
            "multiclass",
            "'mse' is for regression",
        ),
        ("roc_auc", "multiclass", "does not fit this target.*'roc_auc_ovr'"),
        ("f1", "multiclass", "does not fit this target"),
        ("accuracy", "regression", "does not fit this target.*For regression: 'r2'"),
        ("roc_auc", "regression", "does not fit this target"),
        ([], "binary", "scoring is empty"),
        ([3], "binary", "a name or a callable; got 3"),
        (lambda e, X, y: [1, 2], "binary", "gave list, not one number"),
    ],
)
def test_metrics_that_do_not_fit_are_refused(scoring, kind, message):
    task = "regression" if kind == "regression" else "classification"
    with pytest.raises(ValueError, match=message):
        resolve_metrics(scoring, task, TARGETS[kind], True)


@pytest.mark.parametrize("metric", ["average_precision", "f1", "precision", "f1_macro", "roc_auc"])
def test_words_score_as_numbers_do(metric):
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = (X[:, 0] + X[:, 1] ** 2 > 1).astype(int)
    words = np.array(["<=50K", ">50K"])[y]
    model = LogisticRegression()
    as_words = resolve_metrics(metric, "classification", words, True)[metric](
        model.fit(X, words), X, words
    )
    as_numbers = get_scorer(metric)(model.fit(X, y), X, y)
    assert as_words == pytest.approx(as_numbers)
