"""Requests that arrive together share one call of the model.

scikit-learn spends about as much on one row as on a hundred, so calling it once for all who wait is
the one big lever of a model server. A `Batcher` owns one thread; requests hand it a frame each and
wait. The thread takes all that wait and lets a moment pass for more to come, but:

- it never waits once as many requests are there as the last batch had: under steady load those are
  all that can come, and a lone client never waits at all;
- it never waits longer than ``window``, nor when a quarter of that went by without another one;
- requests are woken by the thread, and wake it, only when there is something to do: threads that
  fight for the interpreter's lock cost more than the model.

A lone request could call the model in its own thread. That saves it a tenth, costs 32 clients a
tenth (benchmarks/bench_serve.py), and leaves no one to end it at its deadline, so it does not.

Rows reach the batcher validated, and the frame of a batch is built with the schema's dtypes, so
that a row's answer does not depend on its neighbours. Should the model refuse a batch all the same,
each request is tried alone, so that no request fails for the row of another.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

from skcook.serve.model._refusals import ClosedError, DeadlineError, QueueFullError


class QueuedRows(Protocol):
    """The rows of one request."""

    @property
    def n_rows(self) -> int:
        """How many there are."""


Run = Callable[[Sequence[Any], Hashable], Sequence[Any]]


class _Item:
    """One request's rows, on their way to the model and back."""

    __slots__ = ("deadline", "error", "expired", "key", "n_rows", "ready", "result", "rows")

    def __init__(self, rows: QueuedRows, key: Hashable, deadline: float) -> None:
        self.rows, self.key, self.n_rows, self.deadline = rows, key, rows.n_rows, deadline
        self.result: Any = None
        self.error: BaseException | None = None
        self.expired = False
        # A bare lock is the cheapest thing that one thread can wait for and another let go.
        self.ready = threading.Lock()
        self.ready.acquire()


class Batcher:
    """Gather the rows of concurrent requests into shared calls."""

    def __init__(
        self,
        run: Run,
        *,
        window: float,
        max_rows: int,
        max_queue: int,
        observe: Callable[[int, int], None] | None = None,
        name: str = "batcher",
    ) -> None:
        self._run, self._window, self._max_rows, self._max_queue = run, window, max_rows, max_queue
        self._quiet = window / 4
        self._observe, self._name = observe, name
        self._waiting: deque[_Item] = deque()
        self._rows_waiting = 0
        self._last_requests = 1
        self._wanted = 1
        self._closed = False
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    @property
    def rows_waiting(self) -> int:
        """Number of rows that wait at the moment."""
        return self._rows_waiting

    def submit(self, rows: QueuedRows, *, timeout: float, key: Hashable = None) -> Any:
        """Hand rows over and wait for their results."""
        item = _Item(rows, key, time.monotonic() + timeout)
        with self._lock:
            if self._closed:
                raise ClosedError
            if self._rows_waiting and self._rows_waiting + item.n_rows > self._max_queue:
                raise QueueFullError
            self._waiting.append(item)
            self._rows_waiting += item.n_rows
            self._ensure_thread()
            if len(self._waiting) >= self._wanted or self._rows_waiting >= self._max_rows:
                self._wake.notify()
        if not item.ready.acquire(timeout=timeout):
            item.expired = True
            raise DeadlineError
        if item.error is not None:
            raise item.error
        return item.result

    def close(self) -> None:
        """Take no more requests; those that wait are still answered."""
        with self._lock:
            self._closed = True
            self._wake.notify()

    def _ensure_thread(self) -> None:
        # A thread that was killed from outside is replaced, so that a model never falls silent.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        try:
            self._work()
        except BaseException:
            # A dying thread looks alive for a moment: who waits meanwhile needs another one.
            with self._lock:
                self._thread = None
                if self._waiting:
                    self._ensure_thread()
            raise

    def _work(self) -> None:
        while batch := self._collect():
            try:
                live = [item for item in batch if not self._has_expired(item)]
                if live:
                    self._answer(live)
            except BaseException:
                for item in batch:
                    item.error = item.error or ClosedError()
                raise
            finally:
                for item in batch:
                    item.ready.release()

    def _collect(self) -> list[_Item]:
        """Return the requests of the next batch; none when closed."""
        with self._lock:
            self._wanted = 1
            while not self._waiting:
                if self._closed:
                    return []
                self._wake.wait()
            # Under steady load the next batch has as many requests as the last one.
            self._wanted = self._last_requests
            end = time.monotonic() + self._window
            n_before = 0
            while (
                n_before < len(self._waiting) < self._wanted
                and self._rows_waiting < self._max_rows
                and not self._closed
                and (left := end - time.monotonic()) > 0
            ):
                n_before = len(self._waiting)
                self._wake.wait(min(left, self._quiet))
            batch = self._take()
            self._last_requests = len(batch)
            # While the model works, no request needs to wake this thread.
            self._wanted = self._max_queue + 1
            return batch

    def _take(self) -> list[_Item]:
        batch: list[_Item] = []
        rest: deque[_Item] = deque()
        rows = 0
        key = self._waiting[0].key
        while self._waiting:
            item = self._waiting.popleft()
            if item.key == key and (not batch or rows + item.n_rows <= self._max_rows):
                batch.append(item)
                rows += item.n_rows
            else:
                rest.append(item)
        self._waiting = rest
        self._rows_waiting -= rows
        return batch

    @staticmethod
    def _has_expired(item: _Item) -> bool:
        if item.expired or time.monotonic() > item.deadline:
            item.error = DeadlineError()
            return True
        return False

    def _answer(self, batch: list[_Item]) -> None:
        if self._observe is not None:
            self._observe(len(batch), sum(item.n_rows for item in batch))
        if len(batch) == 1:
            self._answer_alone(batch[0])
            return
        try:
            results = self._run([item.rows for item in batch], batch[0].key)
            _check_length(results, sum(item.n_rows for item in batch))
        except Exception:  # noqa: BLE001 - one request's rows must not fail the others
            for item in batch:
                self._answer_alone(item)
            return
        start = 0
        for item in batch:
            item.result = results[start : start + item.n_rows]
            start += item.n_rows

    def _answer_alone(self, item: _Item) -> None:
        try:
            results = self._run([item.rows], item.key)
            _check_length(results, item.n_rows)
            item.result = results
        except Exception as exc:  # noqa: BLE001 - raised again by the request that it belongs to
            item.error = exc


def _check_length(results: Sequence[Any], expected: int) -> None:
    if len(results) != expected:
        raise AssertionError(f"the model gave {len(results)} results for {expected} rows")
