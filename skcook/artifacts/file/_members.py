"""A model file as a zip: where it is, its members, their hashes and the signature over all.

The manifest holds the SHA-256 of every other member, so its signature covers the whole file. The
key that is asked for decides the algorithm, never the file: else a public key could be passed off
as a shared secret.
"""

import hashlib
import hmac
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from skcook.artifacts.file._manifest import check_names, read_manifest
from skcook.artifacts.schema._schema import Schema
from skcook.exceptions import ArtifactError, ArtifactFormatError, ArtifactIntegrityError
from skcook.utils._optional import import_optional

Key = str | bytes | Path


def place_of(place: str | Path) -> str | Path:
    """Return an address (``s3://...``, ``gs://...``, ``https://...``) as it is, or a path."""
    if isinstance(place, Path):
        return place
    text = str(place)
    scheme = urlsplit(text).scheme
    if "://" not in text or len(scheme) < 2:  # a letter alone is a drive of Windows
        return Path(text)
    return Path(text.removeprefix("file://")) if scheme == "file" else text


def name_of(place: str | Path) -> str:
    """Return the last part of a place."""
    return (
        place.name if isinstance(place, Path) else urlsplit(place).path.rstrip("/").split("/")[-1]
    )


def store_of(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    fsspec = import_optional("fsspec", feature="An address of an object store", extra="batch")
    try:
        store, path = fsspec.url_to_fs(address)
    except ValueError as exc:
        raise ArtifactError(f"{address}: no file system of fsspec has this kind: {exc}.") from exc
    except ImportError as exc:
        raise ArtifactError(
            f"{address}: its file system needs a library that is not installed: {exc}."
        ) from exc
    return store, path


def read_bytes(place: str | Path) -> bytes:
    """Read a file whole."""
    if isinstance(place, Path):
        return place.read_bytes()
    store, path = store_of(place)
    return store.cat_file(path)


def open_place(place: str | Path) -> BinaryIO:
    """Open a file for reading; one at an address is fetched whole."""
    if isinstance(place, Path):
        return place.open("rb")
    try:
        return io.BytesIO(read_bytes(place))
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise ArtifactError(f"{place}: cannot be read: {exc}") from exc


#: The date of every member: a file's bytes should tell of its contents alone.
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
#: The members that a file may have, and how many bytes each may unpack to.
MEMBERS: Mapping[str, int] = {
    "manifest.json": 2**24,
    "schema.json": 2**26,
    "model.skops": 2**36,
    "background.json": 2**28,
    "signature.json": 2**16,
}
#: A large member that unpacks to more times its size than this is taken for an attack; `pack`
#: leaves such a member unpacked.
MAX_RATIO = 200
LARGE = 2**24
#: A third of the time of zlib's default, for a tenth more bytes.
_LEVEL = 3
#: What reading a damaged zip may raise.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


def pack(members: Mapping[str, bytes]) -> bytes:
    """Make a zip, the same members always as the same bytes."""
    data = _pack(members, frozenset())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        small = frozenset(info.filename for info in archive.infolist() if _is_suspicious(info))
    return _pack(members, small) if small else data


def _pack(members: Mapping[str, bytes], unpacked: frozenset[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, FIXED_DATE)
            info.compress_type = zipfile.ZIP_STORED if name in unpacked else zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, compresslevel=_LEVEL)
    return buffer.getvalue()


def _is_suspicious(info: zipfile.ZipInfo) -> bool:
    return info.file_size > LARGE and info.file_size > MAX_RATIO * info.compress_size


def unpack(file: BinaryIO) -> dict[str, bytes]:
    """Read the members of a zip, within their limits."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) != len(names):
                raise ArtifactFormatError("The file holds two members of one name.")
            strange = sorted(set(names) - set(MEMBERS))
            if strange:
                raise ArtifactFormatError(
                    f"The file holds {strange[0][:100]!r}, which no model file does."
                )
            return {info.filename: read_limited(archive, info) for info in infos}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as exc:
        raise ArtifactFormatError(f"The file is damaged or cut off: {exc}") from exc
    except ArtifactFormatError:
        raise
    except UNREADABLE as exc:
        raise ArtifactFormatError(f"The file cannot be unpacked: {exc}") from exc


def read_limited(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one member, and no more of it than its limit."""
    limit = MEMBERS[info.filename]
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArtifactFormatError(f"{info.filename} is packed in a way that no model file is.")
    if info.file_size > limit:
        raise ArtifactFormatError(
            f"{info.filename} has {info.file_size} bytes, and may have {limit} at most."
        )
    if _is_suspicious(info):
        raise ArtifactFormatError(
            f"{info.filename} would unpack to {info.file_size / 2**20:.0f} MiB from "
            f"{info.compress_size / 2**10:.0f} KiB; this looks like an attack and is refused."
        )
    # zipfile itself stops at the size that the directory names, and checks the sum.
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ArtifactFormatError(f"{info.filename} does not have the size that it names.")
    return data


#: What reading data of a wrong form may raise.
DAMAGED = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


def is_zip(file: BinaryIO) -> bool:
    """Tell whether an open file starts as a zip does."""
    start = file.read(4)
    file.seek(0)
    return start in (b"PK\x03\x04", b"PK\x05\x06")


def not_ours(name: str) -> ArtifactFormatError:
    """Return the error for a file that is no model file of skcook."""
    return ArtifactFormatError(
        f"{name} is no model file of skcook. A pickle or joblib file can run any code and is "
        "loaded only with allow_pickle=True (skcook-serve: --allow-pickle)."
    )


def check_members(members: Mapping[str, bytes], verify_key: Key | None) -> dict[str, Any]:
    """Check members against the manifest and the signature; return the manifest."""
    if "manifest.json" not in members:
        raise ArtifactFormatError("The file is a zip, but no model file: it has no manifest.")
    if verify_key is not None:
        verify(members["manifest.json"], members.get("signature.json"), verify_key)
    manifest = read_manifest(members["manifest.json"])
    hashes = manifest["sha256"]
    needed = {"schema.json", "model.skops", *hashes}
    missing = sorted(needed - set(members))
    if missing:
        raise ArtifactFormatError(f"The file lacks {', '.join(missing)}.")
    for name, data in members.items():
        if name in ("manifest.json", "signature.json"):
            continue
        if hashes.get(name) != hashlib.sha256(data).hexdigest():
            raise ArtifactIntegrityError(
                f"{name} is not the one that the manifest was written for: the file was changed."
            )
    return manifest


def read_schema(data: bytes) -> tuple[Schema, dict[str, Any] | None]:
    """Read ``schema.json``: the schema, and the example row if there is one."""
    loaded = read_json(data, "schema.json")
    schema = Schema.from_json_schema(loaded)
    examples = loaded.get("examples")
    example = examples[0] if isinstance(examples, list) and examples else None
    if example is not None:
        try:
            _ = schema.parse_rows([example]).frame
        except DAMAGED as exc:
            raise ArtifactFormatError("The example row does not fit the schema.") from exc
    return schema, example


def read_json(data: bytes, name: str) -> dict[str, Any]:
    """Read a member that is a JSON object."""
    try:
        loaded = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ArtifactFormatError(f"{name} is damaged: {exc}") from exc
    if not isinstance(loaded, dict):
        raise ArtifactFormatError(f"{name} is damaged.")
    return loaded


_PREFIX = b"skcook model file\n"
_MIN_SECRET = 16


def sign(manifest: bytes, key: Key) -> bytes:
    """Sign a manifest."""
    secret = _read_key(key)
    if _is_pem(secret):
        signature = _ed25519_private(secret).sign(_PREFIX + manifest).hex()
        algorithm = "ed25519"
    else:
        signature = _hmac(manifest, secret)
        algorithm = "hmac-sha256"
    return json.dumps({"algorithm": algorithm, "signature": signature}).encode()


def verify(manifest: bytes, signature: bytes | None, key: Key) -> None:
    """Check a manifest's signature."""
    secret = _read_key(key)
    if signature is None:
        raise ArtifactIntegrityError(
            "The file is not signed, and a signature was asked for. Save it with sign_key=..."
        )
    facts = read_signature(signature)
    wanted = "ed25519" if _is_pem(secret) else "hmac-sha256"
    if facts["algorithm"] != wanted:
        raise ArtifactIntegrityError(
            f"The file is signed by {facts['algorithm'][:40]!r}; the key given is for {wanted!r}."
        )
    if wanted == "ed25519":
        valid = _ed25519_verify(secret, manifest, facts["signature"])
    else:
        valid = hmac.compare_digest(
            _hmac(manifest, secret).encode(), facts["signature"].encode("utf-8", "replace")
        )
    if not valid:
        raise ArtifactIntegrityError(
            "The signature does not fit: the file was changed after it was signed, or was signed "
            "with another key."
        )


def read_signature(signature: bytes) -> dict[str, str]:
    """Read the contents of ``signature.json``."""
    try:
        facts = json.loads(signature)
        found = {key: facts[key] for key in ("algorithm", "signature")}
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ArtifactFormatError("The signature in the file is damaged.") from exc
    check_names("algorithm", [found["algorithm"]], "The signature in the file")
    if not isinstance(found["signature"], str):
        raise ArtifactFormatError("The signature in the file is damaged.")
    return found


def _read_key(key: Key) -> bytes:
    secret = key.read_bytes() if isinstance(key, Path) else key
    secret = secret.encode() if isinstance(secret, str) else bytes(secret)
    secret = secret.strip()
    if len(secret) < _MIN_SECRET:
        raise ArtifactError(
            f"A signing key has at least {_MIN_SECRET} bytes; got {len(secret)}. Make one with: "
            'python -c "import secrets; print(secrets.token_hex(32))"'
        )
    return secret


def _is_pem(secret: bytes) -> bool:
    return secret.startswith(b"-----BEGIN ")


def _hmac(manifest: bytes, secret: bytes) -> str:
    return hmac.new(secret, _PREFIX + manifest, hashlib.sha256).hexdigest()


def _cryptography(module: str) -> Any:
    name = f"cryptography.hazmat.primitives.{module}"
    return import_optional(name, feature="An Ed25519 signature", extra="serve")


def _ed25519_private(pem: bytes) -> Any:
    try:
        key = _cryptography("serialization").load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as exc:
        raise ArtifactError(f"sign_key is no private key in PEM form: {exc}") from exc
    if not isinstance(key, _cryptography("asymmetric.ed25519").Ed25519PrivateKey):
        raise ArtifactError("sign_key is a private key of another kind than Ed25519.")
    return key


def _ed25519_verify(pem: bytes, manifest: bytes, signature: str) -> bool:
    try:
        key = _cryptography("serialization").load_pem_public_key(pem)
    except (ValueError, TypeError) as exc:
        raise ArtifactError(f"verify_key is no public key in PEM form: {exc}") from exc
    if not isinstance(key, _cryptography("asymmetric.ed25519").Ed25519PublicKey):
        raise ArtifactError("verify_key is a public key of another kind than Ed25519.")
    invalid = import_optional(
        "cryptography.exceptions", feature="An Ed25519 signature", extra="serve"
    ).InvalidSignature
    try:
        key.verify(bytes.fromhex(signature), _PREFIX + manifest)
    except (invalid, ValueError):
        return False
    return True
