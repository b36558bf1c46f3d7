"""The other engine: granian, which reads and writes HTTP in threads of its own, outside Python.

Its command starts processes that each load a model, on sockets of their own. Here it runs inside
this process, on our socket, as waitress does, so that SIGTERM first lets no client connect any
more, answers everything that was accepted, and then ends. These are names that granian keeps to
itself, so the extra ``granian`` names the one minor version that they are of.
"""

import asyncio
import io
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from skcook.serve.http._routes import state_of
from skcook.serve.process._host import (
    GRACE_SECONDS,
    drain_on_signals,
    refuse_new_connections,
)
from skcook.utils import import_optional

LOGGER = logging.getLogger("skcook.serve")

# How long nothing must come before those who are connected have had their answers.
_SILENCE_SECONDS = 0.5

# Granian's own settings: when an idle thread ends, threads for files (there are none), no TLS.
_IDLE_SECONDS, _FILE_THREADS = 30, 4
_NO_TLS: tuple[Any, ...] = (False, None, None, None, "tls1.3", None, [], False)


def serve(
    app: Flask, listener: socket.socket, *, threads: int = 32, parent: int | None = None
) -> None:
    """Answer requests until SIGTERM, SIGINT or SIGHUP arrives, then finish those under way.

    A worker names its parent; when that ends, the worker does too.
    """
    state, gate = state_of(app), _Gate(app, threads)
    asked, ended = threading.Event(), threading.Event()
    end = _start(gate, listener, ended.set)

    def drain() -> None:
        state.draining = True
        asked.set()

    look_after_worker = drain_on_signals(state, drain, parent)
    try:
        while not asked.wait(1):
            look_after_worker()
        LOGGER.info("draining", extra={"fields": {"requests": gate.under_way}})
        refuse_new_connections(listener)
        deadline = time.monotonic() + GRACE_SECONDS
        while gate.seconds_of_silence() < _SILENCE_SECONDS and time.monotonic() < deadline:
            time.sleep(0.02)
        listener.close()
        end.set()
        if not ended.wait(max(1.0, deadline - time.monotonic())):
            LOGGER.warning("gave up", extra={"fields": {"requests": gate.under_way}})
    finally:
        state.models.close()


def _start(gate: "_Gate", listener: socket.socket, ended: Callable[[], None]) -> Any:
    """Let granian answer on a socket; return what is set to end it, which then calls `ended`."""
    core, futures, http = (
        import_optional(f"granian.{name}", feature="skcook-serve --engine granian", extra="granian")
        for name in ("_granian", "_futures", "http")
    )
    config = gate.state.config
    end = core.WorkerSignal()
    end.add_cb(ended)
    # It closes the socket that it is given.
    given = core.SocketHolder(os.dup(listener.fileno()), False, 1024)
    heads = http.HTTP1Settings(header_read_timeout=int(1000 * config.header_timeout))
    worker = core.WSGIWorker(
        1,
        (None, given),
        None,
        1,
        _FILE_THREADS,
        config.connections,
        _IDLE_SECONDS,
        config.connections,
        "1",
        heads,
        None,
        None,
        *_NO_TLS,
        (None, None),
    )
    loop = asyncio.new_event_loop()
    worker.serve_mtr(futures._new_cbscheduler(loop, gate, impl_asyncio=True), loop, end)
    return end


class _Gate:
    """Takes granian's requests to an application, and knows how many are under way."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._app: Any = app
        self.state = state_of(app)
        self._lock, self._free = threading.Lock(), threading.Semaphore(threads)
        self.under_way, self._last = 0, time.monotonic()
        # Granian's own adapter adds all variables of this process, as if clients had sent them.
        self._environ = {
            "SCRIPT_NAME": "",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }

    def __call__(self, answer: Any, request: dict[str, Any]) -> None:
        """Answer one request."""
        # A client may take its time over its body; that takes a thread, but not one of those
        # that answer. What is too long the application refuses, so it is not read to its end.
        limit, body = self.state.config.max_bytes, b""
        if int(request.get("CONTENT_LENGTH") or 0) <= limit:
            body = request["wsgi.input"].read(limit + 1)
        environ = {**self._environ, **request, "wsgi.input": io.BytesIO(body)}
        with self._lock:
            self.under_way += 1
        try:
            with self._free:
                status, headers, text = _ask(self._app, environ)
            if self.state.draining:
                headers = [*headers, ("Connection", "close")]
            answer.response_bytes(status, headers, text)
        finally:
            with self._lock:
                self.under_way -= 1
                self._last = time.monotonic()

    def seconds_of_silence(self) -> float:
        """Return for how long no request has been under way."""
        with self._lock:
            return 0.0 if self.under_way else time.monotonic() - self._last


def _ask(app: Any, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the status, the headers and the body of a WSGI application's answer."""
    head: list[Any] = []
    parts = app(environ, lambda *given: head.extend(given))
    try:
        return int(head[0][:3]), head[1], b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
