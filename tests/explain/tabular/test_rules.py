import numpy as np
import pytest

from skcook.explain.tabular._tabular_background import (
    bin_rules,
    level_rule,
    number_words,
    tick_words,
)

DAY = 86_400 * 1e9


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, 2.5, 1000.0], ["1", "2.5", "1000"]),
        ([0.00012346, 12345.678], ["0.0001235", "12346"]),
        ([1e-9, 1e20], ["1e-09", "1e+20"]),
        ([-0.5, 0.0], ["-0.5", "0"]),
        ([1000.121, 1000.124], ["1000.121", "1000.124"]),
        ([], []),
    ],
    ids=str,
)
def test_numbers_are_short_and_distinct(values, words):
    assert number_words(np.array(values)) == words


@pytest.mark.parametrize(
    ("ticks", "kind", "zone", "words"),
    [
        ([0.0, DAY], "datetime", None, ["1970-01-01", "1970-01-02"]),
        ([DAY / 2], "datetime", None, ["1970-01-01 12:00:00"]),
        ([DAY / 2], "datetime", "Asia/Tokyo", ["1970-01-01 21:00:00+09:00"]),
        ([1.5 * DAY], "duration", None, ["1 days 12:00:00"]),
    ],
    ids=str,
)
def test_dates_and_durations(ticks, kind, zone, words):
    assert tick_words(np.array(ticks), kind, zone) == words


def test_bins():
    assert bin_rules("x", ["1"]) == ["x <= 1", "x > 1", "x is missing"]
    assert bin_rules("x", []) == ["x has any value", "x is missing"]


def test_levels():
    assert level_rule("x", None) == "x is missing"
    assert level_rule("x", False) == "x = False"
    assert len(level_rule("x", "y" * 1000)) < 100
