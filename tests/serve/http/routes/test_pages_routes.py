"""The pages, as their HTML says them; a browser looks at them in test_browser.py."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from skcook.artifacts import Schema
from skcook.explain import TabularExplainer
from skcook.recommend import PopularityRecommender
from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people


class Elements(HTMLParser):
    """Collect (tag, attributes) of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, *tags):
        return [attributes for tag, attributes in self.found if tag in tags]


def test_one_model_shows_its_page_and_several_a_list(client, make_app, classifier):
    answer = make_app(classifier).test_client().get("/")
    assert (answer.status_code, answer.location) == (302, "/models/people")
    links = [a.get("href") for a in Elements(client.get("/").text).all("a")]
    assert {"/models/people", "/models/ages"} <= set(links)


def test_the_form_has_a_labelled_field_for_each_column(client):
    page = Elements(client.get("/models/people").text)
    controls = [item for item in page.all("input", "select", "textarea") if "data-kind" in item]
    assert [item["name"] for item in controls] == list(ROW)
    labels = {item.get("for") for item in page.all("label")}
    assert all(item["id"] in labels for item in controls)
    described = {name for item in controls for name in item["aria-describedby"].split()}
    assert described <= {item.get("id") for _, item in page.found}
    assert controls[0]["value"] == "36"
    assert "required" in controls[0]
    assert "required" not in controls[1]


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(client):
    for path in ("/", "/models/people", "/problems/deadline"):
        text = client.get(path).text
        page = Elements(text)
        for item in page.all("script", "link", "img"):
            assert (item.get("src") or item.get("href")).startswith("/static/")
        assert not [item for _, item in page.found if "style" in item]
        assert not [n for _, item in page.found for n in item if n.startswith("on")]
        assert "http" not in re.sub(r"xmlns\S+", "", text)


def test_names_and_values_cannot_break_out(make_app):
    evil = '"><script>alert(1)</script>'
    X = pd.DataFrame({evil: [1.0, 2.0, 3.0, 4.0], "b": [evil, "x'y", "z", "<u>"]})
    model = LogisticRegression().fit(X[[evil]], ["<i>", "b", "<i>", "b"])
    artifact = artifact_of(model)
    artifact.schema, artifact.example = Schema.capture(X), {evil: 1.0, "b": evil}
    text = make_app(artifact).test_client().get("/models/people").text
    assert "<script>alert" not in text
    assert "<i>" not in text
    assert "<u>" not in text


def test_each_kind_of_problem_has_a_page(client):
    kind = client.post("/v1/models/people/predict", json={}).json["type"]
    assert "does not fit" in client.get(kind).text
    assert_problem(client.get("/problems/none"), 404, "not-found")


@pytest.mark.parametrize("path", ["/nowhere", "/models/none", "/problems/none"])
def test_a_browser_is_shown_what_is_wrong_as_a_page(client, path):
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = client.get(path, headers=browser)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no" in answer.text
    assert ("people" in answer.text) == (path == "/models/none")
    assert_problem(client.get("/v1/models/none", headers=browser), 404, "unknown-model")


def test_pages_can_be_left_out(make_app, classifier):
    client = make_app(classifier, pages=False).test_client()
    assert_problem(client.get("/models/people"), 404, "not-found")
    assert client.get("/v1/models").status_code == 200


@pytest.mark.parametrize("name", ["skcook.css", "model.js", "favicon.svg"])
def test_files_of_the_pages_are_there(client, name):
    with client.get(f"/static/{name}") as response:
        assert response.status_code == 200


def test_a_page_of_an_unknown_model(client):
    assert_problem(client.get("/models/nobody"), 404, "unknown-model")


def test_the_page_of_a_version(make_app):
    artifacts = [artifact_of(fit_people(), version=version) for version in ("1", "2")]
    text = make_app(artifacts).test_client().get("/models/people/versions/1").text
    assert 'data-address="/v1/models/people/versions/1"' in text


def test_the_page_of_a_recommender_has_a_search_box_and_a_list(make_app):
    pairs = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"]]
    client = make_app({"drinks": PopularityRecommender().fit(pairs)}).test_client()
    page = client.get("/models/drinks").text
    assert '<input id="user" type="search" value="ann"' in page
    assert 'id="list"' in page
    assert 'id="similar"' not in page, "this model does not know what is similar"
    with client.get("/static/recommender.js") as script:
        assert script.status_code == 200


def test_the_header_and_the_card_say_what_the_model_is(make_app, classifier):
    card = {
        "title": "Old or young?",
        "target": "the age group",
        "owner": "The census",
        "limits": ["No children"],
        "metrics": {"accuracy": 0.91},
        "fields": {"age": {"title": "Age", "unit": "years", "description": "at the interview"}},
    }
    artifact = artifact_of(classifier.model)
    artifact.manifest["card"] = card
    client = make_app(artifact).test_client()
    page = client.get("/models/people").text
    assert "<h1>Old or young?</h1>" in page
    for told in ("the age group", "The census", "accuracy 0.91", "Age (years)", "at the interview"):
        assert told in page
    shown = client.get("/models/people/card").text
    assert all(told in shown for told in ("No children", "0.91", "The census", "at the interview"))


def test_the_card_says_how_far_reasons_can_be_trusted(make_app, classifier, monkeypatch):
    artifact = artifact_of(classifier.model, background=people()[0])
    shown = make_app(artifact).test_client().get("/models/people/card").text
    assert "How far its reasons can be trusted" in shown
    assert "explained of how predictions differ" in shown

    def broken(self, model, n_rows):
        raise RuntimeError("no")

    monkeypatch.setattr(TabularExplainer, "_report_for", broken)
    other = make_app(artifact).test_client().get("/models/people/card")
    assert other.status_code == 200
    assert "can be trusted" not in other.text


def test_a_model_without_a_card_says_so(client):
    assert "wrote no card" in client.get("/models/people/card").text
