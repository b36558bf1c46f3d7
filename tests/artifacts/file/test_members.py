"""Where a model file is, its members, their hashes and its signature."""

import io
import json
import zipfile
from pathlib import Path

import fsspec
import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sklearn.preprocessing import StandardScaler

from skcook import artifacts
from skcook.artifacts.file._members import (
    LARGE,
    MEMBERS,
    check_members,
    is_zip,
    name_of,
    pack,
    place_of,
    read_json,
    read_schema,
    unpack,
)
from skcook.exceptions import ArtifactError, ArtifactFormatError, ArtifactIntegrityError


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


PARTS = {"manifest.json": b"{}", "schema.json": b"[1, 2]" * 100, "model.skops": bytes(range(256))}


def test_what_is_packed_is_unpacked():
    data = pack(PARTS)
    assert unpack(io.BytesIO(data)) == PARTS
    assert pack(dict(PARTS)) == data


def test_what_shrinks_too_well_is_left_unpacked():
    parts = {"model.skops": b"\0" * (LARGE + 1)}
    assert unpack(io.BytesIO(pack(parts))) == parts


def test_a_bomb_is_refused_before_it_is_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("model.skops", b"\0" * (LARGE + 1))
    with pytest.raises(ArtifactFormatError, match="looks like an attack"):
        unpack(buffer)


def test_each_member_has_its_limit():
    limit = MEMBERS["signature.json"]
    with pytest.raises(ArtifactFormatError, match="at most"):
        unpack(io.BytesIO(pack({"signature.json": bytes(limit + 1)})))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        out.writestr("manifest.json", b"{}")
    with pytest.raises(ArtifactFormatError, match="packed in a way"):
        unpack(buffer)


@pytest.mark.parametrize("place", range(0, 300, 7))
def test_every_flipped_byte_is_an_artifact_error_or_harmless(place):
    data = bytearray(pack(PARTS))
    data[place % len(data)] ^= 0xFF
    try:
        found = unpack(io.BytesIO(bytes(data)))
    except ArtifactFormatError:
        return
    assert found == PARTS


@pytest.mark.parametrize(
    ("data", "expected"),
    [(pack({"manifest.json": b""}), True), (b"PK", False), (b"", False), (b"\x80\x04", False)],
    ids=["zip", "two bytes", "nothing", "pickle"],
)
def test_is_zip_looks_at_the_start_and_goes_back(data, expected):
    file = io.BytesIO(data)
    assert is_zip(file) is expected
    assert file.read() == data


def test_a_zip_without_manifest_is_no_model_file():
    with pytest.raises(ArtifactFormatError, match="no manifest"):
        check_members({"schema.json": b"{}"}, None)


@pytest.mark.parametrize("data", [b"", b"nope", b"[]", b"1", b"\xff", b"[" * 10**6])
def test_read_json_takes_objects_alone(data):
    with pytest.raises(ArtifactFormatError, match=r"x\.json"):
        read_json(data, "x.json")


def test_an_example_that_is_no_row_is_refused():
    import pandas as pd

    from skcook.artifacts import Schema

    document = Schema.capture(pd.DataFrame({"a": [1.0]})).to_json_schema()
    schema, example = read_schema(json.dumps({**document, "examples": []}).encode())
    assert (schema.names, example) == (["a"], None)
    with pytest.raises(ArtifactFormatError, match="example"):
        read_schema(json.dumps({**document, "examples": [3]}).encode())


SECRET = "a shared secret of enough bytes"


def pem(key, public=False):
    if public:
        return key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


PRIVATE = ed25519.Ed25519PrivateKey.generate()
KEYS = {"hmac": (SECRET, SECRET), "ed25519": (pem(PRIVATE), pem(PRIVATE, public=True))}


@pytest.fixture
def model():
    return StandardScaler().fit(np.arange(6.0).reshape(3, 2))


def save(model, folder, **settings):
    return artifacts.save(model, folder / "m.skcook", np.ones((3, 2)), **settings)


@pytest.mark.parametrize("kind", KEYS)
def test_a_signed_file_is_loaded(kind, model, tmp_path):
    private, public = KEYS[kind]
    path = save(model, tmp_path, sign_key=private)
    assert artifacts.load(path, verify_key=public).mean_.tolist() == model.mean_.tolist()
    assert artifacts.load(path) is not None
    key_file = tmp_path / "key"
    key_file.write_bytes(public.encode() if isinstance(public, str) else public)
    assert artifacts.load(path, verify_key=key_file) is not None


@pytest.mark.parametrize("kind", KEYS)
def test_a_file_without_signature_is_refused_where_one_is_asked_for(kind, model, tmp_path):
    with pytest.raises(ArtifactIntegrityError, match="not signed"):
        artifacts.load(save(model, tmp_path), verify_key=KEYS[kind][1])


def test_another_key_is_refused(model, tmp_path):
    other = ed25519.Ed25519PrivateKey.generate()
    for private, public in ((SECRET, SECRET + "x"), (pem(PRIVATE), pem(other, public=True))):
        path = save(model, tmp_path, sign_key=private)
        with pytest.raises(ArtifactIntegrityError, match="does not fit"):
            artifacts.load(path, verify_key=public)


@pytest.mark.parametrize("kind", KEYS)
def test_a_changed_manifest_is_refused(kind, model, tmp_path):
    private, public = KEYS[kind]
    path = save(model, tmp_path, sign_key=private)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "name": "other"}).encode()
    with zipfile.ZipFile(path, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    assert artifacts.read(path).name == "other"
    with pytest.raises(ArtifactIntegrityError, match="does not fit"):
        artifacts.load(path, verify_key=public)


def test_the_public_key_is_no_shared_secret(model, tmp_path):
    # Whoever knows the public key must not be able to sign by HMAC with it.
    public = pem(PRIVATE, public=True)
    path = save(model, tmp_path, sign_key=SECRET)
    with pytest.raises(ArtifactIntegrityError, match="hmac-sha256"):
        artifacts.load(path, verify_key=public)
    with pytest.raises(ArtifactError, match="no private key"):
        save(model, tmp_path, sign_key=public)


@pytest.mark.parametrize(
    "key",
    ["short", b"", pem(ec.generate_private_key(ec.SECP256R1())), b"-----BEGIN nothing"],
    ids=["short", "empty", "another kind", "no key at all"],
)
def test_keys_that_are_none(key, model, tmp_path):
    with pytest.raises(ArtifactError, match="key"):
        save(model, tmp_path, sign_key=key)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"algorithm": 1, "signature": "00"}'])
def test_a_damaged_signature(data, model, tmp_path):
    path = save(model, tmp_path, sign_key=SECRET)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as out:
        for name, content in members.items():
            out.writestr(name, data if name == "signature.json" else content)
    with pytest.raises(ArtifactFormatError, match="signature"):
        artifacts.load(path, verify_key=SECRET)


@pytest.mark.parametrize("text", ["zz", "00", "ä", "0" * 10**4])
@pytest.mark.parametrize("kind", KEYS)
def test_signatures_that_are_no_signatures(text, kind, model, tmp_path):
    private, public = KEYS[kind]
    path = save(model, tmp_path, sign_key=private)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(members["signature.json"])
    members["signature.json"] = json.dumps({**facts, "signature": text}).encode()
    with zipfile.ZipFile(path, "w") as out:
        for name, content in members.items():
            out.writestr(name, content)
    with pytest.raises(ArtifactIntegrityError, match="does not fit"):
        artifacts.load(path, verify_key=public)
