import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, r2_score, roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skcook.models import EvaluationDisplay

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3))
BINARY = np.where(X[:, 0] + rng.normal(size=200) > 0, "yes", "no")
THREE = np.array(["a", "b", "c"])[np.clip(X[:, 0].round().astype(int) + 1, 0, 2)]
NUMBER = X[:, 0] * 2 + rng.normal(size=200)


@pytest.mark.parametrize(
    ("model", "y", "panels"),
    [
        (LogisticRegression(), BINARY, "roc precision_recall confusion calibration scores"),
        (LogisticRegression(), THREE, "roc precision_recall confusion calibration scores"),
        (LinearSVC(), BINARY, "roc precision_recall confusion scores"),
        (LinearSVC(), THREE, "roc precision_recall confusion scores"),
        (LinearRegression(), NUMBER, "predicted residuals qq"),
    ],
    ids=["binary", "multiclass", "scores", "multiclass scores", "regression"],
)
def test_from_estimator_draws_all_that_can_be(model, y, panels):
    model = make_pipeline(StandardScaler(), model).fit(X, y)
    display = EvaluationDisplay.from_estimator(model, X, y)
    assert list(display.axes_) == panels.split()
    assert display.estimator_name == type(model[-1]).__name__
    assert display.figure_.get_suptitle() == f"{display.estimator_name}, 200 rows"
    np.testing.assert_array_equal(display.y_true, y)
    np.testing.assert_array_equal(display.y_pred, model.predict(X))


def test_the_numbers_are_scikit_learns():
    model = LogisticRegression().fit(X, BINARY)
    score = model.predict_proba(X)[:, 1]
    display = EvaluationDisplay.from_estimator(model, X, BINARY)
    assert display.metrics_["roc_auc"] == {"yes": pytest.approx(roc_auc_score(BINARY, score))}
    model = LinearRegression().fit(X, NUMBER)
    display = EvaluationDisplay.from_estimator(model, X, NUMBER)
    assert display.metrics_["r2"] == pytest.approx(r2_score(NUMBER, model.predict(X)))


def test_weights_count_in_the_numbers_and_are_checked():
    model, weight = LogisticRegression().fit(X, BINARY), rng.random(200)
    display = EvaluationDisplay.from_estimator(model, X, BINARY, sample_weight=weight.tolist())
    score = model.predict_proba(X)[:, 1]
    expected = roc_auc_score(BINARY, score, sample_weight=weight)
    assert display.metrics_["roc_auc"]["yes"] == pytest.approx(expected)
    assert display.metrics_["confusion_matrix"].sum() == pytest.approx(weight.sum())
    for wrong in (weight[:5], -weight):
        with pytest.raises(ValueError, match=r"sample_weight|Negative"):
            EvaluationDisplay.from_estimator(model, X, BINARY, sample_weight=wrong)


def test_from_predictions_agrees_with_from_estimator():
    model = LogisticRegression().fit(X, BINARY)
    expected = EvaluationDisplay.from_estimator(model, X, BINARY).metrics_
    score = model.predict_proba(X)
    for given in (score, score[:, 1]):
        display = EvaluationDisplay.from_predictions(pd.Series(BINARY), y_score=given)
        assert display.metrics_["roc_auc"] == expected["roc_auc"]
        np.testing.assert_array_equal(
            display.metrics_["confusion_matrix"], expected["confusion_matrix"]
        )
    labels_only = EvaluationDisplay.from_predictions(
        BINARY, model.predict(X), classes=["no", "yes"]
    )
    assert list(labels_only.axes_) == ["confusion"]


def test_a_model_that_predicts_one_class_is_drawn():
    y = np.r_[np.zeros(95, int), np.ones(5, int)]
    model = DummyClassifier().fit(X[:100], y)
    display = EvaluationDisplay.from_estimator(model, X[:100], y)
    np.testing.assert_array_equal(display.metrics_["confusion_matrix"], [[95, 0], [5, 0]])
    assert display.metrics_["roc_auc"] == {"1": 0.5}


