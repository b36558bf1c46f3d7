"""Ids in, a list of items for each out."""

import json
from uuid import UUID

import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.recommend import (
    EASERecommender,
    LightFMRecommender,
    PopularityRecommender,
    SideTable,
)
from tests.serve._helpers import assert_problem

PAIRS = pd.DataFrame(
    [("ann", 1), ("ann", 2), ("bob", 1), ("bob", 3), ("cat", 2), ("cat", 3), ("dan", 4)],
    columns=["user", "item"],
)
FILMS = pd.DataFrame(
    {"id": [1, 2, 3, 4, 5], "title": ["Up", "Jaws", "Heat", "Her", "Elf"], "genre": list("aabba")}
)
PEOPLE = pd.DataFrame(
    {"user": ["ann", "bob", "cat", "dan"], "age": [20, 30, 40, 50], "town": list("xxyy")}
)


def lightfm(**settings):
    table = SideTable(FILMS, id="id", columns=["genre"], title="title")
    settings = {"n_components": 4, "epochs": 3, "item_features": table, **settings}
    return LightFMRecommender(random_state=0, **settings)


MODELS = {
    "popular": PopularityRecommender(),
    "strict": PopularityRecommender(handle_unknown="error"),
    "lightfm": lightfm(user_features=SideTable(PEOPLE, id="user", n_bins=2)),
    "ease": EASERecommender(1.0),
    "piped": make_pipeline("passthrough", PopularityRecommender()),
}


@pytest.fixture(scope="module")
def fitted():
    return {name: model.fit(PAIRS) for name, model in MODELS.items()}


