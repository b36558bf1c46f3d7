"""What a server takes from the machine it runs on: an address, a CPU, a process of its own.

The parent of several workers needs no more than this, so nothing heavy is imported here.
"""

import contextlib
import ctypes
import gc
import os
import socket
import struct
import sys
import warnings

from skcook.exceptions import SkcookWarning

# Linux: the number of this option, which Python does not name, and a program for it that takes
# nothing ("return 0").
_SO_ATTACH_FILTER = 26
_TAKE_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


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


def turn_away(listener: socket.socket) -> None:
    """Let nobody connect any more, while those who have can still be accepted.

    Closing a socket resets the connections that came since its last accept. Where this works, on
    Linux, there are none: a client that comes now tries again a second later, and is refused.
    """
    if sys.platform == "linux":
        program = ctypes.create_string_buffer(_TAKE_NOTHING)
        with contextlib.suppress(OSError):
            one_instruction = struct.pack("HP", 1, ctypes.addressof(program))
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, one_instruction)


def pin_to_one_cpu(number: int = 0) -> bool:
    """Keep the process on one of the CPUs it may use, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return False
    os.sched_setaffinity(0, {allowed[number % len(allowed)]})
    return True


def settle() -> None:
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
