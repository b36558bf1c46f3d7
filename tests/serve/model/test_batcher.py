"""Requests that share a call get their own answers, in order, and do no harm to each other."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from skcook.serve.model._batcher import Batcher
from skcook.serve.model._refusals import ClosedError, DeadlineError, QueueFullError
from tests.serve._helpers import PATIENCE, wait_until


@dataclass
class QueuedRows:
    values: list = field(default_factory=list)

    @property
    def n_rows(self):
        return len(self.values)


def double(parts, key):
    return [2 * value for part in parts for value in part.values]


@pytest.fixture
def make_batcher():
    made = []

    def make(run=double, **settings):
        settings = {"window": 0.005, "max_rows": 64, "max_queue": 1000, **settings}
        made.append(Batcher(run, **settings))
        return made[-1]

    yield make
    for batcher in made:
        batcher.close()


def in_threads(n, work):
    """Run work(i) in n threads at once; return results and exceptions by i."""
    outcome, gate = [None] * n, threading.Barrier(n)

    def run(i):
        gate.wait()
        try:
            outcome[i] = work(i)
        except Exception as exc:  # noqa: BLE001
            outcome[i] = exc

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return outcome


def test_everybody_gets_the_answers_to_his_own_rows_in_order(make_batcher):
    sizes = []
    batcher = make_batcher(observe=lambda requests, rows: sizes.append((requests, rows)))
    rng = np.random.default_rng(0)
    mine = [
        [rng.integers(0, 10**6, rng.integers(1, 5)).tolist() for _ in range(40)] for _ in range(32)
    ]

    def client(i):
        return [batcher.submit(QueuedRows(values), timeout=PATIENCE) for values in mine[i]]

    answers = in_threads(32, client)
    assert answers == [[[2 * v for v in values] for values in requests] for requests in mine]
    assert sum(requests for requests, _ in sizes) == 32 * 40
    assert sum(rows for _, rows in sizes) == sum(len(v) for requests in mine for v in requests)
    assert max(requests for requests, _ in sizes) > 4, "requests never shared a call"


def test_a_call_never_has_more_rows_than_allowed_unless_one_request_has(make_batcher):
    sizes = []
    batcher = make_batcher(
        max_rows=8, observe=lambda requests, rows: sizes.append((requests, rows))
    )
    in_threads(
        24, lambda i: batcher.submit(QueuedRows([i] * (20 if i == 0 else 3)), timeout=PATIENCE)
    )
    assert all(rows <= 8 or (requests, rows) == (1, 20) for requests, rows in sizes)
    assert (1, 20) in sizes


def test_only_equal_keys_share_a_call(make_batcher):
    calls = []

    def run(parts, key):
        calls.append((key, {value for part in parts for value in part.values}))
        return double(parts, key)

    batcher = make_batcher(run)
    in_threads(20, lambda i: batcher.submit(QueuedRows([i % 2]), key=i % 2, timeout=PATIENCE))
    assert all(values == {key} for key, values in calls)


def test_one_request_cannot_fail_the_others(make_batcher):
    def run(parts, key):
        values = [value for part in parts for value in part.values]
        if 13 in values:
            raise ValueError("unlucky")
        return double(parts, key)

    batcher = make_batcher(run)
    answers = in_threads(20, lambda i: batcher.submit(QueuedRows([i]), timeout=PATIENCE))
    assert isinstance(answers[13], ValueError)
    assert [a for i, a in enumerate(answers) if i != 13] == [[2 * i] for i in range(20) if i != 13]


def test_a_result_of_another_length_is_an_error_not_an_answer(make_batcher):
    batcher = make_batcher(lambda parts, key: [1])
    with pytest.raises(AssertionError, match="1 results for 2 rows"):
        batcher.submit(QueuedRows([1, 2]), timeout=PATIENCE)


class Gate:
    """A model that works only after it was let go."""

    def __init__(self):
        self.started, self.open, self.seen = threading.Event(), threading.Event(), []

    def __call__(self, parts, key):
        self.started.set()
        self.open.wait(PATIENCE)
        self.seen.extend(value for part in parts for value in part.values)
        return double(parts, key)


def test_a_full_queue_refuses_and_recovers(make_batcher):
    gate = Gate()
    batcher = make_batcher(gate, max_queue=3)
    answers = []
    busy = threading.Thread(
        target=lambda: answers.append(batcher.submit(QueuedRows([0]), timeout=PATIENCE))
    )
    busy.start()
    assert gate.started.wait(PATIENCE)
    waiting = threading.Thread(
        target=lambda: answers.append(batcher.submit(QueuedRows([1] * 3), timeout=PATIENCE))
    )
    waiting.start()
    wait_until(lambda: batcher.rows_waiting >= 3)
    with pytest.raises(QueueFullError):
        batcher.submit(QueuedRows([2]), timeout=PATIENCE)
    gate.open.set()
    busy.join()
    waiting.join()
    assert sorted(answers) == [[0], [2, 2, 2]]
    assert batcher.submit(QueuedRows([5]), timeout=PATIENCE) == [10]


def test_who_waits_too_long_is_told_and_never_reaches_the_model(make_batcher):
    gate = Gate()
    batcher = make_batcher(gate)
    busy = threading.Thread(target=lambda: batcher.submit(QueuedRows([0]), timeout=PATIENCE))
    busy.start()
    assert gate.started.wait(PATIENCE)
    with pytest.raises(DeadlineError):
        batcher.submit(QueuedRows([7]), timeout=0.01)
    gate.open.set()
    busy.join()
    assert batcher.submit(QueuedRows([1]), timeout=PATIENCE) == [2]
    assert gate.seen == [0, 1]


def test_a_closed_batcher_answers_who_waits_and_refuses_who_comes(make_batcher):
    gate = Gate()
    batcher = make_batcher(gate)
    answers = []
    busy = threading.Thread(
        target=lambda: answers.append(batcher.submit(QueuedRows([3]), timeout=PATIENCE))
    )
    busy.start()
    assert gate.started.wait(PATIENCE)
    batcher.close()
    with pytest.raises(ClosedError):
        batcher.submit(QueuedRows([4]), timeout=PATIENCE)
    gate.open.set()
    busy.join()
    assert answers == [[6]]


def test_a_thread_that_dies_fails_its_batch_and_is_replaced(make_batcher, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    dead = []

    def run(parts, key):
        if parts[0].values == [0]:
            dead.append(threading.current_thread())
            raise KeyboardInterrupt
        return double(parts, key)

    batcher = make_batcher(run)
    with pytest.raises(ClosedError):
        batcher.submit(QueuedRows([0]), timeout=PATIENCE)
    assert batcher.submit(QueuedRows([1]), timeout=PATIENCE) == [2]
    dead[0].join()


def test_a_lone_client_does_not_wait_for_the_window(make_batcher):
    batcher = make_batcher(window=5.0)
    started = time.monotonic()
    for _ in range(20):
        batcher.submit(QueuedRows([1]), timeout=PATIENCE)
    # Twenty windows would be 100 seconds: this tells waiting from not waiting, not how fast it is.
    assert time.monotonic() - started < 50


def test_who_waits_for_others_that_do_not_come_waits_a_quarter_of_the_window(
    make_batcher, monkeypatch
):
    calls, inside, let_go = [], threading.Event(), threading.Event()

    def run(parts, key):
        calls.append(len(parts))
        inside.set()
        let_go.wait(PATIENCE)
        return double(parts, key)

    batcher = make_batcher(run, window=8.0)
    waits, wait = [], threading.Condition.wait

    def wait_in_no_time(self, timeout=None):
        if self is not batcher._wake or timeout is None:
            return wait(self, timeout)
        waits.append(timeout)
        return False

    def submit(i):
        return batcher.submit(QueuedRows([i]), timeout=PATIENCE)

    first = threading.Thread(target=submit, args=(0,))
    first.start()
    assert inside.wait(PATIENCE)
    others = [threading.Thread(target=submit, args=(i,)) for i in range(1, 5)]
    for thread in others:
        thread.start()
    wait_until(lambda: batcher.rows_waiting == 4)
    let_go.set()
    for thread in (first, *others):
        thread.join(PATIENCE)
    assert calls == [1, 4]
    monkeypatch.setattr(threading.Condition, "wait", wait_in_no_time)
    assert submit(9) == [18]
    # It expects four, waits 2 seconds for a second one, and not 8 for all.
    assert waits == [2.0]
