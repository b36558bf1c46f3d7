"""The description of the API says what the API does."""

import json

import jsonschema
import pytest

from skcook.serve.http._errors import PROBLEMS
from tests.serve._helpers import ROW


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def resolve(document, schema):
    """Put the components that a schema refers to beside it, where jsonschema finds them."""
    return {**schema, "components": document["components"]}


def test_it_is_openapi_3_1_and_has_each_model_and_method(document):
    assert document["openapi"] == "3.1.0"
    posts = {path for path, item in document["paths"].items() if "post" in item}
    assert posts == {
        "/v1/models/people/predict",
        "/v1/models/people/predict_proba",
        "/v1/models/people/decision_function",
        "/v1/models/people/curve",
        "/v1/models/people/table",
        "/v1/models/ages/predict",
        "/v1/models/ages/curve",
        "/v1/models/ages/table",
    }


def test_examples_fit_the_schemas_and_are_answered(client, document):
    posts = {path: item for path, item in document["paths"].items() if "post" in item}
    assert len(posts) > 3
    for path, item in posts.items():
        (kind, content) = next(iter(item["post"]["requestBody"]["content"].items()))
        body = content["examples"]["example"]["value"]
        jsonschema.validate(body, resolve(document, content["schema"]))
        data = body if kind == "text/csv" else json.dumps(body)
        answer = client.post(path, data=data, content_type=kind)
        assert answer.status_code == 200, answer.text
        ok = item["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json, ok)


@pytest.mark.parametrize(
    "row", [{}, {**ROW, "age": "36"}, {**ROW, "age": None}, {**ROW, "edu": "MARS"}, {**ROW, "z": 1}]
)
def test_what_the_schema_refuses_the_server_refuses(client, document, row):
    path = "/v1/models/people/predict"
    schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rows": [row]}, resolve(document, schema))
    answer = client.post(path, json={"rows": [row]})
    assert answer.status_code == 422
    jsonschema.validate(answer.json, document["components"]["schemas"]["Problem"])


def test_every_status_that_the_table_of_problems_has_is_documented(document):
    post = document["paths"]["/v1/models/people/predict"]["post"]["responses"]
    # 404, 405 and 507 are of other addresses and HTTP methods than the documented ones.
    assert {int(status) for status in post} == {200} | {
        kind.status for kind in PROBLEMS.values()
    } - {404, 405, 507}


def test_keys_are_documented_where_they_are_needed(make_app, classifier, monkeypatch):
    monkeypatch.setenv("SKCOOK_API_KEYS", "key")
    guarded = make_app(classifier).test_client()
    document = guarded.get("/openapi.json", headers={"X-API-Key": "key"}).json
    assert document["security"] == [{"key": []}, {"bearer": []}]
