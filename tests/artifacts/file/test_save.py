"""What is saved is what is loaded, or nothing is written."""

import inspect
import json
import os
import stat
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import BisectingKMeans, FeatureAgglomeration, SpectralBiclustering
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skcook import artifacts
from skcook.exceptions import ArtifactError, SkcookWarning, UntrustedTypeError
from tests.artifacts._zoo import ZOO, numbers, penguins, prepared


@pytest.fixture
def model():
    X, y = numbers()
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(X, y)


def answers(model, X):
    out = {}
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(model, method):
            result = getattr(model, method)(X)
            parts = result if isinstance(result, list) else [result]
            out[method] = [np.asarray(p.toarray() if hasattr(p, "toarray") else p) for p in parts]
    return out


@pytest.mark.parametrize("name", list(ZOO))
@pytest.mark.filterwarnings("ignore")  # of tiny fits; those of `save` are asked for below
def test_every_kind_of_model_answers_as_before(name, tmp_path):
    model, X, y = ZOO[name]()
    model.fit(X, y)
    path = artifacts.save(model, tmp_path / "m.skcook", X, y=y)
    assert artifacts.inspect(path)["untrusted_types"] == []
    artifact = artifacts.read(path)
    rows = artifact.schema.parse_rows(artifact.schema.to_records(X)).frame
    expected = answers(model, X)
    assert expected
    for given in (X, rows):
        found = answers(artifact.model, given)
        assert found.keys() == expected.keys()
        for method, parts in expected.items():
            for a, b in zip(parts, found[method]):
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["logistic", "forest", "lightgbm", "tfidf", "grid search"])
@pytest.mark.filterwarnings("ignore")
def test_the_same_model_is_the_same_bytes(name, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    model, X, y = ZOO[name]()
    model.fit(X, y)
    if name == "grid search":  # the seconds that fitting took are part of a search
        model[-1].cv_results_ = {}
        model[-1].refit_time_ = 0.0
    first = artifacts.save(model, tmp_path / "a.skcook", X).read_bytes()
    again = artifacts.load(tmp_path / "a.skcook")
    assert artifacts.save(again, tmp_path / "b.skcook", X).read_bytes() == first
    assert artifacts.inspect(tmp_path / "b.skcook")["created"] == "2023-11-14T22:13:20Z"


def test_the_file_is_a_plain_zip_that_skops_can_read(model, tmp_path):
    X, _ = numbers()
    path = artifacts.save(model, tmp_path / "m.skcook", X)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "manifest.json", "schema.json", "model.skops", "background.json",
        ]  # fmt: skip
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        data = archive.read("model.skops")
    import skops.io

    loaded = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


# What is refused.


@pytest.mark.parametrize(
    "thing",
    [StandardScaler(), make_pipeline(StandardScaler(), LogisticRegression()), StandardScaler],
    ids=["estimator", "pipeline", "class"],
)
def test_what_is_not_fitted_is_refused(thing, tmp_path):
    with pytest.raises(ArtifactError, match="fitted"):
        artifacts.save(thing, tmp_path / "m.skcook")
    assert not list(tmp_path.iterdir())


def test_a_lambda_is_named(tmp_path):
    X, _ = numbers()
    model = make_pipeline(FunctionTransformer(lambda X: X.fillna(0)), StandardScaler()).fit(X)
    with pytest.raises(
        ArtifactError, match=r"steps\['functiontransformer'\]\[1\].func is a lambda"
    ):
        artifacts.save(model, tmp_path / "m.skcook", X)
    assert not list(tmp_path.iterdir())


def test_a_function_inside_another_is_named(tmp_path):
    def halve(X):
        return X / 2

    model = FunctionTransformer(halve).fit([[1.0]])
    with pytest.raises(ArtifactError, match="halve"):
        artifacts.save(model, tmp_path / "m.skcook", np.ones((2, 1)))


class Remembers(StandardScaler):
    """A scaler that keeps a function by the way, and writes none."""

    def fit(self, X, y=None):
        self.answer = lambda: 42
        return super().fit(X)

    def __getstate__(self):
        return {k: v for k, v in super().__getstate__().items() if k != "answer"}


def test_a_function_that_is_not_written_does_not_matter(tmp_path):
    model = Remembers().fit([[1.0]])
    with pytest.warns(SkcookWarning, match="Remembers"):
        path = artifacts.save(model, tmp_path / "m.skcook", np.ones((2, 1)))
    assert not hasattr(artifacts.load(path, trusted=[f"{__name__}.Remembers"]), "answer")


