"""Names, versions, and a newer file taking the place of an older one."""

import shutil
import threading

import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from skcook import artifacts
from skcook.exceptions import ArtifactError
from skcook.serve import ServeConfig
from skcook.serve.http._routes import state_of
from skcook.serve.model._refusals import ClosedError, UnknownModelError
from skcook.serve.model._registry import Registry, sources_of
from skcook.serve.model._serving_metrics import Metrics
from tests.serve._helpers import artifact_of, fit_people, wait_until

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})


def save(folder, answer, *, name="m.skcook", version=None):
    """Write a model that always gives the same answer."""
    folder.mkdir(exist_ok=True)
    model = DummyClassifier(strategy="constant", constant=answer).fit(X, ["one", "two"] * 2)
    return artifacts.save(model, folder / name, X, background=0, version=version)


def registry_of(*models, **settings):
    settings = {"reload_interval": 0, **settings}
    return Registry(sources_of(list(models)), ServeConfig(**settings), Metrics())


def test_a_file_is_called_by_its_stem_and_a_dict_names_itself(tmp_path):
    path = save(tmp_path, "one")
    assert registry_of(path).names() == ["m"]
    assert registry_of(str(path)).names() == ["m"]
    found = sources_of({"a": path, "b": artifacts.read(path)})
    assert Registry(found, ServeConfig(), Metrics()).names() == ["a", "b"]


def test_an_estimator_is_served_with_an_inferred_schema(make_app):
    client = make_app(DummyClassifier().fit(X, ["one", "two"] * 2)).test_client()
    assert client.get("/v1/models").json["models"][0]["name"] == "model"
    answer = client.post("/v1/models/model/predict", json={"rows": [{"a": 1}]})
    assert answer.json["predictions"] == ["one"]


def test_the_version_saved_last_is_the_default(tmp_path):
    first, second = (
        save(tmp_path / "a", "one", version="1"),
        save(tmp_path / "b", "two", version="2"),
    )
    registry = registry_of(second, first)
    assert registry.names() == ["m"]
    assert registry.versions("m")[0] == registry.get("m").version
    assert registry.get("m", "1").version == "1"


def test_the_log_says_how_far_a_start_is(tmp_path, caplog):
    caplog.set_level("INFO", logger="skcook.serve")
    registry_of(save(tmp_path / "a", "one", version="1"), save(tmp_path / "b", "two", version="2"))
    loaded = [record.fields for record in caplog.records if record.message == "model loaded"]
    assert [(facts["model"], facts["version"]) for facts in loaded] == [("m", "1"), ("m", "2")]
    assert all(facts["seconds"] >= 0 for facts in loaded)


@pytest.mark.parametrize("models", [[], {}, ()])
def test_nothing_to_serve(models):
    with pytest.raises(ValueError, match="no model to serve"):
        sources_of(models)


def test_two_models_of_one_name_and_version(tmp_path):
    path = save(tmp_path, "one", version="1")
    with pytest.raises(ValueError, match="NAME=FILE"):
        registry_of(path, shutil.copy(path, save(tmp_path / "x", "two", version="1")))


@pytest.mark.parametrize("name", ["a/b", "", "..", "-x", "ü", "a b"])
def test_names_must_fit_into_an_address(name):
    with pytest.raises(ValueError, match="another name"):
        Registry(sources_of({name: artifact_of(fit_people(), name="")}), ServeConfig(), Metrics())


def test_unknown_names_and_versions_say_what_there_is(tmp_path):
    registry = registry_of(save(tmp_path, "one", version="7"))
    with pytest.raises(UnknownModelError, match="models here are m"):
        registry.get("x")
    with pytest.raises(UnknownModelError, match="versions of m here are 7"):
        registry.get("m", "8")


def test_a_closed_registry_refuses(tmp_path):
    registry = registry_of(save(tmp_path, "one"))
    registry.close()
    with pytest.raises(ClosedError), registry.use("m"):
        pass


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text"])
def test_unusable_files_are_refused_at_start(tmp_path, damage):
    path = save(tmp_path, "one")
    if damage == "missing":
        path.unlink()
    else:
        whole = path.read_bytes()
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "text": b"hello"}[damage])
    with pytest.raises((ArtifactError, OSError)):
        registry_of(path)


