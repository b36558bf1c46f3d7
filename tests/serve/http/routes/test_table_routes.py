"""A CSV file with its predictions, a preview, and the rows that do not fit."""

import csv
import io

import pytest

from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

URL = "/v1/models/people/table"
BAD = {**ROW, "age": "old"}


@pytest.fixture
def asked(make_app):
    return make_app(artifact_of(fit_people(), background=people()[0][:60])).test_client()


def send(client, *rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, ["id", *ROW])
    writer.writeheader()
    writer.writerows({"id": f"n{i}", **row} for i, row in enumerate(rows))
    return client.post(URL, data=text.getvalue(), content_type="text/csv")


def test_rows_that_do_not_fit_are_listed_and_left_out(asked):
    told = send(asked, ROW, BAD, {**ROW, "age": 80}).json
    assert (told["n_rows"], told["n_refused"]) == (2, 1)
    assert told["refused"][0]["row"] == 1
    assert told["refused"][0]["errors"][0]["loc"][-1] == "age"
    lines = list(csv.DictReader(io.StringIO(told["csv"])))
    assert [line["id"] for line in lines] == ["n0", "n2"]
    assert [line["predict"] for line in lines] == [x["prediction"] for x in told["preview"]]


def test_the_preview_has_probabilities_and_reasons_of_the_first_rows(asked):
    told = send(asked, *[{**ROW, "age": 20 + i} for i in range(25)]).json
    assert told["n_rows"] == 25
    assert [line["row"] for line in told["preview"]] == list(range(20))
    assert all(0.5 <= line["probability"] <= 1 for line in told["preview"])
    assert all(len(line["reasons"]) == 3 for line in told["preview"])


def test_a_file_without_a_good_row_is_refused(asked):
    assert_problem(send(asked, BAD, BAD), 422, "invalid-input")
    assert_problem(asked.post(URL, json={"rows": [ROW]}), 415, "unsupported-media-type")


def test_it_is_described(asked):
    described = asked.get("/openapi.json").json["paths"][URL]["post"]
    assert list(described["requestBody"]["content"]) == ["text/csv"]
    ok = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(ok["required"]) == set(send(asked, ROW).json)
    assert "Content-Type: text/csv" in asked.get("/docs").text
