"""The production server: waitress, stopped without losing a request.

Waitress itself drops what is under way when a signal arrives. Here the loop that reads its sockets
is ours, so that SIGTERM first takes in what waits to be accepted, stops listening, answers
everything that was accepted, tells each client to close its connection, and then ends.

Its connections get what they lack: our error shape for a request that never reaches the
application, limits on who is slow, room for new ones when there are too many, and health answered
by a thread of its own, whatever the others do.
"""

import json
import logging
import socket
import time
from typing import Any

from flask import Flask

from skcook.serve.http._errors import PROBLEMS
from skcook.serve.http._routes import State, state_of
from skcook.serve.process._host import (
    GRACE_SECONDS,
    drain_on_signals,
    refuse_new_connections,
)
from skcook.utils import import_optional

LOGGER = logging.getLogger("skcook.serve")

# For taking in who is connected already, or about to be.
_SWEEP_SECONDS = 0.3
# How long an open connection must be silent before it is closed under its client: one on which
# nothing came yet belongs to a client that is about to ask, and may be on a busy machine.
_SILENCE_SECONDS = 0.5
_FIRST_SECONDS = 5.0
# Between two looks at the time limit for heads.
_LOOK_SECONDS = 1.0


def serve(
    app: Flask, listener: socket.socket, *, threads: int = 32, parent: int | None = None
) -> None:
    """Answer requests until SIGTERM, SIGINT or SIGHUP arrives, then finish those under way.

    A worker names its parent; when that ends, the worker does too.
    """
    waitress = import_optional("waitress.server", feature="skcook-serve", extra="serve")
    state = state_of(app)
    sockets: dict[int, Any] = {}
    server = waitress.create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=threads,
        # The application refuses what is longer than max_bytes; this bounds what it is shown.
        max_request_body_size=state.config.max_bytes * 2,
        channel_timeout=60,
        # Never reached: our own limit, below it, makes room for those who come.
        connection_limit=state.config.connections + 100,
        ident="skcook",
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = channel_class(server.channel_class, state)
    connections = Connections(server, app)
    # More requests than threads is what the queue is for, not something to warn of.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    def drain() -> None:
        state.draining = True
        server.pull_trigger()

    look_after_worker = drain_on_signals(state, drain, parent)
    try:
        while not state.draining:
            server.asyncore.loop(timeout=1, map=sockets, use_poll=True, count=1)
            connections.look_after()
            look_after_worker()
        _drain(server, sockets)
    finally:
        state.models.close()
        server.task_dispatcher.shutdown(timeout=1)
        connections.close()


def _drain(server: Any, sockets: dict[int, Any]) -> None:
    LOGGER.info("draining", extra={"fields": {"connections": len(server.active_channels)}})
    # Clients whose connection the system has taken in already have sent their request.
    refuse_new_connections(server.socket)
    end = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < end:
        server.asyncore.loop(timeout=_SWEEP_SECONDS / 10, map=sockets, use_poll=True, count=1)
    server.asyncore.dispatcher.close(server)
    end = time.monotonic() + GRACE_SECONDS
    while server.active_channels and time.monotonic() < end:
        server.asyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
        now = time.time()
        for channel in list(server.active_channels.values()):
            busy = channel.requests or channel.request is not None or channel.total_outbufs_len
            is_new = channel.last_activity == channel.creation_time
            patience = _FIRST_SECONDS if is_new else _SILENCE_SECONDS
            if not busy and now - channel.last_activity > patience:
                channel.handle_close()
    if server.active_channels:
        LOGGER.warning("gave up", extra={"fields": {"connections": len(server.active_channels)}})


def channel_class(base: Any, state: State) -> Any:
    """Return waitress's connection, with what it lacks."""

    class Task(base.task_class):
        def build_response_header(self) -> Any:
            if state.draining and not self.close_on_finish:
                self.set_close_on_finish()
            return super().build_response_header()

    class ErrorTask(base.error_task_class):
        def execute(self) -> None:
            error = self.request.error
            kind = next((k for k, v in PROBLEMS.items() if v.status == error.code), "bad-request")
            problem = {"type": f"/problems/{kind}", "title": PROBLEMS[kind].title}
            body = json.dumps({**problem, "status": error.code, "detail": f"{error.reason}."})
            self.status = f"{error.code} {error.reason}"
            self.response_headers.append(("Content-Type", "application/problem+json"))
            self.response_headers.append(("Connection", "close"))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body.encode())

    class Parser(base.parser_class):
        def __init__(self, adj: Any) -> None:
            super().__init__(adj)
            self.started = time.time()

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.chunked and "CONTENT_LENGTH" in self.headers:
                # RFC 9112, 6.1: what follows might be another's request, so nothing is read of it.
                self.headers["CONNECTION"] = "close"

    class Channel(base):
        task_class = Task
        error_task_class = ErrorTask
        parser_class = Parser

    return Channel


class Connections:
    """The connections of one server, kept within its limits."""

    def __init__(self, server: Any, app: Flask) -> None:
        self._server, self._config = server, state_of(app).config
        self._looked = time.time()
        routes = state_of(app).routes
        self._health = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if not rule.arguments and rule.endpoint in routes and routes[rule.endpoint].is_open
        }
        self._add_task = server.add_task
        self._dispatcher = type(server.task_dispatcher)()
        self._dispatcher.set_thread_count(1)
        server.add_task = self._dispatch

    def _dispatch(self, channel: Any) -> None:
        """Let the thread for health answer what asks for it, and the others the rest."""
        path = getattr(channel.requests[0], "path", None) if channel.requests else None
        if path in self._health:
            self._dispatcher.add_task(channel)
        else:
            self._add_task(channel)

    def look_after(self) -> None:
        """Close what takes too long, and make room; called each time something happens."""
        open_ones = self._server.active_channels
        now = time.time()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            limit = self._config.header_timeout
            for channel in list(open_ones.values()):
                request = channel.request
                if request and not request.headers_finished and now - request.started > limit:
                    channel.handle_close()
        excess = len(open_ones) - self._config.connections
        if excess > 0:
            idle = [c for c in open_ones.values() if not c.requests and not c.total_outbufs_len]
            idle.sort(key=_usefulness)
            for channel in idle[:excess]:
                channel.handle_close()

    def close(self) -> None:
        """End the thread for health."""
        self._dispatcher.shutdown(timeout=1)


def _usefulness(channel: Any) -> tuple[bool, float]:
    """Sort those of which no whole head has come first, the longest silent before the others."""
    request = channel.request
    if request is None:
        return False, channel.last_activity
    return request.headers_finished, request.started
