"""Read a manifest that anyone may have written: parsed and checked, never quoted as it came."""

import json
import re
from typing import Any

from skcook import __version__
from skcook.artifacts.file._card import checked_card
from skcook.exceptions import ArtifactError, ArtifactFormatError
from skcook.utils._optional import import_optional

#: Raise it when an older reader could not use a file written now, and say in the guide how to
#: save such a file again. Members that an older reader may ignore do not raise it.
FORMAT_VERSION = 1
#: Names and versions reach terminals, Dockerfiles and pages; no honest one is longer.
MAX_NAME = 200
#: Why a model has no plan, in so many characters.
MAX_WHY = 500
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

_KEYS: dict[str, Any] = {
    "name": str | None,
    "version": str,
    "created": str,
    "task": str,
    "methods": list,
    "estimator": list,
    "output": dict,
    "target": dict | None,
    "n_rows": int,
    "versions": dict,
    "required_types": list,
    "metadata": dict,
    "sha256": dict,
}


def is_version(text: str) -> bool:
    """Tell whether a text is a version as Python's packages have them."""
    packaging = import_optional("packaging.version", feature="Model files", extra="serve")
    try:
        packaging.Version(text)
    except packaging.InvalidVersion:
        return False
    return len(text) <= MAX_NAME


def read_manifest(data: bytes) -> dict[str, Any]:
    """Read the contents of ``manifest.json``."""
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ArtifactFormatError(f"The manifest is damaged: {exc}") from exc
    number = manifest.get("format_version") if isinstance(manifest, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ArtifactFormatError("The manifest is damaged: it has no format number.")
    if number > FORMAT_VERSION:
        raise ArtifactFormatError(
            f"The file has format {number}; this version of skcook ({__version__}) reads up to "
            f"format {FORMAT_VERSION}. Update skcook."[:300]
        )
    manifest = {"name": None, "target": None, **manifest}
    for key, kind in _KEYS.items():
        if not isinstance(manifest.get(key), kind) or isinstance(manifest.get(key), bool):
            raise ArtifactFormatError(f"The manifest is damaged: {key!r} is not as it should be.")
    for key in ("methods", "required_types", "estimator"):
        _check_names(key, manifest[key])
    _check_names("sha256", [*manifest["sha256"], *manifest["sha256"].values()])
    names = [manifest["name"] or "-", *(manifest[k] for k in ("version", "created", "task"))]
    _check_names("name", names)
    for name, version in manifest["versions"].items():
        if not isinstance(version, str) or not is_version(version):
            raise ArtifactFormatError(
                f"The manifest is damaged: {version!r}"[:150] + " is no version of a library."
            )
        if not _DISTRIBUTION.fullmatch(name) or len(name) > MAX_NAME:
            raise ArtifactFormatError(
                f"The manifest is damaged: {name!r}"[:150] + " is no name of a library."
            )
    if not isinstance(manifest["output"].get("classes"), list | None):
        raise ArtifactFormatError("The manifest is damaged: 'classes' is not as it should be.")
    corrections = manifest.setdefault("corrections", [])
    if not isinstance(corrections, list) or not all(isinstance(c, dict) for c in corrections):
        raise ArtifactFormatError("The manifest is damaged: 'corrections' is not as it should be.")
    _check_target(manifest["target"])
    _check_plan(manifest.setdefault("plan", None))
    try:
        manifest["card"] = checked_card(manifest.get("card"))
    except ArtifactError as exc:
        raise ArtifactFormatError(f"The manifest is damaged: {exc}") from exc
    return manifest


def _check_plan(plan: Any) -> None:
    """Raise if what a file says of the plan of its model cannot be shown."""
    if plan is None:
        return
    why = plan.get("why") if isinstance(plan, dict) else 0
    is_text = isinstance(why, str) and len(why) <= MAX_WHY and why.isprintable()
    if not (is_text or why is None) or not isinstance(plan.get("used"), bool):
        raise ArtifactFormatError("The manifest is damaged: 'plan' is not as it should be.")


def _check_names(key: str, names: list[Any]) -> None:
    """Raise if what is to be a name could do more than be read."""
    for name in names:
        if not isinstance(name, str):
            raise ArtifactFormatError(f"The manifest is damaged: {key!r} holds something else.")
        if len(name) > MAX_NAME or not name.isprintable():
            raise ArtifactFormatError(
                f"The manifest is damaged: {name!r}"[:150] + f" is no {key} to be shown."
            )


def _check_target(target: Any) -> None:
    shares = {} if target is None else target.get("frequencies", {})
    deciles = [] if target is None else target.get("quantiles", [])
    numbers = [*shares.values(), *deciles] if isinstance(shares, dict) else [None]
    sound = isinstance(deciles, list) and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )
    if not sound:
        raise ArtifactFormatError("The manifest is damaged: 'target' is not as it should be.")
