"""Every error has one shape, and says nothing that it should not."""

import logging

import pytest
from flask import Flask
from werkzeug.exceptions import BadRequest, NotFound

from skcook.exceptions import SchemaError
from skcook.serve.http._errors import (
    MAX_ERRORS,
    PROBLEMS,
    ProblemError,
    register_errors,
    to_problem,
)
from skcook.serve.model._refusals import (
    ClosedError,
    DeadlineError,
    MethodUnavailableError,
    QueueFullError,
    RefusedRowsError,
    TooManyRowsError,
    UnknownModelError,
)

EXCEPTIONS = {
    "schema": (SchemaError("x", [{"loc": ["rows", 0, "a"], "code": "type"}]), 422, "invalid-input"),
    "refused": (RefusedRowsError([2]), 422, "model-refused"),
    "queue": (QueueFullError(), 503, "queue-full"),
    "deadline": (DeadlineError(), 504, "deadline"),
    "closed": (ClosedError(), 503, "not-ready"),
    "not found": (NotFound(), 404, "not-found"),
    "bad request": (BadRequest(), 400, "bad-request"),
    "bug": (RuntimeError("secret /etc/passwd"), 500, "internal"),
    "model": (UnknownModelError("no", ["m"]), 404, "unknown-model"),
    "method": (MethodUnavailableError(["predict"]), 404, "method-unavailable"),
    "rows": (TooManyRowsError(3, 2), 413, "too-many-rows"),
    "problem": (ProblemError("forbidden", "no"), 403, "forbidden"),
}


@pytest.mark.parametrize("case", EXCEPTIONS)
def test_each_exception_has_its_status(case):
    exc, status, kind = EXCEPTIONS[case]
    problem = to_problem(exc)
    assert (problem.status, problem.kind) == (status, kind)


def test_whoever_may_try_again_is_told_when():
    for exc in (QueueFullError(), ClosedError()):
        assert to_problem(exc).headers["Retry-After"] == "1"


def test_refused_rows_are_named():
    body = to_problem(RefusedRowsError([0, 3])).to_dict()
    assert [error["loc"] for error in body["errors"]] == [["rows", 0], ["rows", 3]]


def test_a_bug_is_answered_with_an_id_that_the_log_has_and_no_word_of_its_text(caplog):
    app = Flask("test")
    register_errors(app)

    @app.get("/")
    def fail():
        raise RuntimeError("secret 4711 in /etc/passwd")

    with caplog.at_level(logging.ERROR, "skcook.serve"):
        response = app.test_client().get("/")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "passwd" not in response.text
    assert response.json["incident"] == caplog.records[0].fields["incident"]


def test_long_lists_of_errors_are_cut_and_counted():
    problems = [{"loc": ["rows", i, "a"], "code": "type"} for i in range(MAX_ERRORS + 5)]
    body = to_problem(SchemaError("x", problems)).to_dict()
    assert len(body["errors"]) == MAX_ERRORS
    assert body["errors_omitted"] == 5
    assert body["detail"] == "25 fields do not fit; each is named in errors."


def test_the_table_of_kinds_is_sound():
    assert all(400 <= kind.status < 600 and kind.title for kind in PROBLEMS.values())
    assert [name for name in PROBLEMS if PROBLEMS[name].status == 500] == ["internal"]
