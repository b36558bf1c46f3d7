"""`skcook-serve inspect`, `dockerfile` and `export`."""

import json
import re

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.serve import to_html
from skcook.serve.process._file_commands import fit_demo, save_demo
from skcook.serve.process._serve_command import main
from tests.serve.model.test_registry import save


def test_inspect_tells_what_a_file_is(capsys, tmp_path):
    path = save(tmp_path, "one", version="7")
    assert main(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "classifier m, version 7" in said
    assert "DummyClassifier" in said
    assert "a: number" in said
    assert "plan: yes" in said or "plan: none: " in said
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "7"


def test_inspect_refuses_what_is_no_model(capsys, tmp_path):
    path = tmp_path / "m.skcook"
    path.write_bytes(b"hello")
    assert main(["inspect", str(path)]) == 2
    assert capsys.readouterr().err.startswith("skcook-serve: ")


def test_an_address_is_inspected_and_not_built_in(capsys, tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    path = save(tmp_path, "one", version="7")
    fsspec.filesystem("memory").pipe("/models/m.skcook", path.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "memory://models/m.skcook"]) == 0
    assert "classifier m, version 7" in capsys.readouterr().out
    for address in ("memory://models/absent.skcook", "klingon://models/m.skcook"):
        assert main(["inspect", address]) == 2
    assert main(["dockerfile", "memory://models/m.skcook"]) == 2
    assert "is an address. Copy the file here" in capsys.readouterr().err


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


def saved_tree(folder):
    """Return the file of a small tree that can be exported, and its rows."""
    X = pd.DataFrame({"rooms": [1.0, 2.0, 5.0] * 4, "city": ["Ulm", "Bern", "Ulm"] * 4})
    steps = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city"]), remainder="passthrough"
    )
    model = make_pipeline(steps, DecisionTreeRegressor(random_state=0))
    model.fit(X, np.arange(12) % 3 * 100.0)
    return artifacts.save(model, folder / "flats.skcook", X), X


def test_export_writes_an_onnx_model_once(capsys, tmp_path):
    path, X = saved_tree(tmp_path)
    out = tmp_path / "flats.onnx"
    assert main(["export", "onnx", str(path), str(out)]) == 0
    assert "no number is further from it than 0" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(out)
    given = {"rooms": X[["rooms"]].to_numpy(), "city": X[["city"]].to_numpy(object)}
    got = session.run(["predict"], given)[0]
    assert got.tolist() == artifacts.load(path).predict(X).tolist()
    assert main(["export", "onnx", str(path), str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["export", "onnx", str(path), str(out), "--force"]) == 0


def test_export_says_what_cannot_be_exported(capsys, tmp_path):
    path = save(tmp_path, "one")
    assert main(["export", "onnx", str(path), str(tmp_path / "m.onnx")]) == 2
    assert "DummyClassifier cannot be exported" in capsys.readouterr().err
    assert not (tmp_path / "m.onnx").exists()


def test_export_writes_a_page_that_has_all_in_it(capsys, tmp_path):
    path, _ = saved_tree(tmp_path)
    out = tmp_path / "flats.html"
    assert main(["export", "html", str(path), str(out)]) == 0
    assert f"Wrote {out}" in capsys.readouterr().out
    page = out.read_text()
    addresses = re.findall(r"""(?:src|href)=["']?([^"'> ]+)""", page)
    assert addresses
    assert [a for a in addresses if not a.startswith(("#", "data:"))] == []
    assert "url(" not in page
    assert len(page) < 250_000
    assert main(["export", "html", str(path), str(path), "--force"]) == 2
    assert "is the model; choose another output" in capsys.readouterr().err


def test_the_page_holds_no_row_of_the_sample(tmp_path):
    # The ends of a range and its deciles are what the form says anyway; this is none of them.
    X = pd.DataFrame({"rooms": [*range(33), 33.717171, *range(34, 100)]})
    model = DecisionTreeRegressor(max_depth=1).fit(X, X["rooms"] > 50)
    path = artifacts.save(model, tmp_path / "flats.skcook", X)
    assert 33.717171 in artifacts.read(path).background["rooms"].tolist()
    assert "33.717171" not in to_html(artifacts.read(path))


def test_the_demo_model_knows_penguins_and_explains_itself(tmp_path):
    model, X, card = fit_demo()
    _, y = load_penguins(return_X_y=True)
    assert (model.predict(X) == y).mean() > 0.97
    assert model.explain(X.head(1))[0].target in set(y)
    assert 0.9 < card["metrics"]["accuracy in cross-validation"] < 1
    saved = artifacts.read(save_demo(tmp_path)).card
    assert {**saved, "fields": card["fields"]} == card
