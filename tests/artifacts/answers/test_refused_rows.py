import time

import pytest

from skcook.artifacts.answers._refused_rows import MAX_CALLS, MAX_FOUND, refused_rows


def search(n_rows, bad, **limits):
    calls = []

    def call(start, stop):
        calls.append((start, stop))
        if any(start <= row < stop for row in bad):
            raise ValueError("no")

    found, whole = refused_rows(call, n_rows, **limits)
    return found, whole, len(calls)


@pytest.mark.parametrize("bad", [[0], [9], [3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 8]], ids=str)
def test_every_bad_row_is_found_among_a_few(bad):
    found, whole, calls = search(10, bad)
    assert (found, whole) == (bad, True)
    assert calls <= MAX_CALLS


@pytest.mark.parametrize("n_rows", [1, 100, 10_000, 65_536])
def test_the_model_is_called_a_few_times_even_if_every_row_is_bad(n_rows):
    found, whole, calls = search(n_rows, range(n_rows))
    assert calls <= MAX_CALLS
    assert found == list(range(min(n_rows, MAX_FOUND)))
    assert whole == (n_rows <= MAX_FOUND)


def test_a_search_that_stops_early_says_so():
    found, whole, calls = search(10_000, range(0, 10_000, 501))
    assert calls <= MAX_CALLS
    assert found
    assert found[0] == 0
    assert not whole


def test_no_call_begins_after_the_deadline():
    assert search(1000, [5], deadline=time.monotonic())[::2] == ([], 0)


def test_rows_that_raise_only_together_are_not_blamed():
    def call(start, stop):
        if stop - start > 1:
            raise ValueError("too many")

    assert refused_rows(call, 7) == ([], True)
