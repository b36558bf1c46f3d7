import numpy as np
import pytest
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.svm import SVC

from skcook.explain._model_outputs import choose_method, choose_targets, model_outputs, target_names

X, Y = make_classification(
    60, 5, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0
)


@pytest.mark.parametrize(
    ("model", "asked", "method"),
    [
        (LogisticRegression(), "auto", "predict_proba"),
        (LogisticRegression(), "decision_function", "decision_function"),
        (RidgeClassifier(), "auto", "decision_function"),
        (LinearRegression(), "auto", "predict"),
        (IsolationForest(), "auto", "decision_function"),
        (np.sum, "auto", "call"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_method(model, asked, method):
    assert choose_method(model, asked) == method


def test_model_without_the_method_is_named():
    with pytest.raises(TypeError, match="RidgeClassifier has no predict_proba"):
        choose_method(RidgeClassifier(), "predict_proba")


def test_binary_decision_function_gets_both_sides():
    model = RidgeClassifier().fit(X, Y > 0)
    out = model_outputs(model, "decision_function", X)
    assert np.array_equal(out[:, 1], model.decision_function(X))
    assert np.array_equal(out[:, 0], -out[:, 1])
    assert target_names(model, "decision_function", 2) == [False, True]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda X: np.zeros(3), r"each of the 60 rows; it returned an array of shape \(3,\)"),
        (lambda X: np.zeros((60, 2, 2)), r"shape \(60, 2, 2\)"),
        (lambda X: np.zeros((60, 0)), r"shape \(60, 0\)"),
        (lambda X: 1.0, r"shape \(\)"),
        (lambda X: ["word"] * 60, "must return numbers"),
        (lambda X: np.full(60, np.nan), "NaN or infinite"),
    ],
    ids=["short", "cube", "nothing", "scalar", "words", "nan"],
)
def test_wrong_answers_are_refused(function, message):
    with pytest.raises(ValueError, match=message):
        model_outputs(function, "call", X)


def test_several_labels_are_columns():
    A, B = make_multilabel_classification(40, n_classes=3, random_state=0)
    model = RandomForestClassifier(5).fit(A, B)
    outputs = model_outputs(model, "predict_proba", A)
    assert outputs.shape == (40, 3)
    assert target_names(model, "predict_proba", 3) == [0, 1, 2]


def test_one_against_one_scores_are_refused():
    A, B = make_classification(80, 8, n_informative=5, n_classes=4, random_state=0)
    model = SVC(decision_function_shape="ovo").fit(A, B)
    with pytest.raises(ValueError, match="6 columns for 4 classes"):
        target_names(model, "decision_function", model.decision_function(A).shape[1])


def test_outputs_of_several_columns_are_numbered():
    A, B = make_regression(30, n_targets=2, random_state=0)
    model = LinearRegression().fit(A, B)
    assert model_outputs(model, "predict", A).shape == (30, 2)
    assert target_names(model, "predict", 2) == [0, 1]
    assert target_names(model, "predict", 1) == [None]


SCORES = np.array([[0.1, 0.9], [0.7, 0.3]])


@pytest.mark.parametrize(
    ("targets", "one_of_many", "expected"),
    [
        ("predicted", True, [[1], [0]]),
        ("predicted", False, [[0, 1], [0, 1]]),
        ("all", True, [[0, 1], [0, 1]]),
        (["b"], True, [[1], [1]]),
        ("b", True, [[1], [1]]),
        (["b", "a"], True, [[1, 0], [1, 0]]),
        (np.array(["a"]), True, [[0], [0]]),
    ],
    ids=str,
)
def test_targets(targets, one_of_many, expected):
    chosen = choose_targets(targets, ["a", "b"], SCORES, one_of_many=one_of_many)
    assert [c.tolist() for c in chosen] == expected


@pytest.mark.parametrize(
    ("targets", "message"),
    [("c", r"no target 'c'; its targets: 'a', 'b'"), ([], "is empty")],
    ids=["unknown", "empty"],
)
def test_unknown_targets(targets, message):
    with pytest.raises(ValueError, match=message):
        choose_targets(targets, ["a", "b"], SCORES, one_of_many=True)