@pytest.mark.parametrize("only", [0, 1])
def test_rows_of_one_class_are_drawn(only):
    display = EvaluationDisplay.from_predictions(
        np.full(50, only), y_score=np.linspace(0, 0.4, 50), classes=[0, 1]
    )
    assert display.metrics_["roc_auc"] == {}
    assert "no curve" in display.axes_["roc"].texts[0].get_text()
    assert display.metrics_["confusion_matrix"].sum() == 50


@pytest.mark.parametrize(
    ("y_true", "y_pred", "panels"),
    [
        (["a", "b"] * 5, ["a", "c"] * 5, ["confusion"]),
        ([0, 1] * 5, [0, 1] * 5, ["confusion"]),
        ([True, False] * 5, [True, True] * 5, ["confusion"]),
        ([0.0, 1.0] * 5, [0.0, 1.0] * 5, ["confusion"]),
        ([1, 2, 3] * 5, [1, 2, 2] * 5, ["confusion"]),
        (np.arange(100), np.arange(100) + 1, ["predicted", "residuals", "qq"]),
        ([0, 1] * 5, [-0.1, 1.2] * 5, ["predicted", "residuals", "qq"]),
        ([1, 2, 3] * 5, [1.5, 2.5, 0.5] * 5, ["predicted", "residuals", "qq"]),
    ],
)
def test_two_columns_are_labels_or_numbers(y_true, y_pred, panels):
    display = EvaluationDisplay.from_predictions(y_true, y_pred)
    assert list(display.axes_) == panels


@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], [False, True], [1, 2]])
@pytest.mark.parametrize("columns", [1, 2])
def test_probabilities_in_the_place_of_labels_are_refused(labels, columns):
    p = np.linspace(0, 1, 20)
    y = np.array(labels)[(p > 0.4).astype(int)]
    with pytest.raises(ValueError, match="y_score="):
        EvaluationDisplay.from_predictions(y, p if columns == 1 else np.c_[1 - p, p])


def test_the_threshold_panel_has_the_place_of_the_tuned_threshold():
    tuned = TunedThresholdClassifierCV(LogisticRegression(), scoring="f1").fit(X, BINARY == "yes")
    display = EvaluationDisplay.from_estimator(tuned, X, BINARY == "yes")
    assert "threshold" in display.axes_
    assert display.threshold == tuned.best_threshold_
    labels = [line.get_label() for line in display.axes_["threshold"].lines]
    assert f"the model's: {tuned.best_threshold_:.3g}" in labels
    fixed = FixedThresholdClassifier(LogisticRegression(), threshold=0.3).fit(X, BINARY == "yes")
    assert EvaluationDisplay.from_estimator(fixed, X, BINARY == "yes").threshold == 0.3


@pytest.mark.parametrize("costs", [None, (1, 1), (1, 10), (10, 1)])
@pytest.mark.parametrize("weighed", [False, True])
def test_the_best_threshold_is_that_of_a_search(costs, weighed):
    model = LogisticRegression().fit(X, BINARY)
    weight = rng.integers(1, 4, 200) if weighed else np.ones(200)
    display = EvaluationDisplay.from_estimator(
        model, X, BINARY, panels="threshold", costs=costs, sample_weight=weight
    )
    score, true = model.predict_proba(X)[:, 1], BINARY == "yes"

    def worth(threshold):
        called = score >= threshold
        if costs is None:
            return f1_score(true, called, sample_weight=weight)
        wrong = costs[0] * (called & ~true) + costs[1] * (~called & true)
        return -(weight * wrong).sum()

    found = display.metrics_["best_threshold"]
    assert worth(found) == pytest.approx(max(map(worth, score)))


def test_fifty_classes_with_long_names_are_readable():
    names = [f"a very long class whose number is {k}" for k in range(50)]
    y = np.array(names)[np.arange(500) % 50]
    score = rng.random((500, 50)) + np.eye(50)[np.arange(500) % 50]
    score /= score.sum(axis=1, keepdims=True)
    display = EvaluationDisplay.from_predictions(y, y_score=score, classes=names)
    ticks = [label.get_text() for label in display.axes_["confusion"].get_xticklabels()]
    assert len(ticks) == len(set(ticks)) == 25
    assert all(len(tick) <= 18 for tick in ticks)
    # The worst classes are named, and the mean.
    assert len(display.axes_["roc"].get_legend().get_texts()) == 4


