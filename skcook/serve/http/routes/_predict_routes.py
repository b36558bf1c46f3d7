"""Rows in, one result per row out."""

from typing import Any

from flask import Blueprint, Request, Response, g

from skcook.serve.http._body import Body, read_body
from skcook.serve.http._openapi import RESULTS
from skcook.serve.http._state import at_hand
from skcook.serve.http._tables import CSV, write_csv
from skcook.serve.model._service import ModelService

blueprint = Blueprint("predict", __name__)


@blueprint.post("/v1/models/<name>/<method>")
@blueprint.post("/v1/models/<name>/versions/<version>/<method>")
def call(name: str, method: str, version: str | None = None) -> dict[str, Any] | Response:
    """Answer with the results of a method of a model."""
    now, request = at_hand()
    with now.models.use(name, version) as service:
        service.require(method)
        body = read_body(request, max_rows=now.config.max_rows)
        g.rows = len(body)
        parsed = service.parse(body)
        results = service.run(method, parsed)
        if wants_csv(request):
            return table(service, method, body, results)
        now.metrics.warnings(service.name, service.version, parsed.warnings)
        return answer(service, method, results, parsed.warnings)


def wants_csv(request: Request) -> bool:
    """Tell whether the client likes a CSV file better than JSON."""
    # Nearly nobody does, and ranking what a client accepts costs as much as checking its row.
    if "text/" not in request.headers.get("Accept", ""):
        return False
    return request.accept_mimetypes.best_match(("application/json", CSV)) == CSV


def answer(
    service: ModelService, method: str, results: list[Any], warnings: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the body of the answer."""
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
