"""An address, a CPU, a process of its own."""

import gc
import os
import socket
import sys
import warnings

import pytest

from skcook.exceptions import VersionWarning
from skcook.serve.process._host import (
    freeze_after_startup,
    listen,
    pin_to_one_cpu,
    refuse_new_connections,
)


def test_an_address_that_cannot_be_had():
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1, port 80"):
        listen("192.0.2.1", 80)


def test_port_0_is_any_free_one():
    with listen("127.0.0.1", 0) as one, listen("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do this")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_new_connections_are_refused_and_those_that_came_before_are_not_disturbed(host):
    try:
        listener = listen(host, 0)
    except OSError:
        pytest.skip("no such address here")
    with listener:
        listener.listen()
        address = listener.getsockname()[:2]
        with socket.create_connection(address, timeout=30) as early:
            early.sendall(b"early")
            refuse_new_connections(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.2)
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.recv(5) == b"early"
                accepted.sendall(b"answer")
                assert early.recv(6) == b"answer"
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do this")
def test_a_client_whose_handshake_is_under_way_is_heard():
    """Its connection is made after the refusal, and inherits what was set on the listener."""
    with listen("127.0.0.1", 0) as listener:
        # A handshake then lasts until the client's first data come.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
        listener.listen()
        listener.settimeout(30)
        with socket.create_connection(listener.getsockname(), timeout=30) as client:
            refuse_new_connections(listener)
            client.sendall(b"head")
            accepted, _ = listener.accept()
            with accepted:
                accepted.settimeout(5)
                assert accepted.recv(4) == b"head"
                client.sendall(b"body")
                assert accepted.recv(4) == b"body"
                accepted.sendall(b"answer")
                assert client.recv(6) == b"answer"


@pytest.mark.parametrize(("number", "cpu"), [(0, 3), (1, 5), (2, 9), (3, 3)])
def test_each_worker_has_its_cpu_of_those_that_are_allowed(monkeypatch, number, cpu):
    pinned = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {9, 3, 5}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cpus: pinned.append(cpus), False)
    assert pin_to_one_cpu(number)
    assert pinned == [{cpu}]


def test_one_cpu_is_not_pinned_to(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert not pin_to_one_cpu()
    monkeypatch.setattr(os, "sched_setaffinity", pytest.fail, raising=False)
    assert not pin_to_one_cpu()


@pytest.mark.parametrize("asked", [[], ["default"]])
def test_a_settled_process_is_spared_the_collector_and_the_warnings_of_libraries(
    monkeypatch, asked
):
    monkeypatch.setattr(sys, "warnoptions", asked)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        freeze_after_startup()
        try:
            assert gc.get_freeze_count() > 0
        finally:
            gc.unfreeze()
        warnings.warn("of a library", UserWarning, stacklevel=1)
        warnings.warn("of another version", VersionWarning, stacklevel=1)
    shown = [str(warning.message) for warning in caught]
    assert shown == [*(["of a library"] if asked else []), "of another version"]
