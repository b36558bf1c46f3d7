"""Drift is seen where it is, and not where there is none."""

import threading

import numpy as np
import pandas as pd
import pytest

from skcook.artifacts import Schema
from skcook.serve.model._drift import MAX_ROWS, MIN_ROWS, WINDOW, Drift
from tests.serve._helpers import ROW
from tests.serve.http.routes.test_health_routes import figures

RNG = np.random.default_rng(0)


def draw(kind, n, rng):
    return {
        "normal": lambda: rng.normal(size=n),
        "counts": lambda: rng.poisson(0.7, n),
        "rare": lambda: (rng.random(n) < 0.005).astype(float),
        "constant": lambda: np.zeros(n),
        "tenths": lambda: np.where(rng.random(n) < 0.85, 0.0, rng.exponential(size=n)),
        "gaps": lambda: np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        "text": lambda: rng.choice(list("abcdef"), n, p=[0.4, 0.3, 0.2, 0.05, 0.04, 0.01]),
        "yes": lambda: rng.random(n) < 0.9,
    }[kind]()


KINDS = ["normal", "counts", "rare", "constant", "tenths", "gaps", "text", "yes"]


def frame(n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({kind: draw(kind, n, rng) for kind in KINDS})


def watch(X, seen):
    schema = Schema.capture(X)
    drift = Drift(Schema.from_json_schema(schema.to_json_schema()))
    parsed = schema.parse_rows(schema.to_records(seen))
    for start in range(0, len(seen), MAX_ROWS):
        part = [values[start : start + MAX_ROWS] for values in parsed.data]
        drift.observe(part, len(part[0]))
    return {found.column: found for found in drift.figures()}


def test_rows_like_those_of_training_do_not_drift():
    found = watch(frame(5000, 0), frame(1000, 1))
    assert set(found) == set(KINDS)
    assert max(item.drift for item in found.values()) < 0.1
    assert found["gaps"].missing == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("normal", lambda v: v + 1),
        ("normal", lambda v: v * 3),
        ("counts", lambda v: v + 2),
        ("rare", lambda v: v + (np.arange(len(v)) % 4 == 0)),
        ("constant", lambda v: v + (np.arange(len(v)) % 4 == 0)),
        ("gaps", lambda v: v.fillna(0.0)),
        ("normal", lambda v: v.where(np.arange(len(v)) % 3 > 0)),
        ("text", lambda v: v.replace({"a": "f"})),
        ("text", lambda v: v.replace({"a": "new"})),
        ("yes", lambda v: ~v),
    ],
    ids=[
        "mean",
        "spread",
        "counts",
        "rare",
        "constant",
        "filled",
        "missing",
        "shares",
        "new",
        "no",
    ],
)
def test_another_distribution_is_seen_and_only_where_it_is(column, change):
    seen = frame(1000, 1)
    seen[column] = change(seen[column])
    X = frame(5000, 0)
    X.loc[0, "normal"] = np.nan  # so that missing values are taken at all
    found = watch(X, seen)
    assert found[column].drift > 0.25
    assert max(item.drift for name, item in found.items() if name != column) < 0.1


def test_what_is_outside_and_what_is_missing_is_a_share():
    X = pd.DataFrame({"a": np.arange(100.0), "b": ["x", "y"] * 50})
    seen = pd.DataFrame({"a": [-1.0, 50.0, 50.0, 101.0] * 50, "b": ["x", "z"] * 100})
    found = watch(X, seen)
    assert (found["a"].outside, found["b"].outside) == (0.5, 0.5)
    assert (found["a"].missing, found["b"].missing) == (0.0, 0.0)


def test_few_rows_say_nothing_and_old_ones_are_forgotten():
    X = pd.DataFrame({"a": RNG.normal(size=5000)})
    drift = Drift(Schema.capture(X))
    drift.observe([[9.0] * (MIN_ROWS - 1)], MIN_ROWS - 1)
    assert list(drift.figures()) == []
    drift.observe([[9.0]], 1)
    assert next(iter(drift.figures())).outside == 1.0
    for value in RNG.normal(size=WINDOW):
        drift.observe([[value]], 1)
    assert drift.n_rows == WINDOW
    assert next(iter(drift.figures())).outside < 0.01


def test_a_large_request_is_sampled_evenly():
    drift = Drift(Schema.capture(pd.DataFrame({"a": RNG.normal(size=5000)})))
    drift.observe([list(range(100_000))], 100_000)
    assert drift.n_rows == MAX_ROWS
    assert next(iter(drift.figures())).outside == pytest.approx(1.0, abs=0.02)


def test_what_the_schema_knows_nothing_of_is_not_watched():
    schema = Schema.capture(["a fine day", "a grey day"])
    drift = Drift(schema)
    drift.observe([["x" * 10_000]] * 1, 1)
    assert list(drift.figures()) == []
    inferred = Schema.infer(_scaler())
    assert Drift(inferred).n_rows == 0


def _scaler():
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler().fit(np.arange(10.0).reshape(-1, 1))


def test_many_threads_write_while_one_reads():
    drift = Drift(Schema.capture(pd.DataFrame({"a": np.arange(100.0)})))
    stop, read = threading.Event(), []

    def write():
        while not stop.is_set():
            drift.observe([[5.0, 7.0]], 2)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while drift.n_rows < WINDOW or len(read) < 100:
        read.append([item.outside for item in drift.figures()])
    stop.set()
    for thread in threads:
        thread.join()
    assert not any(map(any, read))
    assert drift.n_rows == WINDOW


def test_the_figures_are_among_the_metrics(client):
    url = "/v1/models/people/predict"
    client.post(url, json={"rows": [ROW] * MIN_ROWS})
    client.post(url, json={"rows": [{**ROW, "work": "MARS"}] * MIN_ROWS})
    got = figures(client)
    assert got["skcook_input_outside", "1", "people", "work"] == 0.5
    assert got["skcook_input_missing", "1", "gain", "people"] == 0.0
    assert got["skcook_input_drift", "1", "age", "people"] > 0.25
