"""The front answers what is common, as Flask would to the byte, and leaves it the rest.

The other tests of HTTP run over both ways; here are what the front may answer, and that it counts,
logs and calls the model as often as the long way does.
"""

import json
import logging
import re

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from skcook.serve.http._routes import state_of
from tests.serve._helpers import ROW, assert_problem

URL = "/v1/models/people/predict"
BODY = json.dumps({"rows": [ROW]})
JSON = {"Content-Type": "application/json"}
ID = {"X-Request-Id": "one"}

# These make both applications themselves.
pytestmark = pytest.mark.parametrize("make_app", ["front"], indirect=True)

# What a request differs in from the common one, and whether the front answers it.
REQUESTS = {
    "common": ({}, True),
    "probabilities": ({"path": "/v1/models/people/predict_proba"}, True),
    "scores": ({"path": "/v1/models/people/decision_function"}, True),
    "a version": ({"path": "/v1/models/people/versions/1/predict"}, True),
    "columns": ({"data": json.dumps({"columns": list(ROW), "data": [list(ROW.values())]})}, True),
    "a warning": ({"data": json.dumps({"rows": [{**ROW, "age": 900}]})}, True),
    "a charset": ({"headers": {"Content-Type": "Application/JSON; charset=UTF-8"}}, True),
    "accepts JSON": ({"headers": {**JSON, "Accept": "application/json"}}, True),
    "a browser's script": ({"headers": {**JSON, "Accept": "application/json, */*"}}, True),
    "origin": ({"headers": {**JSON, "Origin": "https://a.example"}}, True),
    "a query": ({"query_string": "a=b"}, True),
    "accepts CSV": ({"headers": {**JSON, "Accept": "text/csv"}}, False),
    "accepts images": ({"headers": {**JSON, "Accept": "image/png"}}, False),
    "another charset": ({"headers": {"Content-Type": "application/json; charset=latin-1"}}, False),
    "CSV": ({"data": "age\n1", "headers": {"Content-Type": "text/csv"}}, False),
    "no type": ({"headers": {}}, False),
    "packed": ({"headers": {**JSON, "Content-Encoding": "gzip"}}, False),
    "another verb": ({"method": "PUT"}, False),
    "preflight": ({"method": "OPTIONS"}, False),
    "too long": ({"data": BODY + " " * 2000}, False),
    "too many rows": ({"data": json.dumps({"rows": [ROW] * 4})}, False),
    "no JSON": ({"data": "{bad"}, False),
    "nothing": ({"data": ""}, False),
    "a wrong field": ({"data": json.dumps({"rows": [{**ROW, "age": "x"}]})}, False),
    "an unknown member": ({"data": json.dumps({"rows": [ROW], "more": 1})}, False),
    "no rows": ({"data": '{"rows": []}'}, False),
    "no such model": ({"path": "/v1/models/none/predict"}, False),
    "no such version": ({"path": "/v1/models/people/versions/2/predict"}, False),
    "no such method": ({"path": "/v1/models/ages/predict_proba"}, False),
    "an explanation": ({"path": "/v1/models/people/explain"}, False),
    "a slash at the end": ({"path": URL + "/"}, False),
    "two slashes": ({"path": "//v1/models/people/predict"}, False),
}


def send(app, *, method="POST", path=URL, data=BODY, headers=None, **more):
    """Return status, headers and body, and whether Flask gave them."""
    builder = EnvironBuilder(
        path, method=method, data=data, headers={**ID, **(JSON if headers is None else headers)},
        **more,
    )  # fmt: skip
    reached = []
    dispatch, app.full_dispatch_request = (
        app.full_dispatch_request,
        lambda *given: reached.append(True) or dispatch(*given),
    )
    try:
        body, status, found = run_wsgi_app(app, builder.get_environ(), buffered=True)
    finally:
        app.full_dispatch_request = dispatch
    text = re.sub(rb'"incident": ?"\w+"', b"", b"".join(body))
    return (status, list(found), text), bool(reached)


@pytest.fixture
def both(make_app, classifier, regressor):
    """Return an application with the front and one without, for the same models."""

    def make(**settings):
        settings = {"max_rows": 3, "max_bytes": 2000, **settings}
        models = [classifier, regressor]
        return make_app(models, **settings, front=True), make_app(models, **settings, front=False)

    return make


