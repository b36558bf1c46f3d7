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
