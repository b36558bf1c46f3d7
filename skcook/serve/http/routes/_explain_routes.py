"""Rows in, the reasons for their predictions out."""

from typing import Any

from flask import g

from skcook.artifacts._answers import METHODS
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import read_rows
from skcook.serve.http._openapi import NUMBER, post, rows_body
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._service import ModelService

routes = Routes("explain")

_EXPLANATION: Document = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["tabular", "text", "image"]},
        "row": {"type": "integer", "minimum": 0},
        "target": {},
        "prediction": NUMBER,
        "local_prediction": NUMBER,
        "intercept": NUMBER,
        "others": NUMBER,
        "n_others": {"type": "integer", "minimum": 0},
        "rest": NUMBER,
        "output_sd": NUMBER,
        "r2": NUMBER,
        "label": {},
        "interactions": {"type": "array", "items": {"type": "object"}},
        "note": {"type": ["string", "null"]},
        "text": {
            "type": "array",
            "items": {"type": "array", "items": {}},
            "description": "For a text: its pieces, each with the weight of the word, or null.",
        },
        "texts": {
            "type": "object",
            "description": "For a row whose texts are explained by their words: the pieces of each "
            "column's text, each with the weight of the word, or null.",
            "additionalProperties": {"type": "array", "items": {"type": "array", "items": {}}},
        },
        "segments": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}},
            "description": "For an image: the number of the superpixel of each pixel.",
        },
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "feature": {"type": "string"},
                    "value": {},
                    "rule": {"type": "string"},
                    "weight": NUMBER,
                    "std_error": NUMBER,
                },
                "required": ["feature", "value", "rule", "weight", "std_error"],
            },
        },
    },
    "required": ["kind", "row", "target", "prediction", "r2", "features"],
}


def _describe_explain(service: ModelService, config: ServeConfig) -> Document:
    if "explain" not in service.methods:
        return {}
    targets: Document = {"enum": ["predicted", "all"]}
    if service.classes:
        some = {"type": "array", "items": {"enum": service.classes}, "minItems": 1}
        targets = {"anyOf": [targets, {**some, "uniqueItems": True}]}
    method = METHODS["explain"]
    return {
        f"/v1/models/{service.name}/explain": post(
            service,
            "explain",
            summary=method.title,
            body=rows_body(service, config, {"targets": targets}),
            result=method.answers,
            item=_EXPLANATION,
        )
    }


@routes.add(*addresses("/explain"), methods=["POST"], describe_model=_describe_explain)
def explain(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with explanations, in the order of the rows."""
    now, request = current()
    with now.models.use(name, version) as service:
        method = service.require("explain")
        body = read_rows(request, now.config, options=("targets",))
        g.rows = len(body)
        parsed = service.parse(body)
        targets = read_targets(body.options.get("targets", "predicted"), service)
        results = service.run("explain", parsed, targets)
    now.metrics.warnings(service.name, service.version, parsed.warnings)
    return {
        "model": service.name,
        "version": service.version,
        method.answers: [{**item, "row": row} for row, some in enumerate(results) for item in some],
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
