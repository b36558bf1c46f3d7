import contextlib
import sys
import threading
from types import SimpleNamespace

import pytest

from skcook.utils import _progress
from skcook.utils._progress import Progress, person_waits


def test_what_was_gone_through_is_counted_on_the_error_stream(capfd):
    with Progress(10, done=4, verbose=2) as bar:
        bar.advance(6)
    shown = capfd.readouterr()
    assert "10.0/10.0" in shown.err
    assert not shown.out


@pytest.mark.parametrize("expected", [7, 12])
def test_a_run_that_ends_has_gone_through_all(capfd, expected):
    with Progress(expected, verbose=2) as bar:
        bar.advance(10)
    assert "10.0/10.0" in capfd.readouterr().err


def test_a_run_that_breaks_off_has_not(capfd):
    with contextlib.suppress(KeyboardInterrupt), Progress(12, verbose=2) as bar:
        bar.advance(10)
        raise KeyboardInterrupt
    assert "10.0/12.0" in capfd.readouterr().err


@pytest.mark.parametrize("verbose", [0, 1])
def test_it_is_silent_where_nobody_waits_and_on_request(capfd, monkeypatch, verbose):
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    with Progress(9, verbose=verbose) as bar:
        bar.advance(3)
    assert capfd.readouterr().err == ""


def test_a_person_who_waits_sees_it_but_not_at_once(capfd, monkeypatch):
    monkeypatch.setattr(_progress, "person_waits", lambda: True)
    for patience, shown in ((0.0, True), (3600.0, False)):
        monkeypatch.setattr(_progress, "_PATIENCE", patience)
        with Progress(9, label="explain") as bar:
            bar.advance(9)
        assert ("explain" in capfd.readouterr().err) is shown
    with Progress(9, label="explain", verbose=0) as bar:
        bar.advance(9)
    assert capfd.readouterr().err == ""


def test_without_tqdm_it_writes_lines(capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with Progress(4000, label="explain", verbose=2) as bar:
        bar.advance(1500)
        bar.advance(1)  # within ten seconds of the line before
    assert capfd.readouterr().err == "explain: 1,500 of 4,000 rows\n"


def test_who_waits(monkeypatch):
    assert not person_waits()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert person_waits()
    seen = []
    thread = threading.Thread(target=lambda: seen.append(person_waits()))  # as a server's are
    thread.start()
    thread.join()
    assert seen == [False]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    for shell, waits in ((SimpleNamespace(kernel=object()), True), (SimpleNamespace(), False)):
        notebook = SimpleNamespace(get_ipython=lambda shell=shell: shell)
        monkeypatch.setitem(sys.modules, "IPython", notebook)
        assert person_waits() is waits
