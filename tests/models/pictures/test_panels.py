import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)

from skcook.models import EvaluationDisplay
from skcook.models.pictures._panels import MAX_LINES, PANELS, _reliability

rng = np.random.default_rng(0)


def predictions(n_classes, n_rows=300):
    classes = np.array([f"class {i}" for i in range(n_classes)])
    y = rng.integers(0, n_classes, n_rows)
    score = rng.random((n_rows, n_classes)) + np.eye(n_classes)[y]
    score /= score.sum(axis=1, keepdims=True)
    return EvaluationDisplay(
        classes[y], classes[score.argmax(axis=1)], y_score=score, classes=classes
    )


@pytest.fixture
def ax():
    _, ax = plt.subplots()
    return ax


@pytest.mark.parametrize("n_classes", [2, 3, MAX_LINES + 2])
@pytest.mark.parametrize("name", [n for n, p in PANELS.items() if p.task == "classification"])
def test_every_panel_draws_any_number_of_classes(ax, name, n_classes):
    PANELS[name].draw(ax, predictions(n_classes))
    assert ax.has_data()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", [n for n, p in PANELS.items() if p.task == "regression"])
@pytest.mark.parametrize("n_rows", [1, 2, 400])
def test_every_panel_draws_any_number_of_rows(ax, name, n_rows):
    y = rng.normal(size=n_rows)
    PANELS[name].draw(ax, EvaluationDisplay(y, y + rng.normal(size=n_rows)))
    assert ax.has_data() == (n_rows > 1 or name != "qq")  # one residual has no quantiles
    ax.figure.canvas.draw()


def test_the_numbers_are_those_of_scikit_learn(ax):
    data = predictions(2)
    true, score = data.y_true == "class 1", data.y_score[:, 1]
    values = {}
    for panel in PANELS.values():
        if panel.task == "classification":
            values |= panel.draw(ax, data)
    assert values["roc_auc"]["class 1"] == pytest.approx(roc_auc_score(true, score))
    expected = average_precision_score(true, score)
    assert values["average_precision"]["class 1"] == pytest.approx(expected)
    assert values["brier"]["class 1"] == pytest.approx(brier_score_loss(true, score))
    np.testing.assert_array_equal(
        values["confusion_matrix"], confusion_matrix(data.y_true, data.y_pred)
    )


def test_the_roc_curve_drawn_is_scikit_learns(ax):
    data = predictions(2)
    PANELS["roc"].draw(ax, data)
    false, true, _ = roc_curve(data.y_true == "class 1", data.y_score[:, 1])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), np.column_stack([false, true]))


def test_a_class_that_never_comes_gets_no_curve(ax):
    data = predictions(3)
    seen = data.y_true != "class 2"
    data = EvaluationDisplay(
        data.y_true[seen], data.y_pred[seen], y_score=data.y_score[seen], classes=data.classes
    )
    assert set(PANELS["roc"].draw(ax, data)["roc_auc"]) == {"class 0", "class 1"}
    assert set(PANELS["precision_recall"].draw(ax, data)["average_precision"]) == {
        "class 0",
        "class 1",
    }


def test_reliability_bins_are_quantiles_with_errors_that_hold_the_share():
    score = rng.random(1000)
    true = rng.random(1000) < score
    mean, share, error = _reliability(true, score, None)
    observed, predicted = calibration_curve(true, score, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(mean, predicted, atol=0.01)
    np.testing.assert_allclose(share, observed, atol=0.03)
    assert (error >= 0).all()
    _, share, error = _reliability(np.ones(100, dtype=bool), np.ones(100), None)
    assert (share == 1).all()
    assert (error[0] > 0.1).all()  # ten rows that agree prove little


@pytest.mark.parametrize("n_classes", [0, 2, 3, MAX_LINES + 2])
def test_a_row_of_weight_two_counts_as_two_rows(ax, n_classes):
    n_rows = 60
    weight = rng.integers(0, 4, n_rows)
    if n_classes:
        data = predictions(n_classes, n_rows)
    else:
        y = rng.normal(size=n_rows)
        data = EvaluationDisplay(y, y + rng.normal(size=n_rows))
    score = data.y_score if data.y_score is None else data.y_score.repeat(weight, axis=0)
    many = EvaluationDisplay(
        data.y_true.repeat(weight), data.y_pred.repeat(weight), y_score=score, classes=data.classes
    )
    data.sample_weight = weight.astype(float)
    task = "classification" if n_classes else "regression"
    for name in [n for n, panel in PANELS.items() if panel.task == task]:
        weighted = PANELS[name].draw(ax, data)
        repeated = PANELS[name].draw(ax, many)
        assert list(weighted) == list(repeated)
        for key, value in weighted.items():
            expected = repeated[key]
            if isinstance(value, dict):
                assert list(value) == list(expected)
                value, expected = list(value.values()), list(expected.values())
            np.testing.assert_allclose(value, expected, rtol=1e-9)


def test_unequal_weights_widen_the_intervals_of_calibration():
    true, score = rng.random(400) < 0.5, rng.random(400)
    *_, equal = _reliability(true, score, np.full(400, 7.0))
    *_, plain = _reliability(true, score, None)
    np.testing.assert_allclose(equal, plain)
    *_, unequal = _reliability(true, score, rng.exponential(size=400) ** 2)
    assert unequal.mean() > 1.2 * plain.mean()
