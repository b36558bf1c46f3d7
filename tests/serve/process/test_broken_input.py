"""Whatever is broken, each command ends with a sentence and code 2, and never with a traceback."""

import io
import json
import os
import warnings
import zipfile

import pytest

from skcook.artifacts.file._manifest import _KEYS
from skcook.batch._score_command import main as score
from skcook.serve.process._serve_command import main
from tests.serve.model.test_registry import save


def member(good, name, change):
    """Return a model file in which one member is another."""
    out = io.BytesIO()
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.namelist():
            raw = old.read(item)
            new.writestr(item, change(raw) if item == name else raw)
    return out.getvalue()


def edited(**changes):
    def change(raw):
        return json.dumps({**json.loads(raw), **changes}).encode()

    return change


def without(good, name):
    out = io.BytesIO()
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.namelist():
            if item != name:
                new.writestr(item, old.read(item))
    return out.getvalue()


def added(good, name, compression=zipfile.ZIP_STORED):
    out = io.BytesIO(good.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, of a name that is there
        with zipfile.ZipFile(out, "a", compression) as archive:
            archive.writestr(name, b"{}")
    return out.getvalue()


def flipped(raw, share):
    """Return a file in which some bytes, so far from its beginning, are others."""
    at = int(len(raw) * share)
    return raw[:at] + bytes(255 - byte for byte in raw[at : at + 8]) + raw[at + 8 :]


FILES = {
    "empty": lambda good: b"",
    "words": lambda good: b"hello",
    "zeros": lambda good: bytes(1000),
    "html": lambda good: b"<!doctype html><title>404</title>",
    "a pickle": lambda good: b"\x80\x04K\x01.",
    "an empty zip": lambda good: b"PK\x05\x06" + bytes(18),
    "cut off": lambda good: good.read_bytes()[:-40],
    "half": lambda good: good.read_bytes()[: good.stat().st_size // 2],
    "a quarter": lambda good: good.read_bytes()[: good.stat().st_size // 4],
    "no manifest": lambda good: without(good, "manifest.json"),
    "no schema": lambda good: without(good, "schema.json"),
    "no model": lambda good: without(good, "model.skops"),
    "the manifest is a list": lambda good: member(good, "manifest.json", lambda raw: b"[]"),
    "the manifest is no JSON": lambda good: member(good, "manifest.json", lambda raw: b"{"),
    "the manifest is not UTF-8": lambda good: member(good, "manifest.json", lambda raw: b"\xff"),
    "a format of the future": lambda good: member(good, "manifest.json", edited(format_version=99)),
    "a format that is no number": lambda good: member(
        good, "manifest.json", edited(format_version="1")
    ),
    "versions are a list": lambda good: member(good, "manifest.json", edited(versions=[])),
    "methods are numbers": lambda good: member(good, "manifest.json", edited(methods=[1])),
    "the schema is a list": lambda good: member(good, "schema.json", lambda raw: b"[]"),
    "the schema is no JSON": lambda good: member(good, "schema.json", lambda raw: b"nope"),
    "the model is no zip": lambda good: member(good, "model.skops", lambda raw: b"nope"),
}
# Every member of the manifest, and of the schema, as something that it never is.
FILES |= {
    f"{key} of the manifest": lambda good, key=key: member(
        good, "manifest.json", edited(**{key: 1.5})
    )
    for key in _KEYS
}
FILES |= {
    f"{key} of the schema": lambda good, key=key: member(good, "schema.json", edited(**{key: 1.5}))
    for key in ("properties", "examples", "x-skcook")
}
FILES |= {
    f"wrong {share:.0%} in": lambda good, share=share: flipped(good.read_bytes(), share)
    for share in (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
}
FILES |= {
    "a member twice": lambda good: added(good, "schema.json"),
    "a member of a stranger": lambda good: added(good, "notes.txt"),
    "a member outside": lambda good: added(good, "../evil"),
    "another compression": lambda good: added(good, "signature.json", zipfile.ZIP_LZMA),
    "orders to a terminal": lambda good: member(good, "manifest.json", edited(task="\x1b[2J")),
    "a version that is code": lambda good: member(
        good, "manifest.json", edited(versions={"numpy": '1"; touch evil; "'})
    ),
    "deep JSON": lambda good: member(good, "manifest.json", lambda raw: b"[" * 100_000),
    "a long number": lambda good: member(good, "manifest.json", lambda raw: b"9" * 100_000),
    "two schemas": lambda good: member(good, "schema.json", lambda raw: raw * 2),
    "an empty model": lambda good: member(good, "model.skops", lambda raw: b""),
    "a model cut off": lambda good: member(good, "model.skops", lambda raw: raw[:-9]),
}
COMMANDS = {
    "serve": lambda path: [path, "--port", "0"],
    "inspect": lambda path: ["inspect", path],
    "export": lambda path: ["export", "onnx", path, os.devnull, "--force"],
    "dockerfile": lambda path: ["dockerfile", path, "-o", os.devnull, "--force"],
    "score": lambda path: [path, "in.csv", "out.csv", "--quiet"],
}


def run(command, path):
    return (score if command == "score" else main)(COMMANDS[command](path))


@pytest.fixture(autouse=True)
def nothing_is_served(monkeypatch):
    """Let a file that is served after all fail a test, and not go on for ever."""

    def serve(arguments):
        raise AssertionError("the model is served")

    monkeypatch.setattr("skcook.serve.process._serve_command._serve_with", serve)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return save(tmp_path_factory.mktemp("good"), "one")


def assert_a_sentence(capsys, code, named=None):
    said = capsys.readouterr().err
    assert code == 2
    assert "Traceback" not in said
    sentences = ("skcook-serve: ", "skcook-score: ")
    lines = [line for line in said.splitlines() if line.startswith(sentences)]
    assert len(lines) == 1, said
    assert len(lines[0]) > len("skcook-serve: ") + 10
    if named is not None:
        assert named in lines[0]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", FILES)
def test_a_broken_file(good, tmp_path, capsys, case, command):
    path = tmp_path / "broken.skcook"
    path.write_bytes(FILES[case](good))
    assert_a_sentence(capsys, run(command, str(path)))


def test_there_are_sixty_of_them():
    assert len(FILES) >= 60


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", ["missing.skcook", ".", "m.skcook/below", "a\0b"])
def test_a_place_without_a_file(tmp_path, capsys, monkeypatch, command, place):
    monkeypatch.chdir(tmp_path)
    assert_a_sentence(capsys, run(command, place))


SETTINGS = {
    "a key file that is not there": ["--api-key-file", "no-such-file"],
    "a key file without keys": ["--api-key-file", os.devnull],
    "a key to verify with that is not there": ["--verify-key", "no-such-file"],
    "a key to verify with that is too short": ["--verify-key", os.devnull],
    "no rows": ["--max-rows", "0"],
    "negative bytes": ["--max-bytes", "-1"],
    "no time": ["--timeout", "0"],
    "no connections": ["--connections", "0"],
    "a window below zero": ["--batch-window", "-1"],
    "a prefix without a slash": ["--root-path", "penguins"],
    "an address of another machine": ["--host", "192.0.2.1"],
    "a host that does not exist": ["--host", "no.such.host.invalid"],
    "a port that is none": ["--port", "99999999"],
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_cannot_be(good, capsys, case):
    assert_a_sentence(capsys, main([str(good), "--port", "0", *SETTINGS[case]]))


@pytest.mark.parametrize(
    "arguments",
    [[], ["--no-such-option"], ["m.skcook", "--workers", "0"], ["m", "--port", "x"], ["inspect"]],
    ids=str,
)
def test_arguments_that_are_none(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "error: " in said
    assert "Traceback" not in said
