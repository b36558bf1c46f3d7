"""What a server takes from the machine it runs on: an address, a CPU, a process of its own.

The parent of several workers needs no more than this, so nothing heavy is imported here.
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from typing import Any

from skcook.exceptions import SkcookWarning

#: For what is under way; orchestrators send SIGKILL 30 seconds after SIGTERM.
GRACE_SECONDS = 25.0
#: Between two looks at the figures that another worker may be asked for.
REFRESH_SECONDS = 5.0

# Linux's numbers of the options for the least time to live of a packet, which Python does not name.
_IP_MINTTL, _IPV6_MIN = 21, 73


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


def drain_on_signals(state: Any, drain: Callable[[], None], parent: int | None) -> None:
    """Call `drain` when the process is told to end."""

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


def refuse_new_connections(listener: socket.socket) -> None:
    """Let no client connect any more, while those who have can still be accepted.

    Closing a socket resets the connections that came since its last accept. Where this works, on
    Linux, there are none: the socket demands that packets come from a neighbour (RFC 5082), which
    those of ordinary clients do not say. A client that comes now tries again a second later, and is
    refused.
    """
    if sys.platform != "linux":
        return
    for protocol, least_hops in ((socket.IPPROTO_IP, _IP_MINTTL), (socket.IPPROTO_IPV6, _IPV6_MIN)):
        with contextlib.suppress(OSError):
            listener.setsockopt(protocol, least_hops, 255)


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
