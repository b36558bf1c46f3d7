"""What a terminal shows: how far a long task is, and texts that cannot steer it."""

import importlib
import sys
import threading
import time
import warnings
from typing import Any

#: Seconds after which a person wonders what is going on, and between two lines of a log.
_PATIENCE = 1.0
_LOG_INTERVAL = 10.0


def person_waits() -> bool:
    """Say whether a person waits for this call: in a terminal or a notebook, outside a server."""
    if threading.current_thread() is not threading.main_thread():
        return False
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return sys.stderr.isatty() or getattr(shell, "kernel", None) is not None


class Progress:
    """A progress bar by tqdm, or lines where tqdm is not installed.

    With `verbose` 1 it is shown to a person who waits longer than a second, and vanishes at the
    end; with more, always, and it stays; with 0, never.
    """

    def __init__(
        self, total: int, *, label: str = "", unit: str = " rows", done: int = 0, verbose: int = 1
    ) -> None:
        self.total, self.label, self.unit, self.n = total, label, unit, done
        asked = verbose > 1
        self.shown = asked or (verbose == 1 and person_waits())
        terminal = sys.stderr.isatty()
        self._next = time.monotonic() + (0 if asked else _PATIENCE)
        self._bar: Any = None
        tqdm = _tqdm() if self.shown else None
        if tqdm is not None:
            self._bar = tqdm(
                desc=label or None,
                total=total,
                initial=done,
                unit=unit,
                unit_scale=True,
                delay=0 if asked else _PATIENCE,
                leave=asked,
                # A log is read line by line: no line more often than every ten seconds.
                mininterval=0.2 if terminal or not asked else _LOG_INTERVAL,
                ascii=not terminal,
            )

    def advance(self, n: int) -> None:
        """Count what was gone through."""
        self.n += n
        if self._bar is not None:
            self._bar.update(n)
        elif self.shown and time.monotonic() >= self._next:
            label = f"{self.label}: " if self.label else ""
            sys.stderr.write(f"{label}{self.n:,} of {self.total:,}{self.unit}\n")
            self._next = time.monotonic() + _LOG_INTERVAL

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: object, *exc: object) -> None:
        if self._bar is None:
            return
        if kind is None:  # all was gone through, however much was expected
            self._bar.total = self._bar.n
        self._bar.close()


def _tqdm() -> Any:
    """Return tqdm's bar for a terminal or a notebook; None if it is not installed."""
    try:
        with warnings.catch_warnings():
            # Without ipywidgets a notebook gets the bar of characters, which needs no warning.
            warnings.simplefilter("ignore")
            return importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None


def printable(text: str) -> str:
    r"""Return a text that cannot steer a terminal: what a file says is not ours.

    >>> printable("a\x1b[2J")
    'a\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
