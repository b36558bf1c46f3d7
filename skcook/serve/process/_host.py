"""What a server takes from the machine it runs on: an address, a CPU, a process of its own.

The parent of several workers needs no more than this, so nothing heavy is imported here.
"""

import array
import contextlib
import gc
import os
import signal
import socket
import struct
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from skcook.exceptions import SkcookWarning

#: For what is under way; orchestrators send SIGKILL 30 seconds after SIGTERM.
GRACE_SECONDS = 25.0
#: Between two looks at the figures that another worker may be asked for.
_REFRESH_SECONDS = 5.0

# Linux's number of the option, which Python does not name, and a packet filter for it: read the
# flags of the TCP header; a packet that opens a connection (SYN) is dropped, all others pass.
_SO_ATTACH_FILTER = 26
_DROP_SYN = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),
        (0x45, 0, 1, 0x02),
        (0x06, 0, 0, 0),
        (0x06, 0, 0, 2**32 - 1),
    )
)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address."""
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as exc:
        listener.close()
        raise OSError(f"cannot listen on {host}, port {port}: {exc.strerror}") from exc
    return listener


def drain_on_signals(
    state: Any, drain: Callable[[], None], parent: int | None
) -> Callable[[], None]:
    """Call `drain` when the process is told to end; return what a worker calls now and then."""

    def stop(signum: int, frame: Any) -> None:
        # A second signal exits at once. A worker may get one from its parent and one from the
        # system; when waiting must end, its parent kills it.
        if state.draining and parent is None:
            raise SystemExit(1)
        drain()

    # A terminal that is closed sends SIGHUP, where there are such.
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    refreshed = time.monotonic()

    # A worker ends with its parent, and shares its figures with whichever worker is asked for them.
    def look_after() -> None:
        nonlocal refreshed
        if parent is None:
            return
        if os.getppid() != parent:
            drain()
        if time.monotonic() - refreshed > _REFRESH_SECONDS:
            refreshed = time.monotonic()
            state.metrics.refresh()

    return look_after


def refuse_new_connections(listener: socket.socket) -> None:
    """Let no client connect any more, while those who have can still be accepted.

    Closing a socket resets the connections that came since its last accept. Where this works, on
    Linux, there are none: the system drops the first packet of a new connection. A client that
    comes now tries again a second later, and is refused. Connections inherit what is set here, if
    their handshake ends after it; so it must let all but first packets through. (A least time to
    live of packets, as of RFC 5082, does not: it lost the request of such a client.)
    """
    if sys.platform != "linux":
        return
    code = array.array("B", _DROP_SYN)
    address, size = code.buffer_info()
    program = struct.pack("HP", size // struct.calcsize("HBBI"), address)
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def pin_to_one_cpu(number: int = 0) -> bool:
    """Keep the process on one of the CPUs it may use, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return False
    os.sched_setaffinity(0, {allowed[number % len(allowed)]})
    return True


def freeze_after_startup() -> None:
    """Make this process cheaper to run, now that everything is loaded.

    Libraries and models stay for good, and the garbage collector no longer goes through them: that
    takes some 70 ms, for which every client waits. And unless Python was told which warnings to
    show (``-W``, ``PYTHONWARNINGS``), those of libraries are not shown: scikit-learn hands each
    filter of warnings to each tree of a forest anew, which takes a third of the time of an answer.
    """
    gc.collect()
    gc.freeze()
    if not sys.warnoptions:
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", SkcookWarning)
