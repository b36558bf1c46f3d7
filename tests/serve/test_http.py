"""One suite over each server that the guide names: no answer depends on who carries it."""

import http.client
import json
import socket
from functools import partial

import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts
from skcook.artifacts import Schema
from tests.serve._helpers import ROW, assert_own_answers, assert_problem, fit_people, people
from tests.serve._process import Server
from tests.serve.http.test_app import HOSTILE

URL = "/v1/models/people/predict"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    X, y = people()
    return [
        artifacts.save(fit_people(), folder / "people.skcook", X, y=y),
        artifacts.save(fit_people(LinearRegression()), folder / "ages.skcook", X, background=0),
    ]


@pytest.fixture(scope="module", params=["waitress", "waitress, Flask", "gunicorn", "granian"])
def server(request, files):
    starts = {
        "waitress": lambda *given: Server(*given),
        "waitress, Flask": lambda *given: Server(*given, "--no-front"),
        "gunicorn": Server.of_gunicorn,
        "granian": lambda *given: Server(*given, "--engine", "granian"),
    }
    if request.param == "granian":
        pytest.importorskip("granian")
    with starts[request.param](*map(str, files)) as running:
        yield running


def test_rows_are_answered_in_their_order(server):
    X, _ = people(50, seed=5)
    answer = server.open("POST", URL, json={"rows": Schema.capture(X).to_records(X)})
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.json["predictions"] == fit_people().predict(X).tolist()


@pytest.mark.parametrize("method", ["predict_proba", "decision_function", "explain"])
def test_other_methods(server, method):
    answer = server.open("POST", f"/v1/models/people/{method}", json={"rows": [ROW]})
    assert answer.status_code == 200
    assert answer.json["model"] == "people"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v2", "/ping"]
)
def test_what_can_be_read(server, path):
    answer = server.open("GET", path)
    assert answer.status_code in (200, 302)
    assert answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_bodies(server, case):
    answer = server.open("POST", URL, data=HOSTILE[case], content_type="application/json")
    assert answer.status_code in (400, 413, 422)
    assert_problem(answer, answer.status_code, answer.json["type"].split("/")[-1])


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "kind"),
    [
        ("POST", URL, {"json": {"rows": [{}]}}, 422, "invalid-input"),
        ("POST", URL, {"data": b"x", "content_type": "text/plain"}, 415, "unsupported-media-type"),
        ("POST", "/v1/models/none/predict", {"json": {}}, 404, "unknown-model"),
        ("POST", "/v1/models/people/recommend", {"json": {}}, 404, "method-unavailable"),
        ("GET", URL, {}, 405, "method-not-allowed"),
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("GET", "/v1/models", {"headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
        ("POST", URL, {"json": {"rows": [0] * 10_001}}, 413, "too-many-rows"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_refusals_have_one_shape(server, method, path, given, status, kind):
    assert_problem(server.open(method, path, **given), status, kind)


def test_a_body_in_chunks(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    text = json.dumps({"rows": [ROW]}).encode()
    parts = iter([text[:10], text[10:]])
    headers = {"Content-Type": "application/json"}
    connection.request("POST", URL, parts, headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["model"]) == (200, "people")
    connection.close()


def test_csv_in_and_out(server):
    text = "age,gain,work,edu\n36,,work_3,edu_15\n"
    headers = {"Accept": "text/csv"}
    answer = server.open("POST", URL, data=text, content_type="text/csv", headers=headers)
    assert answer.mimetype == "text/csv"
    head, row = answer.text.split()
    assert head == "age,gain,work,edu,predict"
    assert row.startswith("36,,work_3,edu_15,")


def test_a_connection_is_kept_for_the_next_request(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(3):
        connection.request("GET", "/healthz")
        local = connection.sock.getsockname()
        assert connection.getresponse().read()
        assert connection.sock.getsockname() == local
    connection.close()


def test_slow_clients_do_not_stop_the_others(server):
    head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    # Fewer than the threads: gunicorn gives one to each body that it waits for.
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for connection in slow:
        connection.sendall(head + b"Content-Length: 50\r\n\r\n{")
    answer = server.open("POST", URL, json={"rows": [ROW]})
    for connection in slow:
        connection.close()
    assert answer.status_code == 200


def test_clients_that_leave_do_no_harm(server):
    body = json.dumps({"rows": [ROW]}).encode()
    head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(request)
    assert server.open("POST", URL, json={"rows": [ROW]}).status_code == 200


def test_many_clients_at_once_get_their_own_answers(server):
    X, _ = people(160, seed=3)
    answers = fit_people().predict(X), fit_people(LinearRegression()).predict(X)
    assert_own_answers(partial(server.open, "POST"), X, *answers)
