"""Signatures: the key asked for decides, and no file talks its way past it."""

import json
import zipfile

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sklearn.preprocessing import StandardScaler

from skcook import artifacts
from skcook.exceptions import ArtifactError, ArtifactFormatError, ArtifactIntegrityError

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
