"""The contracts of KServe (V2) and SageMaker, kept by a real server process for a real client."""

import json

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from skcook import artifacts
from skcook.models import tabular_pipeline
from tests.serve._process import Server


@pytest.fixture(scope="module")
def model(penguins):
    return tabular_pipeline("logistic").fit(*penguins)


@pytest.fixture(scope="module")
def server(penguins, model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "penguins.skcook"
    artifacts.save(model, path, X_example=penguins[0])
    with Server(str(path)) as running:
        yield running


@pytest.fixture(scope="module")
def v2(server):
    with triton.InferenceServerClient(server.url.removeprefix("http://")) as client:
        yield client


def tensors(frame):
    """Return one tensor per column, as the client makes them from numpy."""
    found = []
    for name in frame:
        column = frame[name].to_numpy()
        number = column.dtype.kind in "iuf"
        tensor = triton.InferInput(name, [len(frame)], "FP64" if number else "BYTES")
        values = column.astype(float) if number else column.astype(object)
        found.append(tensor.set_data_from_numpy(values, binary_data=False))
    return found


def test_v2_tells_that_it_is_alive_and_what_it_has(v2):
    assert v2.is_server_live()
    assert v2.is_server_ready()
    assert v2.is_model_ready("penguins")
    assert not v2.is_model_ready("nobody")
    assert v2.get_server_metadata()["name"] == "skcook"


def test_v2_describes_the_tensors_that_it_takes_and_gives(v2, penguins):
    found = v2.get_model_metadata("penguins")
    assert [tensor["name"] for tensor in found["inputs"]] == list(penguins[0])
    kinds = {tensor["name"]: tensor["datatype"] for tensor in found["outputs"]}
    assert kinds["predict"] == "BYTES"
    assert kinds["predict_proba"] == "FP64"


def test_v2_answers_what_the_model_answers(v2, penguins, model):
    rows = penguins[0].dropna().iloc[::10]
    wanted = [
        triton.InferRequestedOutput(name, binary_data=False)
        for name in ("predict", "predict_proba")
    ]
    answer = v2.infer("penguins", tensors(rows), outputs=wanted, request_id="7")
    assert answer.get_response()["id"] == "7"
    assert answer.as_numpy("predict").astype(str).tolist() == model.predict(rows).tolist()
    np.testing.assert_allclose(answer.as_numpy("predict_proba"), model.predict_proba(rows))


def test_v2_predicts_unless_told_what_to_do(v2, penguins, model):
    rows = penguins[0].dropna().iloc[:3]
    answer = v2.infer("penguins", tensors(rows))
    assert answer.as_numpy("predict").astype(str).tolist() == model.predict(rows).tolist()


def test_the_client_of_v2_shows_which_column_is_wrong(v2, penguins):
    rows = penguins[0].dropna().iloc[:1].drop(columns="sex")
    with pytest.raises(InferenceServerException, match=r"sex: missing_column") as caught:
        v2.infer("penguins", tensors(rows))
    assert caught.value.status() in ("422", "[422]")


def test_sagemaker_pings(server):
    status, _, body = server.request("GET", "/ping")
    assert (status, json.loads(body)["status"]) == (200, "ready")


BODIES = {
    "application/json": lambda rows: json.dumps(
        {"instances": json.loads(rows.to_json(orient="records"))}
    ),
    "text/csv": lambda rows: rows.to_csv(index=False),
}


@pytest.mark.parametrize("kind", BODIES)
def test_sagemaker_invokes(server, penguins, model, kind):
    rows = penguins[0].iloc[:20]  # with missing values
    body = BODIES[kind](rows)
    status, headers, answer = server.request("POST", "/invocations", body, {"Content-Type": kind})
    assert (status, headers.get_content_type()) == (200, "application/json")
    assert json.loads(answer) == {"predictions": model.predict(rows).tolist()}
