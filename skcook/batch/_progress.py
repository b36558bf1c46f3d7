"""How far a run is: rows, rate and time left, on the error stream."""

import sys

from skcook.utils import import_optional


class Progress:
    """A progress bar over rows."""

    def __init__(self, total: int, done: int, *, shown: bool) -> None:
        tqdm = import_optional("tqdm", feature="skcook-score", extra="batch").tqdm
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            initial=done,
            unit=" rows",
            unit_scale=True,
            disable=not shown,
            # A log is read line by line: no line more often than every ten seconds.
            mininterval=0.2 if terminal else 10,
            ascii=not terminal,
        )

    def advance(self, rows: int) -> None:
        """Count rows that were gone through."""
        self._bar.update(rows)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is None:  # all rows were gone through, however many were expected
            self._bar.total = self._bar.n
        self._bar.close()
