from skcook.batch._progress import Progress


def test_rows_are_counted_on_the_error_stream(capfd):
    with Progress(10, 4, shown=True) as bar:
        bar.advance(6)
    shown = capfd.readouterr()
    assert "10.0/10.0" in shown.err
    assert not shown.out


def test_it_can_be_quiet(capfd):
    with Progress(None, 0, shown=False) as bar:
        bar.advance(3)
    assert capfd.readouterr().err == ""
