"""How a prediction goes with one column, over HTTP."""

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skcook import artifacts
from skcook.models import tabular_pipeline
from skcook.preprocessing import DateFeatures
from tests.serve._helpers import ROW, artifact_of, assert_problem, fit_people, people

URL = "/v1/models/people/curve"


@pytest.fixture(scope="module")
def models():
    background = people()[0][:30]
    return [
        artifact_of(fit_people(), background=background),
        artifact_of(fit_people(LinearRegression()), name="ages", task="regressor"),
        artifact_of(fit_people(SVC()), name="svm"),
    ]


@pytest.fixture
def asked(make_app, models):
    return make_app(models).test_client()


def shares_of(client, rows, label):
    answer = client.post("/v1/models/people/predict_proba", json={"rows": rows}).json
    place = answer["classes"].index(label)
    return [values[place] for values in answer["probabilities"]]


@pytest.mark.parametrize("feature", ["age", "gain", "work"])
def test_points_are_what_the_model_says_of_the_changed_row(asked, feature):
    told = asked.post(URL, json={"rows": [ROW], "feature": feature, "target": "old"}).json
    points = told["curve"]
    changed = [{**ROW, feature: point["value"]} for point in points]
    said = shares_of(asked, [ROW, *changed], "old")
    assert [told["here"]["prediction"], *(p["prediction"] for p in points)] == pytest.approx(said)
    assert told["here"]["value"] == ROW[feature]
    assert told["target"] == "old"
    column = people()[0][feature]
    seen = {column.min(), column.max()} if feature != "work" else set(column)
    assert seen <= {point["value"] for point in points}


def test_the_average_is_that_of_the_background(asked):
    told = asked.post(URL, json={"rows": [ROW], "feature": "age", "target": "old"}).json
    point = told["curve"][3]
    rows = people()[0][:30].astype(object).where(lambda x: x.notna(), None)
    changed = [{**row, "age": point["value"]} for row in rows.to_dict("records")]
    said = shares_of(asked, changed, "old")
    assert told["n_averaged"] == 30
    assert point["average"] == pytest.approx(sum(said) / 30)


def test_the_class_is_that_of_the_row_and_missing_values_are_rows_too(asked):
    row = {**ROW, "gain": None}
    told = asked.post(URL, json={"rows": [row], "feature": "gain"}).json
    predicted = asked.post("/v1/models/people/predict", json={"rows": [row]}).json
    assert [told["target"]] == predicted["predictions"]
    assert told["here"]["value"] is None
    assert all(isinstance(point["prediction"], float) for point in told["curve"])


def test_a_number_has_a_curve_and_no_class(asked):
    told = asked.post("/v1/models/ages/curve", json={"rows": [ROW], "feature": "age"}).json
    assert told["target"] is None
    assert told["n_averaged"] == 0
    assert all(p["prediction"] == pytest.approx(2 * p["value"], abs=0.1) for p in told["curve"])
    assert "average" not in told["curve"][0]


def test_curves_are_no_input_that_drift_is_told_of(make_app, models):
    app = make_app(models)
    client = app.test_client()
    for _ in range(5):
        client.post(URL, json={"rows": [ROW], "feature": "age"})
    # After 100 rows of input the drift is told; each curve asks for more than 20.
    assert "skcook_input_drift{" not in client.get("/metrics").text