def test_what_is_shown_without_a_picture():
    model = LogisticRegression().fit(X, BINARY)
    display = EvaluationDisplay.from_estimator(model, X, BINARY)
    auc = display.metrics_["roc_auc"]["yes"]
    assert repr(display).startswith("EvaluationDisplay(LogisticRegression, rows=200, roc_auc, yes=")
    assert f"<td>{auc:.4g}</td>" in display._repr_html_()
    hostile = EvaluationDisplay(["a"], ["a"], estimator_name="<script>")
    assert "<script>" not in hostile._repr_html_()


def test_axes_of_the_users_own():
    model = LogisticRegression().fit(X, BINARY)
    figure, axes = plt.subplots(1, 2)
    display = EvaluationDisplay.from_estimator(
        model, X, BINARY, panels=["calibration", "roc"], ax=axes
    )
    assert list(display.axes_.values()) == list(axes)
    assert display.figure_ is figure
    _, ax = plt.subplots()
    assert display.plot(panels="scores", ax=ax).axes_ == {"scores": ax}


def test_new_rows_may_lack_a_class():
    model = LogisticRegression().fit(X, THREE)
    some = THREE != "c"
    display = EvaluationDisplay.from_estimator(model, X[some], THREE[some])
    assert display.metrics_["confusion_matrix"].shape == (3, 3)


MODEL = LogisticRegression().fit(X, BINARY)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: EvaluationDisplay.from_estimator(LogisticRegression(), X, BINARY),
            NotFittedError,
            "not fitted",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(KMeans(2).fit(X), X, BINARY),
            ValueError,
            "KMeans is neither",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, panels="confusoin"),
            ValueError,
            "no panel 'confusoin'.*Did you mean 'confusion'",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, panels="qq"),
            ValueError,
            "no panel 'qq' for classification",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, panels=[]),
            ValueError,
            "panels is empty",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(
                LinearSVC().fit(X, BINARY), X, BINARY, panels="calibration"
            ),
            ValueError,
            "needs probabilities, which are not there",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(
                LogisticRegression().fit(X, THREE), X, THREE, panels="threshold"
            ),
            ValueError,
            "needs the scores of two classes",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, np.where(X[:, 0] > 0, "x", "no")),
            ValueError,
            "y_true holds 'x', of which the model knows nothing.*'no', 'yes'",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, ax=plt.subplots()[1]),
            ValueError,
            "ax holds 1 Axes for 5 panels",
        ),
        (
            lambda: EvaluationDisplay.from_predictions(BINARY, classes=["no", "yes"]),
            ValueError,
            "Give y_pred",
        ),
        (
            lambda: EvaluationDisplay.from_predictions(BINARY, y_score=np.ones((200, 3))),
            ValueError,
            "3 columns for 2 classes",
        ),
        (
            lambda: EvaluationDisplay.from_predictions(BINARY, y_score=np.linspace(-2, 2, 200)),
            ValueError,
            "from -2 to 2, which are no probabilities: set probabilities=False",
        ),
        (
            lambda: EvaluationDisplay.from_predictions(BINARY, y_score=np.full(200, np.nan)),
            ValueError,
            "y_score contains NaN",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, costs=(1, -2)),
            ValueError,
            r"costs are two numbers of zero or more.*got \(1, -2\)",
        ),
        (
            lambda: EvaluationDisplay.from_estimator(MODEL, X, BINARY, costs=5),
            ValueError,
            "costs are two numbers of zero or more.*got 5",
        ),
        (
            lambda: EvaluationDisplay.from_predictions([1.0, np.nan], [1.0, 2.0]),
            ValueError,
            "first in row 1",
        ),
        (
            lambda: EvaluationDisplay.from_predictions(
                np.array(["a", 1], dtype=object), ["a", "b"]
            ),
            ValueError,
            r"more than one type \(int, str\)",
        ),
    ],
)
def test_bad_input_is_refused_with_the_way_out(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_without_matplotlib_the_pip_line_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skcook\[plot\]"'):
        EvaluationDisplay.from_estimator(MODEL, X, BINARY)
