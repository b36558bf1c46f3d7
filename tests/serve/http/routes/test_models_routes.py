"""The list of models and the card of each."""

import jsonschema

from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people


def test_the_list(client):
    assert client.get("/v1/models").json == {
        "models": [
            {
                "name": "people",
                "version": "1",
                "task": "classifier",
                "methods": ["predict", "predict_proba", "decision_function"],
                "versions": ["1"],
            },
            {
                "name": "ages",
                "version": "1",
                "task": "regressor",
                "methods": ["predict"],
                "versions": ["1"],
            },
        ]
    }


def test_a_card_has_a_schema_that_takes_its_example(client):
    card = client.get("/v1/models/people").json
    jsonschema.Draft202012Validator.check_schema(card["schema"])
    jsonschema.validate(card["example"], card["schema"])
    assert card["classes"] == ["old", "young"]
    assert card["plan"] == {"used": True, "why": None}
    answer = client.post("/v1/models/people/predict", json={"rows": [card["example"]]})
    assert answer.status_code == 200


def test_unknown_models(client):
    assert_problem(client.get("/v1/models/nobody"), 404, "unknown-model")
    assert_problem(client.get("/v1/models/people/versions/9"), 404, "unknown-model")


def test_versions_live_side_by_side(make_app):
    model = fit_people()
    artifacts = [artifact_of(model, version=version) for version in ("9", "10")]
    client = make_app(artifacts).test_client()
    assert client.get("/v1/models/people").json["versions"] == ["10", "9"]
    assert client.get("/v1/models/people").json["version"] == "10"
    url = "/v1/models/people/versions/9/predict"
    assert client.post(url, json={"rows": [ROW]}).json["version"] == "9"
