"""API keys: none needed by default, constant in time, read again when they change."""

import base64
import logging
import os

import pytest

from skcook.serve.http._auth import ENVIRONMENT, KeyRing
from tests.serve._helpers import ROW, assert_problem

URL = "/v1/models/people/predict"


def basic(password):
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text("# the team's keys\n\nopen-sesame\nother\n")
    return path


@pytest.fixture
def guarded(make_app, classifier, key_file):
    return make_app(classifier, api_key_file=key_file).test_client()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "open-sesame"},
        {"X-API-Key": "other"},
        {"Authorization": "Bearer open-sesame"},
        {"Authorization": "bearer other"},
        {"Authorization": basic("open-sesame")},
    ],
    ids=["header", "second key", "bearer", "lower case", "basic"],
)
def test_a_known_key_opens(guarded, headers):
    assert guarded.post(URL, json={"rows": [ROW]}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({}, 401, "unauthorized"),
        ({"Authorization": "Digest x"}, 401, "unauthorized"),
        ({"Authorization": "Basic !!!"}, 401, "unauthorized"),
        ({"X-API-Key": "open-sesam"}, 403, "forbidden"),
        ({"X-API-Key": "# the team's keys"}, 403, "forbidden"),
        ({"Authorization": "Bearer ü"}, 403, "forbidden"),
        ({"Authorization": basic("wrong")}, 403, "forbidden"),
    ],
)
def test_anything_else_does_not(guarded, headers, status, kind):
    response = guarded.post(URL, json={"rows": [ROW]}, headers=headers)
    assert_problem(response, status, kind)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_browser_is_asked_for_a_password(guarded):
    response = guarded.get("/models/people", headers={"Accept": "text/html"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="skcook"'
    response = guarded.get("/models/people", headers={"Authorization": basic("other")})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/skcook.css"])
def test_health_checks_need_no_key(guarded, path):
    with guarded.get(path) as response:
        assert response.status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/v1/models", "/"])
def test_everything_else_does(guarded, path):
    assert guarded.get(path).status_code == 401


def write(path, text, stamp):
    path.write_text(text)
    os.utime(path, ns=(stamp, stamp))


def test_a_changed_file_is_read_again_and_one_without_keys_opens_to_none(guarded, key_file, caplog):
    def status(key):
        return guarded.get("/v1/models", headers={"X-API-Key": key}).status_code

    write(key_file, "new-key\n", 1)
    assert (status("new-key"), status("open-sesame")) == (200, 403)
    write(key_file, "# none\n", 2)
    assert status("new-key") == 403
    assert "key file holds no key" in caplog.text
    key_file.unlink()
    assert status("new-key") == 403
    assert "key file lost" in caplog.text
    write(key_file, "back\n", 3)
    assert (status("back"), status("new-key")) == (200, 403)
    figures = guarded.get("/metrics", headers={"X-API-Key": "back"}).text
    for outcome in ("read", "empty", "lost"):
        assert f'skcook_key_file_reloads_total{{outcome="{outcome}"}}' in figures


def test_the_log_has_the_name_of_the_key(make_app, classifier, key_file, caplog):
    key_file.write_text("team a: first-key\nsecond-key\n")
    client = make_app(classifier, api_key_file=str(key_file)).test_client()
    with caplog.at_level(logging.INFO, "skcook.serve"):
        for key in ("first-key", "second-key"):
            assert client.get("/v1/models", headers={"X-API-Key": key}).status_code == 200
    lines = [record.fields for record in caplog.records if record.message == "request"]
    assert [line["key"] for line in lines] == ["team a", "key 2"]
    assert "first-key" not in str(lines)


@pytest.mark.parametrize(
    "path", ["/ping", "/v2/health/ready", "/v2/models/people/ready", "/vertex-health"]
)
def test_the_health_checks_of_platforms_need_no_key(
    make_app, classifier, key_file, monkeypatch, path
):
    monkeypatch.setenv("AIP_HEALTH_ROUTE", "/vertex-health")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/vertex-predict")
    client = make_app(classifier, api_key_file=key_file).test_client()
    assert client.get(path).status_code == 200
    assert client.post("/vertex-predict", json={"instances": [ROW]}).status_code == 401


def test_keys_from_the_environment(make_app, classifier, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, "one, two ,")
    client = make_app(classifier).test_client()
    assert client.get("/v1/models", headers={"X-API-Key": "two"}).status_code == 200
    assert client.get("/v1/models").status_code == 401


def test_a_file_without_keys_does_not_open_the_server(tmp_path):
    path = tmp_path / "keys"
    path.write_text("# nothing yet\n")
    with pytest.raises(ValueError, match="holds no key"):
        KeyRing(path)
    with pytest.raises(FileNotFoundError):
        KeyRing(tmp_path / "missing")
