"""The addresses that platforms call: SageMaker, MLflow, Vertex AI, the Open Inference Protocol.

Addresses without a model's name mean the first model.
"""

import os
from typing import Any

from flask import Blueprint, Flask, g, request

from skcook import __version__
from skcook.serve.http._body import Body, check_count, parse_json, read_table_body, require_type
from skcook.serve.http._problems import Problem
from skcook.serve.http._state import state
from skcook.serve.http._tables import CSV, PARQUET
from skcook.serve.http.routes._health_routes import readyz
from skcook.serve.model._service import ROW_METHODS, ModelService
from skcook.serve.platforms._open_inference import body_of_invocation, body_of_tensors, tensor_of

blueprint = Blueprint("aliases", __name__)

JSON = "application/json"


@blueprint.get("/ping")
@blueprint.get("/v2/health/ready")
def ping() -> dict[str, Any]:
    """Answer 200 while requests are welcome."""
    return readyz()


@blueprint.get("/v2/health/live")
def live() -> dict[str, Any]:
    """Answer as long as the process lives."""
    return {"live": True}


@blueprint.get("/v2")
def server() -> dict[str, Any]:
    """Say who answers."""
    return {"name": "skcook", "version": __version__, "extensions": []}


@blueprint.get("/v2/models/<name>/ready")
@blueprint.get("/v2/models/<name>/versions/<version>/ready")
def model_ready(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer 200 if the model is there."""
    return {"name": state().models.get(name, version).name, "ready": True}


@blueprint.get("/v2/models/<name>")
@blueprint.get("/v2/models/<name>/versions/<version>")
def model(name: str, version: str | None = None) -> dict[str, Any]:
    """Describe a model's tensors."""
    service = state().models.get(name, version)
    types = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "duration": "FP64"}
    inputs = [
        {"name": column.name, "datatype": types.get(column.type, "BYTES"), "shape": [-1]}
        for column in service.schema.columns
    ]
    outputs = [_describe(service, m) for m in service.methods if m in ROW_METHODS]
    return {
        "name": service.name,
        "versions": state().models.versions(name),
        "platform": "skcook",
        "inputs": inputs,
        "outputs": outputs,
    }


def _describe(service: ModelService, method: str) -> dict[str, Any]:
    """Describe the tensor that a method answers with, as it was for the model's example."""
    classes = service.classes
    # What floats, integers or strings a model gives is seen when it gives them, not before.
    seen = service.example_results.get(method)
    if seen is not None:
        tensor = tensor_of(method, list(seen))
        return {"name": method, "datatype": tensor["datatype"], "shape": [-1, *tensor["shape"][1:]]}
    if method == "predict":
        datatype = tensor_of(method, classes)["datatype"] if classes else "FP64"
        return {"name": method, "datatype": datatype, "shape": [-1]}
    # The decision function of two classes is one column.
    column = method == "decision_function" and len(classes or ()) < 3
    return {"name": method, "datatype": "FP64", "shape": [-1] if column else [-1, -1]}


@blueprint.post("/v2/models/<name>/infer")
@blueprint.post("/v2/models/<name>/versions/<version>/infer")
def infer(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer tensors with tensors."""
    with state().models.use(name, version) as service:
        # The protocol knows JSON alone, and its clients send no Content-Type.
        require_type(request, (JSON, ""))
        document = parse_json(request.get_data(cache=False))
        body = body_of_tensors(document, service.schema.names)
        wanted = body.options.get("outputs") or ["predict"]
        outputs = [tensor_of(method, _results(service, method, body)) for method in wanted]
        answer = {"model_name": service.name, "model_version": service.version, "outputs": outputs}
        if isinstance(document.get("id"), str):
            answer["id"] = document["id"]
        return answer


@blueprint.post("/invocations")
def invocations() -> dict[str, Any]:
    """Answer with predictions, as SageMaker, MLflow and Vertex AI expect them."""
    with state().models.use() as service:
        require_type(request, (JSON, CSV, PARQUET))
        raw = request.get_data(cache=False)
        if request.mimetype == JSON:
            body = body_of_invocation(parse_json(raw), service.schema.names)
        else:
            body = read_table_body(raw, request.mimetype)
        return {"predictions": _results(service, "predict", body)}


def _results(service: ModelService, method: str, body: Body) -> list[Any]:
    service.require(method)
    if method not in ROW_METHODS:
        raise Problem("method-unavailable", f"What {method} answers is no tensor; ask /v1 for it.")
    check_count(len(body), state().config.max_rows)
    g.rows = len(body)
    parsed = service.parse(body)
    state().metrics.warnings(service.name, service.version, parsed.warnings)
    return service.run(method, parsed)


def register_vertex(app: Flask) -> None:
    """Answer at the addresses that Vertex AI asks for by environment variables."""
    health, predict = os.environ.get("AIP_HEALTH_ROUTE"), os.environ.get("AIP_PREDICT_ROUTE")
    taken = {rule.rule for rule in app.url_map.iter_rules()}
    if health and health not in taken:
        app.add_url_rule(health, "vertex.health", ping)
    if predict and predict not in taken:
        app.add_url_rule(predict, "vertex.predict", invocations, methods=["POST"])
