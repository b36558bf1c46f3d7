"""The production server: waitress, stopped without losing a request.

Waitress itself drops what is under way when a signal arrives. Here the loop that reads its sockets
is ours, so that SIGTERM first takes in what waits to be accepted, stops listening, answers
everything that was accepted, tells each client to close its connection, and then ends.
"""

import logging
import os
import socket
import time
from typing import Any

from flask import Flask

from skcook.serve.http._routes import state_of
from skcook.serve.process._connections import Connections, channel_class
from skcook.serve.process._host import (
    GRACE_SECONDS,
    REFRESH_SECONDS,
    drain_on_signals,
    refuse_new_connections,
)
from skcook.utils import import_optional

LOGGER = logging.getLogger("skcook.serve")

# For taking in who is connected already; it matters only where others can still connect.
_SWEEP_SECONDS = 0.5
# How long an open connection must be silent before it is closed under its client: one on which
# nothing came yet belongs to a client that is about to ask, and may be on a busy machine.
_SILENCE_SECONDS = 0.5
_FIRST_SECONDS = 5.0


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

    drain_on_signals(state, drain, parent)
    refreshed = time.monotonic()
    try:
        while not state.draining:
            server.asyncore.loop(timeout=1, map=sockets, use_poll=True, count=1)
            connections.look_after()
            if parent is not None and os.getppid() != parent:
                drain()
            if parent is not None and time.monotonic() - refreshed > REFRESH_SECONDS:
                refreshed = time.monotonic()
                state.metrics.refresh()
        _drain(server, sockets)
    finally:
        state.models.close()
        server.task_dispatcher.shutdown(timeout=1)
        connections.close()


def _drain(server: Any, sockets: dict[int, Any]) -> None:
    LOGGER.info("draining", extra={"fields": {"connections": len(server.active_channels)}})
    # Clients whose connection the system has taken in already have sent their request.
    refuse_new_connections(server.socket)
    before, end = -1, time.monotonic() + _SWEEP_SECONDS
    while before != len(sockets) and time.monotonic() < end:
        before = len(sockets)
        server.handle_accept()
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
