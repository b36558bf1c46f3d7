"""How the cost of a call grows with what it is given."""

import time


def assert_linear(work, n, *, times):
    """Assert that ``work(times * n)`` costs some `times` as much as ``work(n)``, not its square."""

    def seconds(size):
        start = time.process_time()
        work(size)
        return time.process_time() - start

    most = 4 * times * max(min(seconds(n) for _ in range(3)), 0.002)
    # What else the process does meanwhile, such as collecting garbage, is not the text's.
    assert any(seconds(times * n) < most for _ in range(3))