def test_rows_of_every_type_of_column_have_curves(make_app):
    n = 40
    X = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=n),
            "flag": [True, False] * (n // 2),
            "wait": pd.to_timedelta(range(n), unit="h"),
            "count": range(n),
        }
    )
    model = tabular_pipeline("logistic").fit(X, X["count"] > 20)
    client = make_app({"types": artifacts.wrap(model, X)}).test_client()
    row = {"day": "2024-01-09", "flag": True, "wait": 7200, "count": 3}
    for feature, n_points in (("flag", 2), ("wait", 24), ("count", 24), ("day", 24)):
        bodies = (
            {"rows": [row], "feature": feature},
            {"columns": list(row), "data": [list(row.values())], "feature": feature},
        )
        first, second = (client.post("/v1/models/types/curve", json=body).json for body in bodies)
        assert first == second
        assert first["here"]["value"] == row[feature]
        assert len(first["curve"]) >= n_points
        assert first["n_averaged"] > 0
    days = [point["value"] for point in first["curve"]]
    assert days == sorted(days)
    assert (days[0][:10], days[-1][:10]) == ("2024-01-01", "2024-02-09")


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"rows": [ROW]}, ["feature"]),
        ({"rows": [ROW], "feature": "height"}, ["feature"]),
        ({"rows": [ROW], "feature": ["age"]}, ["feature"]),
        ({"rows": [ROW], "feature": "age", "target": "ancient"}, ["target"]),
        ({"rows": [ROW, ROW], "feature": "age"}, ["rows"]),
        ({"rows": [{**ROW, "age": "x"}], "feature": "age"}, ["rows", 0, "age"]),
    ],
)
def test_a_question_that_does_not_fit_is_refused(asked, body, loc):
    found = assert_problem(asked.post(URL, json=body), 422, "invalid-input")
    assert [one["loc"] for one in found["errors"]] == [loc]


def test_a_model_without_one_number_has_no_curve(asked):
    answer = asked.post("/v1/models/svm/curve", json={"rows": [ROW], "feature": "age"})
    assert answer.status_code == 404
    assert "/v1/models/svm/curve" not in asked.get("/openapi.json").json["paths"]
    assert "/v1/models/people/curve" in asked.get("/openapi.json").json["paths"]


DATES = {
    "days": (pd.date_range("2024-01-01", periods=60), "2024-02-10", 24),
    "a week": (pd.date_range("2024-01-01", periods=8), "2024-01-03", 8),
    "moments": (pd.date_range("2024-01-01 10:00", periods=60, freq="h"), "2024-01-02T11:30:00", 24),
    "a second": (pd.date_range("2024-01-01", periods=60, freq="10ms"), "2024-01-01T00:00:00.3", 24),
    "a zone": (
        pd.date_range("2024-01-01 10:00", periods=60, freq="h", tz="Europe/Paris"),
        "2024-01-02T11:30:00Z",
        24,
    ),
    "dates of Python": (list(pd.date_range("2024-01-01", periods=60).date), "2024-02-10", 24),
}


@pytest.mark.parametrize(("days", "day", "n_points"), DATES.values(), ids=DATES.keys())
def test_a_column_of_dates_has_a_curve_too(make_app, tmp_path, days, day, n_points):
    X = pd.DataFrame({"day": days, "size": [i % 7 for i in range(len(days))]})
    model = make_pipeline(DateFeatures(["day", "hour"]), LinearRegression())
    model.fit(X, X["size"])
    path = artifacts.save(model, tmp_path / "sales.skcook", X)
    client = make_app(path).test_client()
    row = {"day": day, "size": 3}
    told = client.post("/v1/models/sales/curve", json={"rows": [row], "feature": "day"}).json
    points = told["curve"]
    assert len(points) == n_points
    assert told["here"]["value"] == day
    values = [point["value"] for point in points]
    assert values == sorted(values)
    body = {"rows": [{**row, "day": value} for value in values]}
    answer = client.post("/v1/models/sales/predict", json=body).json
    assert [point["prediction"] for point in points] == pytest.approx(answer["predictions"])
    assert answer["warnings"] == []


def test_a_single_day_has_no_curve(make_app, tmp_path):
    X = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=1).repeat(9), "size": range(9)})
    model = make_pipeline(DateFeatures(), LinearRegression()).fit(X, X["size"])
    client = make_app(artifacts.save(model, tmp_path / "sales.skcook", X)).test_client()
    row = {"day": "2024-01-01", "size": 3}
    answer = client.post("/v1/models/sales/curve", json={"rows": [row], "feature": "day"})
    assert assert_problem(answer, 422, "invalid-input")["errors"][0]["allowed"] == ["size"]
