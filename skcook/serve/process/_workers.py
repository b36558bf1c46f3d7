"""Several worker processes behind one address, and the parent that keeps them running.

The parent binds the socket and never answers a request. Each worker runs the parent's own command
with one argument more, which says what it inherits (`Worker`), and serves on the parent's socket:
the system gives a connection to whichever worker takes it first. What ties them:

- a worker writes to ``report`` once, when it is ready or cannot start;
- its standard input is a lifeline that the parent holds: it ends when the parent does, even by
  SIGKILL, and then the worker finishes what it has and ends too;
- SIGTERM to the parent is passed on, and workers that still run after the limit are killed.

The parent stays small: nothing heavy is imported here.
"""

import json
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from skcook.serve.process._host import turn_away

LOGGER = logging.getLogger("skcook.serve")

# Workers give up 25 seconds after SIGTERM; orchestrators kill everything after 30.
_GRACE_SECONDS = 28.0
# Between the end of a worker and its next start. The pause doubles while it keeps failing.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0
# A worker that lived as long as this was not failing.
_STEADY_SECONDS = 60.0

# The same modules as in the parent are found through PYTHONPATH, and no others (-P).
_COMMAND = (
    sys.executable, "-P", "-c",
    "import sys; from skcook.serve.process._serve_command import main; sys.exit(main())",
)  # fmt: skip


@dataclass(frozen=True)
class Worker:
    """What a worker inherits."""

    number: int
    count: int
    listener: int
    report: int
    folder: str

    @classmethod
    def from_argument(cls, text: str) -> "Worker":
        """Read what the parent gave as an argument."""
        worker = cls(**json.loads(text))
        for descriptor in (worker.listener, worker.report):
            # What a model may start, is no part of this.
            os.set_inheritable(descriptor, False)
        return worker

    @property
    def lifeline(self) -> int:
        """The descriptor of a pipe that ends with the parent."""
        return sys.stdin.fileno()

    def tell(self, **outcome: Any) -> None:
        """Tell the parent, once, what came of the start."""
        with os.fdopen(self.report, "w") as report:
            json.dump(outcome, report)


def supervise(
    given: Sequence[str],
    count: int,
    listener: socket.socket,
    folder: Path,
    ready: Callable[[list[str], bool], None],
) -> None:
    """Keep workers running until SIGTERM or SIGINT arrives, then let them finish."""
    if not hasattr(socket, "AF_UNIX"):
        raise ValueError("More than one worker needs a system with Unix sockets.")
    _Supervisor(given, count, listener, folder).run(ready)


class _Supervisor:
    """The workers of one server: a thread keeps each of them, the main thread waits."""

    def __init__(
        self, given: Sequence[str], count: int, listener: socket.socket, folder: Path
    ) -> None:
        self._given, self._count, self._listener, self._folder = given, count, listener, folder
        self._lifeline, self._held = os.pipe()
        # What came of the first starts; None is the signal to stop.
        self._news: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        # Held while a process is started, so that none starts unseen by the end.
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def run(self, ready: Callable[[list[str], bool], None]) -> None:
        keepers = [
            threading.Thread(target=self._keep, args=(number,), daemon=True)
            for number in range(self._count)
        ]
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        for keeper in keepers:
            keeper.start()
        try:
            started: dict[str, Any] = {}
            for _ in keepers:
                news = self._news.get()
                if news is None:
                    return
                if "error" in news:
                    raise ChildProcessError(news["error"])
                started = news
            ready(started["names"], started["pinned"])
            self._news.get()
        finally:
            self._end(keepers)

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        if self._stopping.is_set():
            # Who asks twice does not want to wait.
            raise SystemExit(1)
        self._news.put(None)

    def _end(self, keepers: list[threading.Thread]) -> None:
        with self._lock:
            self._stopping.set()
            # While one process has the socket open, the system takes in connections.
            turn_away(self._listener)
            self._listener.close()
        try:
            for process in self._processes.values():
                process.terminate()
            end = time.monotonic() + _GRACE_SECONDS
            for keeper in keepers:
                keeper.join(max(0.0, end - time.monotonic()))
        finally:
            for number, process in self._processes.items():
                if process.poll() is None:
                    LOGGER.error("worker killed", extra={"fields": {"worker": number}})
                    process.kill()
                    process.wait()
            os.close(self._lifeline)
            os.close(self._held)

    def _keep(self, number: int) -> None:
        """Start a worker, and start it again whenever it ends."""
        pause, may_fail = _FIRST_PAUSE, False
        while not self._stopping.is_set():
            begun = time.monotonic()
            outcome = self._start(number)
            failed = "error" in outcome
            if not may_fail:
                self._news.put(outcome)
            elif not failed:
                LOGGER.info("worker started again", extra={"fields": {"worker": number}})
            process = self._processes.get(number)
            code = None if process is None else process.wait()
            if self._stopping.is_set() or (failed and not may_fail):
                return
            may_fail = True
            if time.monotonic() - begun > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            fields = {"worker": number, "code": code, "reason": outcome.get("error")}
            LOGGER.error("worker ended", extra={"fields": {**fields, "next_start": pause}})
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _start(self, number: int) -> dict[str, Any]:
        """Start a worker, and wait for what it tells."""
        reading, writing = os.pipe()
        with os.fdopen(reading) as report:
            try:
                with self._lock:
                    if self._stopping.is_set():
                        return {"error": "The server is stopping."}
                    self._processes[number] = self._spawn(number, writing)
            except OSError as exc:
                return {"error": f"Worker {number} cannot be started: {exc}."}
            finally:
                os.close(writing)
            # This ends when the worker has told, or is dead.
            told = report.read()
        if told:
            outcome: dict[str, Any] = json.loads(told)
            return outcome
        code = self._processes[number].wait()
        return {"error": f"Worker {number} ended with code {code} before it was ready."}

    def _spawn(self, number: int, report: int) -> "subprocess.Popen[bytes]":
        listener = self._listener.fileno()
        worker = Worker(number, self._count, listener, report, str(self._folder))
        # The command is this one, with the arguments that this one was given.
        return subprocess.Popen(  # noqa: S603
            [*_COMMAND, "--inherit", json.dumps(asdict(worker)), *self._given],
            stdin=self._lifeline,
            pass_fds=(listener, report),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)},
            # Ctrl-C in a terminal reaches a whole group; workers hear of it from the parent.
            process_group=0,
        )
