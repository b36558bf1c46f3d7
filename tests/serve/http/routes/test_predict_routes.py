"""Rows in, results out; and what each kind of bad row gets."""

import json
import re

import numpy as np
import pytest

from tests.serve._helpers import ROW, assert_problem, people

URL = "/v1/models/people/predict"


def without(key):
    return {name: value for name, value in ROW.items() if name != key}


# The change to a good row, the status, and what the body says of it.
MATRIX = {
    "missing_column": (without("age"), 422, "age", {"code": "missing_column"}),
    "extra_column": ({**ROW, "zzz": 1}, 422, "zzz", {"code": "unknown_column"}),
    "null_never_null": ({**ROW, "age": None}, 422, "age", {"code": "null"}),
    "text_in_number": (
        {**ROW, "age": "abc"},
        422,
        "age",
        {"code": "type", "expected": "number", "got": "string"},
    ),
    "unknown_category": ({**ROW, "work": "MARS"}, 200, "work", {"code": "category"}),
    "number_in_category": (
        {**ROW, "work": 7},
        422,
        "work",
        {"code": "type", "expected": "string"},
    ),
    "true_in_number": (
        {**ROW, "age": True},
        422,
        "age",
        {"code": "type", "expected": "number", "got": "boolean"},
    ),
    "numeric_string": ({**ROW, "age": "36"}, 422, "age", {"code": "type", "got": "string"}),
    "null_with_imputer": ({**ROW, "gain": None}, 200, None, {}),
    "refused_category": ({**ROW, "edu": "MARS"}, 422, "edu", {"code": "category"}),
    "list_in_number": ({**ROW, "age": [1]}, 422, "age", {"code": "type", "got": "array"}),
    "object_in_number": ({**ROW, "age": {"a": 1}}, 422, "age", {"code": "type", "got": "object"}),
    "out_of_range": ({**ROW, "age": 1000}, 200, "age", {"code": "range"}),
}


@pytest.mark.parametrize("form", ["rows", "columns"])
@pytest.mark.parametrize("case", MATRIX)
def test_bad_inputs(client, case, form):
    row, status, column, expected = MATRIX[case]
    body = {"rows": [row]}
    if form == "columns":
        body = {"columns": list(row), "data": [list(row.values())]}
    response = client.post(URL, json=body)
    if status == 200:
        found = response.json["warnings"]
        assert response.status_code == 200
        assert len(response.json["predictions"]) == 1
    else:
        found = assert_problem(response, status, "invalid-input")["errors"]
    if column is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0]["loc"][-1] == column
        assert {**found[0], **expected} == found[0]


BODIES = {
    "not_json": (b"{bad", 400, "invalid-body"),
    "nan": (json.dumps({"rows": [{**ROW, "age": float("nan")}]}).encode(), 400, "invalid-body"),
    "infinity": (b'{"rows": [{"age": -Infinity}]}', 400, "invalid-body"),
    "too_big_a_number": (
        json.dumps({"rows": [ROW]}).replace("36", "1e400").encode(),
        422,
        "invalid-input",
    ),
    "no_rows": (b'{"rows": []}', 422, "invalid-input"),
    "row_is_no_object": (b'{"rows": [1, null, "a"]}', 422, "invalid-input"),
    "columns_of_numbers": (b'{"columns": [1], "data": [[1]]}', 422, "invalid-input"),
    "ragged": (b'{"columns": ["age", "gain"], "data": [[1]]}', 422, "invalid-input"),
    "rows_of_data_are_no_lists": (b'{"columns": ["age"], "data": [1]}', 422, "invalid-input"),
}


@pytest.mark.parametrize("case", BODIES)
def test_bad_bodies(client, case):
    raw, status, kind = BODIES[case]
    response = client.post(URL, data=raw, content_type="application/json")
    assert_problem(response, status, kind)


def test_every_wrong_field_of_every_row_is_named(client):
    rows = [{**ROW, "age": "x"}, ROW, {**without("edu"), "work": 3}]
    body = assert_problem(client.post(URL, json={"rows": rows}), 422, "invalid-input")
    assert {tuple(error["loc"]) for error in body["errors"]} == {
        ("rows", 0, "age"),
        ("rows", 2, "work"),
        ("rows", 2, "edu"),
    }


def test_the_order_of_the_columns_is_free(client):
    turned = dict(reversed(ROW.items()))
    data = {"columns": list(turned), "data": [list(turned.values())]}
    probability = "/v1/models/people/predict_proba"
    answers = [client.post(probability, json=b).json for b in ({"rows": [ROW]}, data)]
    answers.append(client.post(probability, json={"rows": [turned]}).json)
    assert answers[0] == answers[1] == answers[2]


def test_answers_are_those_of_the_model(client, classifier, regressor):
    X, _ = people(50, seed=1)
    rows = classifier.schema.to_records(X)
    got = client.post(URL, json={"rows": rows}).json
    assert got["predictions"] == classifier.model.predict(X).tolist()
    assert (got["model"], got["version"]) == ("people", "1")
    got = client.post("/v1/models/people/predict_proba", json={"rows": rows}).json
    assert got["classes"] == ["old", "young"]
    # The plan adds the products in another order than a sparse matrix does.
    np.testing.assert_allclose(
        got["probabilities"], classifier.model.predict_proba(X), rtol=1e-12, atol=1e-12
    )
    got = client.post("/v1/models/ages/predict", json={"rows": rows}).json
    assert got["predictions"] == pytest.approx(regressor.model.predict(X).tolist(), rel=1e-12)


