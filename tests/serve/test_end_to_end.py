"""The whole trip over a real socket: a real row in, its prediction and the reasons out."""

import json
import re

from skcook.datasets import load_penguins


def penguin():
    """Return a Gentoo of the data set, its missing values as null."""
    X, y = load_penguins(return_X_y=True)
    row = X[y == "Gentoo"].iloc[0]
    return {name: None if value != value else value for name, value in row.items()}


def test_a_row_is_predicted_and_explained(demo_server):
    body = json.dumps({"rows": [penguin()]}).encode()
    status, answer = demo_server.post("/v1/models/penguins/predict", body)
    assert (status, answer["predictions"]) == (200, ["Gentoo"])
    status, answer = demo_server.post("/v1/models/penguins/explain", body)
    (found,) = answer["explanations"]
    assert (status, found["target"]) == (200, "Gentoo")
    assert {item["feature"] for item in found["features"]} <= set(penguin())
    assert any(item["weight"] > 0.05 for item in found["features"])


def test_a_missing_value_is_taken_and_a_missing_column_is_not(demo_server):
    row = penguin()
    body = json.dumps({"rows": [{**row, "sex": None}]}).encode()
    assert demo_server.post("/v1/models/penguins/predict", body)[0] == 200
    del row["sex"]
    status, answer = demo_server.post(
        "/v1/models/penguins/predict", json.dumps({"rows": [row]}).encode()
    )
    assert status == 422
    assert [error["loc"] for error in answer["errors"]] == [["rows", 0, "sex"]]
    assert answer["errors"][0]["code"] == "missing_column"


def test_the_page_and_all_that_it_loads_are_there(demo_server):
    status, headers, page = demo_server.request("GET", "/models/penguins")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"bill_length_mm" in page
    waiting = re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)
    loaded = set()
    while waiting:
        path = waiting.pop()
        if path in loaded:
            continue
        loaded.add(path)
        status, _, content = demo_server.request("GET", path.decode())
        assert status == 200, path
        if path.endswith(b".js"):  # a module names those that it imports
            names = re.findall(rb'from "\./([^"]+)"', content)
            waiting += [b"/static/" + name for name in names]
    assert len(loaded) >= 5
