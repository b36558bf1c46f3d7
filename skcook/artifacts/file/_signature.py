"""Sign a manifest, and check the signature: HMAC with a shared secret, or Ed25519 with a key pair.

The manifest holds the SHA-256 of every other member, so its signature covers the whole file. The
key that is asked for decides the algorithm, never the file: else a public key could be passed off
as a shared secret.
"""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from skcook.exceptions import ArtifactError, ArtifactFormatError, ArtifactIntegrityError
from skcook.utils._optional import import_optional

Key = str | bytes | Path

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
        return {key: _string(facts[key]) for key in ("algorithm", "signature")}
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ArtifactFormatError("The signature in the file is damaged.") from exc


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a string, got {type(value).__name__}")
    return value


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
