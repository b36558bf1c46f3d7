"""A Dockerfile for one model."""

import json
import re
from pathlib import Path

import pytest

from skcook.exceptions import ArtifactError
from skcook.serve.process._dockerfile import dockerfile_of

MANIFEST = {
    "versions": {"python": "3.12.4", "scikit-learn": "1.9.1", "numpy": "2.4.6", "skcook": "0.1.0"}
}


def test_versions_are_those_that_the_model_was_saved_with():
    text = dockerfile_of(MANIFEST, Path("models/Income.skcook"), Path("Dockerfile"))
    assert "FROM python:3.12-slim" in text
    assert '"scikit-learn==1.9.1"' in text
    assert '"numpy==2.4.6"' in text
    assert '"skcook[serve,explain]==0.1.0"' in text
    assert "docker build -t income " in text


def test_it_runs_as_an_ordinary_user_and_signals_arrive():
    text = dockerfile_of(MANIFEST, Path("m.skcook"), Path("Dockerfile"))
    assert text.index("USER serve") < text.index("ENTRYPOINT")
    entry = re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1]
    assert json.loads(entry)[:2] == ["skcook-serve", "/home/serve/m.skcook"]
    command = re.search(r"CMD (\[.*?\])$", text.replace("\\\n", ""), re.MULTILINE)[1]
    compile(json.loads(command)[2], "healthcheck", "exec")


@pytest.mark.parametrize(
    "versions",
    [
        {"numpy": '2.4.6" && touch evil && echo "'},
        {"python": "3.11-slim\nRUN touch evil\nFROM python:3.11"},
        {"skcook": "0.1.0 --index-url http://evil"},
    ],
)
def test_a_version_that_is_none_is_refused(versions):
    manifest = {"versions": {**MANIFEST["versions"], **versions}}
    with pytest.raises(ArtifactError, match="which is no version"):
        dockerfile_of(manifest, Path("m.skcook"), Path("Dockerfile"))


@pytest.mark.parametrize(
    "name", ["my model.skcook", 'a"b.skcook', "x\ny.skcook", "a]$HOME*?.skcook"]
)
def test_any_name_of_a_file_is_one_argument(name):
    text = dockerfile_of(MANIFEST, Path(name), Path("Dockerfile"))
    instructions = re.findall(r"^([A-Z]+) ", text.replace("\\\n", ""), re.MULTILINE)
    expected = ["FROM", "RUN", "RUN", "RUN", "USER", "COPY"]
    assert [i for i in instructions if i not in ("ENV", "EXPOSE")][:6] == expected
    entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1])
    assert entry[1].endswith(f"/home/serve/{name}")
    assert len(json.loads(re.search(r"^COPY --chown=serve (.*)$", text, re.MULTILINE)[1])) == 2


def test_types_of_the_users_own_need_trust_and_a_package(tmp_path):
    manifest = {**MANIFEST, "untrusted_types": ["mine.Halved"]}
    given = manifest, Path("m.skcook"), Path("Dockerfile")
    with pytest.raises(ArtifactError, match=r"add --trust mine\.Halved, and --package"):
        dockerfile_of(*given)
    with pytest.raises(ArtifactError, match="No installed package brings the module 'mine'"):
        dockerfile_of(*given, trusted=["mine.Halved"])
    module = tmp_path / "mine.py"
    module.touch()
    text = dockerfile_of(*given, trusted=["mine.Halved"], packages=[str(module)])
    assert '"--trust", "mine.Halved"' in text
    assert "/home/serve/modules/mine.py" in text
    assert "ENV PYTHONPATH=/home/serve/modules" in text
    text = dockerfile_of(*given, trusted=["mine.Halved"], packages=[str(tmp_path), "mine>=2"])
    assert "RUN pip install --no-cache-dir /packages/0" in text
    assert '"mine>=2"' in text


def test_types_of_an_installed_package_bring_it():
    manifest = {**MANIFEST, "untrusted_types": ["pytest.Item"]}
    text = dockerfile_of(manifest, Path("m.skcook"), Path("Dockerfile"), trusted=["pytest.Item"])
    assert f'"pytest=={pytest.__version__}"' in text


@pytest.mark.parametrize("name", ["a\\b.skcook", "[a].skcook"])
def test_a_name_that_engines_read_otherwise_is_refused(name):
    with pytest.raises(ArtifactError, match=r"Rename the file"):
        dockerfile_of(MANIFEST, Path(name), Path("Dockerfile"))
