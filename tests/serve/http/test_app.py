"""The application as a whole: what hostile clients send, and what many send at once."""

import json
import threading

import pytest

from skcook.serve.http._routes import state, state_of
from tests.serve._helpers import (
    PATIENCE,
    ROW,
    assert_own_answers,
    assert_problem,
    people,
    wait_until,
)

URL = "/v1/models/people/predict"

HOSTILE = {
    "deep nesting": b'{"rows": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep object": b'{"rows": [' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"]}",
    "a cell of five megabytes": json.dumps({"rows": [{**ROW, "age": "x" * 5_000_000}]}).encode(),
    "a name of five megabytes": json.dumps({"rows": [{**ROW, "x" * 5_000_000: 1}]}).encode(),
    "100,000 names": json.dumps({"rows": [{f"c{i}": i for i in range(100_000)}]}).encode(),
    "100,000 integers": json.dumps({"rows": list(range(9_000))}).encode(),
    "an endless integer": b'{"rows": [{"age": ' + b"9" * 100_000 + b"}]}",
    "a long integer": json.dumps({"rows": [{**ROW, "age": 10**300}]}).encode(),
    "null bytes": b"\x00" * 1000,
    "nothing": b"",
    "latin-1": '{"rows": [{"work": "caf\xe9"}]}'.encode("latin-1"),
    "utf-16": json.dumps({"rows": [ROW]}).encode("utf-16"),
    "repeated keys": b'{"rows": [], "rows": [1]}',
    "a surrogate": b'{"rows": [{"work": "\\ud800"}]}',
    "a list of nulls": b"[null, null]",
    "rows of nulls": b'{"rows": [null, null]}',
    "html": b"<script>alert(1)</script>",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_bodies_are_refused_in_the_one_shape(client, case):
    response = client.post(URL, data=HOSTILE[case], content_type="application/json")
    assert response.status_code in (400, 413, 422)
    body = assert_problem(response, response.status_code, response.json["type"].split("/")[-1])
    assert len(response.data) < 20_000, "an answer must not repeat what it was sent"
    assert body["status"] < 500


def test_a_category_of_megabytes_is_only_unknown(client):
    response = client.post(URL, json={"rows": [{**ROW, "work": "x" * 5_000_000}]})
    assert response.status_code == 200
    assert response.json["warnings"][0]["code"] == "category"
    assert len(response.data) < 1000


def test_control_characters_in_a_value(client):
    response = client.post(URL, json={"rows": [{**ROW, "work": "a\x00b\x1b[31m"}]})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/v1/models/../../etc/passwd", "/static/../_app.py", "/%00"])
def test_hostile_paths(client, path):
    assert_problem(client.get(path), 404, "not-found")


def test_a_compressed_body_is_not_unpacked(client):
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert_problem(
        client.post(URL, data=b"\x1f\x8b", headers=headers), 415, "unsupported-media-type"
    )


def test_many_clients_at_once_get_their_own_answers(make_app, classifier, regressor):
    app = make_app([classifier, regressor])
    X, _ = people(320, seed=3)
    answers = classifier.model.predict(X), regressor.model.predict(X)
    assert_own_answers(lambda *call, **body: app.test_client().post(*call, **body), X, *answers)


def test_a_full_queue_is_told_to_come_back(make_app, classifier, monkeypatch):
    app = make_app(classifier, max_queue=1)
    service = state_of(app).models.get("people")
    started, go = threading.Event(), threading.Event()
    call = service.call

    def slow(*args):
        started.set()
        go.wait(PATIENCE)
        return call(*args)

    monkeypatch.setattr(service, "call", slow)
    answers = []

    def post():
        answers.append(app.test_client().post(URL, json={"rows": [ROW]}).status_code)

    threads = [threading.Thread(target=post) for _ in range(2)]
    threads[0].start()
    assert started.wait(PATIENCE)
    threads[1].start()
    wait_until(lambda: service.rows_waiting("predict") == 1)
    response = app.test_client().post(URL, json={"rows": [ROW]})
    go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert_problem(response, 503, "queue-full")
    assert response.headers["Retry-After"] == "1"
    assert answers == [200, 200]


def test_a_model_that_takes_too_long(make_app, classifier, monkeypatch):
    app = make_app(classifier, timeout=0.05)
    service = state_of(app).models.get("people")
    go = threading.Event()
    monkeypatch.setattr(service, "call", lambda *args: go.wait(PATIENCE) and ["x"])
    response = app.test_client().post(URL, json={"rows": [ROW]})
    go.set()
    assert_problem(response, 504, "deadline")


def test_a_bug_of_ours_is_an_incident_and_the_next_request_works(make_app, classifier, monkeypatch):
    app = make_app(classifier)
    service = state_of(app).models.get("people")

    def fail(*args):
        raise RuntimeError("no division of labour")

    with monkeypatch.context() as patch:
        patch.setattr(service, "call", fail)
        response = app.test_client().post(URL, json={"rows": [ROW]})
    body = assert_problem(response, 500, "internal")
    assert body["incident"]
    assert "division" not in response.text
    assert app.test_client().post(URL, json={"rows": [ROW]}).status_code == 200


def test_two_applications_share_nothing(make_app, classifier, regressor):
    first, second = make_app(classifier), make_app(regressor)
    assert state_of(first).models.names() == ["people"]
    assert state_of(second).models.names() == ["ages"]
    with first.app_context():
        assert state() is state_of(first)