def swap(path, other):
    """Put another file in the place of `path`, at once, as a careful deployer does."""
    shutil.copy(other, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def test_a_replaced_file_is_served_and_a_broken_one_is_not(tmp_path):
    path, other = save(tmp_path, "one"), save(tmp_path / "b", "two")
    registry = registry_of(path)
    assert registry.refresh() == 0
    swap(path, other)
    assert registry.refresh() == 1
    with registry.use("m") as service:
        assert service.run("predict", service.schema.parse_rows([{"a": 1}])) == ["two"]
    path.write_bytes(b"broken")
    assert registry.refresh() == 0
    path.unlink()
    assert registry.refresh() == 0
    with registry.use("m") as service:
        assert service.run("predict", service.schema.parse_rows([{"a": 1}])) == ["two"]


def test_swapping_under_load_loses_no_request(make_app, tmp_path):
    files = {answer: save(tmp_path / answer, answer) for answer in ("one", "two")}
    path = save(tmp_path, "one")
    app = make_app(path)
    answers, failures, stop = [], [], threading.Event()

    def client():
        http = app.test_client()
        while not stop.is_set():
            response = http.post("/v1/models/m/predict", json={"rows": [{"a": 1}, {"a": 2}]})
            if response.status_code == 200:
                answers.append(tuple(response.json["predictions"]))
            else:
                failures.append(response.text)

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    for answer in ["two", "one"] * 3:
        swap(path, files[answer])
        assert state_of(app).models.refresh() == 1
        wait_until(lambda: answers[-1:] == [(answer, answer)] or failures)  # noqa: B023
    stop.set()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert set(answers) == {("one", "one"), ("two", "two")}


def test_files_are_watched_from_the_first_request_on(make_app, tmp_path):
    path, other = save(tmp_path, "one"), save(tmp_path / "b", "two")
    app = make_app(path, reload_interval=0.01)
    client = app.test_client()

    def predicted():
        body = {"rows": [{"a": 1}]}
        return client.post("/v1/models/m/predict", json=body).json["predictions"]

    assert predicted() == ["one"]
    swap(path, other)
    waited = threading.Event()
    for _ in range(2000):
        if predicted() == ["two"]:
            return
        waited.wait(0.01)
    raise AssertionError("the newer file was never read")


def test_one_broken_file_stops_no_other(tmp_path, monkeypatch, caplog):
    first, second = save(tmp_path / "a", "one"), save(tmp_path / "b", "one")
    sources = sources_of({"a": first, "b": second})
    registry = Registry(sources, ServeConfig(reload_interval=0), Metrics())
    swap(first, save(tmp_path / "c", "two"))
    swap(second, save(tmp_path / "d", "two"))
    read = artifacts.read

    def fail(path, **settings):
        if path == first:
            raise KeyError("a secret")
        return read(path, **settings)

    monkeypatch.setattr(artifacts, "read", fail)
    assert registry.refresh() == 1
    assert registry.get("b")._model.constant == "two"
    assert registry.get("a")._model.constant == "one"
    assert [r.fields["reason"] for r in caplog.records if r.message == "reload failed"] == [
        "KeyError"
    ]


def test_files_must_be_signed_where_a_key_is_given_and_so_must_newer_ones(tmp_path, caplog):
    key = "a secret of sixteen bytes and more"
    model = DummyClassifier(strategy="constant", constant="one").fit(X, ["one", "two"] * 2)
    signed = artifacts.save(model, tmp_path / "m.skcook", X, background=0, sign_key=key)
    with pytest.raises(ArtifactError, match="not signed"):
        registry_of(save(tmp_path / "unsigned", "two"), verify_key=key)
    with pytest.raises(ArtifactError, match="another key"):
        registry_of(signed, verify_key="another secret of sixteen bytes")
    registry = registry_of(signed, verify_key=key)
    swap(signed, save(tmp_path / "other", "two"))
    assert registry.refresh() == 0
    assert registry.get("m")._model.constant == "one"
    assert "reload failed" in caplog.text
