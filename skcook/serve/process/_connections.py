"""What waitress's connections lack: our error shape, limits on who is slow, an end to each.

A request that never reaches the application is answered in the shape of all errors. When there are
too many connections, those that ask for nothing make room for new ones; the head of a request must
come within its time; and health is answered by a thread of its own, whatever the others do.
"""

import json
import time
from typing import Any

from flask import Flask

from skcook.serve.http._errors import PROBLEMS
from skcook.serve.http._routes import State, state_of

# Between two looks at the time limit for heads.
_LOOK_SECONDS = 1.0


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
