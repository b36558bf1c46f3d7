"""Rows in, one result a row out."""

from typing import Any

from flask import Blueprint, Response, g, request

from skcook.serve._body import Body, read_body
from skcook.serve._openapi import RESULTS
from skcook.serve._service import ModelService
from skcook.serve._state import state
from skcook.serve._tables import CSV, write_csv

blueprint = Blueprint("predict", __name__)


@blueprint.post("/v1/models/<name>/<method>")
@blueprint.post("/v1/models/<name>/versions/<version>/<method>")
def call(name: str, method: str, version: str | None = None) -> dict[str, Any] | Response:
    """Answer with the results of a method of a model."""
    with state().models.use(name, version) as service:
        service.require(method)
        body = read_body(request, max_rows=state().config.max_rows)
        g.rows = len(body)
        parsed = service.parse(body)
        results = service.run(method, parsed)
        if request.accept_mimetypes.best_match(("application/json", CSV)) == CSV:
            return table(service, method, body, results)
        return answer(service, method, results, parsed.warnings)


def answer(
    service: ModelService, method: str, results: list[Any], warnings: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the body of the answer."""
    state().metrics.warnings(service.name, service.version, warnings)
    body = {"model": service.name, "version": service.version, RESULTS[method][0]: results}
    if method in ("predict_proba", "decision_function") and service.classes is not None:
        body["classes"] = service.classes
    return {**body, "warnings": warnings}


def table(service: ModelService, method: str, body: Body, results: list[Any]) -> Response:
    """Return the rows with their results as a CSV file."""
    columns = service.schema.names if body.columns is None else body.columns
    data = body.data if body.rows is None else [[row[c] for c in columns] for row in body.rows]
    if results and isinstance(results[0], list):
        labels = service.classes if method == "predict_proba" and service.classes else None
        names = [f"{method}_{label}" for label in labels or range(len(results[0]))]
    else:
        names, results = [method], [[result] for result in results]
    rows = [[*row, *result] for row, result in zip(data, results, strict=True)]
    return Response(write_csv([*columns, *names], rows), content_type=f"{CSV}; charset=utf-8")
