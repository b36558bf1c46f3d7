"""The command: what it takes, and how it refuses."""

import io
import json
import logging
import subprocess
import sys
import zipfile

import joblib
import pytest
from sklearn.dummy import DummyClassifier

from skcook import artifacts
from skcook.exceptions import SkcookWarning
from skcook.serve import ServeConfig
from skcook.serve.process import _serve_command
from skcook.serve.process._serve_command import main, parser
from tests.serve.model.test_registry import X, save


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom skcook.serve.process._serve_command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--demo" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"flask", "numpy", "pandas", "sklearn", "waitress", "werkzeug"}


class Halved(DummyClassifier):
    """A class that is on no list."""


def refused(capsys, *arguments):
    """Run the command, which must refuse; return what it says."""
    code = main([*arguments, "--port", "0"])
    said = capsys.readouterr()
    assert code == 2
    assert "Traceback" not in said.err
    # What comes before, a line for each model that was loaded, is the log.
    message = "".join(line for line in said.err.splitlines(True) if not line.startswith("{"))
    assert message.startswith("skcook-serve: ")
    return message


@pytest.fixture(autouse=True)
def keep_the_log():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_a_missing_file(capsys, tmp_path):
    assert "no.skcook" in refused(capsys, str(tmp_path / "no.skcook"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_model(capsys, tmp_path, content):
    path = tmp_path / "m.skcook"
    path.write_bytes(content)
    assert "m.skcook" in refused(capsys, str(path))


@pytest.mark.parametrize("part", [slice(0, 500), slice(None, None, -1)], ids=["cut", "reversed"])
def test_half_a_file(capsys, tmp_path, part):
    path = save(tmp_path, "one")
    path.write_bytes(path.read_bytes()[part])
    assert "m.skcook" in refused(capsys, str(path))


def test_a_damaged_file(capsys, tmp_path):
    path = save(tmp_path, "one")
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 3] ^= 0xFF
    path.write_bytes(whole)
    refused(capsys, str(path))


def test_a_file_of_a_later_format(capsys, tmp_path):
    path, late = save(tmp_path, "one"), tmp_path / "late.skcook"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(late, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps({**json.loads(data), "format_version": 99}).encode()
            new.writestr(name, data)
    said = refused(capsys, str(late))
    assert "late.skcook" in said
    assert "format 99" in said
    assert "Update skcook" in said


def test_a_file_that_holds_a_type_of_its_own(capsys, tmp_path):
    path = tmp_path / "m.skcook"
    with pytest.warns(SkcookWarning, match="allowed"):
        artifacts.save(Halved().fit(X, [0, 1, 0, 1]), path, X)
    said = refused(capsys, str(path))
    assert "--trust tests.serve.process.test_serve_command.Halved" in said


def test_a_pickle_needs_leave(capsys, tmp_path):
    path = tmp_path / "m.joblib"
    joblib.dump(DummyClassifier().fit(X, [1, 2, 1, 2]), path)
    assert "--allow-pickle" in refused(capsys, str(path))


def test_a_missing_key_file(capsys, tmp_path):
    refused(capsys, str(save(tmp_path, "one")), "--api-key-file", str(tmp_path / "none"))


def test_two_models_of_one_name(capsys, tmp_path):
    path = str(save(tmp_path, "one"))
    assert "NAME=FILE" in refused(capsys, path, path)


@pytest.mark.parametrize("arguments", [["--max-rows", "0"], ["--timeout", "-1"]])
def test_impossible_limits(capsys, tmp_path, arguments):
    assert "must be greater than 0" in refused(capsys, str(save(tmp_path, "one")), *arguments)


@pytest.mark.parametrize("count", ["0", "-1", "two", "1.5", ""])
def test_an_impossible_number_of_workers(capsys, tmp_path, count):
    with pytest.raises(SystemExit) as caught:
        main([str(save(tmp_path, "one")), f"--workers={count}"])
    assert caught.value.code == 2
    assert f"--workers: must be a number from 1 on; got {count!r}" in capsys.readouterr().err


def test_no_model(capsys):
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "give a model file, or --demo" in capsys.readouterr().err


def test_a_port_that_is_taken(capsys, tmp_path):
    from skcook.serve.process._host import listen

    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        path = str(save(tmp_path, "one"))
        assert main([path, "--port", str(port)]) == 2
    assert f"{port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "given", "port"),
    [
        ({}, None, 8080),
        ({"PORT": "9000"}, None, 9000),
        ({"PORT": "9000", "AIP_HTTP_PORT": "9001"}, None, 9001),
        ({"PORT": "9000"}, 7000, 7000),
    ],
)
def test_the_port(monkeypatch, environment, given, port):
    for name in ("PORT", "AIP_HTTP_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _serve_command._port(given) == port


def test_a_port_that_is_no_number(monkeypatch):
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(ValueError, match="must be a port number; got 'http'"):
        _serve_command._port(None)


def test_every_limit_can_be_set_and_defaults_are_those_of_the_config():
    assert _serve_command._config(parser().parse_args(["m"])) == ServeConfig()
    arguments = ["m", "--max-bytes", "1", "--max-rows", "2", "--max-queue", "3", "--timeout", "4"]
    arguments += ["--no-batching", "--batch-window", "0", "--batch-rows", "5", "--trust", "a.B"]
    arguments += ["--trust", "c.D", "--allow-pickle", "--cors", "*", "--no-pages", "--no-plan"]
    assert _serve_command._config(parser().parse_args(arguments)) == ServeConfig(
        max_bytes=1,
        max_rows=2,
        max_queue=3,
        timeout=4.0,
        batching=False,
        batch_window=0.0,
        batch_rows=5,
        trusted=("a.B", "c.D"),
        allow_pickle=True,
        cors_origins=("*",),
        plan=False,
        pages=False,
    )


def test_a_model_can_be_given_a_name(tmp_path):
    path = save(tmp_path, "one")
    assert _serve_command._named(f"churn={path}").name == "churn"
    assert _serve_command._named(str(path)).name == "m"


def test_log_lines_are_json_and_hold_no_text_of_exceptions():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_serve_command._JsonLines(worker=1))
    logger = logging.getLogger("test.serve.cli")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        raise ValueError("secret 4711")
    except ValueError:
        logger.exception("incident", extra={"fields": {"incident": "abc"}})
    line = json.loads(stream.getvalue())
    assert line["event"] == "incident"
    assert line["worker"] == 1
    assert line["exception"] == "ValueError"
    assert line["frames"][0].startswith("test_serve_command.py:")
    assert "secret" not in stream.getvalue()
