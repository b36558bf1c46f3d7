"""The models that the tests of serve are about, and what they assert again and again."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook.artifacts import Schema


def people(n=200, seed=0):
    """Make rows with the columns of the research's table of bad inputs."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "age": rng.integers(17, 90, n).astype(float),
            "gain": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "work": rng.choice([f"work_{i}" for i in range(8)], n),
            "edu": rng.choice([f"edu_{i}" for i in range(16)], n),
        }
    )
    y = np.where(X["age"] + 5 * rng.normal(size=n) > 45, "old", "young")
    return X, y


def fit_people(estimator=None):
    X, y = people()
    prepare = make_column_transformer(
        (StandardScaler(), ["age"]),
        (SimpleImputer(), ["gain"]),
        (OneHotEncoder(handle_unknown="ignore"), ["work"]),
        (OneHotEncoder(handle_unknown="error"), ["edu"]),
    )
    if estimator is None:
        estimator = LogisticRegression()
    target = X["age"] * 2.0 if isinstance(estimator, LinearRegression) else y
    return make_pipeline(prepare, estimator).fit(X, target)


def artifact_of(model, *, name="people", version="1", task="classifier", background=None):
    X, _ = people()
    schema = Schema.capture(X, model)
    return SimpleNamespace(
        model=model,
        schema=schema,
        manifest={"task": task},
        example=dict(ROW),
        background=background,
        name=name,
        version=version,
    )


#: Seconds that anything may take on a very busy machine.
PATIENCE = 120


def wait_until(holds, what="it"):
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.01)


ROW = {"age": 36, "gain": 0.17, "work": "work_3", "edu": "edu_15"}


def assert_problem(response, status, kind):
    """Assert the one error shape, and return the body."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = response.json
    assert body["type"] == f"/problems/{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert {"type", "title", "status", "detail", "request_id"} <= set(body)
    assert "/work" not in response.text
    assert "Traceback" not in response.text
    return body


def assert_own_answers(post, X, labels, ages):
    """Let sixteen clients ask two models for each row at once; each gets its own answers."""
    records = Schema.capture(X).to_records(X)

    def ask(record):
        label = post("/v1/models/people/predict", json={"rows": [record]})
        age = post("/v1/models/ages/predict", json={"rows": [record]})
        bad = post("/v1/models/people/predict", json={"rows": [{**record, "age": "x"}]})
        return *label.json["predictions"], *age.json["predictions"], bad.status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, records))
    assert [answer[0] for answer in answers] == labels.tolist()
    assert [answer[1] for answer in answers] == pytest.approx(ages, rel=1e-12)
    assert {answer[2] for answer in answers} == {422}
