"""Reasons to judge out, verdicts in: a log that is only added to.

The server never fits and never drops anything: verdicts are data until those who have the training
rows call `Corrections.from_feedback`. Who judged is told by the API key, never by the body.
"""

from typing import Any

from flask import g

from skcook.artifacts.schema._validate import problem
from skcook.exceptions import SchemaError
from skcook.review._verdicts import FeedbackLog, standing
from skcook.serve._config import ServeConfig
from skcook.serve.http._body import JSON, read_json, require_type
from skcook.serve.http._errors import ProblemError
from skcook.serve.http._openapi import answer, operation
from skcook.serve.http._routes import Document, Routes, addresses, current
from skcook.serve.model._review_rows import ReviewRows, can_review
from skcook.serve.model._service import ModelService
from skcook.utils._json import json_type

routes = Routes("review")

#: Most verdicts in one request, and most rows to judge.
MAX_ITEMS = 100
MAX_ROWS = 50
ANONYMOUS = "anonymous"
_MEMBERS = ("row_id", "feature", "kind", "verdict", "label", "why")
_REASONS = ("right", "wrong", "wrong way")


def _describe(service: ModelService, config: ServeConfig) -> Document:
    if config.review is None or not can_review(service):
        return {}
    text = {"type": "string"}
    item = {
        "type": "object",
        "properties": {
            "row_id": {**text, "maxLength": 100},
            "feature": {**text, "maxLength": 500},
            "kind": {"enum": ["drop", "word", "pattern"]},
            "verdict": {"enum": [*_REASONS, "label", "leave out"]},
            "label": {},
            "why": {**text, "maxLength": 2000},
        },
        "required": ["verdict"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": item, "minItems": 1}},
        "required": ["items"],
        "additionalProperties": False,
    }
    feature = service.schema.names[0]
    example = {"items": [{"verdict": "right", "feature": feature}]}
    name = service.name
    ids = {"type": "object", "properties": {"ids": {"type": "array", "items": text}}}
    number = {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": 10}
    give = operation(
        "Say which reasons are right or wrong",
        name,
        f"feedback_{name}",
        (400, 401, 403, 406, 413, 415, 422, 500, 507),
        answers={"201": answer("The ids of the verdicts", ids)},
        body={"schema": schema, "examples": {"example": {"value": example}}},
    )
    undo = operation(
        "Take one's own verdict back",
        name,
        f"undo_feedback_{name}",
        (401, 403, 404, 406, 500, 507),
        answers={"200": answer("What was taken back", {"type": "object"})},
        parameters=[{"name": "verdict_id", "in": "path", "required": True, "schema": text}],
    )
    count = operation(
        "Count the verdicts on each reason", name, f"feedback_counts_{name}", (401, 403)
    )
    rows = operation(
        "Pick rows to review",
        name,
        f"review_rows_{name}",
        (401, 403, 422, 503, 504),
        parameters=[{"name": "n", "in": "query", "schema": number}],
    )
    return {
        f"/v1/models/{name}/feedback": {"post": give, "get": count},
        f"/v1/models/{name}/feedback/{{verdict_id}}": {"delete": undo},
        f"/v1/models/{name}/review/rows": {"get": rows},
    }


def _open(service: ModelService, config: ServeConfig) -> tuple[FeedbackLog, ReviewRows, str]:
    """Return the log, the rows and who asks; refuse what cannot be reviewed."""
    if config.review is None:
        raise ProblemError("not-found", "Reviews are off here: skcook-serve --review FILE.jsonl")
    if not can_review(service):
        raise ProblemError(
            "not-found", "This model cannot be reviewed: that needs explanations of rows or texts."
        )
    return FeedbackLog(config.review), service.review_rows, g.get("key") or ANONYMOUS


@routes.add(*addresses("/review/rows"), describe_model=_describe)
def review_rows(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with rows whose reasons were not judged yet by the one who asks."""
    now, request = current()
    n = request.args.get("n", "10")
    if not n.isdecimal() or len(n) > 9 or not 1 <= int(n) <= MAX_ROWS:
        found = problem("range", "n", expected=f"an integer from 1 to {MAX_ROWS}", got="another")
        raise SchemaError("The number of rows does not fit.", [found])
    with now.models.use(name, version) as service:
        log, rows, who = _open(service, now.config)
        own = standing([v for v in log.read() if v.get("model") == service.name], who)
        judged = {v["feature"] for v in own if v["verdict"] in _REASONS}
        return {
            **service.identity,
            "who": who,
            "n_judged": len(own),
            "can_turn": service.classes is None or len(service.classes) == 2,
            "groups": rows.groups,
            "proposals": rows.proposals(own),
            "rows": rows.pick(int(n), judged),
        }


@routes.add(*addresses("/feedback"), methods=["POST"])
def post_feedback(name: str, version: str | None = None) -> tuple[dict[str, Any], int]:
    """Keep verdicts, all or none, and answer with their ids."""
    now, request = current()
    with now.models.use(name, version) as service:
        log, rows, who = _open(service, now.config)
        require_type(request, (JSON,))
        items = _items_of(read_json(request))
        verdicts = _verdicts(items, service, rows, keep_values=now.config.review_rows)
        about = {"who": who, **service.identity}
        return {"ids": log.append([{**verdict, **about} for verdict in verdicts])}, 201


@routes.add(*addresses("/feedback"))
def feedback(name: str, version: str | None = None) -> dict[str, Any]:
    """Answer with how often each reason got each verdict."""
    now, _ = current()
    with now.models.use(name, version) as service:
        log, _, _ = _open(service, now.config)
        return {"model": service.name, "counts": log.counts(service.name)}


@routes.add(*addresses("/feedback/<verdict_id>"), methods=["DELETE"])
def undo_feedback(name: str, verdict_id: str, version: str | None = None) -> dict[str, Any]:
    """Take one's own verdict back; the log says so in one more line."""
    now, _ = current()
    with now.models.use(name, version) as service:
        log, _, who = _open(service, now.config)
        own = {v["id"] for v in standing(log.read(), who) if v.get("model") == service.name}
        if verdict_id not in own:
            raise ProblemError("not-found", "You have no such verdict to take back.")
        about = {"who": who, **service.identity}
        log.append([{"verdict": "undo", "undoes": verdict_id, **about}])
        return {"undone": verdict_id}


def _items_of(document: Any) -> list[dict[str, Any]]:
    """Return the items of a body, or refuse its shape."""
    if not isinstance(document, dict) or list(document) != ["items"]:
        found = problem(
            "type", "items", expected="a body with items alone", got=json_type(document)
        )
        raise SchemaError("The body has another shape.", [found])
    items = document["items"]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        got = f"{len(items)} items" if isinstance(items, list) else json_type(items)
        found = problem("range", "items", expected=f"a list of 1 to {MAX_ITEMS}", got=got)
        raise SchemaError("The body has another shape.", [found])
    problems = [
        problem("type", "items", i, expected="object", got=json_type(item))
        for i, item in enumerate(items)
        if not isinstance(item, dict)
    ] or [
        problem("unknown_member", "items", i, key, allowed=list(_MEMBERS))
        for i, item in enumerate(items)
        for key in item
        if key not in _MEMBERS
    ]
    if problems:
        raise SchemaError("The items have another shape.", problems)
    return items


def _verdicts(
    items: list[dict[str, Any]], service: ModelService, rows: ReviewRows, *, keep_values: bool
) -> list[dict[str, Any]]:
    """Return the records of items, with what the server itself knows of their reasons."""
    found, problems = [], []
    for i, item in enumerate(items):
        record = {k: v for k, v in item.items() if k != "row_id" and v is not None}
        if (row_id := item.get("row_id")) is not None:
            record["row"] = row_id
        if item.get("verdict") in _REASONS:
            record.setdefault("kind", rows.kind)
            problems += _complete(record, service, rows, ["items", i], keep_values=keep_values)
        elif item.get("verdict") == "label":
            problems += _check_label(item.get("label"), service, ["items", i, "label"])
        found.append(record)
    if problems:
        raise SchemaError("The verdicts do not fit.", problems)
    return found


def _check_label(label: Any, service: ModelService, loc: list[Any]) -> list[dict[str, Any]]:
    if service.classes is not None and label not in service.classes:
        return [problem("category", *loc, allowed=service.classes[:20])]
    if service.classes is None and (isinstance(label, bool) or not isinstance(label, (int, float))):
        return [problem("type", *loc, expected="number", got=json_type(label))]
    return []


def _complete(
    record: dict[str, Any],
    service: ModelService,
    rows: ReviewRows,
    loc: list[Any],
    *,
    keep_values: bool,
) -> list[dict[str, Any]]:
    """Add what was shown of a reason, and return what is wrong with the verdict."""
    feature, kind = record.get("feature"), record["kind"]
    kinds = ["word", "pattern"] if rows.is_text else ["drop"]
    if kind not in kinds:
        return [problem("category", *loc, "kind", allowed=kinds)]
    known = {"drop": service.schema.names, "pattern": rows.groups}.get(kind)
    if known is not None and feature not in known:
        return [problem("category", *loc, "feature", allowed=known[:20])]
    if record["verdict"] == "wrong way":
        trend = rows.trend(feature) if isinstance(feature, str) and kind == "drop" else None
        if trend is None:
            expected = "right or wrong: the reason goes no way that could be turned"
            return [problem("no_direction", *loc, "verdict", expected=expected, got="wrong way")]
        record["trend"] = trend
    if (shown := rows.reason(record.get("row"), feature)) is not None:
        item, reason = shown
        record |= {"rule": reason.rule[:500], "weight": float(reason.weight)}
        if isinstance(item.target, (str, int, float)):
            record["target"] = item.target
        if keep_values and isinstance(reason.value, (str, int, float)):
            record["value"] = reason.value[:500] if isinstance(reason.value, str) else reason.value
    if record["verdict"] == "wrong way" and service.classes is not None:
        # The trend is told of the number, or of the second class.
        record["target"] = service.classes[1]
    return []
