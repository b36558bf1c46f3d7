"""What the server says of itself is true of whatever a machine can think of sending."""

import json
import os
import subprocess
import sys

import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts
from tests.serve._helpers import fit_people, people
from tests.serve._process import Server
from tests.serve.http.routes.test_recommend_routes import PAIRS, lightfm

KEY = "fuzz"

# Which ids a catalogue of millions has is not in the schema, so a made-up one may be unknown.
SETTINGS = """
[[operations]]
include-path = "/v1/models/films/similar"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422]

# Nor that today's history is that of users who are asked for.
[[operations]]
include-path = "/v1/models/films/recommend"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422]

# JSON Schema cannot say what a file of the model's columns is.
[[operations]]
include-path-regex = "/table$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 422]
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Save a classifier and a regressor that explain, and a recommender."""
    folder = tmp_path_factory.mktemp("models")
    X, y = people()
    artifacts.save(fit_people(), folder / "people.skcook", X, y=y)
    artifacts.save(fit_people(LinearRegression()), folder / "ages.skcook", X)
    artifacts.save(lightfm().fit(PAIRS), folder / "films.skcook", PAIRS)
    return [str(path) for path in sorted(folder.glob("*.skcook"))]


@pytest.mark.slow
def test_two_thousand_made_up_requests_are_answered_as_documented(models, tmp_path, monkeypatch):
    # By the command, not by its plugin for pytest: it is the run that a user can repeat.
    monkeypatch.setenv("SKCOOK_API_KEYS", KEY)
    report, settings = tmp_path / "report.json", tmp_path / "settings.toml"
    settings.write_text(SETTINGS)
    with Server(*models, "--log-level", "error") as server:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)]
        command += ["run", f"{server.url}/openapi.json"]
        command += ["--header", f"X-API-Key: {KEY}", "--phases", "examples,coverage,fuzzing"]
        command += [
            "--max-examples",
            "45",
            "--seed",
            "1",
            "--continue-on-failure",
            "--warnings",
            "off",
        ]
        command += ["--generation-database", "none", "--no-color"]
        command += ["--report", "json", "--report-json-path", str(report)]
        environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=500
        )
        log = server.log()
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(report.read_text())
    assert said["operations"]["tested"] == said["operations"]["total"] >= 15
    assert said["test_cases"]["generated"] >= 2000
    assert (said["test_cases"]["with_failures"], said["test_cases"]["errored"]) == (0, 0)
    assert '"incident"' not in log, log
