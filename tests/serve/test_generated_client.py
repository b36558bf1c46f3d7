"""A client that a generator wrote from /openapi.json can predict, get probabilities and explain."""

import importlib
import json
import subprocess
import sys

import httpx
import pytest

from skcook import artifacts
from tests.serve._helpers import ROW, fit_people, people

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return the generated package, and its client of an application."""
    from skcook.serve import create_app

    folder = tmp_path_factory.mktemp("client")
    model = artifacts.wrap(fit_people(), people()[0])
    app = create_app({"people": model})
    document = app.test_client().get("/openapi.json").json
    (folder / "openapi.json").write_text(json.dumps(document))
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    done = subprocess.run(
        [*command, "--path", "openapi.json", "--output-path", "people_client"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Cannot parse" not in done.stdout + done.stderr
    assert "omitted" not in done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    package = importlib.import_module("people_client")
    transport = {"transport": httpx.WSGITransport(app=app)}
    yield package.Client(base_url="http://test", httpx_args=transport)
    sys.path.remove(str(folder))


def ask(client, method, **more):
    module = importlib.import_module(f"people_client.api.people.{method}_people")
    bodies = importlib.import_module("people_client.models")
    name = "".join(word.capitalize() for word in f"{method}_people".split("_"))
    body = getattr(bodies, f"{name}Body").from_dict({"rows": [ROW], **more})
    answer = module.sync_detailed(client=client, body=body)
    assert answer.status_code == 200, answer.content
    assert answer.parsed is not None
    return answer.parsed


def test_it_predicts(client):
    assert [str(getattr(p, "value", p)) for p in ask(client, "predict").predictions] == ["young"]


def test_it_gets_probabilities(client):
    found = ask(client, "predict_proba")
    assert found.classes == ["old", "young"]
    assert sum(found.probabilities[0]) == pytest.approx(1)
    assert isinstance(ask(client, "decision_function").scores[0], float)


def test_it_gets_reasons(client):
    explanation = ask(client, "explain").explanations[0]
    assert {feature.feature for feature in explanation.features} <= set(ROW)
    assert isinstance(explanation.features[0].weight, float)
