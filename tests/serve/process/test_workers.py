"""Several workers behind one address, and what their parent does when one ends or cannot start."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from skcook.serve.process import _workers
from skcook.serve.process._host import listen
from tests.serve._process import Server, parent_of
from tests.serve.model.test_registry import save
from tests.serve.process.test_worker_metrics import samples_of

BODY = json.dumps({"rows": [{"a": 1.0}]}).encode()


def wait_until(holds, what):
    """Wait as long as a very busy machine may need."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save(tmp_path_factory.mktemp("model"), "one")


def predicted(server):
    """Return how many predictions each worker has answered."""
    return {
        dict(labels)["worker"]: value
        for (name, labels), value in samples_of(server.open("GET", "/metrics").data).items()
        if name == "skcook_requests_total" and ("status", "200") in labels
        if "<method>" in dict(labels)["route"]
    }


@pytest.mark.slow
def test_workers_share_the_requests_and_a_dead_one_is_replaced(tmp_path):
    model = save(tmp_path, "one")
    with Server(str(model), "--workers", "2", "--reload-interval", "0.2") as server:
        assert ", with 2 workers" in server.log()
        before = server.children()
        assert len(before) == 2

        def post(_):
            return server.post("/v1/models/m/predict", BODY)

        sent = 0
        with ThreadPoolExecutor(8) as pool:
            while len(predicted(server)) < 2:
                assert sent < 10_000, "one worker answers everything"
                assert [status for status, _ in pool.map(post, range(100))] == [200] * 100
                sent += 100
            assert sum(predicted(server).values()) == sent

            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: '"event": "worker ended"' in server.log(), "the end of a worker")
            # The other one goes on alone.
            assert {status for status, _ in pool.map(post, range(100))} == {200}
            wait_until(lambda: '"event": "worker started again"' in server.log(), "a new worker")
            assert len(server.children()) == 2
            assert before[1] in server.children()
            wait_until(lambda: [*pool.map(post, range(20))] and len(predicted(server)) == 2, "both")

            save(tmp_path, "two")
            wait_until(lambda: server.log().count('"event": "model replaced"') == 2, "new models")
            answers = {answer["predictions"][0] for _, answer in pool.map(post, range(100))}
        assert answers == {"two"}
        line = next(line for line in server.log().splitlines() if "worker ended" in line)
        assert json.loads(line)["code"] == -signal.SIGKILL


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(model):
    with Server(str(model), "--workers", "2") as server:
        workers = server.children()
        assert len(workers) == 2
        server.process.kill()
        server.process.wait()
        wait_until(lambda: not any(map(parent_of, workers)), "the end of orphans")
        with pytest.raises(ConnectionRefusedError):
            server.request("GET", "/healthz")
        assert server.log().count('"event": "draining"') == 2


@pytest.mark.slow
def test_the_demo_is_fitted_once_for_all_workers():
    with Server("--demo", "--workers", "2") as server:
        assert server.log().count("Fitted the demo model") == 1
        card = server.open("GET", "/v1/models/penguins").json
        answer = server.open(
            "POST", "/v1/models/penguins/predict", json={"rows": [card["example"]]}
        )
        assert answer.status_code == 200
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0