def test_a_method_that_the_model_lacks(client):
    body = assert_problem(
        client.post("/v1/models/ages/predict_proba", json={"rows": [ROW]}),
        404,
        "method-unavailable",
    )
    assert body["code"] == "method_unavailable"
    assert body["available"] == ["predict"]


def test_an_unknown_model_or_version(client):
    body = assert_problem(client.post("/v1/models/x/predict", json={}), 404, "unknown-model")
    assert body["available"] == ["people", "ages"]
    url = "/v1/models/people/versions/7/predict"
    assert assert_problem(client.post(url, json={}), 404, "unknown-model")["available"] == ["1"]
    assert (
        client.post("/v1/models/people/versions/1/predict", json={"rows": [ROW]}).json["version"]
        == "1"
    )


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_http_methods(client, method):
    response = getattr(client, method)(URL)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "OPTIONS, POST"


def test_limits(make_app, classifier):
    client = make_app(classifier, max_rows=2, max_bytes=2000).test_client()
    body = assert_problem(client.post(URL, json={"rows": [ROW] * 3}), 413, "too-many-rows")
    assert body["max_rows"] == 2
    assert_problem(
        client.post(URL, data=b" " * 2001, content_type="application/json"), 413, "too-large"
    )
    assert client.post(URL, json={"rows": [ROW] * 2}).status_code == 200


def test_batching_changes_nothing(make_app, classifier, client):
    alone = make_app(classifier, batching=False).test_client()
    X, _ = people(20, seed=2)
    body = {"rows": classifier.schema.to_records(X)}
    url = "/v1/models/people/predict_proba"
    assert alone.post(url, json=body).json == client.post(url, json=body).json


def post_csv(client, text, accept="text/csv"):
    return client.post(
        "/v1/models/people/predict",
        data=text if isinstance(text, bytes) else text.encode(),
        headers={"Content-Type": "text/csv", "Accept": accept},
    )


def test_the_other_columns_of_a_file_come_back_beside_the_predictions(client):
    table = "id,age,note,gain,work,edu\n007,36,=1+1,0.17,work_3,edu_15\n"
    answer = post_csv(client, table)
    header, line = answer.text.splitlines()
    assert header == "id,note,age,gain,work,edu,predict"
    assert line.startswith("007,'=1+1,36,0.17,work_3,edu_15,")
    refused = post_csv(client, table, accept="application/json")
    assert {p["code"] for p in refused.json["errors"]} == {"unknown_column"}


def test_other_columns_of_one_name_all_come_back(client):
    answer = post_csv(client, "id,id,age,gain,work,edu\n1,2,36,0.17,work_3,edu_15\n")
    header, line = answer.text.splitlines()
    assert header == "id,id,age,gain,work,edu,predict"
    assert line.startswith("1,2,36,")


@pytest.mark.parametrize("data", [[1], [[1, 2]], [{"age": 1}], [None]], ids=repr)
def test_rows_that_are_no_lists_are_refused_where_a_table_is_wanted_back(client, data):
    body = {"columns": [*ROW, "id"], "data": data}
    answer = client.post("/v1/models/people/predict", json=body, headers={"Accept": "text/csv"})
    assert_problem(answer, 422, "invalid-input")


def test_a_file_of_a_spreadsheet_is_read_and_the_answer_says_how(client):
    table = "age;gain;work;edu\n36;0,17;work_3;edu_15\n40;1,5;work_1;edu_2\n".encode("cp1252")
    answer = post_csv(client, table, accept="application/json")
    assert answer.status_code == 200, answer.text
    assert {w["code"] for w in answer.json["warnings"]} == {"dialect"}
    assert "';' between cells" in answer.json["warnings"][0]["expected"]
    assert "';' between cells" in post_csv(client, table).headers["X-Skcook-Note"]
    plain = "age,gain,work,edu\n36,0.17,work_3,edu_15\n40,1.5,work_1,edu_2\n"
    same = post_csv(client, plain, accept="application/json").json
    assert same["predictions"] == answer.json["predictions"]
    assert same["warnings"] == []


def test_a_proxys_prefix_is_in_every_address(make_app, classifier):
    client = make_app(classifier, root_path="/penguins").test_client()
    # The proxy may take the prefix off, or leave it.
    for prefix in ("", "/penguins"):
        answer = client.post(f"{prefix}/v1/models/people/predict", json={"rows": [ROW]})
        assert answer.status_code == 200
        page = client.get(f"{prefix}/models/people").text
        assert 'data-address="/penguins/v1/models/people"' in page
        addresses = re.findall(r'(?:href|src)="(/[^"]*)"', page)
        assert addresses
        assert all(address.startswith("/penguins/") for address in addresses)
        assert client.get(f"{prefix}/").headers["Location"] == "/penguins/models/people"
    assert client.get("/openapi.json").json["servers"] == [{"url": "/penguins"}]
    with pytest.raises(ValueError, match="root_path must be like"):
        make_app(classifier, root_path="penguins/")
