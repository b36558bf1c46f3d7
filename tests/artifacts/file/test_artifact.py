"""Reading a model file whole, and inspecting it."""

import json
import pickle
import warnings
import zipfile

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skcook import artifacts
from skcook.artifacts.file import _skops
from skcook.exceptions import (
    ArtifactError,
    ArtifactFormatError,
    ArtifactIntegrityError,
    SkcookWarning,
    VersionWarning,
)
from skcook.preprocessing import CategoricalImputer, NumericImputer, OrdinalEncoder
from tests.artifacts._zoo import penguins, prepared, rewritten


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    return artifacts.save(model, tmp_path_factory.mktemp("m") / "birds.skcook", X, y=y), model, X


def test_read_gives_everything_that_is_in_the_file(saved):
    path, model, X = saved
    artifact = artifacts.read(path)
    assert isinstance(artifact, artifacts.Artifact)
    assert (artifact.name, artifact.path) == ("birds", path)
    assert len(artifact.version) == 12
    assert artifact.schema.names == list(X.columns)
    assert artifact.background.shape == (100, 6)
    np.testing.assert_array_equal(artifacts.load(str(path)).predict(X), model.predict(X))
    with pytest.raises(AttributeError):
        artifact.name = "other"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        artifacts.read(tmp_path / "no.skcook")


def test_trusted_is_a_sequence_of_names(saved):
    with pytest.raises(TypeError, match="sequence"):
        artifacts.load(saved[0], trusted="builtins.eval")


# Damage.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"PK\x03\x04",
        b"hello world",
        b"\x80\x04K\x01.",
        b"{}",
        b"PK\x05\x06" + b"\0" * 18,
    ],
    ids=["empty", "two bytes", "a start", "words", "pickle", "json", "empty zip"],
)
def test_files_that_are_no_model(tmp_path, data):
    path = tmp_path / "m.skcook"
    path.write_bytes(data)
    for function in (artifacts.read, artifacts.load, artifacts.inspect):
        with pytest.raises(ArtifactFormatError):
            function(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off(saved, tmp_path, share):
    data = saved[0].read_bytes()
    path = tmp_path / "m.skcook"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ArtifactFormatError, match="damaged or cut off"):
        artifacts.load(path)


@pytest.mark.parametrize("member", ["manifest", "schema", "background"])
@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"3", b"[" * 100_000, b'{"a": 1}'])
def test_members_that_are_not_what_they_should_be(saved, tmp_path, member, text):
    changes = {f"{member}_json": lambda _: text}
    path = tmp_path / "m.skcook"
    if member == "manifest":
        rewritten_plain(saved[0], path, text)
    else:
        rewritten(saved[0], path, **changes)
    with pytest.raises(ArtifactError):
        artifacts.read(path)


def rewritten_plain(source, target, text):
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as out:
        for name in archive.namelist():
            out.writestr(name, text if name == "manifest.json" else archive.read(name))


@pytest.mark.parametrize("member", ["schema_json", "model_skops", "background_json"])
def test_a_member_that_was_changed(saved, tmp_path, member):
    path = rewritten(saved[0], tmp_path / "m.skcook", rehash=False, **{member: lambda d: d + b" "})
    for function in (artifacts.load, artifacts.inspect):
        with pytest.raises(ArtifactIntegrityError, match="was changed"):
            function(path)


@pytest.mark.parametrize("member", ["schema_json", "model_skops", "background_json"])
def test_a_member_that_is_gone(saved, tmp_path, member):
    path = rewritten(saved[0], tmp_path / "m.skcook", rehash=False, **{member: lambda _: None})
    with pytest.raises(ArtifactFormatError, match="lacks"):
        artifacts.load(path)


def test_a_member_that_the_manifest_does_not_know(saved, tmp_path):
    path = tmp_path / "m.skcook"
    path.write_bytes(saved[0].read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("signature.json", b"{}")
        archive.writestr("notes.txt", b"hello")
    with pytest.raises(ArtifactFormatError, match=r"notes\.txt"):
        artifacts.load(path)


@pytest.mark.parametrize("number", [2, 10**9, 0, -1, "1", None, True, 1.5])
def test_formats_of_the_future_and_of_nowhere(saved, tmp_path, number):
    change = lambda data: json.dumps({**json.loads(data), "format_version": number}).encode()  # noqa: E731
    path = rewritten(saved[0], tmp_path / "m.skcook", manifest_json=change)
    match = "Update skcook" if isinstance(number, int) and number > 1 else "no format number"
    with pytest.raises(ArtifactFormatError, match=match):
        artifacts.load(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**31), st.integers(0, 255))