@pytest.mark.slow
def test_a_model_that_cannot_be_used_ends_all_with_one_sentence(tmp_path):
    code = "import sys; from skcook.serve.process._serve_command import main; sys.exit(main())"
    arguments = [str(tmp_path / "no.skcook"), "--workers", "2", "--port", "0"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("no.skcook") == 1
    assert done.stderr.startswith("skcook-serve: ")
    assert done.stdout == ""


# Workers that do nothing but what their parent has to cope with.
PRELUDE = """
import json, os, signal, sys, time
given = json.loads(sys.argv[sys.argv.index("--inherit") + 1])
def tell(**outcome):
    outcome = outcome or {"names": ["m"], "pinned": False}
    os.write(given["report"], json.dumps(outcome).encode())
    os.close(given["report"])
"""
WORKERS = {
    "dies when ready": "tell(); sys.exit(7)",
    "dies before": "os.kill(os.getpid(), signal.SIGKILL)",
    "cannot start": "tell(error='The file is no model.'); sys.exit(2)",
    "is deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(); time.sleep(600)",
    "is good": "tell(); time.sleep(600)",
}


@pytest.fixture
def supervisor(monkeypatch, tmp_path, request):
    """Return the supervisor of two such workers; the signal handlers are put back afterwards."""
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    script = PRELUDE + WORKERS[request.param]
    monkeypatch.setattr(_workers, "_COMMAND", (sys.executable, "-c", script))
    monkeypatch.setattr(_workers, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(_workers, "_LONGEST_PAUSE", 0.04)
    monkeypatch.setattr(_workers, "_GRACE_SECONDS", 1.0)
    with listen("127.0.0.1", 0) as listener:
        yield _workers._Supervisor(["m.skcook"], 2, listener, tmp_path)
    for name, handler in handlers.items():
        signal.signal(name, handler)


def stop(names, pinned):
    """Ask for the end as soon as all are ready."""
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("supervisor", "reason"),
    [
        ("dies before", r"Worker \d ended with code -9 before it was ready\."),
        ("cannot start", r"^The file is no model\.$"),
    ],
    indirect=["supervisor"],
)
def test_a_worker_that_cannot_start_at_first_ends_all(supervisor, reason):
    with pytest.raises(ChildProcessError, match=reason):
        supervisor.run(pytest.fail)


@pytest.mark.parametrize("supervisor", ["is good"], indirect=True)
def test_a_worker_that_the_system_cannot_start(supervisor, monkeypatch):
    monkeypatch.setattr(_workers, "_COMMAND", ("no-such-python",))
    with pytest.raises(ChildProcessError, match=r"Worker \d cannot be started: .*no-such-python"):
        supervisor.run(pytest.fail)


@pytest.mark.parametrize("supervisor", ["is good"], indirect=True)
def test_the_end_is_passed_on(supervisor):
    supervisor.run(stop)
    assert [p.returncode for p in supervisor._processes.values()] == [-signal.SIGTERM] * 2


@pytest.mark.parametrize("supervisor", ["is deaf"], indirect=True)
def test_a_worker_that_does_not_end_is_killed(supervisor, caplog):
    supervisor.run(stop)
    assert [p.wait(60) for p in supervisor._processes.values()] == [-signal.SIGKILL] * 2
    assert [record.getMessage() for record in caplog.records] == ["worker killed"] * 2


@pytest.mark.parametrize("supervisor", ["is deaf"], indirect=True)
def test_who_asks_twice_does_not_wait(supervisor, monkeypatch):
    monkeypatch.setattr(_workers, "_GRACE_SECONDS", 600.0)
    join = threading.Thread.join

    def impatient(thread, timeout=None):
        os.kill(os.getpid(), signal.SIGTERM)
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", impatient)
    with pytest.raises(SystemExit) as caught:
        supervisor.run(stop)
    assert caught.value.code == 1
    assert [p.wait(60) for p in supervisor._processes.values()] == [-signal.SIGKILL] * 2


@pytest.mark.parametrize("supervisor", ["dies when ready"], indirect=True)
def test_a_crash_loop_slows_down_and_is_logged(supervisor, caplog):
    caplog.set_level(logging.INFO)

    def ended():
        return [r.fields for r in caplog.records if r.getMessage() == "worker ended"]

    def look(names, pinned):
        assert (names, pinned) == (["m"], False)
        wait_until(lambda: len(ended()) >= 10, "ten ends")
        stop(names, pinned)

    supervisor.run(look)
    assert {fields["code"] for fields in ended()} == {7}
    pauses = [fields["next_start"] for fields in ended() if fields["worker"] == 0]
    assert pauses[:4] == [0.01, 0.02, 0.04, 0.04]
