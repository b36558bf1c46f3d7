"""The figures of all workers, whichever of them is asked.

Each worker counts for itself and tells its figures to whoever connects to its Unix socket, in a
folder that only this user can enter. The worker that answers ``/metrics`` asks the others, and puts
the label ``worker`` on each sample: nothing is added up, so counters stay counters when a worker
is started again.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from skcook.serve.model._serving_metrics import Metrics

# For all the others together; they answer within milliseconds unless they hang.
_PATIENCE_SECONDS = 2.0
# Without this at its end, an answer is only the beginning of one.
_END = b"# EOF\n"
_UP = "skcook_worker_up"


class WorkerMetrics:
    """The figures of one worker and of its siblings; a context that closes its door."""

    def __init__(self, metrics: Metrics, folder: Path, number: int, count: int) -> None:
        self._metrics, self._folder, self._number, self._count = metrics, folder, number, count
        path = self._address(number)
        # A worker that died left it behind.
        Path(path).unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(path)
        self._door.listen()
        threading.Thread(target=self._tell_all, name="figures", daemon=True).start()

    def __enter__(self) -> "WorkerMetrics":
        return self

    def __exit__(self, *error: object) -> None:
        # Closing alone would not wake the thread that waits for a visitor.
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def text(self) -> bytes:
        """Return the figures of all workers that answer, in Prometheus' text format."""
        others = [number for number in range(self._count) if number != self._number]
        texts = {self._number: self._metrics.text(), **self._ask(others)}
        lines = [
            f"# HELP {_UP} Whether a worker's figures are among these.",
            f"# TYPE {_UP} gauge",
            *(f'{_UP}{{worker="{k}"}} {float(k in texts)}' for k in range(self._count)),
        ]
        return merge(dict(sorted(texts.items()))) + "\n".join([*lines, ""]).encode()

    def _address(self, number: int) -> str:
        return str(self._folder / f"worker-{number}")

    def _tell_all(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_PATIENCE_SECONDS)
                connection.sendall(self._metrics.text() + _END)

    def _ask(self, numbers: list[int]) -> dict[int, bytes]:
        """Return the figures of other workers; one that does not answer in time is left out."""
        end = time.monotonic() + _PATIENCE_SECONDS
        found = {}
        with contextlib.ExitStack() as stack:
            asked = {}
            # All of them begin to answer before the first answer is read.
            for number in numbers:
                connection = stack.enter_context(socket.socket(socket.AF_UNIX))
                with contextlib.suppress(OSError):
                    connection.settimeout(_PATIENCE_SECONDS)
                    connection.connect(self._address(number))
                    asked[number] = connection
            for number, connection in asked.items():
                with contextlib.suppress(OSError):
                    text = _read(connection, end)
                    if text.endswith(_END):
                        found[number] = text.removesuffix(_END)
        return found


def _read(connection: socket.socket, end: float) -> bytes:
    parts: list[bytes] = []
    while True:
        # What has come already is read even when the time is up.
        connection.settimeout(max(0.01, end - time.monotonic()))
        part = connection.recv(1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def merge(texts: Mapping[int, bytes]) -> bytes:
    r"""Return the samples of several expositions as one, each labelled with its worker."""
    families: dict[str, list[str]] = {}
    for number, text in texts.items():
        samples: list[str] = []
        head = ""
        # Not splitlines(): a label's value may hold other separators.
        for line in text.decode().split("\n"):
            if line.startswith("# HELP "):
                head = line
            elif line.startswith("# TYPE "):
                samples = families.setdefault(f"{head}\n{line}", [])
            elif line:
                samples.append(_labelled(line, number))
    lines = [line for head, samples in families.items() for line in (head, *samples)]
    return "\n".join([*lines, ""]).encode()


def _labelled(sample: str, number: int) -> str:
    name, brace, rest = sample.partition("{")
    if brace:
        return f'{name}{{worker="{number}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{number}"}} {value}'
