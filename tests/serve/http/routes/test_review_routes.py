"""People judge reasons over HTTP, and the log is what `Corrections` reads."""

import json

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.review import Corrections, row_keys
from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

ROWS = "/v1/models/people/review/rows"
FEEDBACK = "/v1/models/people/feedback"


@pytest.fixture(scope="module")
def explained():
    return artifact_of(fit_people(), background=people()[0][:40])


@pytest.fixture
def log(tmp_path):
    return tmp_path / "verdicts.jsonl"


@pytest.fixture
def reviewed(make_app, explained, log):
    return make_app(explained, review=log).test_client()


def text_artifact():
    texts = ["write to ana@example.org now", "a dull film", "mail ben@example.org", "a warm film"]
    labels = ["ad", "film"] * 2
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts * 5, labels * 5)
    return artifacts.wrap(model, X_example=texts * 5, name="texts")


def send(client, *items):
    return client.post(FEEDBACK, json={"items": list(items)})


def test_rows_come_with_reasons_and_their_names(reviewed):
    found = reviewed.get(f"{ROWS}?n=3").json
    assert found["who"] == "anonymous"
    assert len(found["rows"]) == 3
    background = people()[0][:40]
    for row in found["rows"]:
        assert set(row["row"]) == set(ROW)
        assert row["row_id"] in row_keys(background)
        shown = row["explanation"]
        total = shown["intercept"] + sum(f["weight"] for f in shown["features"])
        assert total + shown["others"] + shown["rest"] == pytest.approx(shown["prediction"])


def test_a_verdict_is_kept_and_becomes_a_correction(reviewed, log):
    row = reviewed.get(f"{ROWS}?n=1").json["rows"][0]
    item = {"row_id": row["row_id"], "feature": "age", "verdict": "wrong", "why": "known later"}
    answer = send(reviewed, item)
    assert answer.status_code == 201
    assert len(answer.json["ids"]) == 1
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["row"] == row["row_id"]
    assert (line["who"], line["model"], line["version"]) == ("anonymous", "people", "1")
    assert line["rule"]
    assert "value" not in line
    (correction,) = Corrections.from_feedback(log)
    assert (correction.kind, correction.feature, correction.why) == ("drop", "age", "known later")


def test_judged_reasons_are_not_asked_again(reviewed):
    send(reviewed, {"feature": "age", "verdict": "right"})
    rows = reviewed.get(f"{ROWS}?n=20").json["rows"]
    assert rows
    assert "age" not in {f["feature"] for r in rows for f in r["explanation"]["features"]}


def test_a_verdict_is_taken_back_by_its_own_person(make_app, explained, log, monkeypatch):
    monkeypatch.setenv("SKCOOK_API_KEYS", "ana:one,ben:two")
    client = make_app(explained, review=log).test_client()
    ana, ben = {"X-API-Key": "one"}, {"X-API-Key": "two"}
    body = {"items": [{"feature": "age", "verdict": "wrong"}]}
    (made,) = client.post(FEEDBACK, json=body, headers=ana).json["ids"]
    assert_problem(client.delete(f"{FEEDBACK}/{made}", headers=ben), 404, "not-found")
    assert client.get(FEEDBACK, headers=ben).json["counts"][0]["wrong"] == 1
    assert client.delete(f"{FEEDBACK}/{made}", headers=ana).json == {"undone": made}
    assert client.get(FEEDBACK, headers=ben).json["counts"] == []
    assert [json.loads(line)["who"] for line in log.read_text().splitlines()] == ["ana", "ana"]
    assert client.get(FEEDBACK).status_code == 401


def test_wrong_way_says_which_way_the_model_goes(reviewed, log):
    assert send(reviewed, {"feature": "age", "verdict": "wrong way"}).status_code == 201
    (correction,) = Corrections.from_feedback(log)
    assert correction.kind == "direction"
    # Of two classes the second is "young", which age speaks against.
    assert correction.detail == {"sign": "up", "target": "young"}


def test_values_are_kept_only_if_asked_for(make_app, explained, log):
    client = make_app(explained, review=log, review_rows=True).test_client()
    row = client.get(f"{ROWS}?n=1").json["rows"][0]
    send(client, {"row_id": row["row_id"], "feature": "age", "verdict": "wrong"})
    assert json.loads(log.read_text())["value"] == row["row"]["age"]


