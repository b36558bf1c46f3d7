"""What goes wrong becomes an answer here, and nowhere else.

Every error is answered in one shape, the problem details of RFC 9457, and to a browser that was to
show a page as one::

    {"type": "/problems/invalid-input", "title": "...", "status": 422, "detail": "...",
     "request_id": "...", "errors": [{"loc": ["rows", 0, "age"], "code": "type", ...}]}

`PROBLEMS` is the table of all kinds and their statuses, `EXCEPTIONS` the table of which exception
is of which kind. No answer holds the text of an unexpected exception, a path, or a row's value.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g, json, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from skcook import __version__
from skcook.exceptions import CorrectionError, FeedbackLogError, SchemaError
from skcook.serve.model._refusals import (
    ClosedError,
    DeadlineError,
    MethodUnavailableError,
    QueueFullError,
    RefusedRowsError,
    TooManyRowsError,
    UnknownIdsError,
    UnknownModelError,
)

LOGGER = logging.getLogger("skcook.serve")

# The wrong fields that one answer lists; the rest are counted in its detail.
MAX_ERRORS = 20


class Kind(NamedTuple):
    """One kind of problem: its status and its title."""

    status: int
    title: str


PROBLEMS: dict[str, Kind] = {
    "invalid-body": Kind(400, "The body cannot be read"),
    "unauthorized": Kind(401, "An API key is needed"),
    "forbidden": Kind(403, "The API key is not known"),
    "not-found": Kind(404, "There is nothing at this address"),
    "unknown-model": Kind(404, "There is no such model or version"),
    "unknown-id": Kind(404, "The model does not know this id"),
    "method-unavailable": Kind(404, "The model has no such method"),
    "method-not-allowed": Kind(405, "The address does not take this HTTP method"),
    "not-acceptable": Kind(406, "The answer cannot be had in this format"),
    "too-large": Kind(413, "The body is too large"),
    "too-many-rows": Kind(413, "The request has too many rows"),
    "unsupported-media-type": Kind(415, "The body's format is not supported"),
    "invalid-input": Kind(422, "The input does not fit the model's schema"),
    "model-refused": Kind(422, "The model refuses these rows"),
    "bad-request": Kind(400, "The request cannot be understood"),
    "internal": Kind(500, "Something is wrong on our side"),
    "queue-full": Kind(503, "Too many rows are waiting"),
    "not-ready": Kind(503, "The server is starting or stopping"),
    "deadline": Kind(504, "The model took too long"),
    "not-kept": Kind(507, "The feedback could not be kept"),
}


class ProblemError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, detail
        self.errors, self.headers, self.members = errors, dict(headers or {}), members

    @property
    def status(self) -> int:
        """The HTTP status of this kind."""
        return PROBLEMS[self.kind].status

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the answer."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.kind}",
            "title": PROBLEMS[self.kind].title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        if self.errors:
            body["errors"] = [dict(error) for error in self.errors[:MAX_ERRORS]]
            if len(self.errors) > MAX_ERRORS:
                body["errors_omitted"] = len(self.errors) - MAX_ERRORS
        return body


def unreadable(what: str, reason: str) -> ProblemError:
    """Return the problem of a body that is not what it says it is."""
    return ProblemError("invalid-body", f"The body is not valid {what}: {reason}.")


def _from_schema(exc: SchemaError) -> ProblemError:
    count = len(exc.problems)
    verb = "fields do not fit; each" if count != 1 else "field does not fit; it"
    detail = f"{count} {verb} is named in errors."
    return ProblemError("invalid-input", detail, errors=exc.problems)


def _from_refusal(exc: RefusedRowsError) -> ProblemError:
    return ProblemError(
        "model-refused",
        "The rows fit the schema, yet the model raises an error over those named in errors.",
        errors=[{"loc": ["rows", i], "code": "refused"} for i in exc.positions],
    )


def _from_http(exc: HTTPException) -> ProblemError:
    status = exc.code or 500
    kinds = {404: "not-found", 405: "method-not-allowed", 406: "not-acceptable", 413: "too-large"}
    kinds |= {415: "unsupported-media-type"}
    headers = {}
    if isinstance(exc, MethodNotAllowed) and exc.valid_methods:
        headers["Allow"] = ", ".join(sorted(exc.valid_methods))
    kind = kinds.get(status, "bad-request" if status < 500 else "internal")
    return ProblemError(kind, PROBLEMS[kind].title + ".", headers=headers)


def _unknown_model(exc: UnknownModelError) -> ProblemError:
    return ProblemError("unknown-model", str(exc), available=exc.available)


def _no_method(exc: MethodUnavailableError) -> ProblemError:
    return ProblemError(
        "method-unavailable", str(exc), code="method_unavailable", available=exc.available
    )


def _too_many_rows(exc: TooManyRowsError) -> ProblemError:
    return ProblemError("too-many-rows", str(exc), max_rows=exc.max_rows)


def _queue_full(_: QueueFullError) -> ProblemError:
    detail = "The server has as many rows waiting as it may. Try again in a moment."
    return ProblemError("queue-full", detail, headers={"Retry-After": "1"})


def _deadline(_: DeadlineError) -> ProblemError:
    return ProblemError(
        "deadline", "The time for this request ran out. Send fewer rows, or try later."
    )


def _closed(_: ClosedError) -> ProblemError:
    detail = "The server is shutting down or has just changed its model. Try again."
    return ProblemError("not-ready", detail, headers={"Retry-After": "1"})


def _bad_verdict(exc: CorrectionError) -> ProblemError:
    return ProblemError("invalid-input", str(exc))


def _not_kept(exc: FeedbackLogError) -> ProblemError:
    return ProblemError("not-kept", str(exc.strerror or "The file of verdicts cannot be used."))


def _unknown_ids(exc: UnknownIdsError) -> ProblemError:
    return ProblemError(
        "unknown-id", "The ids named in errors were in no row of fit.", errors=exc.problems
    )


# The one table from exceptions to answers. Whatever is not here is a bug of ours.
EXCEPTIONS: dict[type[Exception], Any] = {
    UnknownIdsError: _unknown_ids,
    SchemaError: _from_schema,
    CorrectionError: _bad_verdict,
    FeedbackLogError: _not_kept,
    UnknownModelError: _unknown_model,
    MethodUnavailableError: _no_method,
    TooManyRowsError: _too_many_rows,
    RefusedRowsError: _from_refusal,
    QueueFullError: _queue_full,
    DeadlineError: _deadline,
    ClosedError: _closed,
    HTTPException: _from_http,
}


def to_problem(exc: Exception) -> ProblemError:
    """Return the problem that an exception stands for."""
    if isinstance(exc, ProblemError):
        return exc
    for kind, convert in EXCEPTIONS.items():
        if isinstance(exc, kind):
            problem: ProblemError = convert(exc)
            return problem
    incident = uuid.uuid4().hex
    LOGGER.error(
        "incident",
        extra={"fields": {"incident": incident}},
        exc_info=(type(exc), exc, exc.__traceback__),
    )
    return ProblemError(
        "internal", "Report the incident id to whoever runs this server.", incident=incident
    )


def problem_response(exc: Exception) -> Response:
    """Return the answer to a request that raised `exc`."""
    problem = to_problem(exc)
    g.problem = problem.kind
    body = problem.to_dict()
    if "request_id" in g:
        body["request_id"] = g.request_id
    if request.path.startswith("/v2/"):
        # Clients of the Open Inference Protocol show this member alone.
        fields = [".".join(map(str, e["loc"])) + f": {e['code']}" for e in body.get("errors", ())]
        body["error"] = " ".join([problem.detail, "; ".join(fields)]).strip()
    if _is_for_a_reader():
        page = render_template(
            "problem.html",
            kind=problem.kind,
            problem=PROBLEMS[problem.kind],
            body=body,
            skcook_version=__version__,
        )
        response = Response(page, problem.status, mimetype="text/html")
    else:
        response = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    response.headers.update(problem.headers)
    return response


def _is_for_a_reader() -> bool:
    """Tell whether a browser was to show a page, and pages are served."""
    if "pages.problem" not in current_app.view_functions or request.method != "GET":
        return False
    of_api = request.path.startswith(("/v1/", "/v2/"))
    asked = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return asked == "text/html" and not of_api


def register_errors(app: Flask) -> None:
    """Let `app` answer every error in the one shape."""
    app.register_error_handler(Exception, problem_response)
