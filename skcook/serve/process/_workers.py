"""Several worker processes behind one address: gunicorn starts them, restarts them and ends them.

Each worker runs the same server as a process by itself does, on a socket that they share: the
system gives a connection to whichever worker takes it first. The parent answers no request and
imports nothing heavy. All workers write their figures to files of one folder (prometheus_client's
multiprocess mode), so whichever is asked has those of all.
"""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from skcook.utils import import_optional
from skcook.utils._progress import printable

LOGGER = logging.getLogger("skcook.serve")

#: Workers give up 25 seconds after SIGTERM; orchestrators kill everything after 30.
_GRACE_SECONDS = 28
#: Before a worker that could not be started again is started once more.
_PAUSE_SECONDS = 2.0

#: A file that is there once a worker was ready.
_BEGUN = "begun"

#: Returns the application of a worker, of which the number is given.
Load = Callable[[int], Any]
#: Answers the requests that come to a socket, while the process lives that the worker came from.
Serve = Callable[[Any, Any, int | None], None]


class StartError(Exception):
    """The application cannot be made, for a reason that the user can do something about."""


def run_workers(
    load: Load, serve: Serve, n_workers: int, listener: socket.socket, folder: Path
) -> int:
    """Keep workers running until SIGTERM, SIGINT or SIGHUP arrives; return the exit code."""
    if not hasattr(os, "fork"):
        raise ValueError("More than one worker needs a system that can fork processes.")
    import_optional("gunicorn", feature="skcook-serve --workers", extra="serve")
    from gunicorn.errors import HaltServer

    figures = folder / "figures"
    figures.mkdir()
    # Read by prometheus_client when the workers import it.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    parent = os.getpid()
    arbiter = _arbiter(load, serve, n_workers, folder)
    arbiter.LISTENERS = [listener]
    try:
        arbiter.run()
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else 0
        if os.getpid() != parent:
            # A worker is a copy of the parent, whose files are not for it to clean up.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        return 2 if code else 0
    except HaltServer:
        # A worker could not start, and another one neither.
        arbiter.kill_workers(signal.SIGKILL)
        return 2
    return 0


def _arbiter(load: Load, serve: Serve, n_workers: int, folder: Path) -> Any:
    """Return gunicorn's parent process, with our server in its workers."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.glogging import Logger
    from gunicorn.workers.base import Worker
    from prometheus_client.multiprocess import mark_process_dead

    class OwnWorker(Worker):
        number = 0

        def load_wsgi(self) -> None:
            try:
                self.wsgi = load(self.number)
            except StartError as exc:
                if (folder / _BEGUN).exists():
                    # The others go on, with what they loaded.
                    LOGGER.error("worker cannot start", extra={"fields": {"reason": str(exc)}})
                    time.sleep(_PAUSE_SECONDS)
                    sys.exit(1)
                if _first(folder / "failed"):
                    sys.stderr.write(f"skcook-serve: {printable(str(exc))}\n")
                sys.exit(Arbiter.APP_LOAD_ERROR)

        def handle_exit(self, sig: int, frame: Any) -> None:
            # Until it serves, when other handlers are set, there is nothing to lose.
            sys.exit(0)

        def run(self) -> None:
            serve(self.wsgi, self.sockets[0], self.ppid)

    class OwnArbiter(Arbiter):
        # A terminal that is closed and Ctrl-C end the server as SIGTERM does: no answer is lost.
        handle_hup = handle_int = Arbiter.handle_term

    class OwnLogger(Logger):
        def setup(self, cfg: Any) -> None:
            # Our own handler writes the lines, and our own events say what happened to a worker.
            self.error_log.handlers.clear()
            self.error_log.propagate = True
            self.error_log.setLevel(logging.CRITICAL)

    def number_worker(arbiter: Any, worker: Any) -> None:
        taken = {other.number for other in arbiter.WORKERS.values()}
        worker.number = min(set(range(n_workers)) - taken, default=0)

    def forget_worker(arbiter: Any, worker: Any) -> None:
        mark_process_dead(worker.pid)
        if arbiter.LISTENERS:
            LOGGER.error("worker ended", extra={"fields": {"worker": worker.number}})

    class OwnApplication(BaseApplication):
        def load_config(self) -> None:
            settings = {
                "workers": n_workers,
                "worker_class": OwnWorker,
                "logger_class": OwnLogger,
                "graceful_timeout": _GRACE_SECONDS,
                # Loading may take as long as it does, and requests have a time limit of their own.
                "timeout": 0,
                "control_socket_disable": True,
                "proc_name": "skcook-serve",
                "pre_fork": number_worker,
                "child_exit": forget_worker,
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

    return OwnArbiter(OwnApplication())


def _first(marker: Path) -> bool:
    """Tell whether this process is the first to leave a mark."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def announce_once(folder: Path, announce: Callable[[], None]) -> None:
    """Say that requests are welcome as soon as one worker is ready, and log later ones."""
    if _first(folder / _BEGUN):
        announce()
    else:
        LOGGER.info("worker ready")
