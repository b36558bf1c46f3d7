"""Alive, ready, and what has been counted."""

from prometheus_client.parser import text_string_to_metric_families

from skcook.serve.http._routes import state_of
from tests.serve._helpers import ROW, assert_problem


def figures(client):
    text = client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_alive_and_ready(client):
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "models": ["people", "ages"]}


def test_a_stopping_server_lives_but_is_not_ready(client):
    state_of(client.application).draining = True
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.headers["Retry-After"]


def test_requests_batches_and_warnings_are_counted(client):
    url = "/v1/models/people/predict"
    client.post(url, json={"rows": [ROW, {**ROW, "work": "MARS"}]})
    client.post(url, json={"rows": [{}]})
    client.get("/no/such/path")
    got = figures(client)
    route = "/v1/models/<name>/<method>"
    assert got["skcook_requests_total", *sorted(["POST", route, "200"])] == 1
    assert got["skcook_requests_total", *sorted(["POST", route, "422"])] == 1
    assert got["skcook_requests_total", *sorted(["GET", "unmatched", "404"])] == 1
    assert got["skcook_batch_rows_sum", "1", "people", "predict"] == 2
    assert got["skcook_input_warnings_total", "1", "category", "people", "work"] == 1
    assert got["skcook_queue_rows", "1", "people", "predict"] == 0


def test_what_a_client_sends_never_becomes_a_label(client):
    client.get("/very-strange-path")
    client.open("/v1/models", method="STRANGE")
    client.post("/v1/models/strange/predict", json={})
    assert "strange" not in client.get("/metrics").text.lower()
