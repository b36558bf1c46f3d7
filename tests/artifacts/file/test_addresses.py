from pathlib import Path

import fsspec
import pytest
from sklearn.preprocessing import StandardScaler

from skcook import artifacts
from skcook.artifacts.file._members import name_of, place_of
from skcook.exceptions import ArtifactError


@pytest.mark.parametrize(
    ("given", "place", "name"),
    [
        ("m.skcook", Path("m.skcook"), "m.skcook"),
        ("a/b: c.skcook", Path("a/b: c.skcook"), "b: c.skcook"),
        ("C:/m.skcook", Path("C:/m.skcook"), "m.skcook"),
        ("file:///a/m.skcook", Path("/a/m.skcook"), "m.skcook"),
        ("s3://bucket/a/m.skcook", "s3://bucket/a/m.skcook", "m.skcook"),
        ("https://host/a/m.skcook?token=1", "https://host/a/m.skcook?token=1", "m.skcook"),
    ],
)
def test_a_place_is_a_path_or_an_address(given, place, name):
    assert place_of(given) == place
    assert name_of(place_of(given)) == name


def test_a_model_is_read_from_its_address(tmp_path):
    path = artifacts.save(StandardScaler().fit([[1.0], [3.0]]), tmp_path / "scaler.skcook")
    store = fsspec.filesystem("memory")
    store.pipe("/models/scaler.skcook", path.read_bytes())
    address = "memory://models/scaler.skcook"
    artifact = artifacts.read(address)
    assert (artifact.name, artifact.path) == ("scaler", None)
    assert artifacts.inspect(address)["bytes"] == path.stat().st_size
    with pytest.raises(FileNotFoundError):
        artifacts.load("memory://models/absent.skcook")
    with pytest.raises(ArtifactError, match="no file system of fsspec has this kind"):
        artifacts.load("klingon://models/m.skcook")
