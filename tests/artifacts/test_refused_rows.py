import pytest

from skcook.artifacts._answers import MAX_CALLS, MAX_FOUND, find_refused


def search(n_rows, bad):
    calls = []

    def refuses(start, stop):
        calls.append((start, stop))
        return any(start <= row < stop for row in bad)

    return list(find_refused(refuses, n_rows)), len(calls)


@pytest.mark.parametrize("bad", [[0], [9], [3, 4], list(range(10)), [1, 8]], ids=str)
def test_every_bad_row_is_found_among_a_few(bad):
    found, calls = search(10, bad)
    assert found == bad
    assert calls <= MAX_CALLS


@pytest.mark.parametrize("n_rows", [1, 100, 10_000, 65_536])
def test_the_model_is_called_a_few_times_even_if_every_row_is_bad(n_rows):
    found, calls = search(n_rows, range(n_rows))
    assert calls <= MAX_CALLS
    assert found == list(range(min(n_rows, MAX_FOUND)))


def test_scattered_rows_are_found_as_far_as_the_calls_reach():
    found, calls = search(10_000, range(0, 10_000, 501))
    assert calls <= MAX_CALLS
    assert found == list(range(0, 10_000, 501))[: len(found)]
    assert len(found) >= 4


def test_rows_that_are_refused_only_together_are_not_blamed():
    assert list(find_refused(lambda start, stop: stop - start > 1, 7)) == []
