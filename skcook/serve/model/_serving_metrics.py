"""What the server counts, in Prometheus' format.

Labels are the addresses' patterns and the schema's columns, never a path or a value that a client
sent: their number is known when the server starts.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

# Labels of a sample, and its value.
Samples = Iterable[tuple[list[str], float]]


class Metrics:
    """The counters of one application."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Where several processes serve, each keeps its figures in files of this folder.
        self._shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        self._gauges: list[tuple[Gauge, Callable[[], Samples]]] = []
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._calls: dict[tuple[str, str, str], tuple[Histogram, Histogram]] = {}
        counter = partial(Counter, registry=self._registry)
        histogram = partial(Histogram, registry=self._registry)
        of_call = ("model", "version", "call")
        self._requests = counter(
            "skcook_requests",
            "Requests answered, by address pattern, HTTP method and status.",
            ("route", "method", "status"),
        )
        text = "Seconds from a request to its answer."
        self._seconds = histogram("skcook_request_seconds", text, ("route",), buckets=SECONDS)
        text = "Rows in one call of a model."
        self._batch_rows = histogram("skcook_batch_rows", text, of_call, buckets=SIZES)
        text = "Requests that shared one call of a model."
        self._batch_requests = histogram("skcook_batch_requests", text, of_call, buckets=SIZES)
        self._warnings = counter(
            "skcook_input_warnings",
            "Values that were taken with a warning, by column and kind.",
            ("model", "version", "column", "code"),
        )
        self._reloads = counter(
            "skcook_model_reloads",
            "Model files that were read again, by outcome.",
            ("model", "outcome"),
        )
        self._key_reloads = counter(
            "skcook_key_file_reloads",
            "Times that the file of API keys changed, by outcome: read, empty or lost.",
            ("outcome",),
        )

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        key = (route, method, status)
        # Finding a counter by its labels costs more than counting; there are few.
        if key not in self._known:
            counter = self._requests.labels(route, method, str(status))
            self._known[key] = counter, self._seconds.labels(route)
        counter, histogram = self._known[key]
        counter.inc()
        histogram.observe(seconds)

    def batch(self, model: str, version: str, call: str, requests: int, rows: int) -> None:
        """Count a call of a model."""
        key = (model, version, call)
        if key not in self._calls:
            self._calls[key] = self._batch_rows.labels(*key), self._batch_requests.labels(*key)
        of_rows, of_requests = self._calls[key]
        of_rows.observe(rows)
        of_requests.observe(requests)

    def warnings(self, model: str, version: str, warnings: Iterable[dict[str, Any]]) -> None:
        """Count values that were taken with a warning."""
        for warning in warnings:
            column = str(warning["loc"][-1])
            self._warnings.labels(model, version, column, warning["code"]).inc()

    def reload(self, model: str, outcome: str) -> None:
        """Count a model file that was read again."""
        self._reloads.labels(model, outcome).inc()

    def key_reload(self, outcome: str) -> None:
        """Count a change of the file of API keys."""
        self._key_reloads.labels(outcome).inc()

    def add_gauge(
        self,
        name: str,
        text: str,
        labels: list[str],
        read: Callable[[], Samples],
        *,
        add_up: bool = False,
    ) -> None:
        """Add a figure that is read when it is asked for; those of several processes add up."""
        if not self._shared:
            self._registry.register(_Gauge(name, text, labels, read))
            return
        gauge = Gauge(
            name,
            text,
            labels,
            registry=self._registry,
            multiprocess_mode="livesum" if add_up else "livemostrecent",
        )
        self._gauges.append((gauge, read))

    def refresh(self) -> None:
        """Read the gauges for whichever process is asked for the figures of all."""
        for gauge, read in self._gauges:
            for labels, value in read():
                gauge.labels(*labels).set(value)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format: of all processes, where they share."""
        if not self._shared:
            return generate_latest(self._registry)
        self.refresh()
        every = CollectorRegistry()
        MultiProcessCollector(every)
        return generate_latest(every)


class _Gauge:
    """A collector that asks a function."""

    def __init__(
        self, name: str, text: str, labels: list[str], read: Callable[[], Samples]
    ) -> None:
        self._name, self._text, self._labels, self._read = name, text, labels, read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for labels, value in self._read():
            family.add_metric(labels, value)
        yield family
