"""Rows in, one result a row out."""

from typing import Any

from flask import Blueprint, g, request

from skcook.serve._body import read_body
from skcook.serve._openapi import RESULTS
from skcook.serve._service import ModelService
from skcook.serve._state import state

blueprint = Blueprint("predict", __name__)


@blueprint.post("/v1/models/<name>/<method>")
@blueprint.post("/v1/models/<name>/versions/<version>/<method>")
def call(name: str, method: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the results of a method of a model."""
    with state().models.use(name, version) as service:
        service.require(method)
        body = read_body(request, max_rows=state().config.max_rows)
        g.rows = len(body)
        parsed = service.parse(body)
        return answer(service, method, service.run(method, parsed), parsed.warnings)


def answer(
    service: ModelService, method: str, results: list[Any], warnings: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the body of the answer."""
    state().metrics.warnings(service.name, service.version, warnings)
    body = {"model": service.name, "version": service.version, RESULTS[method][0]: results}
    if method in ("predict_proba", "decision_function") and service.classes is not None:
        body["classes"] = service.classes
    return {**body, "warnings": warnings}
