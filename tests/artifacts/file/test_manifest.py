"""What a manifest says of a model."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcook.artifacts._answers import methods_of
from skcook.artifacts.file._manifest import (
    check_fitted,
    make_manifest,
    read_manifest,
    task_of,
    version_differences,
)
from skcook.exceptions import ArtifactError, ArtifactFormatError

X = np.random.default_rng(0).normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)


class Recommends(BaseEstimator):
    def recommend(self, users):
        return users


TASKS = {
    "classifier": make_pipeline(StandardScaler(), LogisticRegression()),
    "regressor": LinearRegression(),
    "clusterer": KMeans(2, n_init=1),
    "outlier_detector": IsolationForest(n_estimators=2),
    "transformer": StandardScaler(),
    "recommender": Recommends(),
    "other": object(),
}


@pytest.mark.parametrize("task", TASKS)
def test_the_task_is_told(task):
    assert task_of(TASKS[task]) == task


def test_methods_are_those_that_work():
    assert methods_of(StandardScaler()) == ["transform"]
    assert methods_of(Recommends()) == ["recommend"]
    from sklearn.svm import SVC

    assert methods_of(SVC()) == ["predict", "decision_function"]


def manifest(model, y=None, **settings):
    given = {"name": None, "version": None, "user_metadata": None, **settings}
    return make_manifest(model, b"model", types=[], n_rows=3, y=y, **given)


def test_the_target_is_described():
    classifier = LogisticRegression().fit(X, Y)
    shares = manifest(classifier, y=Y)["target"]["frequencies"]
    assert shares == {"0": pytest.approx(1 - Y.mean()), "1": pytest.approx(Y.mean())}
    quantiles = manifest(LinearRegression(), y=X[:, 0])["target"]["quantiles"]
    assert (quantiles[0], quantiles[-1]) == (X[:, 0].min(), X[:, 0].max())
    assert manifest(classifier)["target"] is None
    assert manifest(classifier, y=np.c_[Y, Y])["target"] is None


def test_classes_are_plain_values():
    model = LogisticRegression().fit(X, Y)
    assert json.dumps(manifest(model)["output"]) == '{"classes": [0, 1]}'


def test_the_version_follows_the_bytes():
    assert manifest(TASKS["regressor"])["version"] == manifest(TASKS["clusterer"])["version"]
    assert manifest(TASKS["regressor"], version="2.1")["version"] == "2.1"


def test_a_model_is_fitted_or_not():
    check_fitted(LogisticRegression().fit(X, Y))
    check_fitted(object())
    with pytest.raises(ArtifactError, match="LogisticRegression is not fitted"):
        check_fitted(LogisticRegression())


def test_patches_of_python_do_not_count():
    import platform

    major, minor, _ = platform.python_version_tuple()
    assert version_differences({"python": f"{major}.{minor}.999"}) == []
    assert len(version_differences({"python": f"{major}.99.0"})) == 1
    assert version_differences({"numpy": np.__version__}) == []


@pytest.mark.parametrize("key", ["name", "version", "methods", "versions", "sha256", "metadata"])
@pytest.mark.parametrize("value", [7, [[]], ...], ids=["number", "list of list", "gone"])
def test_a_damaged_manifest_is_refused(key, value):
    good = {**manifest(TASKS["regressor"]), "sha256": {}}
    assert read_manifest(json.dumps(good).encode()) == good
    bad = {k: v for k, v in good.items() if k != key} if value is ... else {**good, key: value}
    if key == "name" and value is ...:
        assert read_manifest(json.dumps({**bad, "name": None}).encode())["name"] is None
        return
    with pytest.raises(ArtifactFormatError, match="damaged"):
        read_manifest(json.dumps(bad).encode())
