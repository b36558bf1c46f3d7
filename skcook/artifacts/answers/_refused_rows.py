"""Find the rows that make a model raise, within a limit of calls and of time."""

import time
from collections.abc import Callable

#: A search calls the model no more often than this, ...
MAX_CALLS = 64
#: ... and ends when it has found so many: a list of errors has to end.
MAX_FOUND = 20


def refused_rows(
    call: Callable[[int, int], object],
    n_rows: int,
    *,
    max_calls: int = MAX_CALLS,
    max_found: int = MAX_FOUND,
    deadline: float | None = None,
) -> tuple[list[int], bool]:
    """Find rows that make ``call(start, stop)`` raise; tell too whether these are all.

    The rows are known to raise together. They are halved: where the first half does not raise, the
    second must; only a row by itself is called to be sure. `deadline` is by `time.monotonic`.
    """
    calls = 0

    def raises(start: int, stop: int) -> bool:
        nonlocal calls
        calls += 1
        try:
            call(start, stop)
        except Exception:  # noqa: BLE001 - the question is which rows raise, not what
            return True
        return False

    found: list[int] = []
    # Each part with what is known: that it raised, that it must raise (for the other half does
    # not), or nothing.
    stack = [(0, n_rows, "raised")]
    while stack:
        start, stop, known = stack.pop()
        out_of_time = deadline is not None and time.monotonic() >= deadline
        if len(found) >= max_found or calls >= max_calls or out_of_time:
            return found, False
        single = stop - start == 1
        if (known == "nothing" or (single and known == "must")) and not raises(start, stop):
            continue
        if single:
            found.append(start)
            continue
        if calls >= max_calls:
            return found, False
        middle = (start + stop) // 2
        first = raises(start, middle)
        stack.append((middle, stop, "nothing" if first else "must"))
        if first:
            stack.append((start, middle, "raised"))
    return found, True
