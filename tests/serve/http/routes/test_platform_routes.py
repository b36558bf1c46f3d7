"""The addresses that platforms call give the same answers as our own."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from skcook import artifacts
from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

V2 = "/v2/models/people/infer"


@pytest.fixture(scope="module")
def rows(classifier):
    X, _ = people(30, seed=5)
    return classifier.schema.to_records(X)


@pytest.fixture
def expected(client, rows):
    return client.post("/v1/models/people/predict", json={"rows": rows}).json["predictions"]


def tensors(rows):
    return {
        "id": "7",
        "inputs": [
            {
                "name": name,
                "shape": [len(rows)],
                "datatype": "BYTES",
                "data": [r[name] for r in rows],
            }
            for name in rows[0]
        ],
    }


def test_every_way_in_gives_the_same_answers(client, rows, expected):
    frame = pd.DataFrame(rows)
    split = {"columns": list(frame), "data": [list(row.values()) for row in rows]}
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    kind = "application/vnd.apache.parquet"
    ours = "/v1/models/people/predict"
    answers = {
        "records": client.post("/invocations", json={"dataframe_records": rows}),
        "split": client.post("/invocations", json={"dataframe_split": split}),
        "instances": client.post("/invocations", json={"instances": rows}),
        "csv": client.post("/invocations", data=frame.to_csv(index=False), content_type="text/csv"),
        "our csv": client.post(ours, data=frame.to_csv(index=False), content_type="text/csv"),
        "parquet": client.post(ours, data=parquet.getvalue(), content_type=kind),
        "columns": client.post(ours, json=split),
    }
    for way, answer in answers.items():
        assert answer.status_code == 200, (way, answer.text)
        assert answer.json["predictions"] == expected, way
    answer = client.post(V2, json=tensors(rows)).json
    assert answer["outputs"][0]["data"] == expected
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("7", "people", "1")


def test_a_csv_file_comes_back_with_its_predictions(client, rows, expected):
    text = pd.DataFrame(rows).to_csv(index=False)
    headers = {"Accept": "text/csv", "Content-Type": "text/csv"}
    answer = client.post("/v1/models/people/predict", data=text, headers=headers)
    assert answer.mimetype == "text/csv"
    back = pd.read_csv(io.StringIO(answer.text))
    assert list(back) == [*ROW, "predict"]
    assert back["predict"].tolist() == expected
    assert len(back) == len(rows)
    answer = client.post("/v1/models/people/predict_proba", data=text, headers=headers)
    back = pd.read_csv(io.StringIO(answer.text))
    assert list(back)[-2:] == ["predict_proba_old", "predict_proba_young"]


def test_lines_of_json_come_back_as_lines_of_json(client, rows, expected):
    kind = "application/jsonlines"
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    answer = client.post("/invocations", data=lines, content_type=kind, headers={"Accept": kind})
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert [json.loads(line)["prediction"] for line in answer.text.splitlines()] == expected


def test_json_rows_can_come_back_as_csv(client):
    headers = {"Accept": "text/csv"}
    answer = client.post("/v1/models/people/predict", json={"rows": [ROW]}, headers=headers)
    assert answer.text.splitlines()[0] == ",".join([*ROW, "predict"])


def test_bad_cells_of_a_csv_are_named_by_row_and_column(client):
    text = "age,gain,work,edu\n36,,work_3,edu_15\nold,1,work_3,edu_15\n"
    answer = client.post("/v1/models/people/predict", data=text, content_type="text/csv")
    errors = assert_problem(answer, 422, "invalid-input")["errors"]
    assert [error["loc"] for error in errors] == [["rows", 1, "age"]]


def test_other_outputs_of_v2(client, rows):
    body = {**tensors(rows), "outputs": [{"name": "predict_proba"}]}
    output = client.post(V2, json=body).json["outputs"][0]
    assert (output["shape"], output["datatype"]) == ([30, 2], "FP64")
    body["outputs"] *= 1000
    assert client.post(V2, json=body).json["outputs"] == [output], "the model is asked once"
    body["outputs"] = [{"name": "transform"}]
    assert_problem(client.post(V2, json=body), 404, "method-unavailable")


def test_v2_describes_server_and_models(client):
    assert client.get("/v2").json["name"] == "skcook"
    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 200
    assert client.get("/v2/models/people/ready").status_code == 200
    assert client.get("/v2/models/people/versions/1/ready").status_code == 200
    found = client.get("/v2/models/people").json
    assert [item["datatype"] for item in found["inputs"]] == ["FP64", "FP64", "BYTES", "BYTES"]
    assert found["outputs"] == [
        {"name": "predict", "datatype": "BYTES", "shape": [-1]},
        {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 2]},
        {"name": "decision_function", "datatype": "FP64", "shape": [-1]},
    ]
    regression = client.get("/v2/models/ages").json["outputs"]
    assert regression == [{"name": "predict", "datatype": "FP64", "shape": [-1]}]
    assert_problem(client.get("/v2/models/nobody"), 404, "unknown-model")


NUMBERS = pd.DataFrame({"a": [0.0, 1.0, 4.0, 5.0], "b": [1.0, 0.0, 1.0, 0.0]})


@pytest.mark.parametrize(
    ("model", "method", "datatype", "shape"),
    [
        (KMeans(2, n_init=1, random_state=0), "predict", "INT64", [-1]),
        (IsolationForest(n_estimators=5, random_state=0), "predict", "INT64", [-1]),
        (DummyRegressor(), "predict", "FP64", [-1]),
        (StandardScaler(), "transform", "FP64", [-1, 2]),
        (StandardScaler().set_output(transform="pandas"), "transform", "FP64", [-1, 2]),
    ],
    ids=["clusters", "outliers", "numbers", "matrix", "frame"],
)
def test_v2_describes_the_outputs_that_it_gives(make_app, model, method, datatype, shape):
    fitted = model.fit(NUMBERS, [0.5, 1.0, 1.5, 2.0])
    client = make_app(artifacts.wrap(fitted, NUMBERS, name="m")).test_client()
    told = {item["name"]: item for item in client.get("/v2/models/m").json["outputs"]}[method]
    assert told == {"name": method, "datatype": datatype, "shape": shape}
    body = {**tensors(NUMBERS.to_dict("records")), "outputs": [{"name": method}]}
    (given,) = client.post("/v2/models/m/infer", json=body).json["outputs"]
    assert given["datatype"] == datatype
    assert given["shape"] == [4, *shape[1:]]
    assert len(given["data"]) == np.prod(given["shape"])


def test_v2_bodies_need_no_content_type(client, rows, expected):
    answer = client.post(V2, data=json.dumps(tensors(rows)))
    assert answer.json["outputs"][0]["data"] == expected
    wrong = client.post(V2, data="age\n1\n", content_type="text/csv")
    assert_problem(wrong, 415, "unsupported-media-type")


def test_v2_errors_are_told_in_the_one_member_that_its_clients_show(client, rows):
    body = tensors([{**rows[0], "age": "old"}])
    answer = assert_problem(client.post(V2, json=body), 422, "invalid-input")
    assert answer["error"].startswith(answer["detail"])
    assert answer["error"].endswith("age: type")
    elsewhere = client.post("/v1/models/people/predict", json={"rows": []})
    assert "error" not in assert_problem(elsewhere, 422, "invalid-input")


def test_sagemaker_pings(client):
    assert client.get("/ping").status_code == 200


@pytest.mark.parametrize("body", [{"instances": [{"age": 1}]}, {"inputs": {"age": ["x"]}}])
def test_errors_are_ours_everywhere(client, body):
    assert_problem(client.post("/invocations", json=body), 422, "invalid-input")


def test_vertex_chooses_its_addresses(make_app, monkeypatch):
    monkeypatch.setenv("AIP_HEALTH_ROUTE", "/v1/endpoints/1/health")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/v1/endpoints/1:predict")
    client = make_app(artifact_of(fit_people())).test_client()
    assert client.get("/v1/endpoints/1/health").status_code == 200
    answer = client.post("/v1/endpoints/1:predict", json={"instances": [ROW]})
    assert answer.json == {"predictions": ["young"]}


def test_limits_hold_here_too(make_app, classifier):
    client = make_app(classifier, max_rows=1).test_client()
    assert_problem(client.post("/invocations", json={"instances": [ROW] * 2}), 413, "too-many-rows")
    assert_problem(client.post(V2, json=tensors([ROW] * 2)), 413, "too-many-rows")
