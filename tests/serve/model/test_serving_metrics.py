"""Counters of one application; what requests do to them is in routes/test_health.py."""

from skcook.serve.model._serving_metrics import Metrics


def test_two_sets_of_counters_do_not_meet():
    first, second = Metrics(), Metrics()
    first.request("/a", "GET", 200, 0.1)
    assert b'route="/a"' in first.text()
    assert b'route="/a"' not in second.text()


def test_gauges_are_read_when_asked_for():
    metrics, level = Metrics(), [1.0]
    metrics.add_gauge("level", "How high.", ["side"], lambda: [(["left"], level[0])])
    assert b'level{side="left"} 1.0' in metrics.text()
    level[0] = 7.0
    assert b'level{side="left"} 7.0' in metrics.text()
