"""The members of a model file, checked against their hashes and the signature."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from skcook.artifacts.file._read_manifest import read_manifest
from skcook.artifacts.file._signature import Key, verify
from skcook.artifacts.schema._schema import Schema
from skcook.exceptions import ArtifactFormatError, ArtifactIntegrityError

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
