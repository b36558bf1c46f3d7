"""Ids, headers and log lines around every request."""

import logging
import re

import pytest

from tests.serve._helpers import ROW, assert_problem

URL = "/v1/models/people/predict"


def test_a_request_gets_an_id_or_keeps_its_own(client):
    given = client.get("/v1/models", headers={"X-Request-Id": "abc-1.2:3"})
    assert given.headers["X-Request-Id"] == "abc-1.2:3"
    made = client.get("/v1/models").headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


@pytest.mark.parametrize("evil", ["a" * 65, 'x"y', "a b", "<script>"])
def test_an_id_that_could_harm_a_log_is_replaced(client, evil):
    assert client.get("/healthz", headers={"X-Request-Id": evil}).headers["X-Request-Id"] != evil


def test_data_is_neither_kept_nor_taken_for_a_page(client):
    headers = client.post(URL, json={"rows": [ROW]}).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/models/people", "/docs", "/nowhere", "/static/model.js"])
def test_security_headers_are_on_every_page(client, path):
    with client.get(path) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_log_has_a_line_without_row_values(client, caplog):
    row = {**ROW, "work": "very-secret-work"}
    with caplog.at_level(logging.INFO, "skcook.serve"):
        client.post(URL, json={"rows": [row]})
        client.post(URL, json={"rows": [{**row, "age": "very-secret-age"}]})
    lines = [record.fields for record in caplog.records if record.message == "request"]
    assert [line["status"] for line in lines] == [200, 422]
    assert lines[0]["rows"] == 1
    assert lines[0]["model"] == "people"
    assert lines[0]["route"] == "/v1/models/<name>/<method>"
    assert lines[1]["problem"] == "invalid-input"
    assert "secret" not in str(lines)


def test_no_other_site_may_call_unless_asked(client, make_app, classifier):
    headers = {"Origin": "https://a.example"}
    assert "Access-Control-Allow-Origin" not in client.get("/v1/models", headers=headers).headers
    allowed = make_app(classifier, cors_origins=("https://a.example",)).test_client()
    answer = allowed.get("/v1/models", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Origin" in answer.headers["Vary"]
    other = allowed.get("/v1/models", headers={"Origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    everybody = make_app(classifier, cors_origins=("*",)).test_client()
    answer = everybody.get("/v1/models", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered(make_app, classifier):
    client = make_app(classifier, cors_origins=("*",)).test_client()
    answer = client.options(URL, headers={"Origin": "https://a.example"})
    assert answer.status_code == 200
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_an_answer_that_nobody_can_read_is_not_sent(client):
    answer = client.get("/v1/models", headers={"Accept": "image/png"})
    assert_problem(answer, 406, "not-acceptable")
    for accepted in ("*/*", "application/json", "application/*;q=0.5"):
        assert client.get("/v1/models", headers={"Accept": accepted}).status_code == 200