class Keeps(ClassifierMixin, BaseEstimator):
    """A classifier whose fitted state is whatever it is told to keep."""

    def __init__(self, kept=None):
        self.kept = kept

    def fit(self, X, y=None):
        self.classes_ = np.array([0, 1])
        self.state_ = self.kept
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@pytest.mark.parametrize(
    "kept",
    [
        pd.Series([1], pd.MultiIndex.from_tuples([(1, 2)])),
        {("a", 1): 2},
        pd.Timestamp("2024-01-01"),
    ],
    ids=["index of levels", "tuple keys", "timestamp"],
)
def test_state_that_needs_pickle_is_named(kept, tmp_path):
    model = make_pipeline(StandardScaler(), Keeps(kept)).fit(np.ones((3, 2)), [0, 1, 0])
    with pytest.raises(ArtifactError, match=r"\['keeps'\]\[1\]\.(kept|state_)"):
        artifacts.save(model, tmp_path / "m.skcook", np.ones((3, 2)))


def test_types_of_others_are_saved_with_a_warning_and_loaded_only_if_allowed(tmp_path):
    model = Keeps(3).fit(np.ones((3, 2)))
    name = f"{Keeps.__module__}.Keeps"
    with pytest.warns(SkcookWarning, match=name.replace(".", r"\.")):
        path = artifacts.save(model, tmp_path / "m.skcook", np.ones((3, 2)))
    assert artifacts.inspect(path)["untrusted_types"] == [name]
    with pytest.raises(UntrustedTypeError) as caught:
        artifacts.load(path)
    assert caught.value.types == [name]
    assert f"--trust {name}" in str(caught.value)
    assert f"trusted=['{name}']" in str(caught.value)
    assert artifacts.load(path, trusted=[name]).state_ == 3


class Forgets(Keeps):
    """Answers from a cache that is not kept."""

    def fit(self, X, y=None):
        super().fit(X, y)
        self._answer = 1
        return self

    def __getstate__(self):
        return {k: v for k, v in super().__getstate__().items() if k != "_answer"}

    def predict(self, X):
        return np.full(len(X), getattr(self, "_answer", 0))


def test_a_model_that_answers_otherwise_once_loaded_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="answers otherwise once it is saved"):
        artifacts.save(Forgets().fit(np.ones((2, 2))), tmp_path / "m.skcook", np.ones((2, 2)))
    assert not list(tmp_path.iterdir())


class ReadsDtype(Keeps):
    def predict(self, X):
        return np.full(len(X), int(isinstance(X["a"].iloc[0], pd.Period)))


def test_columns_that_json_cannot_carry_are_refused(tmp_path):
    X = pd.DataFrame({"a": pd.period_range("2020-01", periods=3, freq="M")})
    with pytest.raises(TypeError, match="column 'a'"):
        artifacts.save(ReadsDtype().fit(X), tmp_path / "m.skcook", X)


def test_rows_that_the_model_cannot_take_are_refused(model, tmp_path):
    X, _ = numbers()
    with pytest.raises(ArtifactError, match="cannot predict the first rows of X_example"):
        artifacts.save(model, tmp_path / "m.skcook", X.iloc[:, :2])


@pytest.mark.parametrize("background", [-1, 2.5, True, "all"])
def test_background_is_a_number_of_rows(model, tmp_path, background):
    with pytest.raises(ValueError, match="background"):
        artifacts.save(model, tmp_path / "m.skcook", numbers()[0], background=background)


def test_y_has_as_many_values_as_there_are_rows(model, tmp_path):
    X, y = numbers()
    with pytest.raises(ValueError, match="rows, and y has 3"):
        artifacts.save(model, tmp_path / "m.skcook", X, y=y[:3])


@pytest.mark.parametrize(
    "metadata",
    [{"auc": float("nan")}, {"when": object()}, {"a": {1, 2}}],
    ids=["nan", "object", "set"],
)
def test_metadata_is_what_json_holds(model, tmp_path, metadata):
    with pytest.raises(ArtifactError, match="metadata must be"):
        artifacts.save(model, tmp_path / "m.skcook", numbers()[0], metadata=metadata)


# How it is written.


def test_a_failure_leaves_the_old_file_and_nothing_else(model, tmp_path, monkeypatch):
    X, _ = numbers()
    path = artifacts.save(model, tmp_path / "m.skcook", X)
    before = path.read_bytes()

    def fail(handle):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        artifacts.save(model, path, X, metadata={"new": True})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_of_the_old_file_is_not_disturbed(model, tmp_path):
    X, _ = numbers()
    path = artifacts.save(model, tmp_path / "m.skcook", X)
    with path.open("rb") as old:
        first = old.read(100)
        artifacts.save(model, path, X, metadata={"new": True})
        old.seek(0)
        assert old.read(100) == first