@pytest.fixture(scope="module")
def paths(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recommenders")
    return {
        name: artifacts.save(model, folder / f"{name}.skcook", PAIRS)
        for name, model in fitted.items()
    }


@pytest.fixture
def client(make_app, paths, classifier):
    """Return a client of a server that read its models from files."""
    return make_app({**paths, "people": classifier}).test_client()


def url(name, method="recommend"):
    return f"/v1/models/{name}/{method}"


@pytest.mark.parametrize("name", ["popular", "strict", "lightfm"])
@pytest.mark.parametrize("exclude_seen", [True, False])
def test_the_answer_is_what_the_model_says(client, fitted, name, exclude_seen):
    users = ["bob", "ann", "bob"]
    body = {"users": users, "k": 2, "exclude_seen": exclude_seen}
    answer = client.post(url(name), json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json["model"], answer.json["warnings"]) == (name, [])
    assert [found["user"] for found in answer.json["recommendations"]] == users
    for found in answer.json["recommendations"]:
        frame = fitted[name].recommend(found["user"], k=2, exclude_seen=exclude_seen)
        assert [item["item"] for item in found["items"]] == frame["item"].tolist()
        assert [item["score"] for item in found["items"]] == pytest.approx(
            frame["score"].tolist(), rel=1e-5
        )


def test_the_recommender_inside_a_pipeline_is_found(client):
    card = client.get("/v1/models/piped").json
    assert card["task"] == "recommender"
    assert "recommend" in card["methods"]
    body = {"users": ["dan"], "k": 1}
    piped, popular = (client.post(url(name), json=body).json for name in ("piped", "popular"))
    assert piped["recommendations"] == popular["recommendations"]


def test_similar_items_have_titles_and_new_items_with_features_are_known(client, fitted):
    answer = client.post(url("lightfm", "similar"), json={"items": [1, 5], "k": 2})
    assert answer.status_code == 200, answer.text
    for found in answer.json["similar"]:
        frame = fitted["lightfm"].similar_items(found["item"], k=2)
        assert [item["item"] for item in found["items"]] == frame["similar_item"].tolist()
        titles = FILMS.set_index("id")["title"]
        assert all(item["title"] == titles[item["item"]] for item in found["items"])


def test_without_k_a_small_catalogue_is_no_mistake(client):
    answer = client.post(url("popular"), json={"users": ["ann"]})
    assert len(answer.json["recommendations"][0]["items"]) == 2


def test_unknown_users_are_treated_as_the_model_says(client):
    body = {"users": ["ann", "nobody"], "k": 1}
    warning = {"loc": ["users", 1], "code": "unknown_id"}
    for name in ("popular", "lightfm"):
        answer = client.post(url(name), json=body).json
        assert answer["warnings"] == [warning]
        assert len(answer["recommendations"][1]["items"]) == 1
    refused = client.post(url("strict"), json=body)
    assert assert_problem(refused, 422, "invalid-input")["errors"] == [warning]
    assert "nobody" not in refused.text, "no answer repeats a value"


def test_nothing_is_similar_to_an_unknown_item(client):
    answer = client.post(url("lightfm", "similar"), json={"items": [1, 77], "k": 1})
    errors = assert_problem(answer, 422, "invalid-input")["errors"]
    assert errors == [{"loc": ["items", 1], "code": "unknown_id"}]


@pytest.mark.parametrize(
    ("body", "loc", "code"),
    [
        ([], [], "type"),
        ({}, ["users"], "missing_member"),
        ({"users": []}, ["users"], "empty"),
        ({"users": "ann"}, ["users"], "type"),
        ({"users": [["ann"]]}, ["users", 0], "type"),
        ({"users": [None]}, ["users", 0], "type"),
        ({"users": [3]}, ["users", 0], "type"),
        ({"users": ["ann"], "k": 0}, ["k"], "range"),
        ({"users": ["ann"], "k": 5}, ["k"], "range"),
        ({"users": ["ann"], "k": "2"}, ["k"], "range"),
        ({"users": ["ann"], "k": True}, ["k"], "range"),
        ({"users": ["ann"], "k": None}, ["k"], "range"),
        ({"users": ["ann"], "k": 1e300}, ["k"], "range"),
        ({"users": ["ann"], "exclude_seen": 1}, ["exclude_seen"], "type"),
        ({"users": ["ann"], "rows": []}, ["rows"], "unknown_member"),
    ],
)
def test_bad_questions(client, body, loc, code):
    answer = client.post(url("popular"), json=body)
    (error,) = assert_problem(answer, 422, "invalid-input")["errors"]
    assert (error["loc"], error["code"]) == (loc, code)


@pytest.mark.parametrize(
    "item", [True, "1", 1.5, None, {}, pytest.param("1e400", id="infinite"), 10**30]
)
def test_bad_and_odd_ids_of_numbers(client, item):
    text = "1e400" if item == "1e400" else json.dumps(item)
    answer = client.post(
        url("lightfm", "similar"), data=f'{{"items": [{text}]}}', content_type="application/json"
    )
    assert assert_problem(answer, 422, "invalid-input")["errors"][0]["loc"] == ["items", 0]


def test_too_many(make_app, fitted):
    client = make_app({"m": fitted["popular"]}, max_rows=2).test_client()
    answer = client.post(url("m"), json={"users": ["ann"] * 3})
    assert_problem(answer, 413, "too-many-rows")


def test_other_models_have_no_such_methods(client):
    for method, body in [("recommend", {"users": [1]}), ("similar", {"items": [1]})]:
        answer = client.post(url("people", method), json=body)
        problem = assert_problem(answer, 404, "method-unavailable")
        assert problem["code"] == "method_unavailable"
        assert "predict" in problem["available"]
    assert_problem(client.post(url("popular", "similar"), json={}), 404, "method-unavailable")


def test_the_description_has_them_where_the_model_does(client):
    paths = client.get("/openapi.json").json["paths"]
    found = {path for path in paths if path.endswith(("/recommend", "/similar"))}
    expected = {url(name) for name in MODELS} | {url(n, "similar") for n in ("lightfm", "ease")}
    assert found == expected
    for path in found:
        content = paths[path]["post"]["requestBody"]["content"]["application/json"]
        example = content["examples"]["example"]["value"]
        assert client.post(path, json=example).status_code == 200


def test_without_batching_the_answer_is_the_same(make_app, fitted):
    body = {"users": ["ann"], "k": 2}
    on, off = (
        make_app({"m": fitted["popular"]}, batching=batching).test_client()
        for batching in (True, False)
    )
    assert on.post(url("m"), json=body).json == off.post(url("m"), json=body).json


def test_lists_are_no_tensors(client):
    tensors = {output["name"] for output in client.get("/v2/models/popular").json["outputs"]}
    assert tensors == {"predict"}
    body = {
        "inputs": [
            {"name": "user", "datatype": "BYTES", "shape": [1], "data": ["ann"]},
            {"name": "item", "datatype": "INT64", "shape": [1], "data": [1]},
        ],
        "outputs": [{"name": "recommend"}],
    }
    answer = client.post("/v2/models/popular/infer", json=body)
    assert_problem(answer, 404, "method-unavailable")


def asked(client, name, body, method="recommend"):
    """Return the items that are answered."""
    answer = client.post(url(name, method), json=body)
    assert answer.status_code == 200, answer.text
    first = answer.json[{"recommend": "recommendations", "similar": "similar"}[method]][0]
    return [item["item"] for item in first["items"]], answer.json["warnings"]


def test_a_history_answers_for_the_user_of_today(client, fitted):
    history = [{"user": "visitor", "items": [1, 77]}]
    items, warnings = asked(client, "ease", {"history": history, "k": 2})
    wanted = fitted["ease"].recommend(history={"visitor": [1]}, k=2)
    assert items == wanted["item"].tolist()
    assert warnings == [{"loc": ["history", 0, "items", 1], "code": "unknown_id"}]
    both = {"users": ["ann", "visitor"], "history": history, "k": 2}
    answer = client.post(url("ease"), json=both).json
    assert [found["user"] for found in answer["recommendations"]] == ["ann", "visitor"]
    assert [item["item"] for item in answer["recommendations"][1]["items"]] == items


@pytest.mark.parametrize(
    ("more", "loc", "code"),
    [
        ({"history": [{"user": "bob", "items": [1]}]}, ["history", 0, "user"], "not_asked"),
        ({"history": []}, ["history"], "empty"),
        ({"user_features": []}, ["user_features"], "empty"),
        ({"categories": "genre"}, ["max_per_category"], "missing_member"),
        (
            {"user_features": [{"user": "new", "age": 10**400}]},
            ["user_features", 0, "age"],
            "type",
        ),
    ],
)
def test_what_of_today_does_not_fit_is_refused(client, more, loc, code):
    answer = client.post(url("lightfm"), json={"users": ["ann"], "k": 2, **more})
    found = assert_problem(answer, 422, "invalid-input")["errors"]
    assert [(one["loc"], one["code"]) for one in found] == [(loc, code)]


def test_features_of_today_tell_of_new_users_and_items(client, fitted):
    people = [{"user": "new", "age": 45, "town": "y"}]
    films = [{"id": 9, "genre": "b", "title": "Alien"}]
    body = {"users": ["new"], "k": 2, "user_features": people}
    items, warnings = asked(client, "lightfm", body)
    today = SideTable(pd.DataFrame(people), id="user")
    wanted = fitted["lightfm"].recommend("new", k=2, user_features=today)
    assert (items, warnings) == (wanted["item"].tolist(), [])
    people[0]["age"] = 10**30  # an integer that numpy has not
    assert asked(client, "lightfm", body)[0]
    body = {"users": ["ann"], "k": 1, "candidates": [9], "item_features": films}
    assert asked(client, "lightfm", body) == ([9], [])


def test_what_is_ranked_can_be_chosen_left_out_and_limited(client, fitted):
    seen = {"users": ["ann"], "exclude_seen": False, "k": 3}
    assert set(asked(client, "ease", {**seen, "candidates": [4, 2]})[0]) == {2, 4}
    assert 1 not in asked(client, "ease", {**seen, "filter": [1, 77]})[0]
    assert asked(client, "ease", {"items": [1], "k": 1, "filter": [2]}, "similar")[0] == [3]
    limited = {**seen, "max_per_category": 1, "categories": "genre"}
    items, _ = asked(client, "lightfm", limited)
    assert sorted(FILMS.set_index("id")["genre"][items]) == ["a", "b"]


def test_the_description_has_what_the_model_takes_and_no_more(client):
    paths = client.get("/openapi.json").json["paths"]

    def properties(name):
        body = paths[url(name)]["post"]["requestBody"]["content"]["application/json"]
        return body["schema"]["properties"]

    common = {"users", "k", "exclude_seen", "candidates", "filter"}
    assert set(properties("popular")) == common
    assert set(properties("ease")) == common | {"history"}
    told = {"history", "user_features", "item_features", "max_per_category", "categories"}
    assert set(properties("lightfm")) == common | told
    features = properties("lightfm")["user_features"]["items"]
    assert list(features["properties"]) == ["user", "age", "town"]
    assert properties("lightfm")["categories"] == {"enum": ["genre"]}


def test_uuids_come_and_go_as_texts(make_app, tmp_path):
    ids = [UUID(int=i + 1) for i in range(6)]
    X = pd.DataFrame([(u, i) for n, u in enumerate(ids[:3]) for i in ids[3 : 5 + n % 2]])
    X.columns = ["user", "item"]
    path = artifacts.save(PopularityRecommender().fit(X), tmp_path / "uuids.skcook", X)
    client = make_app(path).test_client()
    items, warnings = asked(client, "uuids", {"users": [str(ids[0]), "no UUID"], "k": 1})
    assert items == [str(ids[5])]
    assert warnings == [{"loc": ["users", 1], "code": "unknown_id"}]
