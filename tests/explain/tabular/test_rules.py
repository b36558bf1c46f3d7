import numpy as np
import pandas as pd
import pytest

from skcook.explain.tabular._tabular_background import (
    bin_rules,
    level_rule,
    number_words,
    tick_words,
)


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
    ("times", "words"),
    [
        (["1970-01-01", "9999-12-31"], ["1970-01-01", "9999-12-31"]),
        (["1970-01-01 12:00"], ["1970-01-01 12:00:00"]),
        (["1970-01-01 21:00:00+09:00"], ["1970-01-01 21:00:00+09:00"]),
    ],
    ids=str,
)
def test_dates(times, words):
    assert tick_words(map(pd.Timestamp, times)) == words


def test_durations():
    assert tick_words([pd.Timedelta("36h")]) == ["1 days 12:00:00"]
    assert tick_words([]) == []


def test_bins():
    assert bin_rules("x", ["1"]) == ["x <= 1", "x > 1", "x is missing"]
    assert bin_rules("x", []) == ["x has any value", "x is missing"]


def test_levels():
    assert level_rule("x", None) == "x is missing"
    assert level_rule("x", False) == "x = False"
    assert len(level_rule("x", "y" * 1000)) < 100
