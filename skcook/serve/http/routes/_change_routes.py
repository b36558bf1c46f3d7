"""One row in; out what would change its answer, or how the answer goes with one of its columns."""

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

routes = Routes("what_if")

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


def _describe_changes(service: ModelService, config: ServeConfig) -> Document:
    if not service.can_change:
        return {}
    number = {"type": "number", "minimum": -MOST, "maximum": MOST}
    bounds = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    options: Document = {
        "target": {"enum": [*service.targets, None]}
        if service.targets
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
            required={} if service.targets else {"target": None},
            most_rows=1,
        ),
        result="changes",
        item=_CHANGE,
    )
    return {f"/v1/models/{service.name}/what_would_change": described}


@routes.add(*addresses("/what_would_change"), methods=["POST"], describe_model=_describe_changes)
def what_would_change(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with changes of one row, the smallest first."""
    now, request = current()
    with now.models.use(name, version) as service:
        if not service.can_change:
            raise MethodUnavailableError(service.methods)
        body = read_rows(request, now.config, options=("target", "frozen", "ranges", "k"))
        g.rows = len(body)
        _check_change(body.options, len(body), service)
        parsed = service.parse(body)
        options = {"target": None, **body.options}
        found = service.what_would_change(parsed, **options)
    return {
        **service.identity,
        "changes": found,
        "warnings": parsed.warnings,
    }


def _check_change(options: dict[str, Any], n_rows: int, service: ModelService) -> None:
    """Refuse more than one row, an unknown target, and columns that there are not."""
    problems = _problems_of_count(n_rows)
    target, frozen = options.get("target"), options.get("frozen", [])
    if service.targets:
        if target is not None and target not in service.targets:
            allowed = service.targets[:20]
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


def _problems_of_count(n_rows: int) -> list[dict[str, Any]]:
    got = f"{n_rows} rows"
    return [problem("too_many", "rows", expected="one row", got=got)] if n_rows > 1 else []


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


_POINT: Document = {
    "type": "object",
    "properties": {"value": {}, "prediction": NUMBER, "average": NUMBER},
    "required": ["value", "prediction"],
}


def _describe_curve(service: ModelService, config: ServeConfig) -> Document:
    if not (columns := service.curves.columns):
        return {}
    here = {"type": "object", "properties": {"value": {}, "prediction": NUMBER}}
    options: Document = {
        "feature": {"enum": columns},
        "target": {"enum": [*(service.targets), None]},
    }
    described = post(
        service,
        "curve",
        summary="Tell how the prediction of a row goes with one of its columns",
        body=rows_body(service, config, options, required={"feature": columns[0]}, most_rows=1),
        result="curve",
        item=_POINT,
        more={"feature": {}, "target": {}, "here": here, "n_averaged": {"type": "integer"}},
    )
    return {f"/v1/models/{service.name}/curve": described}


@routes.add(*addresses("/curve"), methods=["POST"], describe_model=_describe_curve)
def curve(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with the points of a column's curve, for the row and on average."""
    now, request = current()
    with now.models.use(name, version) as service:
        if not service.curves.columns:
            raise MethodUnavailableError(service.methods)
        body = read_rows(request, now.config, options=("feature", "target"))
        g.rows = len(body)
        _check_curve(body.options, len(body), service)
        parsed = service.parse(body)
        row = body.rows[0] if body.rows is not None else dict(zip(body.columns or (), body.data[0]))
        found = service.curves.of(row, **body.options)
    return {
        **service.identity,
        **found,
        "warnings": parsed.warnings,
    }


def _check_curve(options: dict[str, Any], n_rows: int, service: ModelService) -> None:
    """Refuse more than one row, a column that has no curve, and an unknown class."""
    feature, target = options.get("feature"), options.get("target")
    columns, classes = service.curves.columns, service.targets
    problems = _problems_of_count(n_rows)
    if feature not in columns:
        code = "missing_member" if feature is None else "category"
        problems.append(problem(code, "feature", allowed=columns[:20]))
    if target is not None and target not in classes:
        problems.append(problem("category", "target", allowed=classes[:20]))
    if problems:
        raise SchemaError("The question does not fit.", problems)
