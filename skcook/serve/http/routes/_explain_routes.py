"""Rows in, the reasons for their predictions out."""

from typing import Any

from flask import Blueprint, g, request

from skcook.exceptions import SchemaError
from skcook.serve.http._body import read_body
from skcook.serve.http._state import state
from skcook.serve.model._service import ModelService

blueprint = Blueprint("explain", __name__)


@blueprint.post("/v1/models/<name>/explain")
@blueprint.post("/v1/models/<name>/versions/<version>/explain")
def explain(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with explanations, in the order of the rows."""
    with state().models.use(name, version) as service:
        service.require("explain")
        body = read_body(request, max_rows=state().config.max_rows, options=("targets",))
        g.rows = len(body)
        parsed = service.parse(body)
        targets = read_targets(body.options.get("targets", "predicted"), service)
        results = service.run("explain", parsed, targets)
    state().metrics.warnings(service.name, service.version, parsed.warnings)
    return {
        "model": service.name,
        "version": service.version,
        "explanations": [
            {**item, "row": row} for row, items in enumerate(results) for item in items
        ],
        "warnings": parsed.warnings,
    }


def read_targets(targets: Any, service: ModelService) -> str | tuple[Any, ...]:
    """Return the classes to explain, as something that can be hashed."""
    classes = service.classes or []
    if targets in ("predicted", "all"):
        return str(targets)
    known = isinstance(targets, list) and all(target in classes for target in targets)
    if known and 0 < len(targets) == len(set(targets)):
        return tuple(targets)
    problem = {
        "loc": ["targets"],
        "code": "category",
        "expected": "predicted, all, or a list of different classes",
        "allowed": ["predicted", "all", *classes][:20],
    }
    raise SchemaError("The targets are not known.", [problem])
