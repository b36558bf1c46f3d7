"""What happens around every request: its id, its key, its headers, its line in the log."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from skcook.serve.http._errors import ProblemError
from skcook.serve.http._routes import Route
from skcook.serve.http._state import current

LOGGER = logging.getLogger("skcook.serve")

# An id from a client is kept if it cannot harm a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# The pages load their own files and nothing else, and no other page may frame them.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
# JSON is no page, and there are thousands of these a second.
_DATA_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)
# An address that is not ours.
_UNKNOWN = Route(is_data=False)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ANSWERS = ("application/json", "application/problem+json", "text/csv", "text/plain", "text/html")


def register_requests(app: Flask) -> None:
    """Let `app` do this around every request."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    now, request = current()
    given = request.headers.get("X-Request-Id")
    g.request_id = given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
    route = now.routes.get(request.endpoint or "", _UNKNOWN)
    if not (route.is_open or now.keys.is_open or request.method == "OPTIONS"):
        g.key = now.keys.check(request)
    accept = request.headers.get("Accept", "*/*")
    if "*/*" not in accept and not request.accept_mimetypes.best_match(_ANSWERS):
        raise ProblemError(
            "not-acceptable", "Answers are application/json; accept that, or anything."
        )


def _end(response: Response) -> Response:
    now, request = current()
    known = now.routes.get(request.endpoint or "", _UNKNOWN)
    response.headers.extend(_DATA_HEADERS if known.is_data else _PAGE_HEADERS)
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    if now.config.cors_origins:
        _allow_origin(response, now.config.cors_origins)
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule is not None else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    now.metrics.request(route, method, response.status_code, seconds)
    if LOGGER.isEnabledFor(logging.INFO):
        _log(route, method, response.status_code, seconds)
    return response


def _log(route: str, method: str, status: int, seconds: float) -> None:
    fields = {
        "request_id": g.request_id,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
        "model": (request.view_args or {}).get("name"),
        "rows": g.get("rows"),
        "key": g.get("key"),
        "problem": g.get("problem"),
    }
    LOGGER.info("request", extra={"fields": {k: v for k, v in fields.items() if v is not None}})


def _allow_origin(response: Response, origins: tuple[str, ...]) -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    response.vary.add("Origin")
    if "*" in origins or origin in origins:
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, X-API-Key, Authorization"
        response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
