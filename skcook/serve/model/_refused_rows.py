"""Which rows a model refuses, found by halving within a bound on its calls."""

from collections.abc import Callable, Iterator

#: Calls of the model that one search may cost. Two per halving find a row among 2 ** 32.
MAX_CALLS = 64
#: An answer lists no more rows than these, so no more are looked for.
MAX_FOUND = 20


def find_refused(refuses: Callable[[int, int], bool], n_rows: int) -> Iterator[int]:
    """Yield the positions of rows that a model refuses, in order: all of them, or the first ones.

    ``refuses(start, stop)`` calls the model; rows 0 to `n_rows` are known to be refused together.

    >>> list(find_refused(lambda start, stop: start <= 3 < stop or start <= 6 < stop, 8))
    [3, 6]
    """
    n_found = n_calls = 0
    # Ranges still to be looked into, the first on top, and whether one is known to be refused.
    ranges = [(0, n_rows, True)]
    while ranges and n_found < MAX_FOUND:
        start, stop, known = ranges.pop()
        if not known:
            if n_calls == MAX_CALLS:
                return
            n_calls += 1
            if not refuses(start, stop):
                continue
        if stop - start == 1:
            n_found += 1
            yield start
        else:
            middle = (start + stop) // 2
            ranges += [(middle, stop, False), (start, middle, False)]