def test_permissions_are_those_of_any_new_file(model, tmp_path):
    path = artifacts.save(model, tmp_path / "m.skcook", numbers()[0])
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o600)
    artifacts.save(model, path, numbers()[0])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_an_error(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        artifacts.save(model, tmp_path / "no" / "m.skcook", numbers()[0])


# What is in it.


def test_background_holds_each_class_and_is_the_same_each_time(tmp_path):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    path = artifacts.save(model, tmp_path / "m.skcook", X, y=y, background=12)
    rows = artifacts.read(path).background
    assert rows.shape == (12, X.shape[1])
    assert rows.dtypes.equals(X.dtypes)
    again = artifacts.read(artifacts.save(model, path, X, y=y, background=12)).background
    pd.testing.assert_frame_equal(rows, again)
    merged = rows.merge(X.assign(y=y).drop_duplicates(), how="left")
    assert set(merged["y"]) == set(y)


def test_without_a_background_no_row_is_kept(tmp_path):
    X = pd.DataFrame({"note": [f"the secret number {i} of mine" for i in range(50)]})
    path = artifacts.save(FunctionTransformer().fit(X), tmp_path / "m.skcook", X, background=0)
    assert artifacts.read(path).background is None
    with zipfile.ZipFile(path) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"secret" not in text


def test_the_manifest_tells_what_the_model_is(tmp_path):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    path = artifacts.save(
        model, tmp_path / "m.skcook", X, y=y, metadata={"auc": 0.9}, name="birds", version="7"
    )
    artifact = artifacts.read(path)
    manifest = artifact.manifest
    assert (artifact.name, artifact.version) == ("birds", "7")
    assert manifest["task"] == "classifier"
    assert manifest["methods"] == ["predict", "predict_proba", "decision_function"]
    assert manifest["output"] == {"classes": ["Adelie", "Chinstrap", "Gentoo"]}
    assert manifest["metadata"] == {"auc": 0.9}
    assert manifest["n_rows"] == len(X)
    assert manifest["estimator"] == ["ColumnTransformer", "LogisticRegression"]
    assert sum(manifest["target"]["frequencies"].values()) == pytest.approx(1, abs=1e-4)
    assert {"python", "scikit-learn", "numpy", "pandas", "skcook"} <= set(manifest["versions"])
    assert json.dumps(manifest, allow_nan=False)


def test_the_example_is_a_row_that_the_model_takes(tmp_path):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    artifact = artifacts.read(artifacts.save(model, tmp_path / "m.skcook", X))
    rows = artifact.schema.parse_rows([artifact.example])
    assert rows.warnings == []
    assert artifact.model.predict(rows.frame)[0] in set(y)


def test_parameters_after_the_third_are_keyword_only():
    for function in (artifacts.save, artifacts.load, artifacts.read):
        parameters = list(inspect.signature(function).parameters.values())
        positional = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
        assert len(positional) <= 3


class Brightness(Keeps):
    """Tells light images from dark ones."""

    def predict(self, X):
        return (np.asarray(X).mean(axis=(1, 2)) > 100).astype(int)


@pytest.mark.filterwarnings("ignore:.*types that are not on skcook's list")
def test_a_model_of_images(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype="uint8")
    path = artifacts.save(Brightness().fit(X), tmp_path / "m.skcook", X, background=5)
    artifact = artifacts.read(path, trusted=[f"{Brightness.__module__}.Brightness"])
    assert (artifact.background.shape, artifact.background.dtype) == ((5, 8, 8), np.uint8)
    assert artifact.example is None
    rows = artifact.schema.parse_rows(artifact.schema.to_records(X))
    assert artifact.model.predict(rows.frame).tolist() == Brightness().predict(X).tolist()


class Answers(ClassifierMixin, BaseEstimator):
    """Answer anything."""

    def __init__(self, answer=None):
        self.answer = answer

    def fit(self, X, y=None):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return {
            "one": 1.0,
            "more": np.zeros(len(X) + 1),
            "ragged": [[0] * (i + 1) for i in range(len(X))],
            "array": np.zeros(len(X)),
        }[self.answer]

    def score_samples(self, X):
        return 3.0


@pytest.mark.filterwarnings("ignore::skcook.exceptions.SkcookWarning")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("one", r"Answers\.predict gave one answer for 3 rows"),
        ("more", r"Answers\.predict gave 4 for 3 rows"),
        ("array", r"Answers\.score_samples gave one answer for 3 rows"),
    ],
)
def test_answers_that_are_not_one_per_row_are_refused(answer, message, tmp_path):
    model = Answers(answer).fit(np.ones((3, 2)))
    with pytest.raises(ArtifactError, match=message):
        artifacts.save(model, tmp_path / "m.skcook", np.ones((3, 2)))


@pytest.mark.parametrize(
    "model",
    [
        SpectralBiclustering(2, n_components=2, n_best=1),
        BisectingKMeans(2),
        FeatureAgglomeration(2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_clusterers_of_scikit_learn_come_back(model, tmp_path):
    X = np.random.default_rng(0).random((30, 5))
    back = artifacts.load(artifacts.save(model.fit(X), tmp_path / "m.skcook", X))
    assert type(back) is type(model)


def test_rows_that_are_dicts_are_named(tmp_path):
    rows = [{"a": 1}, {"b": 2}]
    with pytest.raises(TypeError, match="X_example is a list of dicts, which no schema describes"):
        artifacts.save(DictVectorizer().fit(rows), tmp_path / "m.skcook", rows)


def test_an_address_is_no_path(model):
    with pytest.raises(ArtifactError, match=r"got the address s3://bucket/m\.skcook"):
        artifacts.save(model, "s3://bucket/m.skcook")
