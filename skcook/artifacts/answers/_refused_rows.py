"""Which rows a model refuses, found by halving within a bound on its calls."""

from collections.abc import Callable, Iterator

#: Calls of the model that one search may cost.
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
    # Ranges still to be looked into, the first on top: each was refused, or must be because the
    # other half is not, or may be.
    ranges = [(0, n_rows, "was")]
    while ranges and n_found < MAX_FOUND:
        start, stop, refused = ranges.pop()
        single = stop - start == 1
        # A row is blamed only for what it does alone: some are refused only together.
        if refused == "may be" or (single and refused == "must be"):
            if n_calls == MAX_CALLS:
                return
            n_calls += 1
            if not refuses(start, stop):
                continue
        if single:
            n_found += 1
            yield start
            continue
        if n_calls == MAX_CALLS:
            return
        middle = (start + stop) // 2
        n_calls += 1
        if refuses(start, middle):
            ranges += [(middle, stop, "may be"), (start, middle, "was")]
        else:
            ranges.append((middle, stop, "must be"))