@pytest.mark.parametrize(
    ("item", "loc"),
    [
        ({"feature": "agee", "verdict": "wrong"}, ["items", 0, "feature"]),
        ({"feature": ["age"], "verdict": "wrong"}, ["items", 0, "feature"]),
        ({"feature": "age", "verdict": "wrong", "who": "ben"}, ["items", 0, "who"]),
        ({"feature": "age", "verdict": "wrong", "kind": "word"}, ["items", 0, "kind"]),
        ({"feature": "age", "verdict": "wrong", "kind": ["drop"]}, ["items", 0, "kind"]),
        ({"feature": "work", "verdict": "wrong way"}, ["items", 0, "verdict"]),
        ({"row_id": "x", "verdict": "label", "label": "ancient"}, ["items", 0, "label"]),
        ("age", ["items", 0]),
    ],
    ids=["unknown", "list", "who", "kind", "kinds", "no way", "label", "text"],
)
def test_verdicts_that_do_not_fit_are_refused_and_not_kept(reviewed, log, item, loc):
    problem = assert_problem(send(reviewed, item), 422, "invalid-input")
    assert problem["errors"][0]["loc"] == loc
    assert not log.exists()


@pytest.mark.parametrize(
    "item",
    [
        {"feature": "age", "verdict": "maybe"},
        {"feature": "age", "verdict": "wrong", "why": "w" * 2001},
        {"verdict": "label", "label": "old"},
        {"feature": "age", "verdict": "undo"},
    ],
    ids=["verdict", "long", "no row", "undo"],
)
def test_what_no_verdict_is_is_said_in_words(reviewed, log, item):
    problem = assert_problem(send(reviewed, item), 422, "invalid-input")
    assert problem["detail"]
    assert not log.exists()


def test_too_many_items_are_refused(reviewed):
    items = [{"feature": "age", "verdict": "right"}] * 101
    assert_problem(send(reviewed, *items), 422, "invalid-input")


def test_a_log_that_cannot_be_written_is_told_without_its_folder(make_app, explained, tmp_path):
    client = make_app(explained, review=tmp_path / "none" / "log.jsonl").test_client()
    answer = send(client, {"feature": "age", "verdict": "wrong"})
    problem = assert_problem(answer, 507, "not-kept")
    assert "log.jsonl: its folder does not exist" in problem["detail"]
    assert str(tmp_path) not in answer.text


def test_reviews_are_off_without_a_file_and_without_reasons(client, make_app, classifier, log):
    assert_problem(client.get(ROWS), 404, "not-found")
    assert_problem(send(client, {"feature": "age", "verdict": "right"}), 404, "not-found")
    assert client.get("/models/people/review").status_code == 404
    without = make_app(classifier, review=log).test_client()
    assert_problem(without.get(ROWS), 404, "not-found")
    assert "/models/people/review" not in without.get("/models/people").text


def test_the_page_and_the_api_know_the_review(reviewed):
    assert "/models/people/review" in reviewed.get("/models/people").text
    assert reviewed.get("/models/people/review").status_code == 200
    paths = reviewed.get("/openapi.json").json["paths"]
    assert {ROWS, FEEDBACK} <= set(paths)


def test_words_and_groups_of_texts_are_struck(make_app, log):
    client = make_app(text_artifact(), review=log).test_client()
    url = "/v1/models/texts"
    found = client.get(f"{url}/review/rows?n=2").json
    assert "emails" in found["groups"]
    word = found["rows"][0]["explanation"]["features"][0]["feature"]
    items = [
        {"row_id": found["rows"][0]["row_id"], "feature": word, "verdict": "wrong"},
        {"kind": "pattern", "feature": "emails", "verdict": "wrong"},
    ]
    assert client.post(f"{url}/feedback", json={"items": items}).status_code == 201
    kinds = {(c.kind, c.feature) for c in Corrections.from_feedback(log)}
    assert kinds == {("word", word), ("pattern", "emails")}
    bad = {"items": [{"kind": "pattern", "feature": "(a+)+$", "verdict": "wrong"}]}
    assert_problem(client.post(f"{url}/feedback", json=bad), 422, "invalid-input")


@pytest.mark.parametrize("n", ["0", "51", "-1", "two", "1" * 5000])
def test_a_number_of_rows_that_there_cannot_be_is_refused(reviewed, n):
    problem = assert_problem(reviewed.get(f"{ROWS}?n={n}"), 422, "invalid-input")
    assert problem["errors"][0]["loc"] == ["n"]
