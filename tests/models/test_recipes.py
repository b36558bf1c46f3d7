import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import make_classification, make_regression

from skcook.models import make_model, model_names

BUILT = [(name, task) for task in ("classification", "regression") for name in model_names(task)]


def test_there_are_eight_of_each():
    assert len(model_names("classification")) == len(model_names("regression")) == 8


@pytest.mark.parametrize(("name", "task"), BUILT)
def test_each_model_is_plain_and_learns(name, task):
    make = make_classification if task == "classification" else make_regression
    X, y = make(n_samples=300, n_features=6, n_informative=4, random_state=3)
    params = {"n_estimators": 30} if "n_estimators" in make_model(name, task).get_params() else {}
    model = clone(make_model(name, task, **params))
    assert type(model).__module__.partition(".")[0] in ("sklearn", "xgboost", "lightgbm")
    assert (is_classifier if task == "classification" else is_regressor)(model)
    train, test = slice(0, 200), slice(200, 300)
    assert model.fit(X[train], y[train]).score(X[test], y[test]) > (
        0.75 if task == "classification" else 0.2
    )
    if task == "classification":
        assert model.predict_proba(X[test]).shape == (100, 2)


@pytest.mark.parametrize(("name", "task"), BUILT)
def test_one_thread_unless_told_otherwise(name, task):
    def threads(model):
        return [
            value for key, value in model.get_params().items() if key.endswith("n_jobs") and value
        ]

    assert set(threads(make_model(name, task))) <= {1}
    assert set(threads(make_model(name, task, n_jobs=2, random_state=3))) <= {2}


def test_settings_reach_the_calibrated_svm_and_its_calibration():
    model = make_model("svm", C=7, method="isotonic", random_state=4)
    assert model.estimator.C == 7
    assert model.method == "isotonic"
    assert model.estimator.random_state == 4
    assert model.estimator.get_params().get("probability") is not True


def test_the_svm_regressor_does_not_depend_on_the_units_of_the_target():
    X, y = make_regression(n_samples=100, n_features=3, random_state=0)
    model = make_model("svm", "regression", C=7)
    assert model.regressor.C == 7
    cents = clone(model).fit(X, y * 100).predict(X)
    np.testing.assert_allclose(cents, model.fit(X, y).predict(X) * 100, rtol=0.05)


def test_a_booster_takes_settings_that_it_does_not_list():
    assert make_model("lightgbm", max_bin=63).get_params()["max_bin"] == 63


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("forest",), ValueError, "no model 'forest'.*Choose one of: xgboost, .*svm"),
        (("lightgmb",), ValueError, "Did you mean 'lightgbm'"),
        (("logistic", "regression"), ValueError, "'logistic' is for classification"),
        (("svm", "clustering"), ValueError, "'classification' or 'regression'"),
        ((3,), ValueError, "no model 3"),
    ],
)
def test_unknown_models_list_the_names(arguments, error, message):
    with pytest.raises(error, match=message):
        make_model(*arguments)


def test_an_unknown_setting_names_the_one_meant():
    with pytest.raises(TypeError, match=r"no setting 'n_neighbor'\. Did you mean 'n_neighbors'"):
        make_model("knn", n_neighbor=3)


def test_a_missing_booster_names_the_pip_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xgboost", None)
    with pytest.raises(ImportError, match=r'pip install "skcook\[boost\]"'):
        make_model("xgboost")


@pytest.mark.parametrize(
    ("name", "task", "meant"),
    [
        ("rf", "classification", "random_forest"),
        ("lgbm", "regression", "lightgbm"),
        ("LGBMClassifier", "classification", "lightgbm"),
        ("SVC", "classification", "svm"),
        ("SVR", "regression", "svm"),
        ("ridge", "regression", "linear"),
        ("linear_regression", "regression", "linear"),
        ("Logistic Regression", "classification", "logistic"),
        ("ExtraTreesRegressor", "regression", "extra_trees"),
        ("decisiontree", "classification", "decision_tree"),
        ("XGBoots", "classification", "xgboost"),
    ],
)
def test_other_names_get_a_suggestion(name, task, meant):
    with pytest.raises(ValueError, match=f"no model '{name}' for {task}. Did you mean '{meant}'"):
        make_model(name, task)


def test_a_model_of_the_other_task_names_the_task():
    with pytest.raises(ValueError, match="'linear' is for regression: set task='regression'"):
        make_model("ridge")
