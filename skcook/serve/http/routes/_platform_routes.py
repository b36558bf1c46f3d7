"""The addresses that platforms call: SageMaker, MLflow, Vertex AI, the Open Inference Protocol.

Addresses without a model's name mean the first model.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Request, Response, g

from skcook import __version__
from skcook.artifacts._answers import METHODS, flat_columns
from skcook.serve.http._body import (
    CSV,
    JSON,
    JSON_LINES,
    PARQUET,
    read_cells,
    read_json,
    read_table,
    require_type,
    with_points,
    write_csv,
)
from skcook.serve.http._errors import ProblemError, unreadable
from skcook.serve.http._routes import Routes, current, state
from skcook.serve.http.routes._server_routes import readyz
from skcook.serve.model._platform_bodies import (
    describe_inputs,
    name_columns,
    read_invocation,
    read_json_lines,
    read_tensors,
    tensor_of,
)
from skcook.serve.model._raw_rows import RawRows, check_count
from skcook.serve.model._service import ModelService
from skcook.utils._json import NotJSONError

routes = Routes("platforms")


def _addresses(end: str) -> tuple[str, str]:
    return f"/v2/models/<name>{end}", f"/v2/models/<name>/versions/<version>{end}"


@routes.add("/ping", "/v2/health/ready", is_open=True)
def ping() -> dict[str, Any]:
    """Answer 200 while requests are welcome."""
    return readyz()


@routes.add("/v2/health/live", is_open=True)
def live() -> dict[str, Any]:
    """Answer as long as the process lives."""
    return {"live": True}


@routes.add("/v2")
def server() -> dict[str, Any]:
    """Say who answers."""
    return {"name": "skcook", "version": __version__, "extensions": []}


@routes.add(*_addresses("/ready"), is_open=True)
def model_ready(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer 200 if the model is there."""
    return {"name": state().models.get(name, version).name, "ready": True}


@routes.add(*_addresses(""))
def model(name: str, version: str | None = None) -> dict[str, Any]:
    """Describe a model's tensors."""
    service = state().models.get(name, version)
    return {
        "name": service.name,
        "versions": state().models.versions(name),
        "platform": "skcook",
        "inputs": describe_inputs(service.schema),
        "outputs": [_describe(service, method.name) for method in service.row_methods],
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
    few = method == "decision_function" and len(classes or ()) < 3
    column = METHODS[method].labels is None or few
    return {"name": method, "datatype": "FP64", "shape": [-1] if column else [-1, -1]}


@routes.add(*_addresses("/infer"), methods=["POST"])
def infer(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer tensors with tensors."""
    now, request = current()
    with now.models.use(name, version) as service:
        # The protocol knows JSON alone, and its clients send no Content-Type.
        require_type(request, (JSON, ""))
        document = read_json(request)
        rows = read_tensors(document, service.schema)
        wanted = rows.options.get("outputs") or [_default_method(service)]
        # However often a body names an output, the model is asked for it once.
        outputs = [
            tensor_of(method, _results(service, method, rows)) for method in dict.fromkeys(wanted)
        ]
        answer = {"model_name": service.name, "model_version": service.version, "outputs": outputs}
        if isinstance(document.get("id"), str):
            answer["id"] = document["id"]
        return answer


@routes.add("/invocations", methods=["POST"])
def invocations() -> dict[str, Any] | Response:
    """Answer with predictions, as SageMaker, MLflow and Vertex AI expect them."""
    now, request = current()
    with now.models.use() as service:
        require_type(request, (JSON, CSV, PARQUET, JSON_LINES))
        rows = _read_invocation(request, service)
        method = rows.options.get("method") or _default_method(service)
        results = _results(service, method, rows)
        # SageMaker joins the lines of an answer with those of its request, so there is no header.
        kind = request.accept_mimetypes.best_match((JSON, CSV, JSON_LINES))
        if kind == CSV:
            columns = flat_columns(method, results)
            lines = write_csv(
                None,
                list(zip(*columns.values(), strict=True)),
                escape=now.config.escape_csv,
            )
            return Response(lines, content_type=f"{CSV}; charset=utf-8")
        if kind == JSON_LINES:
            lines = "".join(json.dumps({"prediction": result}) + "\n" for result in results)
            return Response(lines, content_type=JSON_LINES)
        return {"predictions": results}


def _read_invocation(request: Request, service: ModelService) -> RawRows:
    if request.mimetype == JSON:
        return read_invocation(read_json(request), service.schema)
    if request.mimetype == CSV:
        cells, dialect = read_cells(request.get_data(cache=False))
        header = request.mimetype_params.get("header")
        return with_points(
            name_columns(cells, service.schema.names, header), dialect, service.schema
        )
    if request.mimetype == JSON_LINES:
        try:
            return read_json_lines(request.get_data(cache=False), service.schema)
        except NotJSONError as exc:
            raise unreadable("JSON", str(exc)) from exc
    return read_table(request, state().config, service.schema)


def _default_method(service: ModelService) -> str:
    """Return what a model is asked for where the protocol does not say it."""
    return "predict" if not service.row_methods else service.row_methods[0].name


def _results(service: ModelService, name: str, rows: RawRows) -> list[Any]:
    method = service.require(name)
    if method not in service.row_methods:
        raise ProblemError(
            "method-unavailable", f"What {name} answers is no tensor; ask /v1 for it."
        )
    now = state()
    check_count(len(rows), now.config.max_rows)
    g.rows = len(rows)
    parsed = service.parse(rows)
    now.metrics.warnings(service.name, service.version, parsed.warnings)
    return service.run(name, parsed)


def vertex_addresses(
    environment: Mapping[str, str] = os.environ,
) -> Iterator[tuple[str, str, str]]:
    """Yield the addresses that Vertex AI calls, each with its view and its HTTP method."""
    if health := environment.get("AIP_HEALTH_ROUTE"):
        yield health, "platforms.ping", "GET"
    if predict := environment.get("AIP_PREDICT_ROUTE"):
        yield predict, "platforms.invocations", "POST"