@pytest.mark.parametrize("case", REQUESTS)
def test_both_ways_answer_the_same_bytes(both, case):
    request, in_front = REQUESTS[case]
    front, flask = both()
    (answer, by_flask), (expected, _) = send(front, **request), send(flask, **request)
    assert answer == expected
    assert by_flask is not in_front


@pytest.mark.parametrize("origins", [("*",), ("https://a.example",), ("https://b.example",)])
def test_other_sites_are_for_flask(both, origins):
    front, flask = both(cors_origins=origins)
    headers = {**JSON, "Origin": "https://a.example"}
    (answer, by_flask), (expected, _) = send(front, headers=headers), send(flask, headers=headers)
    assert (answer, by_flask) == (expected, True)
    assert send(front)[1] is False


@pytest.mark.parametrize(
    ("headers", "in_front"),
    [
        ({"X-API-Key": "sesame"}, True),
        ({"Authorization": "Bearer sesame"}, True),
        ({"Authorization": "Basic bWU6c2VzYW1l"}, True),
        ({"X-API-Key": "wrong"}, False),
        ({}, False),
    ],
)
def test_keys(both, monkeypatch, headers, in_front):
    monkeypatch.setenv("SKCOOK_API_KEYS", "me:sesame")
    front, flask = both()
    given = {**JSON, **headers}
    (answer, by_flask), (expected, _) = send(front, headers=given), send(flask, headers=given)
    assert (answer, by_flask) == (expected, not in_front)


def figures(app):
    """Return what an application has counted, without times and dates."""
    text = state_of(app).metrics.text().decode()
    return [
        line
        for line in text.splitlines()
        if not re.search("^#|_seconds_(sum|bucket)|_created", line)
    ]


def test_both_ways_count_and_log_the_same(both, caplog, monkeypatch):
    monkeypatch.setenv("SKCOOK_API_KEYS", "me:sesame")
    counted, lines, seen = [], [], []
    for app in both():
        caplog.clear()
        with caplog.at_level(logging.INFO, "skcook.serve"):
            for request, _ in REQUESTS.values():
                headers = {**request.get("headers", JSON), "X-API-Key": "sesame"}
                send(app, **{**request, "headers": headers})
        counted.append(figures(app))
        lines.append(
            [{**r.fields, "milliseconds": 0} for r in caplog.records if r.msg == "request"]
        )
        seen.append([service.drift.n_rows for service in state_of(app).models.services()])
    assert counted[0] == counted[1]
    assert len(lines[0]) == len(REQUESTS)
    assert lines[0] == lines[1]
    assert seen[0] == seen[1]
    assert seen[0][0] > 0


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [(RuntimeError("secret"), 500, "internal"), (ValueError("no"), 500, "internal")],
)
def test_a_model_that_fails_is_asked_as_often_as_on_the_long_way(
    both, monkeypatch, caplog, error, status, kind
):
    found = []
    for app in both():
        service, calls = state_of(app).models.get("people"), []

        def fail(*given, calls=calls):
            calls.append(given)
            raise error

        monkeypatch.setattr(service, "call", fail)
        caplog.clear()
        with caplog.at_level(logging.INFO, "skcook.serve"):
            assert_problem(app.test_client().post(URL, json={"rows": [ROW]}), status, kind)
        fields = {**caplog.records[-1].fields, "milliseconds": 0, "request_id": ""}
        incidents = [record.msg for record in caplog.records].count("incident")
        found.append((len(calls), service.drift.n_rows, incidents, fields, figures(app)))
    assert found[0] == found[1]
    assert found[0][3]["rows"] == 1


def test_an_application_with_hooks_of_its_own_goes_the_long_way(both):
    front, _ = both()
    assert send(front)[1] is False

    @front.before_request
    def refuse():
        return "closed", 402

    (status, _, _), by_flask = send(front)
    assert (status, by_flask) == ("402 PAYMENT REQUIRED", True)


def test_a_view_that_was_replaced_is_used(both):
    front, _ = both()
    front.view_functions["models.call"] = lambda **given: {"own": True}
    assert b"own" in send(front)[0][2]


def test_a_body_that_ends_early_is_refused_as_on_the_long_way(both):
    found = []
    for app in both():
        environ = EnvironBuilder(URL, method="POST", data=BODY, headers={**JSON, **ID})
        environ = {**environ.get_environ(), "CONTENT_LENGTH": "900"}
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
        found.append((b"".join(body), status, list(headers)))
    assert found[0] == found[1]
    assert found[0][1].startswith("400")
