"""What would have to change, over HTTP."""

import pytest

from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

URL = "/v1/models/people/what_would_change"


@pytest.fixture(scope="module")
def explained():
    return artifact_of(fit_people(), background=people()[0][:80])


@pytest.fixture
def asked(make_app, explained):
    return make_app(explained).test_client()


def test_changes_are_valid_by_the_model_itself(asked):
    predict = "/v1/models/people/predict"
    before = asked.post(predict, json={"rows": [ROW]}).json["predictions"][0]
    found = asked.post(URL, json={"rows": [ROW]}).json["changes"]
    assert found
    for one in found:
        changed = ROW | {change["feature"]: change["to"] for change in one["changes"]}
        after = asked.post(predict, json={"rows": [changed]}).json["predictions"][0]
        assert after == one["target"] != before


def test_frozen_columns_do_not_change(asked):
    found = asked.post(URL, json={"rows": [ROW], "frozen": ["age"], "target": "old"}).json
    assert "age" not in {c["feature"] for one in found["changes"] for c in one["changes"]}


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"rows": [ROW, ROW]}, ["rows"]),
        ({"rows": [ROW], "target": "ancient"}, ["target"]),
        ({"rows": [ROW], "frozen": "age"}, ["frozen"]),
        ({"rows": [ROW], "frozen": ["age", ["gain"]]}, ["frozen", 1]),
    ],
    ids=["two rows", "unknown class", "no list", "no column"],
)
def test_questions_that_do_not_fit_are_refused(asked, body, loc):
    problem = assert_problem(asked.post(URL, json=body), 422, "invalid-input")
    assert problem["errors"][0]["loc"] == loc


def test_a_number_needs_one_to_reach(make_app, regressor):
    regressor = artifact_of(
        regressor.model, name="ages", task="regressor", background=people()[0][:80]
    )
    client = make_app(regressor).test_client()
    url = "/v1/models/ages/what_would_change"
    assert_problem(client.post(url, json={"rows": [ROW]}), 422, "invalid-input")
    found = client.post(url, json={"rows": [ROW], "target": 120}).json["changes"]
    assert found[0]["prediction"] >= 120


def test_a_model_without_explanations_has_no_such_method(client):
    assert_problem(client.post(URL, json={"rows": [ROW]}), 404, "method-unavailable")
