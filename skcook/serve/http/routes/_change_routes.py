"""One row in, the smallest changes after which the model says something else out."""

from typing import Any

from flask import g

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import read_rows
from skcook.serve.http._openapi import NUMBER, post, rows_body
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._refusals import MethodUnavailableError
from skcook.serve.model._service import ModelService
from skcook.utils._json import json_type

routes = Routes("changes")

#: At most so many answers to one question.
MOST_ANSWERS = 10
#: The largest number that a target or the end of a range may be.
MOST = 1e300

_CHANGE: Document = {
    "type": "object",
    "properties": {
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"feature": {"type": "string"}, "value": {}, "to": {}},
                "required": ["feature", "value", "to"],
            },
        },
        "target": {},
        "prediction": NUMBER,
        "cost": NUMBER,
    },
    "required": ["changes", "target", "prediction", "cost"],
}


def _describe(service: ModelService, config: ServeConfig) -> Document:
    if not service.can_change:
        return {}
    number = {"type": "number", "minimum": -MOST, "maximum": MOST}
    bounds = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    options: Document = {
        "target": {"enum": [*service.classes, None]}
        if service.classes
        else {"anyOf": [number, bounds]},
        "frozen": {"type": "array", "items": {"enum": service.schema.names}},
        "ranges": {
            "type": "object",
            "properties": dict.fromkeys(_numbers(service), bounds),
            "additionalProperties": False,
            "description": "The ends of the range that the value of a column of numbers may have.",
        },
        "k": {"type": "integer", "minimum": 1, "maximum": MOST_ANSWERS, "default": 3},
    }
    described = post(
        service,
        "what_would_change",
        summary="Find the smallest changes of a row after which the model says something else",
        body=rows_body(
            service,
            config,
            options,
            required={} if service.classes else {"target": None},
            most_rows=1,
        ),
        result="changes",
        item=_CHANGE,
    )
    return {f"/v1/models/{service.name}/what_would_change": described}


@routes.add(*addresses("/what_would_change"), methods=["POST"], describe_model=_describe)
def what_would_change(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with changes of one row, the smallest first."""
    now, request = current()
    with now.models.use(name, version) as service:
        if not service.can_change:
            raise MethodUnavailableError(service.methods)
        body = read_rows(request, now.config, options=("target", "frozen", "ranges", "k"))
        g.rows = len(body)
        _check(body.options, len(body), service)
        parsed = service.parse(body)
        options = {"target": None, **body.options}
        found = service.what_would_change(parsed, **options)
    return {
        "model": service.name,
        "version": service.version,
        "changes": found,
        "warnings": parsed.warnings,
    }


def _check(options: dict[str, Any], n_rows: int, service: ModelService) -> None:
    """Refuse more than one row, an unknown target, and columns that there are not."""
    problems: list[dict[str, Any]] = []
    if n_rows > 1:
        problems.append(problem("too_many", "rows", expected="one row", got=f"{n_rows} rows"))
    target, frozen = options.get("target"), options.get("frozen", [])
    if service.classes:
        if target is not None and target not in service.classes:
            allowed = service.classes[:20]
            problems.append(problem("category", "target", allowed=allowed))
    elif not (_is_number(target) or _are_bounds(target)):
        expected = "number, or the lowest and the highest"
        problems.append(problem("type", "target", expected=expected, got=json_type(target)))
    names = service.schema.names
    if not isinstance(frozen, list):
        problems.append(problem("type", "frozen", expected="array", got=json_type(frozen)))
    elif unknown := [i for i, column in enumerate(frozen) if column not in names]:
        problems += [problem("category", "frozen", i, allowed=names[:20]) for i in unknown]
    problems += _problems_of_ranges(options.get("ranges", {}), _numbers(service))
    k = options.get("k", 3)
    # In JSON 3.0 is the integer 3; true is none.
    if not _is_number(k) or k != int(k) or not 1 <= k <= MOST_ANSWERS:
        problems.append(problem("range", "k", expected=f"an integer from 1 to {MOST_ANSWERS}"))
    else:
        options["k"] = int(k)
    if problems:
        raise SchemaError("The question does not fit.", problems)
    # The ends of a range may be given in either order.
    if isinstance(target, list):
        options["target"] = sorted(target)
    if "ranges" in options:
        options["ranges"] = {name: sorted(ends) for name, ends in options["ranges"].items()}


def _problems_of_ranges(ranges: Any, numbers: list[str]) -> list[dict[str, Any]]:
    if not isinstance(ranges, dict):
        return [problem("type", "ranges", expected="object", got=json_type(ranges))]
    unknown = [name for name in ranges if name not in numbers]
    wrong = [name for name in ranges if name in numbers and not _are_bounds(ranges[name])]
    return [
        *(problem("category", "ranges", name[:100], allowed=numbers[:20]) for name in unknown),
        *(problem("type", "ranges", n, expected="the lowest and the highest") for n in wrong),
    ]


def _numbers(service: ModelService) -> list[str]:
    """Name the columns that may be given a range."""
    return [c.name for c in service.schema.columns if c.type in ("number", "integer")]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST


def _are_bounds(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(map(_is_number, value))
