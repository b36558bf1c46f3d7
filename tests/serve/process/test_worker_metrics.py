"""The figures of several workers as one exposition."""

import socket
import tempfile
import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from skcook.serve.model._serving_metrics import Metrics
from skcook.serve.process import _worker_metrics
from skcook.serve.process._worker_metrics import WorkerMetrics, merge


@pytest.fixture
def folder():
    # The address of a Unix socket is at most 107 bytes, so not pytest's folder.
    with tempfile.TemporaryDirectory(prefix="skcook-") as name:
        yield Path(name)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(_worker_metrics, "_PATIENCE_SECONDS", 0.3)


def counted(n_requests):
    metrics = Metrics()
    for _ in range(n_requests):
        metrics.request("/a", "GET", 200, 0.1)
    return metrics


def samples_of(text):
    """Return {(name, labels): value}, after asserting that the text is a valid exposition."""
    families = list(text_string_to_metric_families(text.decode()))
    assert len({family.name for family in families}) == len(families)
    lines = text.decode().split("\n")
    for kind in ("HELP", "TYPE"):
        named = [line.split(" ")[2] for line in lines if line.startswith(f"# {kind} ")]
        assert len(set(named)) == len(named) == len(families)
    samples = [sample for family in families for sample in family.samples]
    found = {(s.name, tuple(sorted(s.labels.items()))): s.value for s in samples}
    assert len(found) == len(samples)
    return found


def by_worker(text, name):
    """Return {worker: value} of the samples of one name, which must have one per worker."""
    found = [
        (dict(labels)["worker"], v) for (n, labels), v in samples_of(text).items() if n == name
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_a_merged_exposition_is_each_of_its_parts_with_one_label_more():
    metrics = [counted(1), counted(2)]
    for m, level in zip(metrics, (0.5, 7.0), strict=True):
        m.warnings(
            "m", "1", [{"loc": ["rows", 0, 'a "quoted" {column}\n of\u2028lines'], "code": "x"}]
        )
        m.add_gauge("level", "How high, \\ in metres.", [], lambda level=level: [([], level)])
    merged = samples_of(merge({k: m.text() for k, m in enumerate(metrics)}))
    expected = {
        (name, tuple(sorted([*labels, ("worker", str(k))]))): value
        for k, m in enumerate(metrics)
        for (name, labels), value in samples_of(m.text()).items()
    }
    assert merged == expected


def test_whichever_worker_is_asked_tells_the_figures_of_all(folder):
    parts = [WorkerMetrics(counted(k + 1), folder, k, 3) for k in range(3)]
    try:
        for part in parts:
            text = part.text()
            assert by_worker(text, "skcook_requests_total") == {"0": 1, "1": 2, "2": 3}
            assert by_worker(text, "skcook_worker_up") == {"0": 1, "1": 1, "2": 1}
    finally:
        for part in parts:
            part.__exit__()


def test_a_worker_that_is_not_there_is_left_out_until_it_is_back(folder):
    with WorkerMetrics(counted(1), folder, 0, 2) as first:
        with WorkerMetrics(counted(5), folder, 1, 2):
            assert by_worker(first.text(), "skcook_requests_total") == {"0": 1, "1": 5}
        text = first.text()
        assert by_worker(text, "skcook_requests_total") == {"0": 1}
        assert by_worker(text, "skcook_worker_up") == {"0": 1, "1": 0}
        with WorkerMetrics(counted(2), folder, 1, 2):
            assert by_worker(first.text(), "skcook_requests_total") == {"0": 1, "1": 2}


@pytest.mark.parametrize("said", [None, b"", b"# HELP half Of an answer.\n# TYPE half gau"])
def test_a_worker_that_hangs_or_dies_while_it_answers_is_left_out(folder, hasty, said):
    with socket.socket(socket.AF_UNIX) as door, WorkerMetrics(counted(1), folder, 0, 3) as first:
        door.bind(str(folder / "worker-1"))
        door.listen()

        def answer():
            connection, _ = door.accept()
            connection.sendall(said)
            connection.close()

        with WorkerMetrics(counted(4), folder, 2, 3):
            if said is not None:
                threading.Thread(target=answer, daemon=True).start()
            text = first.text()
    assert by_worker(text, "skcook_requests_total") == {"0": 1, "2": 4}
    assert by_worker(text, "skcook_worker_up") == {"0": 1, "1": 0, "2": 1}
