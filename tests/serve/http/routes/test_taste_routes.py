"""What a user liked, why an item is recommended, and items by their titles."""

import pytest

from skcook import artifacts
from skcook.recommend import EASERecommender, PopularityRecommender
from tests.serve._helpers import assert_problem
from tests.serve.http.routes.test_recommend_routes import PAIRS, lightfm


@pytest.fixture(scope="module")
def fitted():
    models = {"films": lightfm(), "ease": EASERecommender(), "popular": PopularityRecommender()}
    return {name: model.fit(PAIRS) for name, model in models.items()}


@pytest.fixture
def asked(make_app, fitted):
    models = {name: artifacts.wrap(model, PAIRS, name=name) for name, model in fitted.items()}
    return make_app(models).test_client()


def ask(client, name, question, **body):
    return client.post(f"/v1/models/{name}/{question}", json=body)


def test_likes_are_those_of_the_model(asked, fitted):
    told = ask(asked, "films", "known_likes", user="bob").json["items"]
    frame = fitted["films"].known_likes("bob")
    assert [line["item"] for line in told] == frame.iloc[:, 0].tolist()
    assert all(line["title"] for line in told)


@pytest.mark.parametrize("name", ["films", "ease"])
def test_why_is_what_the_model_explains(asked, fitted, name):
    item = ask(asked, name, "recommend", users=["bob"], k=1).json["recommendations"][0]["items"][0]
    told = ask(asked, name, "why", user="bob", item=item["item"]).json
    assert told["score"] == pytest.approx(fitted[name].explain("bob", item["item"]).score)
    assert told["history"] or told["contributions"]


def test_items_are_found_by_title_in_any_case(asked, fitted):
    some = ask(asked, "films", "known_likes", user="bob").json["items"][0]
    found = asked.get(
        "/v1/models/films/search/items", query_string={"q": some["title"][1:].upper()}
    )
    assert some["title"] in [line["title"] for line in found.json["items"]]
    assert asked.get("/v1/models/films/search/items?q=%00%00none").json["items"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"user": ["bob"], "item": 1}, "type"),
        ({"user": "bob"}, "missing_member"),
        ({"user": "bob", "item": 1, "k": 2}, "unknown_member"),
    ],
    ids=["list", "missing", "more"],
)
def test_questions_that_do_not_fit_are_refused(asked, body, code):
    answer = ask(asked, "films", "why", **body)
    problem = assert_problem(answer, 422, "invalid-input")
    assert code in {error["code"] for error in problem["errors"]}


def test_ids_that_the_model_does_not_know_are_not_found(asked):
    answer = ask(asked, "films", "why", user="none", item=1)
    problem = assert_problem(answer, 404, "unknown-id")
    assert problem["errors"] == [{"loc": ["user"], "code": "unknown_id"}]


def test_what_a_model_cannot_say_is_refused(asked, client):
    assert_problem(ask(asked, "popular", "why", user="bob", item=1), 404, "method-unavailable")
    assert_problem(ask(client, "people", "known_likes", user="bob"), 404, "method-unavailable")
    assert_problem(asked.get("/v1/models/films/search/items"), 422, "invalid-input")


def test_the_index_counts_users_and_items_and_columns_rightly(asked, make_app, classifier):
    assert "columns" not in asked.get("/").text
    assert f"{PAIRS.iloc[:, 0].nunique()} users" in asked.get("/").text
