"""Rows in, reasons out."""

import jsonschema
import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from skcook import artifacts
from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

URL = "/v1/models/people/explain"


@pytest.fixture(scope="module")
def explained():
    X, _ = people()
    return artifact_of(fit_people(), background=X.head(100))


@pytest.fixture
def client(make_app, explained, regressor):
    return make_app([explained, regressor]).test_client()


def test_an_explanation_names_each_feature_with_its_rule_and_weight(client, explained):
    body = client.post(URL, json={"rows": [ROW]}).json
    (found,) = body["explanations"]
    assert (body["model"], body["version"], body["warnings"]) == ("people", "1", [])
    assert {item["feature"] for item in found["features"]} == set(ROW)
    X = explained.schema.parse_rows([ROW]).frame
    assert found["target"] == explained.model.predict(X)[0]
    assert found["prediction"] == pytest.approx(explained.model.predict_proba(X).max())
    strongest = max(found["features"], key=lambda item: abs(item["weight"]))
    assert strongest["feature"] == "age", "the model looks at little else"
    assert "age" in strongest["rule"]
    assert strongest["std_error"] >= 0
    assert 0 <= found["r2"] <= 1


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ("predicted", 1),
        ("all", 2),
        (["old"], 1),
        (["young", "old"], 2),
    ],
)
def test_targets(client, targets, expected):
    body = client.post(URL, json={"rows": [ROW, ROW], "targets": targets}).json
    assert [item["row"] for item in body["explanations"]] == [0] * expected + [1] * expected
    if isinstance(targets, list):
        assert [item["target"] for item in body["explanations"]] == targets * 2


@pytest.mark.parametrize(
    "targets", ["old", ["nobody"], [], 3, None, [["old"]], ["old", "old"], {"a": 1}]
)
def test_unknown_targets(client, targets):
    answer = client.post(URL, json={"rows": [ROW], "targets": targets})
    problem = assert_problem(answer, 422, "invalid-input")["errors"][0]
    assert problem["loc"] == ["targets"]
    assert problem["allowed"] == ["predicted", "all", "old", "young"]


def test_classes_of_several_outputs_cannot_be_asked_for_by_name(make_app):
    X, y = people()
    numbers = X[["age", "gain"]]
    model = DecisionTreeClassifier(max_depth=2).fit(numbers, np.column_stack([y, y]))
    client = make_app(artifacts.wrap(model, numbers, name="two")).test_client()
    body = {"rows": [{"age": 36, "gain": 0.17}]}
    for targets in ([["old", "young"]], [["old"]], ["old"]):
        answer = client.post("/v1/models/two/explain", json={**body, "targets": targets})
        assert_problem(answer, 422, "invalid-input")
    assert client.post("/v1/models/two/explain", json=body).status_code == 200


def test_the_same_row_gets_the_same_reasons_alone_and_among_others(client):
    rows = [{**ROW, "age": age} for age in (20, 36, 80)]
    together = client.post(URL, json={"rows": rows}).json["explanations"]
    for row, among in zip(rows, together, strict=True):
        (alone,) = client.post(URL, json={"rows": [row]}).json["explanations"]
        assert [item["rule"] for item in alone["features"]] == [
            item["rule"] for item in among["features"]
        ]
        assert [item["weight"] for item in alone["features"]] == pytest.approx(
            [item["weight"] for item in among["features"]], abs=1e-9
        )


def test_bad_rows_are_refused_as_by_predict(client):
    answer = client.post(URL, json={"rows": [{**ROW, "age": "36"}]})
    assert assert_problem(answer, 422, "invalid-input")["errors"][0]["code"] == "type"


def test_a_model_without_background_does_not_explain(client):
    answer = client.post("/v1/models/ages/explain", json={"rows": [ROW]})
    assert assert_problem(answer, 404, "method-unavailable")["available"] == ["predict"]


def explanation_of(make_app, model, X, y, row):
    artifact = artifacts.wrap(model, X, y=y, name="m")
    client = make_app(artifact).test_client()
    answer = client.post("/v1/models/m/explain", json={"rows": [row]})
    assert answer.status_code == 200, answer.text
    document = client.get("/openapi.json").json["paths"]["/v1/models/m/explain"]["post"]
    told = document["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, told)
    return answer.json["explanations"][0]


def test_a_text_comes_back_in_pieces_with_their_weights(make_app):
    texts, labels = ["a fine day", "a grey day", "fine and warm", "grey, cold"], list("+-+-")
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, labels)
    text = "grey, but fine: a fine day"
    found = explanation_of(make_app, model, texts, labels, {"text": text})
    assert found["kind"] == "text"
    assert "".join(piece for piece, _ in found["text"]) == text
    weights = {item["feature"]: item["weight"] for item in found["features"]}
    marked = [(piece, weight) for piece, weight in found["text"] if weight is not None]
    assert marked == [(p, weights[p]) for p, _ in marked]
    assert [piece for piece, _ in marked].count("fine") == 2
    assert weights["fine"] * weights["grey"] < 0


@pytest.mark.parametrize("side", [8, 72], ids=["squares", "superpixels"])
def test_an_image_comes_back_with_its_superpixels(make_app, side):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (40, side, side, 3)).astype(float)
    X[::2, : side // 2] = 255.0
    y = np.array(["sky", "ground"] * 20)
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, side * side * 3)})
    model = make_pipeline(flat, LogisticRegression(C=1e-6)).fit(X, y)
    found = explanation_of(make_app, model, X, y, {"image": X[0].tolist()})
    assert (found["kind"], found["target"]) == ("image", "sky")
    segments = np.array(found["segments"])
    assert segments.shape == (side, side)
    weights = {item["value"]: item["weight"] for item in found["features"]}
    assert set(weights) == set(segments.ravel().tolist())
    assert len(weights) > 20
    if side == 8:  # where squares are blackened; else they get their average colour
        painted = np.vectorize(weights.get)(segments)
        assert painted[:4].sum() > 3 * abs(painted[4:].sum()), "the bright half speaks for the sky"
