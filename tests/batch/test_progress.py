import contextlib

import pytest

from skcook.batch._progress import Progress


def test_rows_are_counted_on_the_error_stream(capfd):
    with Progress(10, 4, shown=True) as bar:
        bar.advance(6)
    shown = capfd.readouterr()
    assert "10.0/10.0" in shown.err
    assert not shown.out


@pytest.mark.parametrize("expected", [7, 12])
def test_a_run_that_ends_has_gone_through_all_rows(capfd, expected):
    with Progress(expected, 0, shown=True) as bar:
        bar.advance(10)
    assert "10.0/10.0" in capfd.readouterr().err


def test_a_run_that_breaks_off_has_not(capfd):
    with contextlib.suppress(KeyboardInterrupt), Progress(12, 0, shown=True) as bar:
        bar.advance(10)
        raise KeyboardInterrupt
    assert "10.0/12.0" in capfd.readouterr().err


def test_it_can_be_quiet(capfd):
    with Progress(0, 0, shown=False) as bar:
        bar.advance(3)
    assert capfd.readouterr().err == ""