def test_no_changed_byte_is_followed_blindly(saved, tmp_path, place, value):
    data = bytearray(saved[0].read_bytes())
    place %= len(data)
    if data[place] == value:
        return
    data[place] = value
    path = tmp_path / "fuzzed.skcook"
    path.write_bytes(bytes(data))
    try:
        artifact = artifacts.read(path)
    except ArtifactError:
        return
    # A byte that no reader looks at, such as a date: the contents are the same to the last bit.
    assert artifact.manifest == artifacts.read(saved[0]).manifest


# Pickle.


class Payload:
    def __reduce__(self):
        return (pytest.fail, ("the payload ran",))


@pytest.mark.parametrize("write", [pickle.dump, joblib.dump], ids=["pickle", "joblib"])
def test_a_pickle_is_not_even_opened(tmp_path, write):
    path = tmp_path / "m.skcook"
    with path.open("wb") as file:
        write(Payload(), file)
    with pytest.raises(ArtifactFormatError, match="allow_pickle=True"):
        artifacts.load(path)


@pytest.mark.parametrize("compress", [0, 3], ids=["plain", "compressed"])
def test_a_pickle_is_loaded_if_allowed_and_warned_of(saved, tmp_path, compress):
    _, model, X = saved
    path = tmp_path / "m.joblib"
    joblib.dump(model, path, compress=compress)
    with pytest.warns(SkcookWarning, match="can run any code"):
        artifact = artifacts.read(path, allow_pickle=True)
    np.testing.assert_array_equal(artifact.model.predict(X), model.predict(X))
    assert artifact.schema.source == "inferred"
    assert (artifact.name, artifact.manifest["task"]) == ("m", "classifier")


@pytest.mark.filterwarnings("ignore:.*can run any code")
def test_a_damaged_pickle(tmp_path):
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04garbage")
    with pytest.raises(ArtifactFormatError, match="no readable pickle"):
        artifacts.read(path, allow_pickle=True)


def test_allow_pickle_changes_nothing_for_a_model_file(saved):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = artifacts.load(saved[0], allow_pickle=True)
    expected = saved[1].predict_proba(saved[2])
    np.testing.assert_array_equal(model.predict_proba(saved[2]), expected)


# Versions.


def test_other_versions_are_named(saved, tmp_path):
    def older(data):
        manifest = json.loads(data)
        manifest["versions"] |= {"scikit-learn": "1.2.0", "python": "3.7.0", "gone": "1.0"}
        return json.dumps(manifest).encode()

    path = rewritten(saved[0], tmp_path / "m.skcook", manifest_json=older)
    with pytest.warns(VersionWarning) as caught:
        artifacts.load(path)
    assert len(caught) == 1
    import sklearn

    text = str(caught[0].message)
    assert f"scikit-learn 1.2.0 (now {sklearn.__version__})" in text
    assert "python 3.7.0" in text
    assert "gone 1.0 (now not installed)" in text
    assert len(artifacts.inspect(path)["version_differences"]) == 3


def test_everything_is_told_without_loading_the_model(tmp_path, monkeypatch):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    path = artifacts.save(model, tmp_path / "m.skcook", X, sign_key="k" * 32)
    monkeypatch.setattr(_skops, "load_model", None)
    facts = artifacts.inspect(path)
    assert json.dumps(facts, allow_nan=False)
    assert (facts["name"], facts["task"], facts["input"]) == ("m", "classifier", "frame")
    assert facts["bytes"] == path.stat().st_size
    assert facts["signature"] == "hmac-sha256"
    assert facts["version_differences"] == []
    assert facts["required_types"] == [
        "numpy.dtype", "sklearn.compose._column_transformer.make_column_selector",
    ]  # fmt: skip
    columns = {column["name"]: column for column in facts["columns"]}
    assert list(columns) == list(X.columns)
    assert columns["island"] == {
        "name": "island", "type": "string", "source": "captured", "nullable": True,
        "categories": 3, "minimum": None, "maximum": None,
    }  # fmt: skip
    assert columns["body_mass_g"]["minimum"] == X["body_mass_g"].min()
    assert facts["example"]["island"] in set(X["island"])


def test_other_loaders_of_skops_files_are_told_what_they_do_not_know(tmp_path):
    import skops.io

    X, y = penguins()
    steps = (NumericImputer(), CategoricalImputer(), OrdinalEncoder(), DecisionTreeClassifier())
    model = make_pipeline(*steps).fit(X, y)
    types = artifacts.trusted_types(model)
    assert types == sorted(types)
    assert "skcook.preprocessing.OrdinalEncoder" in types
    loaded = skops.io.loads(skops.io.dumps(model), trusted=types)
    assert (loaded.predict(X) == model.predict(X)).all()
    assert artifacts.trusted_types(artifacts.save(model, tmp_path / "m.skcook", X)) == types
