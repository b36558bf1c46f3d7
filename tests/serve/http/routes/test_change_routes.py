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


def test_ranges_and_the_number_of_answers(asked):
    body = {"rows": [ROW], "target": "old", "ranges": {"age": [60, 66]}, "k": 1.0}
    found = asked.post(URL, json=body).json["changes"]
    ages = [c["to"] for one in found for c in one["changes"] if c["feature"] == "age"]
    assert len(found) == 1
    assert ages
    assert all(60 <= age <= 66 for age in ages)


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"rows": [ROW, ROW]}, ["rows"]),
        ({"rows": [ROW], "target": "ancient"}, ["target"]),
        ({"rows": [ROW], "frozen": "age"}, ["frozen"]),
        ({"rows": [ROW], "frozen": ["age", ["gain"]]}, ["frozen", 1]),
        ({"rows": [ROW], "ranges": [18, 65]}, ["ranges"]),
        ({"rows": [ROW], "ranges": {"agee": [18, 65]}}, ["ranges", "agee"]),
        ({"rows": [ROW], "ranges": {"age": [18, "65"]}}, ["ranges", "age"]),
        ({"rows": [ROW], "k": 0}, ["k"]),
        ({"rows": [ROW], "k": True}, ["k"]),
        ({"rows": [ROW], "k": 1.5}, ["k"]),
        ({"rows": [ROW], "k": 1e308}, ["k"]),
    ],
    ids=str,
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
    found = client.post(url, json={"rows": [ROW], "target": [100, 110]}).json["changes"]
    assert found
    assert all(100 <= one["prediction"] <= 110 for one in found)
    turned = client.post(url, json={"rows": [ROW], "target": [110, 100]}).json["changes"]
    assert turned == found  # the ends may be given in either order
    for target in ([1, 1e301], [1], "120", None, [True, 3]):
        assert_problem(
            client.post(url, json={"rows": [ROW], "target": target}), 422, "invalid-input"
        )


def test_a_model_without_explanations_has_no_such_method(client):
    assert_problem(client.post(URL, json={"rows": [ROW]}), 404, "method-unavailable")
