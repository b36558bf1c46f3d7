"""Several workers behind one address, and what their parent does when one ends or cannot start."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serve._helpers import wait_until
from tests.serve._process import Server, parent_of
from tests.serve.model.test_registry import save

BODY = json.dumps({"rows": [{"a": 1.0}]}).encode()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save(tmp_path_factory.mktemp("model"), "one")


def n_predicted(server):
    """Return how many predictions all workers together have answered, as any of them says."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(server.open("GET", "/metrics").text)
        for sample in family.samples
        if sample.name == "skcook_requests_total"
        and (sample.labels["status"], "<method>" in sample.labels["route"]) == ("200", True)
    )


@pytest.mark.slow
def test_workers_share_the_requests_and_a_dead_one_is_replaced(tmp_path):
    model = save(tmp_path, "one")
    with Server(str(model), "--workers", "2", "--reload-interval", "0.2") as server:
        assert ", with 2 workers" in server.log()
        # Requests are welcome as soon as one of them is ready.
        wait_until(lambda: '"event": "worker ready"' in server.log(), "the second worker")
        before = server.children()
        assert len(before) == 2

        def post(_):
            return server.post("/v1/models/m/predict", BODY)

        with ThreadPoolExecutor(8) as pool:
            assert {status for status, _ in pool.map(post, range(200))} == {200}
            assert n_predicted(server) == 200
            if hasattr(os, "sched_getaffinity") and os.cpu_count() > 1:
                cpus = [tuple(os.sched_getaffinity(pid)) for pid in before]
                assert len(set(cpus)) == 2
                assert {len(cpu) for cpu in cpus} == {1}

            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: '"event": "worker ended"' in server.log(), "the end of a worker")
            # The other one goes on alone.
            assert {status for status, _ in pool.map(post, range(100))} == {200}
            wait_until(lambda: server.log().count('"event": "worker ready"') == 2, "a new worker")
            assert before[1] in server.children()
            assert len(server.children()) == 2
            assert n_predicted(server) == 300, "what the dead one answered counts"

            save(tmp_path, "two")

            def answers():
                return {answer["predictions"][0] for _, answer in pool.map(post, range(50))}

            wait_until(lambda: answers() == {"two"}, "new models")


@pytest.mark.slow
def test_a_worker_that_cannot_start_again_leaves_the_others_alone(tmp_path):
    model = save(tmp_path, "one")
    with Server(str(model), "--workers", "2", "--reload-interval", "0") as server:
        wait_until(lambda: '"event": "worker ready"' in server.log(), "the second worker")
        model.unlink()
        os.kill(server.children()[0], signal.SIGKILL)
        wait_until(lambda: '"event": "worker cannot start"' in server.log(), "a vain start")
        assert server.post("/v1/models/m/predict", BODY)[0] == 200


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
