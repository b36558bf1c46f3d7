"""`skcook-serve inspect` and `skcook-serve dockerfile`."""

import json

from skcook.serve.process._serve_command import main
from tests.serve.model.test_registry import save


def test_inspect_tells_what_a_file_is(capsys, tmp_path):
    path = save(tmp_path, "one", version="7")
    assert main(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "classifier m, version 7" in said
    assert "DummyClassifier" in said
    assert "a: number" in said
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "7"


def test_inspect_refuses_what_is_no_model(capsys, tmp_path):
    path = tmp_path / "m.skcook"
    path.write_bytes(b"hello")
    assert main(["inspect", str(path)]) == 2
    assert capsys.readouterr().err.startswith("skcook-serve: ")


def test_dockerfile_is_written_once(capsys, tmp_path, monkeypatch):
    path = save(tmp_path, "one")
    monkeypatch.chdir(tmp_path)
    assert main(["dockerfile", str(path)]) == 0
    text = (tmp_path / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["skcook-serve", "/home/serve/m.skcook"' in text
    assert main(["dockerfile", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["dockerfile", str(path), "--force"]) == 0


def test_a_dockerfile_replaces_nothing_that_goes_into_the_image(capsys, tmp_path, monkeypatch):
    path = save(tmp_path, "one")
    (tmp_path / "mine.py").write_text("precious = 1")
    monkeypatch.chdir(tmp_path)
    for output in (path.name, f"./{path.name}", "mine.py"):
        given = ["dockerfile", path.name, "--package", "mine.py", "--force", "-o", output]
        assert main(given) == 2
        assert "goes into the image" in capsys.readouterr().err
    assert main(["inspect", str(path)]) == 0
    assert (tmp_path / "mine.py").read_text() == "precious = 1"


def test_what_a_file_says_cannot_steer_the_terminal(capsys, tmp_path):
    name = "evil\x1b[2J.skcook"
    for given in (["inspect", name], ["dockerfile", name, "--force"], [name, "--port", "0"]):
        assert main([str(item) for item in given]) == 2
        said = capsys.readouterr().err
        assert "\x1b" not in said
        assert "evil\\x1b[2J.skcook" in said
