"""A model file as an attacker would write it."""

import io
import json
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix, save_npz
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.exceptions import (
    ArtifactFormatError,
    UntrustedTypeError,
)
from tests.artifacts._zoo import penguins, prepared, rewritten


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=300)).fit(X, y)
    return artifacts.save(model, tmp_path_factory.mktemp("m") / "birds.skcook", X, y=y), model, X


def test_a_zip_bomb(saved, tmp_path):
    path = rewritten(saved[0], tmp_path / "m.skcook", background_json=lambda _: b"0" * 2**27)
    with pytest.raises(ArtifactFormatError, match="looks like an attack"):
        artifacts.load(path)


def test_a_zip_bomb_inside_the_model(saved, tmp_path):
    def bomb(data):
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(data)) as archive,
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out,
        ):
            out.writestr("schema.json", archive.read("schema.json"))
            out.writestr("bomb.npy", b"0" * 2**28)
        return buffer.getvalue()

    path = rewritten(saved[0], tmp_path / "m.skcook", model_skops=bomb)
    with pytest.raises(ArtifactFormatError, match="looks like an attack"):
        artifacts.load(path)


def test_a_packed_zip_within_the_model_is_refused(saved, tmp_path):
    sparse = io.BytesIO()
    save_npz(sparse, csr_matrix(np.zeros((2, 2))), compressed=True)

    def nested(data):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as out:
            for name in archive.namelist():
                out.writestr(name, archive.read(name))
            out.writestr("x.npz", sparse.getvalue())
        return buffer.getvalue()

    path = rewritten(saved[0], tmp_path / "m.skcook", model_skops=nested)
    with pytest.raises(ArtifactFormatError, match="looks like an attack"):
        artifacts.load(path)


def test_a_model_with_a_sparse_matrix_is_packed_once(tmp_path):
    X = csr_matrix(np.eye(40))
    model = NearestNeighbors(n_neighbors=1).fit(X)
    loaded = artifacts.load(artifacts.save(model, tmp_path / "m.skcook"))
    assert (loaded._fit_X != X).nnz == 0


def test_a_type_cannot_steer_a_terminal(saved, tmp_path):
    path = rewritten(
        saved[0], tmp_path / "m.skcook", model_skops=hostile_model("a", "b\x1b[2J\nis trusted")
    )
    for use in (artifacts.load, artifacts.inspect):
        with pytest.raises(ArtifactFormatError, match="no type to be shown") as caught:
            use(path)
        assert str(caught.value).isprintable()


def test_a_time_zone_is_no_path(saved, tmp_path):
    zones = tmp_path / "zone"
    zones.write_bytes(b"TZif")
    dtype = f"datetime64[us, dateutil/{zones}]"

    def change(data):
        schema = json.loads(data)
        facts = schema["properties"]["island"]["x-skcook"]
        schema["properties"]["island"] = {
            "type": "string", "x-skcook": {**facts, "type": "datetime", "dtype": dtype},
        }  # fmt: skip
        return json.dumps({**schema, "examples": []}).encode()

    path = rewritten(saved[0], tmp_path / "m.skcook", schema_json=change)
    with pytest.raises(ArtifactFormatError, match="no name of a time zone"):
        artifacts.inspect(path)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "model.skops/x"])
def test_path_traversal(saved, tmp_path, name):
    path = tmp_path / "m.skcook"
    path.write_bytes(saved[0].read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(ArtifactFormatError, match="which no model file does"):
        artifacts.load(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(saved, tmp_path):
    path = tmp_path / "m.skcook"
    path.write_bytes(saved[0].read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model.skops", b"x")
    with pytest.raises(ArtifactFormatError, match="two members of one name"):
        artifacts.load(path)


def test_an_array_that_claims_to_be_huge(saved, tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }"
    header += b" " * (117 - len(header)) + b"\n"

    def huge(data):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as out:
            for name in archive.namelist():
                fake = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
                out.writestr(name, fake if name == "1.npy" else archive.read(name))
        return buffer.getvalue()

    path = rewritten(saved[0], tmp_path / "m.skcook", model_skops=huge)
    with pytest.raises(ArtifactFormatError):
        artifacts.load(path)


def hostile_model(module, name):
    def change(data):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as out:
            tree = json.loads(archive.read("schema.json"))
            node = {"__class__": name, "__module__": module, "__loader__": "FunctionNode"}
            tree["content"]["content"]["evil"] = node
            out.writestr("schema.json", json.dumps(tree))
            for member in archive.namelist():
                if member != "schema.json":
                    out.writestr(member, archive.read(member))
        return buffer.getvalue()

    return change


@pytest.mark.parametrize(
    ("module", "name"),
    [("posix", "system"), ("builtins", "eval"), ("subprocess", "Popen"), ("shutil", "rmtree"),
     ("skcook.utils._optional", "import_optional"), ("no.such", "Thing")],
)  # fmt: skip
def test_a_trust_list_inside_the_file_is_never_followed(saved, tmp_path, module, name):
    full = f"{module}.{name}"
    path = rewritten(
        saved[0],
        tmp_path / "m.skcook",
        model_skops=hostile_model(module, name),
        manifest_json=lambda d: json.dumps(
            {**json.loads(d), "required_types": [], "trusted": [full], "allow": "all"}
        ).encode(),
    )
    assert artifacts.inspect(path)["untrusted_types"] == [full]
    with pytest.raises(UntrustedTypeError) as caught:
        artifacts.load(path)
    assert caught.value.types == [full]


def test_a_type_that_is_refused_is_not_imported(saved, tmp_path, monkeypatch):
    (tmp_path / "side_effect_of_skcook.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = rewritten(
        saved[0], tmp_path / "m.skcook", model_skops=hostile_model("side_effect_of_skcook", "f")
    )
    artifacts.inspect(path)
    with pytest.raises(UntrustedTypeError):
        artifacts.load(path)
