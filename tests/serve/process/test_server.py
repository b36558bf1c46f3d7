"""What our own loop around waitress adds: it drains, refuses in the one shape, is never stuck.

What every server does is in test_http.py.
"""

import json
import os
import signal
import socket
import threading
import time

import pytest

from tests.serve._helpers import PATIENCE, wait_until
from tests.serve._process import Server
from tests.serve.model.test_registry import save

BODY = json.dumps({"rows": [{"a": 1.0}]}).encode()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save(tmp_path_factory.mktemp("model"), "one")


@pytest.fixture(scope="module", params=["waitress", "granian"])
def server(request, model):
    pytest.importorskip(request.param)
    engine = ["--engine", request.param]
    with Server(str(model), "--max-bytes", "100000", *engine) as running:
        yield running


def raw(port, data, *, wait=PATIENCE):
    """Send bytes and return all that comes back until the server closes, or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(data)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
                if b"\r\n\r\n" in part and b'"status"' in b"".join(parts):
                    break
        except TimeoutError:
            pass
        return b"".join(parts)


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(server):
    head = b"POST /v1/models/m/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: 900000\r\n"
    head, _, body = raw(server.port, head + b"\r\n").partition(b"\r\n\r\n")
    assert int(head.split()[1]) == 413
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == 413


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: nonsense\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header line\r\n\r\n", 400),
    ],
    ids=["negative length", "unknown coding", "bad header"],
)
def test_what_never_reaches_the_application_is_refused_in_the_same_shape(
    server, request_bytes, status
):
    head, _, body = raw(server.port, request_bytes).partition(b"\r\n\r\n")
    if "granian" in server.process.args:
        # It refuses these itself, and says no more than that.
        assert (head.split()[1], body) == (b"400", b"")
        return
    assert int(head.split()[1]) == status
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_more_slow_clients_than_threads_do_not_stop_the_others(server):
    head = b"POST /v1/models/m/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    slow = []
    for _ in range(60):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(head + b"Content-Length: 50\r\n\r\n{")
        slow.append(connection)
    status, _ = server.post("/v1/models/m/predict", BODY)
    for connection in slow:
        connection.close()
    assert status == 200


def test_a_body_of_two_lengths_ends_the_connection(server):
    """What follows may be another's request (RFC 9112, 6.1)."""
    smuggled = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /v1/models/m/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    chunked = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(head + chunked % (len(BODY), BODY) + smuggled)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    answer = b"".join(parts)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"predictions" in answer


def test_idle_connections_make_room_and_slow_heads_end(model):
    with Server(str(model), "--connections", "20", "--header-timeout", "1") as server:
        slow = []
        for _ in range(60):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            slow.append(connection)
        assert server.open("GET", "/healthz").status_code == 200
        assert server.post("/v1/models/m/predict", BODY)[0] == 200
        # The last ones that came were kept, until their time was up.
        assert slow[-1].recv(1) == b""
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(
    ("arguments", "told", "name"),
    [
        ([], "the server", signal.SIGTERM),
        (["--engine", "granian"], "the server", signal.SIGTERM),
        # As a terminal that is closed does it.
        pytest.param([], "the server", signal.SIGHUP, marks=pytest.mark.slow),
        pytest.param(["--workers", "2"], "the server", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(["--workers", "2"], "the server", signal.SIGHUP, marks=pytest.mark.slow),
        pytest.param(
            ["--engine", "granian", "--workers", "2"],
            "the server",
            signal.SIGTERM,
            marks=pytest.mark.slow,
        ),
        # As systemd does it, unless it is told otherwise.
        pytest.param(["--workers", "2"], "every process", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_it_and_every_request_is_answered(model, arguments, told, name):
    if "granian" in arguments:
        pytest.importorskip("granian")
    answers, errors = [], []
    with Server(str(model), *arguments) as server:
        stop = threading.Event()

        def client():
            while not stop.is_set():
                try:
                    answers.append(server.post("/v1/models/m/predict", BODY)[0])
                except ConnectionRefusedError:
                    return
                except OSError as exc:
                    errors.append(repr(exc))
                    return

        threads = [threading.Thread(target=client, daemon=True) for _ in range(6)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(answers) >= 30 or errors)
        server.process.send_signal(name)
        if told == "every process":
            for pid in server.children():
                os.kill(pid, signal.SIGTERM)
        try:
            assert server.process.wait(PATIENCE) == 0
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE)
        log = server.log()
    assert errors == []
    assert set(answers) == {200}
    assert "Traceback" not in log
    assert '"event": "draining"' in log


def test_a_client_that_has_connected_may_ask_while_the_server_ends(model):
    head = b"POST /v1/models/m/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(BODY)
    with Server(str(model)) as server:
        server.post("/v1/models/m/predict", BODY)
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
            server.process.send_signal(signal.SIGTERM)
            time.sleep(1.0)  # longer than a connection that was used may stay silent
            connection.sendall(head + BODY)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert server.process.wait(PATIENCE) == 0
